"""Readers of context values: JSON from `cdk.json`, or text from `-c key=value`."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from difflib import get_close_matches
from itertools import chain
from reprlib import Repr
from typing import cast

Reader = Callable[[object], object]
MAX_ITEMS = 1_000  # ours: each is compared with what there is

_SHORT = Repr()
_SHORT.maxstring = _SHORT.maxother = 120  # characters


class Refused(ValueError):
    """A value that does not read; the message says why, the hint what to write."""

    def __init__(self, message: str, hint: str) -> None:
        super().__init__(message)
        self.hint = hint
        self.others: tuple[Refused, ...] = ()  # further faults of the same value

    @property
    def all(self) -> tuple[Refused, ...]:
        """This fault and the others of the value."""
        return (self, *self.others)


def raise_all(refused: Sequence[Refused]) -> None:
    """Raises some faults of one value together, if there are any."""
    if refused:
        first, *others = refused
        first.others = tuple(others)
        raise first


def show(value: object) -> str:
    """Whatever somebody wrote, in a few words."""
    try:
        return _SHORT.repr(value)
    except ValueError:  # Python writes no number of more than some thousand digits
        return "this number"


def make_text_reader(pattern: re.Pattern[str], what: str, example: str) -> Callable[[object], str]:
    """Text of a certain form."""

    def read(value: object) -> str:
        if isinstance(value, str) and pattern.fullmatch(value):
            return value
        raise Refused(f"{show(value)} does not fit: {what}", f"write, for example: {example}")

    return read


def read_version(value: object) -> str:
    """A text; which there are is known only with the controls."""
    if isinstance(value, str):
        return value
    raise Refused(f"{show(value)} is not a text", 'write, for example: "5.0.0"')


def read_flag(value: object) -> bool:
    """`on` or `off`; also true and false."""
    words = {"on": True, "true": True, "off": False, "false": False}
    if isinstance(value, bool):
        return value
    if isinstance(value, str) and value.lower() in words:
        return words[value.lower()]
    raise Refused(f"{show(value)} is neither on nor off", "write on or off")


def make_choice_reader(choices: Iterable[str]) -> Callable[[object], str]:
    """One word of a list."""
    words = list(choices)

    def read(value: object) -> str:
        if value in words:
            return str(value)
        raise Refused(
            f"{show(value)} is not a choice", suggest_nearest(value if isinstance(value, str) else "", words)
        )

    return read


def suggest_nearest(word: str, words: Iterable[str]) -> str:
    """A hint: the word that was meant, or all there are."""
    words = list(words)
    near = get_close_matches(word, words, 1, 0.5)
    return f"did you mean {near[0]}?" if near else f"one of: {', '.join(words)}"


def admit_deferred(read: Reader, is_deferred: Callable[[object], bool]) -> Reader:
    """A reader that takes what is known only when deployed as it is, alone or in a list."""

    def reader(value: object) -> object:
        if is_deferred(value):
            return value
        if isinstance(value, list | tuple) and any(map(is_deferred, value)):
            found = ((one,) if is_deferred(one) else cast(tuple[object, ...], read([one])) for one in value)
            return tuple(dict.fromkeys(chain.from_iterable(found)))
        return read(value)

    return reader


def read_threshold(value: object) -> int:
    """A number of events."""
    return _read_whole_number(value, 1, 1_000_000, "a number of events, such as 5")


def read_period(value: object) -> int:
    """Seconds, in whole minutes, up to a day, as CloudWatch takes them.

    https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_PutMetricAlarm.html
    """
    seconds = _read_whole_number(value, 60, 86_400, "seconds, such as 300")
    if seconds % 60:
        raise Refused(f"{seconds} seconds are not whole minutes", "write seconds, such as 300")
    return seconds


def read_heartbeat(value: object) -> int:
    """Minutes, each a period of the alarm, up to a day, as CloudWatch takes them; 0 for `off`.

    https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_PutMetricAlarm.html
    """
    if value in ("off", "0", 0):
        return 0
    return _read_whole_number(value, 15, 1_440, "minutes, such as 45, or off")


def _read_whole_number(value: object, low: int, high: int, example: str) -> int:
    if isinstance(value, str) and value.isdecimal() and len(value) < 10:
        value = int(value)
    if isinstance(value, int) and not isinstance(value, bool) and low <= value <= high:
        return value
    raise Refused(f"{show(value)} is not a whole number from {low:,} to {high:,}", f"write {example}")


def read_names(value: object) -> tuple[str, ...]:
    """A list, or words with commas between."""
    return tuple(word.strip() for word in _read_items(value, ",") if word.strip())


def read_list(value: object) -> list[object]:
    """The items of a list, which may be written as JSON; anything else is the only item."""
    if isinstance(value, str) and value.lstrip().startswith(("[", "{")):
        value = _read_json(value)
    if not isinstance(value, list | tuple):
        return [value]
    if len(value) > MAX_ITEMS:
        raise Refused(f"more than {MAX_ITEMS:,} items", "write fewer")
    return list(value)


def _read_items(value: object, separator: str) -> list[str]:
    if isinstance(value, str) and value.lstrip().startswith("["):
        value = _read_json(value)
    if isinstance(value, str):
        value = value.split(separator)
    if isinstance(value, list | tuple) and len(value) > MAX_ITEMS:
        raise Refused(f"more than {MAX_ITEMS:,} items", "write fewer")
    if isinstance(value, list | tuple) and all(isinstance(item, str) for item in value):
        return list(value)
    raise Refused(f"{show(value)} is not a list of texts", 'write ["one", "two"]')


_ACCOUNT = re.compile(r"\d{12}", re.ASCII)
_ACCOUNT_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9 ._-]{0,39}")


def read_account_names(value: object) -> Mapping[str, str]:
    """An object of names by account id, or id=name with commas between."""
    found = read_tags(value)
    if len(found) > MAX_ITEMS:
        raise Refused(f"more than {MAX_ITEMS:,} accounts", "name those that people know by a name")
    for account, name in found.items():
        if not _ACCOUNT.fullmatch(account) or not _ACCOUNT_NAME.fullmatch(name):
            hint = 'write {"111122223333": "prod"}: 12 digits, and at most 40 letters, digits, blanks, . _ -'
            raise Refused(f"{show(account)} of the name {show(name)} does not fit", hint)
    return found


def read_tags(value: object) -> Mapping[str, str]:
    """An object of texts, or key=value with commas between."""
    if isinstance(value, str) and value.lstrip().startswith("{"):
        value = _read_json(value)
    if isinstance(value, str):
        pairs = [pair.partition("=") for pair in read_names(value)]
        value = {key: rest for key, _, rest in pairs} if all(equals for _, equals, _ in pairs) else value
    if isinstance(value, Mapping) and all(map(_is_tag, value.items())):
        return dict(value)
    raise Refused(f"{show(value)} are not tags", 'write {"team": "security"} or team=security')


def _is_tag(pair: tuple[object, object]) -> bool:
    """https://docs.aws.amazon.com/tag-editor/latest/userguide/best-practices-and-strats.html"""
    key, value = pair
    is_key = isinstance(key, str) and 0 < len(key) <= 128 and not key.lower().startswith("aws:")
    return is_key and isinstance(value, str) and len(value) <= 256 and f"{key}{value}".isprintable()


def _read_json(value: str) -> object:
    try:
        found: object = json.loads(value)
    except (ValueError, RecursionError):
        raise Refused(f"{show(value)} is not JSON", 'write ["one", "two"]') from None
    return found
