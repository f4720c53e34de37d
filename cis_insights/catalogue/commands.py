"""Commands of the AWS CLI in a control's header, for whoever is woken: is it still open, and how to undo it.

    # still-open: aws ec2 describe-security-group-rules --filters Name=group-id,Values={target}
    # undo: CreateSecurityGroup: aws ec2 delete-security-group --region {region} --group-id {target}

A name in braces is a column of the control's query, or a field of the record. An answer fills it in from a
row, and only with a value of a form that no shell and no option of the AWS CLI reads as anything else.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from typing import Literal, get_args

from ..errors import Fault, Span
from ..logs_insights.normal_form import compared_texts, leaves, normalise
from ..logs_insights.query import Query
from ..logs_insights.syntax import Display, Fields, Parse, Stage
from .cloudtrail_fields import is_field, is_map_field

Purpose = Literal["still-open", "undo"]
PURPOSES: tuple[Purpose, ...] = get_args(Purpose)

MAX_COMMANDS = 12  # of a control; ours
MAX_COMMAND = 400  # characters
# Neither quotes nor anything else that a shell reads; a name in braces is filled in.
_PLACEHOLDER = re.compile(r"\{([A-Za-z][A-Za-z0-9_.]*)\}")
_TEXT = re.compile(r"aws [a-z0-9-]+( ([A-Za-z0-9._:/=,@+-]|\{[A-Za-z][A-Za-z0-9_.]*\})+)+")
_EVENTS = re.compile(r"([A-Z][A-Za-z0-9]*(?:, ?[A-Z][A-Za-z0-9]*)*): +(?=aws )")
FORM = "`aws SERVICE COMMAND ..`, of letters, digits, . _ : / = , @ + - and {column}"


@dataclass(frozen=True, slots=True)
class Command:
    """One command line; `{name}` in it is filled in from a row."""

    purpose: Purpose
    text: str
    events: tuple[str, ...] = ()  # event names that it is for; empty: all of the control

    @property
    def names(self) -> tuple[str, ...]:
        """The columns and fields that it is filled in from, each once."""
        return tuple(dict.fromkeys(_PLACEHOLDER.findall(self.text)))


def parse_command(purpose: Purpose, value: str) -> Command | None:
    """`aws ..`, or `EventName, EventName: aws ..`; None if it is not of that form."""
    events = _EVENTS.match(value)
    text = value[events.end() :] if events else value
    if len(text) > MAX_COMMAND or not _TEXT.fullmatch(text):
        return None
    return Command(purpose, text, tuple(re.split(", ?", events[1])) if events else ())


def command_faults(query: Query, commands: Sequence[tuple[Command, Span]]) -> Iterator[Fault]:
    """Columns that the query does not have, and events that it does not watch, at the command's line."""
    columns, events = _columns(query), _events(query)
    for command, span in commands:
        for name in command.names:
            if name not in columns and (not is_field(name) or is_map_field(name)):
                hint = _nearest(name, sorted(columns))
                message = f"`{name}` is neither a column of this query nor a field of a record"
                yield Fault(message, span, query.text, hint, query.path)
        for name in command.events:
            if events and name not in events:
                message = f"this query does not watch the event `{name}`"
                yield Fault(message, span, query.text, _nearest(name, sorted(events)), query.path)


def _columns(query: Query) -> set[str]:
    return {name for stage in query.stages for name in _names_of(stage)}


def _names_of(stage: Stage) -> Sequence[str]:
    match stage:
        case Fields(columns=columns) | Display(columns=columns):
            return [column.alias for column in columns if column.alias]
        case Parse(names=names):
            return names
        case _:
            return ()


def _events(query: Query) -> set[str]:
    """Event names that a filter compares with; empty where it names none."""
    conditions = [normalise(stage.condition) for stage in query.early_filters()]
    found = [compared_texts(leaf, "eventName") for condition in conditions for leaf in leaves(condition)]
    return {literal.value for literals in found for literal in literals}


def _nearest(name: str, known: Sequence[str]) -> str:
    near = get_close_matches(name, known, 1)
    return f"did you mean `{near[0]}`?" if near else f"one of: {', '.join(known)}"
