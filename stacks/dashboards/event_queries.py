"""Queries over the events of all controls: one timeline, rankings, and how many happened when.

A query takes 10,000 characters and is billed by what it scans, so all controls are in as few as possible.
https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_StartQuery.html
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache

from cis_insights.catalogue.columns import WHAT, WHO
from cis_insights.catalogue.header import SEVERITIES
from cis_insights.logs_insights.parser import MAX_QUERY
from cis_insights.logs_insights.printer import print_short, print_text
from cis_insights.logs_insights.shortening import shorten, unite
from cis_insights.logs_insights.syntax import Expression

from ..deployed_control import DeployedControl
from ..tokens import escape

SOURCE = "SOURCE '${LogGroup}' | "
# What is not in the text here: a log group's name may have 512 characters, and people type into boxes.
_NAME, _TYPED = 512, 200
_NARROWING = 150  # of the filter for the boxes
ROOM = MAX_QUERY - len("SOURCE '' | ") - _NAME - _TYPED
_COLUMNS = "@timestamp, control, user, role, account, region, sourceIPAddress, eventName, target, error"
_ROWS = 100
# Of a call that was refused, or a sign-in that failed: the latter has a message and no code.
_FAILED = "coalesce(errorCode, errorMessage) as failure"
_COUNTS = "count(*) as events, count(failure) as failed"


@dataclass(frozen=True, slots=True)
class Asked:
    """What one control asks for, and what it is called."""

    title: str
    condition: Expression


def list_asked(controls: Iterable[DeployedControl]) -> tuple[Asked, ...]:
    """What the controls ask for, the most severe first; without those that are in no timeline."""
    asked = [one for one in controls if is_in_timeline(one)]
    asked.sort(key=lambda one: -SEVERITIES.index(one.severity))
    return tuple(_ask(one) for one in asked)


def is_in_timeline(one: DeployedControl) -> bool:
    """Whether a condition on one event says what the control asks for, and is short enough."""
    if not one.control.query.is_decidable:
        return False
    return len(_write_timeline([_name(_ask(one))], "")) <= ROOM - _NARROWING


def _ask(one: DeployedControl) -> Asked:
    return Asked(one.title, one.control.query.condition)


def write_timelines(asked: Sequence[Asked], narrowing: str) -> list[str]:
    """Every event that controls ask for, newest first, with the titles of all controls that do.

    Returns:
        One query, or as many as it takes.
    """
    room = ROOM - len(_write_timeline([], narrowing))
    parts = _pack([_name(one) for one in asked], room)
    return [SOURCE + _write_timeline(part, narrowing) for part in parts]


def _pack(texts: Sequence[str], room: int) -> list[list[str]]:
    """Each text in the first part that has room for it, in the order given."""
    parts: list[list[str]] = []
    for text in texts:
        fits = (part for part in parts if sum(map(len, [*part, text])) + 2 * len(part) <= room)
        if part := next(fits, None):
            part.append(text)
        else:
            parts.append([text])
    return parts


def _write_timeline(names: Sequence[str], narrowing: str) -> str:
    """The columns of all controls; that an event is in none of them makes an empty text."""
    return (
        "fields rtrim(concat(\n" + ",\n".join(names) + ', ""), "; ") as control\n| filter control like /./'
        f"\n{WHO}\n{WHAT}\n| fields resource as target{narrowing}"
        f"\n| display {_COLUMNS}\n| sort @timestamp desc\n| limit {_ROWS}"
    )


@lru_cache(maxsize=1024)
def _name(one: Asked) -> str:
    """A control's title where it asks for an event, else an empty text: `concat` may be absent with a part.

    https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/CWL_QuerySyntax-operations-functions.html
    """
    condition, title = escape(print_short(shorten(one.condition))), escape(print_text(one.title + "; "))
    return f'coalesce(case({condition}, {title}), "")'


def write_rankings(keys: str) -> Callable[[Sequence[Asked], str], list[str]]:
    """Writes how many events there are of each value of `keys`, the most first, and when the last was."""
    counted = f"{_COUNTS}, latest(eventTime) as last by {keys}\n| sort events desc\n| limit 20"
    return lambda asked, narrowing: list(_split_to_fit(asked, _count(counted, narrowing)))


def write_changes(asked: Sequence[Asked], narrowing: str) -> list[str]:
    """How many events there were, and how many of them failed, by the quarter of an hour.

    A chart of lines takes several counts, and no key but `bin`.
    https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/CWL_QuerySyntax-Stats.html
    """
    return list(_split_to_fit(asked, _count(f"{_COUNTS} by bin(15m)", narrowing)))


def _count(counted: str, narrowing: str) -> str:
    return f"\n{WHO}{narrowing}\n| fields {_FAILED}\n| stats {counted}"


def _split_to_fit(asked: Sequence[Asked], rest: str) -> Iterator[str]:
    """Queries of all events: one, or as many as it takes for each to be short enough."""
    query, middle = f"filter {_unite(tuple(one.condition for one in asked))}{rest}", len(asked) // 2
    if len(query) <= ROOM or not middle:
        yield SOURCE + query
    else:
        yield from _split_to_fit(asked[:middle], rest)
        yield from _split_to_fit(asked[middle:], rest)


@lru_cache(maxsize=64)
def _unite(conditions: tuple[Expression, ...]) -> str:
    return escape(print_short(unite(conditions)))
