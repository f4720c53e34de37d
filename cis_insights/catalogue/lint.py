"""Lint: what a query of the catalogue must not do although Logs Insights would run it.

Each rule is a fault that somebody has shipped: a glob in a literal finds nothing, an unguarded
negative leaf depends on what AWS does not document, an unquoted value is a field that no event has.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from functools import lru_cache

from ..errors import Fault, FaultLevel, Span
from ..logs_insights.function_names import FUNCTION_NAMES, describe_unknown, nearest_function
from ..logs_insights.functions import FUNCTIONS, accepts_arguments
from ..logs_insights.normal_form import fields_of, is_negative, leaves, nodes, normalise, presence
from ..logs_insights.printer import print_expression
from ..logs_insights.query import Query
from ..logs_insights.syntax import (
    And,
    Call,
    Comparison,
    Display,
    Expression,
    Field,
    Fields,
    In,
    Like,
    Not,
    Or,
    Parse,
    Regex,
    Stats,
    String,
)
from ..regex.automaton import compile_search
from ..regex.tree import RegexError
from .cloudtrail_fields import is_field, is_map_field, near_miss, nearest_field
from .redefinitions import redefinition_faults

_PARAMETER = re.compile(r"\{\{\s*(\w+)\s*\}\}")


def query_faults(query: Query, parameters: Iterable[str] = ()) -> list[Fault]:
    """All faults of a query that parses, including warnings."""
    rules = _Rules(query)
    declared = frozenset(parameters)
    return [
        *rules.check_conditions(),
        *rules.check_calls(),
        *rules.check_expressions(),
        *rules.check_comments(),
        *rules.check_unknown_fields(),
        *rules.check_parameters(declared),
        *redefinition_faults(query),
    ]


class _Rules:
    def __init__(self, query: Query) -> None:
        self.query = query
        self.filters = [normalise(stage.condition) for stage in query.early_filters()]

    def check_conditions(self) -> Iterator[Fault]:
        for condition in self.filters:
            for leaf in leaves(condition):
                yield from self.check_globs(leaf)
                yield from self.check_unquoted(leaf)
                yield from self.check_maps(leaf)
        yield from self.check_guards(And(tuple(self.filters)), frozenset(), frozenset())

    def check_globs(self, leaf: Expression) -> Iterator[Fault]:
        """`=` and `in` compare whole texts: a `*` among them is an asterisk."""
        match leaf:
            case Comparison(operator="=" | "!=", right=String() as text):
                literals: tuple[Expression, ...] = (text,)
            case In(items=items):
                literals = items
            case _:
                return
        for literal in literals:
            if isinstance(literal, String) and "*" in literal.value:
                hint = f"a wildcard is a regular expression here: like {_to_regex(literal.value)}"
                yield self.fault(literal.span, "`*` in a literal is an asterisk: this finds nothing", hint)

    def check_unquoted(self, leaf: Expression) -> Iterator[Fault]:
        """A bare word on the right is a field; no record has one of that name."""
        match leaf:
            case Comparison(right=Field() as word):
                words: tuple[Expression, ...] = (word,)
            case In(items=items):
                words = items
            case _:
                return
        for found in words:
            if isinstance(found, Field) and not is_field(found.name):
                message = f"`{found.name}` without quotes is the name of a field"
                yield self.fault(found.span, message, f'write: "{found.name}"')

    def check_maps(self, leaf: Expression) -> Iterator[Fault]:
        """A map may be null, empty or left out: AWS does not say which of these counts as present."""
        for field in fields_of(leaf):
            if is_map_field(field.name):
                message = f"`{field.name}` is a map: nothing documented is true of it as a whole"
                yield self.fault(field.span, message, f"ask for a key of it, such as {field.name}.name")

    def check_guards(
        self, node: Expression, present: frozenset[str], absent: frozenset[str]
    ) -> Iterator[Fault]:
        """Walks down with the fields known to be present, and those whose absence is handled."""
        match node:
            case And(operands=operands):
                present = present.union(*map(_required_fields, operands))
            case Or(operands=operands):
                absent = absent.union(*map(_allows_absence, operands))
            case _ if is_negative(node):
                yield from self.check_unguarded(node, present | absent)
                return
            case _:
                return
        for operand in operands:
            yield from self.check_guards(operand, present, absent)

    def check_unguarded(self, leaf: Expression, guarded: frozenset[str]) -> Iterator[Fault]:
        """A leaf on fields that may be absent, where no guard says what holds then."""
        missing = [name for name in dict.fromkeys(one.name for one in fields_of(leaf)) if name not in guarded]
        if missing:
            text, tests = print_expression(leaf), [f"ispresent({name})" for name in missing]
            without = " or ".join(f"`{name}`" for name in missing)
            message = f"AWS does not say whether this is true on an event without {without}"
            absent = " or ".join(f"not {test}" for test in tests)
            hint = f"write ({' and '.join(tests)} and {text}), or ({absent} or {text}) if such events count"
            yield self.fault(leaf.span, message, hint)

    def check_calls(self) -> Iterator[Fault]:
        """Unknown functions, and wrong numbers of arguments, in all stages."""
        for call in nodes(self.query.stages, Call):
            if call.name not in FUNCTION_NAMES:
                severity: FaultLevel = "error" if nearest_function(call.name) else "warning"
                yield self.fault(call.span, *describe_unknown(call.name), severity)
            elif call.name in FUNCTIONS and not accepts_arguments(call):
                message = f"{call.name} does not take {len(call.arguments)} arguments"
                yield self.fault(call.span, message, "see Logs Insights' functions")

    def check_expressions(self) -> Iterator[Fault]:
        """Regular expressions that are not valid; those of `parse` may use all of RE2."""
        for stage in self.query.stages:
            for regex in nodes(stage, Regex):
                if problem := _find_regex_problem(regex.source, is_parsed=isinstance(stage, Parse)):
                    message = f"the regular expression is not valid: {problem}"
                    yield self.fault(regex.span, message, "RE2 syntax")

    def check_comments(self) -> Iterator[Fault]:
        """A `#` after other text: AWS's documentation shows whole lines only."""
        for span in self.query.comments:
            before = self.query.text[: span.start].rsplit("\n", 1)[-1]
            if before.strip():
                yield self.fault(span, "a comment after a query's text", "give the comment a line of its own")

    def check_unknown_fields(self) -> Iterator[Fault]:
        """Fields that no record has and no earlier command defines."""
        defined, unquoted = set[str](), self.unquoted_spans()
        for stage in self.query.stages:
            for field in fields_of(stage):
                if field.name not in defined and not is_field(field.name) and field.span not in unquoted:
                    near = near_miss(field.name) or nearest_field(field.name)
                    hint = f"did you mean `{near}`?" if near else "see CloudTrail's record contents"
                    message = f"no CloudTrail record has a field `{field.name}`"
                    severity: FaultLevel = "error" if near_miss(field.name) else "warning"
                    yield self.fault(field.span, message, hint, severity)
            defined |= _defined_names(stage)

    def unquoted_spans(self) -> set[Span]:
        """Places of unquoted words, which have their faults already."""
        found = (leaf for condition in self.filters for leaf in leaves(condition))
        return {fault.span for leaf in found for fault in self.check_unquoted(leaf)}

    def check_parameters(self, declared: frozenset[str]) -> Iterator[Fault]:
        """Parameters are replaced in the text, also within quotes."""
        found = list(_PARAMETER.finditer(self.query.text))
        for match in found:
            if (name := match[1]) not in declared:
                hint = f"add the line: # parameter: {name} = default | what it is"
                yield self.fault(Span(*match.span()), f"`{name}` is not a declared parameter", hint)
        for name in sorted(declared.difference(match[1] for match in found)):
            message = f"the parameter `{name}` is declared and not used"
            yield self.fault(Span(0, 0), message, f"write {{{{{name}}}}} where its value belongs")

    def fault(self, span: Span, message: str, hint: str, severity: FaultLevel = "error") -> Fault:
        return Fault(message, span, self.query.text, hint, self.query.path, severity)


@lru_cache(maxsize=1_024)
def _find_regex_problem(source: str, *, is_parsed: bool) -> str | None:
    """Why a regular expression is not valid; the same one is in many queries."""
    try:
        if is_parsed:
            re.compile(re.sub(r"\(\?<(?![=!])", "(?P<", source))
        else:
            compile_search(source)
    except (RegexError, re.error, OverflowError, RecursionError) as error:
        return str(error)
    return None


def _required_fields(node: Expression) -> frozenset[str]:
    """Fields that are present wherever this condition is true."""
    match node:
        case And(operands=operands):
            return frozenset().union(*map(_required_fields, operands))
        case Or(operands=operands):
            return frozenset.intersection(*map(_required_fields, operands))
        case _ if name := presence(node):
            return frozenset({name})
        case _ if is_negative(node):
            return frozenset()
        case (
            Comparison(left=Field(name=name)) | In(operand=Field(name=name)) | Like(operand=Field(name=name))
        ):
            return frozenset({name})
        case _:
            return frozenset()


def _allows_absence(node: Expression) -> frozenset[str]:
    match node:
        case Not(operand=operand) if name := presence(operand):
            return frozenset({name})
        case _:
            return frozenset()


def _defined_names(stage: object) -> set[str]:
    match stage:
        case Fields(columns=columns) | Display(columns=columns):
            return {column.alias for column in columns if column.alias}
        case Stats(aggregates=aggregates, keys=keys):
            return {column.alias for column in (*aggregates, *keys) if column.alias}
        case Parse(names=names):
            return set(names)
        case _:
            return set()


def _to_regex(glob: str) -> str:
    """The regular expression that a glob in a literal was meant to be."""
    begin = "" if glob.startswith("*") else "^"
    end = "" if glob.endswith("*") else "$"
    parts = [
        part.replace("\\", "\\\\").replace("/", "\\/").replace(".", "\\.")
        for part in glob.strip("*").split("*")
    ]
    return f"/{begin}{'.*'.join(parts)}{end}/"
