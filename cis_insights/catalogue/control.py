"""A control: one query file, and everything that is deployed from it."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace

from ..compiler import compile_condition
from ..errors import NotCompilable, QueryError
from ..filter_patterns.pattern import Pattern
from ..logs_insights.normal_form import fields_of, is_negative, negate
from ..logs_insights.parser import parse_filter, parse_query
from ..logs_insights.printer import print_expression
from ..logs_insights.query import Query
from ..logs_insights.syntax import And, Call, Expression, Not, Or
from .alarm_rules import ExcludedCondition, exclusion_faults
from .commands import Command
from .event_rules import name_faults
from .header import QueryParameter, Severity
from .left_out import LeftOut, describe_left_out
from .lint import query_faults
from .proven_patterns import compile_proven
from .references import reference_faults


@dataclass(frozen=True, slots=True, kw_only=True)
class Control:
    """One file of `queries/`."""

    id: str  # file name without number and suffix
    number: int | None  # sorts it: 10 for 10-security-group-changes.cwli
    group: str  # name of its folder
    path: str
    title: str
    why: str
    query: Query
    respond: str = ""
    severity: Severity = "medium"
    threshold: int = 1  # events
    period: int = 300  # seconds
    default: bool = True  # deployed unless settings say otherwise
    default_because: str = ""  # the line of the header, or of which folder that is the rule
    cis: Mapping[str, str] = field(default_factory=dict)  # benchmark version -> section
    security_hub: str | None = None
    cis_pattern: Pattern | None = None  # CIS's own text, where it is wider than Security Hub's
    covers_more: str | None = None
    attack: tuple[str, ...] = ()  # techniques of MITRE ATT&CK that it shows
    stratus: tuple[str, ...] = ()  # public attack simulations that it catches
    parameters: tuple[QueryParameter, ...] = ()
    commands: tuple[Command, ...] = ()  # for whoever is woken, filled in from a row
    is_alarm: bool = True  # an investigation has none
    patterns: tuple[Pattern, ...] = ()  # disjoint; together they are the query
    not_compilable: NotCompilable | None = None  # the reason why it becomes a log alarm
    exact_pattern: str | None = None  # the prescribed text, whatever is excluded from the query
    excluded: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        """Makes sure that nothing that is deployed holds a dynamic reference.

        Raises:
            QueryError: with the place of each in its text.
        """
        prescribed = [self.cis_pattern.text] if self.cis_pattern else []
        compiled_texts = [pattern.text for pattern in self.patterns]
        texts = (self.title, self.why, self.respond, self.query_text, *compiled_texts, *prescribed)
        if faults := [fault for text in texts for fault in reference_faults(text, self.path)]:
            raise QueryError(faults)

    @property
    def query_text(self) -> str:
        """The query without the file's header, as it is saved and shown."""
        return self.query.text[self.query.span.start :].rstrip()

    def excluding(self, conditions: Sequence[str]) -> Control:
        """This control without the events that meet any of some Logs Insights conditions.

        Query and patterns are compiled and proven again; `exact_pattern` stays what it was.

        Raises:
            QueryError: with the faults of all conditions, each drawn under its text; also of a condition
                that leaves out nothing, or everything.
            NotCompilable: if no pattern can express the exclusion.
        """
        if not conditions:
            return self
        exclusions = _read_all(conditions, lambda text: _read_exclusion(text, compilable=bool(self.patterns)))
        if faults := exclusion_faults(self.id, self.query, exclusions):
            raise QueryError(faults)
        filters = "".join(f"\n| filter {print_expression(one.complement)}" for one in exclusions)
        end = max(stage.span.end for stage in self.query.early_filters())
        query = parse_query(self.query.text[:end] + filters + self.query.text[end:], self.path)
        patterns = compile_proven(query) if self.patterns else ()
        return replace(self, query=query, patterns=patterns, excluded=tuple(conditions))

    def find_left_out(self, condition: str) -> LeftOut:
        """Which part of this control's events an exclusion leaves out.

        Args:
            condition: an exclusion, as `excluding` takes it.

        Raises:
            QueryError: with its faults.
        """
        return describe_left_out(self.query, _read_exclusion(condition, compilable=bool(self.patterns)))


def _read_all(texts: Sequence[str], read: Callable[[str], ExcludedCondition]) -> list[ExcludedCondition]:
    """All exclusions; raises the faults of all that cannot be read."""
    found: list[ExcludedCondition] = []
    errors: list[QueryError] = []
    for text in texts:
        try:
            found.append(read(text))
        except QueryError as error:
            errors.append(error)
    if len(errors) == 1:
        raise errors[0]
    if errors:
        raise QueryError(fault for error in errors for fault in error.faults)
    return found


def _read_exclusion(text: str, *, compilable: bool) -> ExcludedCondition:
    """A condition and its complement, which includes events without the fields that it tests."""
    query = parse_filter(text, "<exclusion>")
    names = (fault for fault in name_faults(query) if fault.severity == "error")
    lint = (replace(fault, severity="error") for fault in query_faults(query))
    if faults := [*reference_faults(text, query.path), *lint, *names]:
        raise QueryError(faults)
    complement = _guard(negate(query.condition))
    if compilable:
        compile_condition(complement, query)  # a fault is drawn under the text that was written
    return ExcludedCondition(query, complement)


def _guard(node: Expression) -> Expression:
    match node:
        case And(operands=operands) | Or(operands=operands):
            return replace(node, operands=tuple(map(_guard, operands)))
        case _ if is_negative(node):
            absences = [Not(Call("ispresent", (name,))) for name in dict.fromkeys(fields_of(node))]
            return Or((*absences, node))
        case _:
            return node
