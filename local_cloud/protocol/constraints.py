"""Constraints of an operation's parameters: types, required members, lengths and ranges.

https://smithy.io/2.0/spec/constraint-traits.html
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from datetime import datetime
from typing import Any

from cis_insights.errors import find_lone_surrogate

_BITS = {"integer": 31, "long": 63}
_LATEST = 253_402_300_799  # seconds since 1970 of the end of the year 9999


class WrongType(ValueError):
    """A value of the wrong type."""


class Unfit(ValueError):
    """A value of the right type that violates a constraint."""


def check_value(value: Any, shape: Any, place: str = "") -> Any:
    """Checks a value, and returns it without nulls and unknown members.

    Raises:
        WrongType, Unfit: with the place of the first fault.
    """
    match shape.type_name:
        case "structure" if getattr(shape, "is_document_type", False):
            return value
        case "structure":
            return _check_structure(_check_type(value, dict, place), shape, place)
        case "list":
            items = _check_type(value, list, place)
            _check_bounds(len(items), shape, place, "length")
            return [check_value(item, shape.member, f"{place}.{n}") for n, item in enumerate(items, 1)]
        case "map":
            pairs = _check_type(value, dict, place).items()
            return {key: check_value(item, shape.value, f"{place}.{key}") for key, item in pairs}
        case kind:
            return _check_scalar(value, kind, shape, place)


def _check_structure(value: Mapping[str, Any], shape: Any, place: str) -> dict[str, Any]:
    inside = f"{place}." if place else ""
    given = {name: item for name, item in value.items() if item is not None and name in shape.members}
    for name in shape.required_members:
        if name not in given:
            raise Unfit(
                f"Value null at '{inside}{name}' failed to satisfy constraint: Member must not be null"
            )
    return {name: check_value(item, shape.members[name], inside + name) for name, item in given.items()}


def _check_scalar(value: Any, kind: str, shape: Any, place: str) -> Any:
    if kind in _TYPES and not _TYPES[kind](value):
        raise WrongType(f"the value at '{place}' cannot be converted to {kind}")
    if kind in ("integer", "long", "float", "double") and not isinstance(value, str):
        _check_bounds(value, shape, place, "value")
    elif kind == "string":
        _check_bounds(len(value), shape, place, "length")
    return value


def _is_number(value: object) -> bool:
    is_one = isinstance(value, int | float) and not isinstance(value, bool)
    return is_one or value in ("NaN", "Infinity", "-Infinity")


def _is_whole(bits: int) -> Callable[[object], bool]:
    return lambda value: isinstance(value, int) and not isinstance(value, bool) and abs(value) < 1 << bits


def _is_time(value: object) -> bool:
    """Seconds since 1970, or a text that services read by themselves."""
    if isinstance(value, int | float) and not isinstance(value, bool):
        return abs(value) <= _LATEST
    return isinstance(value, str | datetime)


_TYPES: dict[str, Callable[[object], bool]] = {
    **{kind: _is_whole(bits) for kind, bits in _BITS.items()},
    **dict.fromkeys(("float", "double"), _is_number),
    "boolean": lambda value: isinstance(value, bool),
    "timestamp": _is_time,
    "blob": lambda value: isinstance(value, str | bytes),
    **dict.fromkeys(
        ("string", "character"), lambda value: isinstance(value, str) and not find_lone_surrogate(value)
    ),
}


def _check_type(value: Any, kind: type[Any], place: str) -> Any:
    if not isinstance(value, kind):
        raise WrongType(f"the value at '{place}' cannot be converted to {kind.__name__}")
    return value


def _check_bounds(amount: float, shape: Any, place: str, what: str) -> None:
    for bound, wrong, relation in _list_bounds(shape):
        if wrong(amount, bound):
            constraint = f"Member must have {what} {relation} than or equal to {bound}"
            raise Unfit(f"Value at '{place}' failed to satisfy constraint: {constraint}")


def _list_bounds(shape: Any) -> Iterator[tuple[float, Callable[[float, float], bool], str]]:
    if "min" in shape.metadata:
        yield shape.metadata["min"], lambda amount, bound: amount < bound, "greater"
    if "max" in shape.metadata:
        yield shape.metadata["max"], lambda amount, bound: amount > bound, "less"
