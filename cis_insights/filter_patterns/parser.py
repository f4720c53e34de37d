"""Text of a metric filter pattern for JSON -> tree, or its first fault.

https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/FilterAndPatternSyntax.html
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable
from typing import cast

from ..errors import PatternError, Span, find_lone_surrogate
from .hints import (
    AFTER_CONDITION,
    AFTER_PATTERN,
    AFTER_SELECTOR,
    BEFORE_OPERAND,
    BEFORE_PATTERN,
    BEFORE_SELECTOR,
    NO_WORD,
    STRAYS,
    Slips,
    pattern_error,
    slip_at,
)
from .regex import RegexFault, Search
from .syntax import (
    Compare,
    Conjunction,
    Disjunction,
    GlobText,
    Numeral,
    NumericOperator,
    PatternCondition,
    PatternLeaf,
    PatternOperand,
    PresenceTest,
    PresenceTestKind,
    RegexText,
    Selector,
    Step,
    Wildcard,
)

# https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_PutMetricFilter.html
MAX_LENGTH = 1_024
# "Quotas" on the page above.
MAX_REGEXES = 2
MAX_WILDCARDS = 3
MAX_SELECTOR_WILDCARDS = 1
# Ours: nobody writes more, and a parser must not run out of stack.
MAX_DEPTH = 40

# The page allows letters, digits and `_` without quotes; AWS's own patterns have `iam.amazonaws.com`.
UNQUOTED = r"[A-Za-z0-9_.\-*:/@]"
NUMBER = re.compile(r"[+-]?(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:[eE][+-]?[0-9]+)?")

_SPACE = re.compile(r"[ \t\r\n]*")
_ROOT = re.compile(r"\$(?=\.)")
_STEP = re.compile(
    r"\.(?P<name>[A-Za-z0-9_-]+)|\.\['(?P<key>[^']+)'\]|\[(?P<index>[0-9]{1,9})\]"
    r"|(?P<wildcard>\.\*|\[\*\])"
)
_NO_STEP = re.compile(r"[^\s=!<>(){}&|~]+")
_TEST = re.compile(r"(IS)\s+(NULL|TRUE|FALSE)\b|(NOT)\s+(EXISTS)\b")
_OPERATOR = re.compile(r"(?:!=|<=|>=|[=<>])(?![=~<>!])")
_STRING = re.compile(r'"((?:[^"\\]|\\["\\])*)("?)')
_REGEX = re.compile(r"%([^%]*)(%?)")
_RUN = re.compile(r"(?!')[^\s(){}&|]+")
# Further words after a word, which neither join conditions nor are a comparison.
_MORE_WORDS = re.compile(r"(?:[ \t]+(?!(?i:and|or)\b|[$,])[^\s(){}&|]+)+(?=\s*(?:[)}]|&&|\|\||\Z))")
_QUOTES = "'\""
_WORD = re.compile(rf"{UNQUOTED}+")
_NUMERAL_GLOB = re.compile(r"(?=.*[0-9])(?=.*\*)-?[0-9.*]+")


def parse_condition(text: str) -> PatternCondition:
    """The tree of a pattern.

    Raises:
        PatternError: with the first fault of the text.
    """
    return _Parser(text).pattern()


class _Parser:
    """Recursive descent; the docstring of each method is its production."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.position = 0
        self.depth = 0
        self.regexes = 0
        self.wildcards = 0

    def pattern(self) -> PatternCondition:
        """pattern := "{" any "}" """
        if len(self.text) > MAX_LENGTH:
            message = f"a pattern has at most {MAX_LENGTH:,} characters, this one has {len(self.text):,}"
            raise self.error(MAX_LENGTH, message, "make two filters of it", end=len(self.text))
        if half := find_lone_surrogate(self.text):
            message = f"the character U+{ord(self.text[half.start]):04X} is not text"
            raise self.error(half.start, message, "save it as UTF-8", end=half.end)
        if not self.take("{"):
            raise self.slip(BEFORE_PATTERN)
        opening = self.position - 1
        condition = self.any()
        self.close("}", opening)
        self.match(_SPACE)
        if self.position < len(self.text):
            raise self.slip(AFTER_PATTERN)
        return condition

    def any(self) -> PatternCondition:
        """any := all ("||" all)*"""
        operands = self.parse_joined("||", self.all)
        return operands[0] if len(operands) == 1 else Disjunction(operands)

    def all(self) -> PatternCondition:
        """all := primary ("&&" primary)*"""
        operands = self.parse_joined("&&", self.primary)
        return operands[0] if len(operands) == 1 else Conjunction(operands)

    def parse_joined(
        self, joiner: str, production: Callable[[], PatternCondition]
    ) -> tuple[PatternCondition, ...]:
        operands = [production()]
        while self.take(joiner):
            operands.append(production())
        return tuple(operands)

    def primary(self) -> PatternCondition:
        """primary := "(" any ")" | leaf"""
        if not self.take("("):
            return self.leaf()
        opening = self.position - 1
        if self.depth == MAX_DEPTH:
            message = f"parentheses nested more than {MAX_DEPTH} deep"
            raise self.error(opening, message, "take out those around a single comparison")
        self.depth += 1
        condition = self.any()
        self.close(")", opening)
        self.depth -= 1
        return condition

    def leaf(self) -> PatternLeaf:
        """leaf := selector (test | ("=" | "!=") operand | ("<" | "<=" | ">" | ">=") numeral)"""
        start = self.position
        selector = self.selector()
        self.match(_SPACE)
        if found := self.match(_TEST):
            test = cast(PresenceTestKind, " ".join(filter(None, found.groups())))
            return PresenceTest(selector, test, Span(start, self.position))
        if not (found := self.match(_OPERATOR)):
            raise self.slip(AFTER_SELECTOR)
        operator = cast(NumericOperator, found[0])
        return Compare(selector, operator, self.operand(operator), Span(start, self.position))

    def selector(self) -> Selector:
        """selector := "$" property (property | index)*

        property := "." name | ".['" key "']" | ".*"
        index := "[" digits "]" | "[*]"
        """
        start = self.position
        if not self.match(_ROOT):
            raise self.slip(BEFORE_SELECTOR)
        steps: list[Step] = []
        while found := self.match(_STEP):
            steps.append(_step(found))
        if self.match(_NO_STEP):
            message = "a property is letters, digits, `-` and `_`; an index is a number or `*`"
            raise self.error(start, message, "any other name is written in brackets: $.['cluster.name']")
        selector = Selector(tuple(steps))
        self.count_wildcards(start, selector.wildcards)
        return selector

    def count_wildcards(self, start: int, wildcards: int) -> None:
        self.wildcards += wildcards
        if wildcards > MAX_SELECTOR_WILDCARDS:
            raise self.error(start, "more than one wildcard in a selector", "name all other steps")
        if self.wildcards > MAX_WILDCARDS:
            message = f"more than {MAX_WILDCARDS} wildcard selectors in a pattern"
            raise self.error(start, message, "name the property, or make two filters of it")

    def operand(self, operator: NumericOperator) -> PatternOperand:
        """operand := string | regex | numeral | word"""
        self.match(_SPACE)
        start = self.position
        operand = self.string() or self.regex() or self.unquoted()
        if operator not in ("=", "!=") and not isinstance(operand, Numeral):
            message = f"`{operator}` compares with a number"
            raise self.error(start, message, f"a number without quotes: {operator} 75")
        return operand

    def string(self) -> GlobText | None:
        """string := '"' (character | '\\"' | '\\\\')* '"'"""
        start = self.position
        found = self.match(_STRING)
        if found is None:
            return None
        if found[2]:
            return GlobText(re.sub(r"\\(.)", r"\1", found[1]))
        if self.position < len(self.text):
            message = "AWS documents no such escape"
            raise self.error(self.position, message, 'only \\" and \\\\', end=self.position + 2)
        raise self.error(start, "this text is never closed", 'end it with "')

    def regex(self) -> RegexText | None:
        """regex := "%" expression "%" """
        start = self.position
        found = self.match(_REGEX)
        if found is None:
            return None
        if not found[2]:
            raise self.error(start, "this regular expression is never closed", "end it with %")
        self.regexes += 1
        if self.regexes > MAX_REGEXES:
            message = f"more than {MAX_REGEXES} regular expressions in a pattern"
            raise self.error(start, message, 'text with * may do: "Delete*"')
        try:
            Search(found[1])
        except RegexFault as fault:
            offset = found.start(1) + fault.offset
            raise self.error(offset, str(fault), fault.hint, end=offset + 1) from None
        return RegexText(found[1])

    def unquoted(self) -> GlobText | Numeral:
        """A numeral if it looks like one, otherwise a word."""
        start = self.position
        found = self.match(_RUN)
        if found is None:
            raise self.slip(BEFORE_OPERAND)
        if NUMBER.fullmatch(found[0]):
            return self.numeral(start, float(found[0]))
        if found[0].lower() in ("true", "false", "null"):
            message = f"AWS does not say whether this is a text or the JSON value {found[0].lower()}"
            hint = f'IS {found[0].upper()}; the text: "{found[0]}", in quotes'
            raise self.error(start, message, hint)
        if found[0].startswith(STRAYS):
            raise slip_at(self.text, start, NO_WORD)
        if more := self.match(_MORE_WORDS):
            message = "a text of several words needs double quotes"
            raise self.error(start, message, f'"{(found[0] + more[0]).strip(_QUOTES)}"')
        if not _WORD.fullmatch(found[0]):
            raise slip_at(self.text, start, NO_WORD)
        return GlobText(found[0], numeral=_NUMERAL_GLOB.fullmatch(found[0]) is not None)

    def numeral(self, start: int, value: float) -> Numeral:
        if not math.isfinite(value):
            raise self.error(start, "this number is too large", "a double-precision number has 308 digits")
        return Numeral(value)

    def close(self, bracket: str, opening: int) -> None:
        if self.take(bracket):
            return
        if self.text[self.position : self.position + 1] not in ("", "}"):
            raise self.slip(AFTER_CONDITION)
        message = f"this `{self.text[opening]}` is never closed"
        raise self.error(opening, message, f"close it with `{bracket}`", end=opening + 1)

    def match(self, rule: re.Pattern[str]) -> re.Match[str] | None:
        """Takes what fits a rule right here."""
        found = rule.match(self.text, self.position)
        self.position = found.end() if found else self.position
        return found

    def take(self, token: str) -> bool:
        """Takes white space, and a token if it follows."""
        self.match(_SPACE)
        found = self.text.startswith(token, self.position)
        self.position += len(token) if found else 0
        return found

    def slip(self, slips: Slips) -> PatternError:
        return slip_at(self.text, self.position, slips)

    def error(self, start: int, message: str, hint: str, *, end: int | None = None) -> PatternError:
        """A fault from `start` to `end`, or to where the parser is."""
        return pattern_error(self.text, Span(start, self.position if end is None else end), message, hint)


def _step(found: re.Match[str]) -> Step:
    if found["wildcard"]:
        return Wildcard(found["wildcard"])
    return int(found["index"]) if found["index"] else found["name"] or found["key"]
