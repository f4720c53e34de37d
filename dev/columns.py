"""`python -m dev.columns [PATH..]`: how often a control's row does not say who, on what, or in which account.

Each record goes through the queries of the controls that match it, and through one query of every record,
so that calls are seen which no control asks for. A column that is empty although nothing in the record
could fill it is no fault: what could is looked for by a reader of its own, `names_in`.
"""

from __future__ import annotations

import json
import re
import sys
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from rich.console import Console
from rich.table import Table

from cis_insights import load_catalogue
from cis_insights.catalogue.columns import SHOWN, WHAT, WHO, compose
from cis_insights.reading import Event
from cis_insights.sql import LogEvent, run_query

from .cross_check import CORPUS, read_records

EVERYTHING = f"filter ispresent(eventName)\n{compose()}"
COLUMNS = ("user", "target", "account")
MOST = 0.02  # of the rows of which the record has something to show
# Where a record says on what: not in what CloudTrail adds to every call.
_TARGETS = (
    "requestParameters",
    "responseElements",
    "resources",
    "serviceEventDetails",
    "additionalEventData",
)
_NAMED = re.compile(r"(arn|name|id|identifier|url|bucket|key)s?$", re.IGNORECASE)
_NOT_NAMED = re.compile(r"(request|client|transaction)(request)?(id|token)$", re.IGNORECASE)
# How each part of the common columns begins and ends, whatever is between.
_PARTS = {
    WHO: ("| parse userIdentity.arn ", "awsRegion as region"),
    WHAT: ('| parse @message /"requestParameters"', " as resource"),
    SHOWN: ("| display @timestamp, ", " target"),
}
_LIKE_AN_ID = re.compile(r"arn:[\w-]+:.+|[a-z]+-[0-9a-f]{8,17}")


@dataclass(frozen=True, slots=True)
class Measure:
    """How many rows a query has, and by column how many of them are empty where a record names something."""

    rows: int
    empty: Mapping[str, int]
    nameable: Mapping[str, int]

    def share(self, column: str) -> float:
        """The empty ones among those that could be filled."""
        return self.empty[column] / self.nameable[column] if self.nameable[column] else 0.0


def names_in(event: Event, column: str) -> list[str]:
    """All texts of a record that could fill a column, found without a query."""
    match column:
        case "user":
            identity = [text for key, text in _texts(event.get("userIdentity"), "") if key != "type"]
            return [text for text in identity if text not in ("true", "false")]
        case "target":
            places = {key: event.get(key) for key in _TARGETS}
            found = [text for key, text in _texts(places, "") if _is_name(key, text)]
            failure = event.get("errorMessage")
            return [*found, failure] if isinstance(failure, str) and failure else found
        case "account":
            return [text for key, text in _texts(event, "") if key.endswith("ccountId")]
        case _:
            raise ValueError(f"nothing is known of the column {column}")


def _texts(value: object, key: str) -> Iterator[tuple[str, str]]:
    """Every text below a value that is not empty, with the key it has or its list has."""
    if isinstance(value, Mapping):
        for name, item in value.items():
            yield from _texts(item, str(name))
    elif isinstance(value, list):
        for item in value:
            yield from _texts(item, key)
    elif isinstance(value, str) and value:
        yield key, value


def _is_name(key: str, text: str) -> bool:
    named = bool(_NAMED.search(key)) and not _NOT_NAMED.search(key)
    return named or bool(_LIKE_AN_ID.fullmatch(text))


def measure(query: str, events: Sequence[Event]) -> Measure:
    """The rows of a query over records, by column."""
    log = [LogEvent(number, json.dumps(event, separators=(",", ":"))) for number, event in enumerate(events)]
    rows = run_query(query + "| limit 100000\n", log)
    pairs = [(row, events[int(row["@ptr"])]) for row in rows]
    nameable = {name: [row for row, event in pairs if names_in(event, name)] for name in COLUMNS}
    empty = {name: sum(not row.get(name) for row in found) for name, found in nameable.items()}
    return Measure(len(rows), empty, {name: len(found) for name, found in nameable.items()})


def renew(text: str) -> str:
    """The text of a control file with the common columns as they are now, wherever it has older ones."""
    for part, (first, last) in _PARTS.items():
        older = re.compile(f"{re.escape(first)}.*?{re.escape(last)}", re.DOTALL)
        text = older.sub(part.replace("\\", r"\\"), text, count=1)
    return text


def main(places: Sequence[str]) -> int:
    """Prints a line for each control and one for all records; 1 if any has more than MOST empty."""
    events, _ = read_records(places or [str(path) for path in (CORPUS,) if path.exists()])
    if not events:
        sys.exit("no records at hand: name files or folders of CloudTrail records")
    table = Table("query", "rows", *(f"no {name}" for name in COLUMNS), box=None, pad_edge=False)
    measures = {"every record": measure(EVERYTHING, events)}
    for control in load_catalogue().values():
        found = [event for event in events if control.is_alarm and control.query.matches(event)]
        if found:
            measures[control.id] = measure(control.query_text + "\n", found)
    for name, one in measures.items():
        shares = (f"{one.empty[column]:,} ({one.share(column):.1%})" for column in COLUMNS)
        table.add_row(name, f"{one.rows:,}", *shares)
    Console(highlight=False).print(table)
    return int(any(one.share(column) > MOST for one in measures.values() for column in COLUMNS))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
