"""The functions of a condition, on values of one event; None is an absent value.

https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/CWL_QuerySyntax-operations-functions.html
"""

from __future__ import annotations

import hashlib
import ipaddress
import math
import re
from collections.abc import Callable, Mapping
from functools import cache
from inspect import Signature, signature

from ..events.decode import encode_utf8
from ..limits import EXACT, MAX_PLACES, MAX_TEXT
from .addresses import PRIVATE, SUBNET_VERSIONS, address_of, network_of
from .syntax import Call

# str, number (booleans are 1.0 and 0.0), a map or list, or None: absent.
Value = str | float | dict[str, object] | list[object] | None

_NUMBER = re.compile(r"[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?", re.ASCII)


def is_map(value: Value) -> bool:
    """Maps and lists compare with nothing."""
    return isinstance(value, Mapping | list)


def number_of(value: Value) -> float | None:
    """The number in a value, or None."""
    if isinstance(value, float):
        return value
    if isinstance(value, str) and len(value) <= 400 and _NUMBER.fullmatch(value):
        return float(value)
    return None


def text_of(value: Value) -> str | None:
    """The text of a scalar, whole numbers without a fraction; None for absent values and maps."""
    if isinstance(value, float):
        return str(int(value)) if abs(value) < EXACT and value == int(value) else str(value)
    return value if isinstance(value, str) else None


def _on_text(function: Callable[[str], Value]) -> Callable[..., Value]:
    def call(value: Value = None, *_: Value) -> Value:
        text = text_of(value)
        return None if text is None else function(text)

    return call


def _trim_with(function: Callable[[str, str], str]) -> Callable[..., Value]:
    """Takes off white space, or the characters of a second text."""

    def call(value: Value = None, chars: Value = " \t\n\r\f\v") -> Value:
        return _on_texts(function)(value, chars)

    return call


def _on_texts(function: Callable[[str, str], Value]) -> Callable[..., Value]:
    def call(first: Value = None, second: Value = None, *_: Value) -> Value:
        left, right = text_of(first), text_of(second)
        return None if left is None or right is None else function(left, right)

    return call


def _on_number(function: Callable[[float], float]) -> Callable[..., Value]:
    def call(value: Value = None, *_: Value) -> Value:
        number = number_of(value)
        try:
            return None if number is None else float(function(number))
        except (ValueError, OverflowError):
            return None

    return call


def _round(value: Value = None, digits: Value = 0.0) -> Value:
    """Rounds half away from zero."""
    number, places = number_of(value), number_of(digits)
    if number is None or places is None:
        return None
    scale = 10.0 ** math.trunc(max(-MAX_PLACES, min(MAX_PLACES, places)))
    scaled = number * scale
    if not math.isfinite(scaled):
        return number
    whole = math.trunc(scaled)
    further = math.copysign(1, scaled) if abs(scaled - whole) >= 0.5 else 0
    return (whole + further) / scale


def _round_with(function: Callable[[float], float]) -> Callable[..., Value]:
    return _on_number(lambda number: function(number) if math.isfinite(number) else number)


def _coalesce(*values: Value) -> Value:
    return next((value for value in values if value is not None), None)


def _concat(*values: Value) -> Value:
    texts = [text_of(value) or "" for value in values]
    return "".join(texts) if sum(map(len, texts)) <= MAX_TEXT else None


def _extreme(choose: Callable[[list[float]], float]) -> Callable[..., Value]:
    def call(*values: Value) -> Value:
        numbers = [number for value in values if (number := number_of(value)) is not None]
        return choose(numbers) if numbers else None

    return call


def _is_empty(value: Value = None, *_: Value) -> Value:
    return float(value is None or value == "")


def _is_blank(value: Value = None, *_: Value) -> Value:
    return float(value is None or (isinstance(value, str) and not value.strip()))


def _contains(text: Value = None, part: Value = None, ignore_case: Value = None) -> Value:
    left, right = text_of(text), text_of(part)
    if left is None or right is None:
        return None
    if ignore_case:
        left, right = left.lower(), right.lower()
    return float(right in left)


def _replace(text: Value = None, old: Value = None, new: Value = None) -> Value:
    whole, part, other = text_of(text), text_of(old), text_of(new)
    if whole is None or part is None or other is None:
        return None
    count = whole.count(part) if part else 0  # the empty text is nowhere
    length = len(whole) + count * (len(other) - len(part))
    return whole.replace(part, other, count) if length <= MAX_TEXT else None


def _substr(text: Value = None, start: Value = None, length: Value = math.inf) -> Value:
    whole, first, count = text_of(text), number_of(start), number_of(length)
    if whole is None or first is None or count is None:
        return None
    return whole[_characters(first) :][: _characters(count)]


def _characters(number: float) -> int:
    """A number as a count of characters."""
    return math.trunc(min(max(number, 0), MAX_TEXT))


def _if(condition: Value = None, then: Value = None, otherwise: Value = None) -> Value:
    return then if condition else otherwise


def _case(*values: Value) -> Value:
    pairs = zip(values[::2], values[1::2], strict=False)
    default = values[-1] if len(values) % 2 else None
    return next((value for condition, value in pairs if condition), default)


def _valid_ip(*versions: int) -> Callable[..., Value]:
    def valid(text: str) -> Value:
        address = address_of(text)
        return float(address is not None and address.version in versions)

    return _on_text(valid)


def _number_of_ip(text: str) -> Value:
    address = address_of(text)
    return float(int(address)) if isinstance(address, ipaddress.IPv4Address) else None


def _is_private(text: str) -> Value:
    """Whether an address is in a range of RFC 1918."""
    address = address_of(text)
    return float(isinstance(address, ipaddress.IPv4Address) and any(address in some for some in PRIVATE))


def _in_subnet(*versions: int) -> Callable[..., Value]:
    def inside(text: str, subnet: str) -> Value:
        address = address_of(text)
        network = network_of(subnet)
        if address is None or network is None or address.version not in versions:
            return 0.0
        return float(address in network)

    return _on_texts(inside)


@cache
def _find_signature(name: str) -> Signature:
    return signature(FUNCTIONS[name])


def accepts_arguments(call: Call) -> bool:
    """Whether a function accepts this number of arguments; each needs at least one."""
    try:
        _find_signature(call.name).bind(*call.arguments)
    except TypeError:
        return False
    return bool(call.arguments)


FUNCTIONS: dict[str, Callable[..., Value]] = {
    "abs": _on_number(abs),
    "ceil": _round_with(math.ceil),
    "floor": _round_with(math.floor),
    "round": _round,
    "log": _on_number(math.log),
    "sqrt": _on_number(math.sqrt),
    "greatest": _extreme(max),
    "least": _extreme(min),
    "coalesce": _coalesce,
    "concat": _concat,
    "if": _if,
    "case": _case,
    "isblank": _is_blank,
    "isempty": _is_empty,
    "ispresent": lambda value=None: float(value is not None),
    "isnumeric": lambda value=None: float(number_of(value) is not None),
    "tonumber": lambda value=None: number_of(value),
    "toint": _round_with(math.trunc),
    "tolong": _round_with(math.trunc),
    "todouble": lambda value=None: number_of(value),
    "tostring": text_of,
    "ltrim": _trim_with(str.lstrip),
    "rtrim": _trim_with(str.rstrip),
    "trim": _trim_with(str.strip),
    "tolower": _on_text(str.lower),
    "toupper": _on_text(str.upper),
    "strlen": _on_text(lambda text: float(len(text))),
    "messagesize": _on_text(lambda text: float(len(text.encode()))),
    "strcontains": _contains,
    "startswith": _on_texts(lambda text, part: float(text.startswith(part))),
    "endswith": _on_texts(lambda text, part: float(text.endswith(part))),
    "replace": _replace,
    "substr": _substr,
    "md5": _on_text(lambda text: hashlib.md5(encode_utf8(text), usedforsecurity=False).hexdigest()),
    "sha256": _on_text(lambda text: hashlib.sha256(encode_utf8(text)).hexdigest()),
    "isvalidip": _valid_ip(4, 6),
    "isvalidipv4": _valid_ip(4),
    "isvalidipv6": _valid_ip(6),
    **{name: _in_subnet(*versions) for name, versions in SUBNET_VERSIONS.items()},
    "ipv4tonumber": _on_text(_number_of_ip),
    "isprivateip": _on_text(_is_private),
}
