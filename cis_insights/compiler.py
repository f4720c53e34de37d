"""Condition -> metric filter patterns that are true on the same events, or `NotCompilable`.

Nothing is widened or narrowed on the way. Patterns have no NOT and know no functions:
https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/FilterAndPatternSyntax.html
"""

from __future__ import annotations

import operator
import re
from collections.abc import Callable
from dataclasses import dataclass, replace

from .errors import NotCompilable
from .limits import EXACT
from .logs_insights.evaluate import ORDER
from .logs_insights.normal_form import normalise, pinned_values, presence
from .logs_insights.query import Query
from .logs_insights.syntax import (
    And,
    Comparison,
    Expression,
    Field,
    In,
    Like,
    Negative,
    Not,
    Number,
    Or,
    Regex,
    String,
)
from .regex.globs import globs_of
from .regex.tree import RegexError, parse_regex

# https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_PutMetricFilter.html
MAX_PATTERN = 1024
# https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/cloudwatch_limits_cwl.html
MAX_PATTERNS = 100
MAX_REGEXES = 2
# Characters that a pattern's regular expressions allow; parentheses are not among them.
_SYMBOLS = r":_#=@/;,^$?{}|*+.\-\[\]"
_REGEX = re.compile(rf"(?:[A-Za-z0-9{_SYMBOLS}]|\\[dDsSwW\\{_SYMBOLS}]|\\x[0-7][0-9A-Fa-f])*")
_LITERAL = re.compile(r"[ -)+-~]*")  # printable ASCII; a `*` cannot be escaped
_HOLDS: dict[str, Callable[[float, float], bool]] = {"=": operator.eq, **ORDER}
# Fields that tell the alternatives of a long condition apart.
_TELLING = ("eventSource", "eventName")
_STEP = re.compile(r"[A-Za-z0-9_-]+")
_PROSE = "a list of values, an anchored regular expression or `ispresent` can be written in a pattern"


def compile_query(query: Query) -> tuple[str, ...]:
    """The patterns of a query's condition, disjoint and complete.

    Returns:
        Texts of at most 1,024 characters; several only where one would be longer.

    Raises:
        NotCompilable: at the place that no pattern can express.
    """
    late = query.late_filter()
    if late:
        message = "a filter after stats, limit or dedup looks at more than one event"
        raise query.not_compilable(late.span, message, "put the filter first, or leave it to a log alarm")
    return compile_condition(query.condition, query)


def compile_condition(condition: Expression, query: Query) -> tuple[str, ...]:
    """As `compile_query`, for a condition over the fields that `query` reads."""
    waiting, texts = [normalise(condition)], list[str]()
    while waiting:
        part, lowering = waiting.pop(), _Lowering(query)
        text = "{ " + str(lowering.lower(part)) + " }"
        if lowering.regexes > MAX_REGEXES:
            message = f"more than {MAX_REGEXES} regular expressions in a pattern"
            raise query.not_compilable(condition.span, message, "write lists of values or anchored literals")
        if len(text) <= MAX_PATTERN:
            texts.append(text)
        else:
            waiting += reversed(_halves(part, query))
        if len(texts) > MAX_PATTERNS:
            message = f"this takes more than {MAX_PATTERNS} metric filters, and a log group has no more"
            raise query.not_compilable(condition.span, message, "shorten the lists of values")
    return tuple(texts)


def _halves(condition: Expression, query: Query) -> tuple[Expression, Expression]:
    """Two disjoint conditions: each with half of the longest list of values, or half of the alternatives."""
    lists = [leaf for leaf in conjuncts(condition) if isinstance(leaf, In) and not leaf.negated]
    longest = max(lists, key=lambda leaf: len(leaf.items), default=None)
    if longest is not None and len(longest.items) > 1:
        middle = len(longest.items) // 2
        items = (longest.items[:middle], longest.items[middle:])
        first, second = (with_conjunct(condition, longest, replace(longest, items=part)) for part in items)
        return first, second
    either = next((part for part in conjuncts(condition) if _are_alternatives(part)), None)
    if not isinstance(either, Or):
        message = f"the pattern is longer than {MAX_PATTERN} characters and has no list of values to split"
        raise query.not_compilable(condition.span, message, "make two controls of it")
    middle = len(either.operands) // 2
    sides = (either.operands[:middle], either.operands[middle:])
    alternatives = (side[0] if len(side) == 1 else Or(side, either.span) for side in sides)
    first, second = (normalise(with_conjunct(condition, either, one)) for one in alternatives)
    return first, second


def _are_alternatives(node: Expression) -> bool:
    """Whether no event meets two operands of an `or`: one field has other values in each of them."""
    if not isinstance(node, Or) or len(node.operands) == 1:
        return False
    for name in _TELLING:
        values = [{*pinned_values(operand, name)} for operand in node.operands]
        if all(values) and sum(map(len, values)) == len(set().union(*values)):
            return True
    return False


def conjuncts(condition: Expression) -> tuple[Expression, ...]:
    """The conditions that must all be true."""
    return condition.operands if isinstance(condition, And) else (condition,)


def with_conjunct(condition: Expression, old: Expression, new: Expression) -> Expression:
    """`condition` with one of its conjuncts replaced."""
    if not isinstance(condition, And):
        return new
    return And(tuple(new if operand is old else operand for operand in condition.operands), condition.span)


@dataclass(frozen=True, slots=True)
class _Group:
    """Comparisons joined by `&&` or `||`; printed in parentheses wherever two operators meet."""

    joiner: str
    parts: tuple[_Group | str, ...]

    def __str__(self) -> str:
        return f" {self.joiner} ".join(f"({part})" for part in self.parts)


def _group(joiner: str, parts: list[_Group | str]) -> _Group | str:
    return parts[0] if len(parts) == 1 else _Group(joiner, tuple(parts))


class _Lowering:
    """Translates a normalised condition to comparisons; fails at the first part that has none."""

    def __init__(self, query: Query) -> None:
        self.query = query
        self.regexes = 0

    def lower(self, node: Expression) -> _Group | str:
        """A part of the condition as a leaf of a pattern or a group of such."""
        match node:
            case Or(operands=operands):
                return _group("||", [self.lower(operand) for operand in operands])
            case And(operands=(_, *_) as operands):
                return _group("&&", [self.lower(operand) for operand in operands])
            case Not(operand=inner) if name := presence(inner):
                return f"{self.selector(name, node)} NOT EXISTS"
            case _ if name := presence(node):
                return f'{self.selector(name, node)} = "*"'
            case Comparison(operator=sign, left=Field(name=name), right=right):
                return _group("||", self.comparisons(self.selector(name, node), sign, right))
            case In(operand=Field(name=name), items=items, negated=negated):
                sign, path = "!=" if negated else "=", self.selector(name, node)
                comparisons = [text for item in items for text in self.comparisons(path, sign, item)]
                return _group("&&" if negated else "||", list(dict.fromkeys(comparisons)))
            case Like(operand=Field(name=name), pattern=pattern, negated=negated):
                sign, path = "!=" if negated else "=", self.selector(name, node)
                return _group("&&" if negated else "||", [f"{path} {sign} {t}" for t in self.texts(pattern)])
            case Comparison(left=String() | Number(), right=Field()):
                raise self.error(node, "the field is on the right", "write the field first")
            case Not(operand=Comparison(left=Field())):
                raise self.error(node, "a pattern cannot negate this", "turn the comparison itself round")
            case _:
                raise self.error(node, "a pattern compares one field with constants and nothing else", _PROSE)

    def selector(self, name: str, node: Expression) -> str:
        """selector := "$." step ("." step | "[" index "]")*"""
        steps = name.split(".")
        if not all(map(_STEP.fullmatch, steps)) or steps[0].isdecimal():
            raise self.error(
                node, f"`{name}` is not a property of the event's JSON", "compare a field of CloudTrail"
            )
        return "$" + "".join(f"[{step}]" if step.isdecimal() else f".{step}" for step in steps)

    def comparisons(self, path: str, sign: str, constant: Expression) -> list[_Group | str]:
        """One comparison; for numbers also of true and false, which are 1 and 0 in Logs Insights."""
        match constant:
            case String(value=text) if sign in ("=", "!="):
                return [f"{path} {sign} {self.quote(text, constant)}"]
            case Number(value=value):
                return self.numeric(path, sign, value, constant)
            case Negative(operand=Number(value=value)):
                return self.numeric(path, sign, -value, constant)
            case String():
                raise self.error(
                    constant, f"a pattern has no `{sign}` for text", "compare with a number, unquoted"
                )
            case _:
                raise self.error(
                    constant, "a pattern compares with constants only", 'write a "string" or a number'
                )

    def numeric(self, path: str, sign: str, value: float, constant: Expression) -> list[_Group | str]:
        """Leaves that together compare as a query does: to it TRUE is 1 and FALSE is 0."""
        if abs(value) >= EXACT or value != int(value):
            raise self.error(
                constant, "a pattern compares with whole numbers", "compare with a range of such"
            )
        if sign == "!=":
            if value in (0, 1):
                raise self.error(
                    constant, "a pattern cannot tell this from true and false", "use `=` with 0 or 1"
                )
            return [f"{path} != {int(value)}"]
        holds = _HOLDS[sign]
        switches = [
            f"{path} IS {word}" for word, number in (("TRUE", 1), ("FALSE", 0)) if holds(number, value)
        ]
        return [f"{path} {sign} {int(value)}", *switches]

    def texts(self, pattern: Expression) -> list[str]:
        """The globs or the regular expression that find what `like` finds."""
        match pattern:
            case String(value=part) if part:
                return [f'"*{self.quote(part, pattern)[1:-1]}*"']
            case Regex(source=source):
                globs = self.globs(source, pattern)
                if globs:
                    return [self.quote(glob, pattern, glob=True) for glob in globs]
                if _REGEX.fullmatch(source):
                    self.regexes += 1
                    return [f"%{source}%"]
                hint = "anchored text such as /^role\\/ci-/ or /Denied$/, and | between such, can be written"
                raise self.error(pattern, "this is beyond the regular expressions of patterns", hint)
            case _:
                raise self.error(
                    pattern, "a pattern looks for constant text", 'write a "string" or a /regex/'
                )

    def globs(self, source: str, node: Expression) -> tuple[str, ...] | None:
        try:
            return globs_of(parse_regex(source))
        except RegexError as error:
            raise self.error(node, str(error), "") from None

    def quote(self, text: str, node: Expression, *, glob: bool = False) -> str:
        if not _LITERAL.fullmatch(text.replace("*", "") if glob else text):
            raise self.error(
                node, "this text cannot be written in a pattern", "printable ASCII without * can"
            )
        return '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'

    def error(self, node: Expression, message: str, hint: str) -> NotCompilable:
        return self.query.not_compilable(node.span, message, hint)
