"""Common mistakes in metric filter patterns, and the right form of each.

Tables, tried from the top where the text no longer fits the grammar; the last row always matches.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from ..errors import Fault, PatternError, Span


@dataclass(frozen=True, slots=True)
class Slip:
    """A wrong form, a message and a hint; `\\1` in a hint is the first group of the form."""

    pattern: re.Pattern[str]
    message: str
    hint: str


Slips = tuple[Slip, ...]


def _slips(*rows: tuple[str, str, str]) -> Slips:
    return tuple(Slip(re.compile(pattern), message, hint) for pattern, message, hint in rows)


_OPPOSITE = "turn each comparison round: != for =, || for &&, IS FALSE for IS TRUE"
_COMPARISONS = "one of = != < <= > >= and a value, IS NULL, IS TRUE, IS FALSE or NOT EXISTS"
_PRESENT = 'a field that is there: $.errorCode = "*"'

_NOT_FIRST = r"(?<![{(])(?<![{(]\s)"  # after another comparison
_AGAIN = 'name it again: $.a = "x" || $.a = "y"'
_BACKSLASH = "a backslash belongs within a text only", "take out those of the shell or the file around it"

_JSON = 'a record of CloudTrail is JSON: { $.eventName = "CreateTrail" }'

# The page's other kinds of pattern begin without a brace.
BEFORE_PATTERN = _slips(
    (r"(?s:\$.*|\(.*)", "a JSON pattern is written in braces", '{ $.eventName = "CreateTrail" }'),
    (r"(?s:[\"'`]\s*\{.*)", "quotes around a pattern are not part of it", "take them out"),
    (r"(?s:\[.*)", "a pattern of space-delimited events is not read here", _JSON),
    (r"(?s:%.*)", "a regular expression without a field is not read here", _JSON),
    (r"(?s:\S.*)", "a pattern of terms, for events that are plain text, is not read here", _JSON),
    (r"", "an empty pattern, which matches every event, is not read here", _JSON),
)
BEFORE_SELECTOR = _slips(
    (r"(?i:not\b)|!", "a pattern has no NOT", _OPPOSITE),
    (
        r"\$\[[\"']([^\"'\]]+)[\"']\]",
        "a name in brackets follows a dot and is in single quotes",
        r"$.['\1']",
    ),
    (r"\\\S?", *_BACKSLASH),
    (r"\{", "a pattern is in one pair of braces", "take the inner one out"),
    (rf"{_NOT_FIRST}[<>=!]+", "a comparison starts with a field", "name it again: $.a > 1 && $.a < 5"),
    (rf"{_NOT_FIRST}[\"\w.*-]+(?=\s*(?:[)}}&|]|\Z))", "a comparison starts with a field", _AGAIN),
    (r"\$?\[[^\]\s]*\]?", "an index follows a property", "$.users[0]"),
    (r"\$?\.?([\w-]+)(?:[.\[][^\s=!<>(){}&|]*)?", "a field starts with `$.`", r"$.\1"),
    (r"[@.$\"'%][^\s=!<>(){}&|]*", "a comparison starts with a field", "$.eventName or $.['cluster.name']"),
    (r"[^\s)}&|]?", "a comparison is missing", '$.eventName = "CreateTrail"'),
)
AFTER_SELECTOR = _slips(
    (r"(?i:is\s+not)\b", "`IS NOT` is not supported", f"{_PRESENT}; one that is not true: $.a IS FALSE"),
    (r"(?i:exists)\b", "`EXISTS` is not supported", _PRESENT),
    (r"(?i:not[\s_-]*exists?)\b", "not a test that a pattern has", "NOT EXISTS, in upper case"),
    (r"(?i:is\s+\w+)", "not a test that a pattern has", "IS NULL, IS TRUE or IS FALSE, in upper case"),
    (r"(?i:is\b|equals?\b|contains\b)", "text is compared with = or !=", '$.eventName = "*Trail*"'),
    (r"==+", "equality is a single =", '$.eventName = "CreateTrail"'),
    (r"<>|=!", "inequality is written !=", '$.eventName != "CreateTrail"'),
    (r"[=!]?~|(?i:like)\b", "a regular expression is compared with = or !=", "$.eventName = %Trail%"),
    (r"(?i:in)\b", "a pattern has no lists", '$.a = "x" || $.a = "y"'),
    (r"[^\s(){}&|]*", "a comparison is missing", _COMPARISONS),
)
BEFORE_OPERAND = _slips(
    (r"'([^'\"]*)'?", "text is written in double quotes", r'"\1"'),
    (r"\(", "a comparison has one value", '($.a = "x") || ($.a = "y")'),
    (r"", "a value is missing", '"text", a number or %a regular expression%'),
)
# First characters of texts that were quoted or copied wrongly.
STRAYS = ("\\", "\u201c", "\u201d", "\u2018", "\u2019")
# A run of characters that is not a word.
NO_WORD = _slips(
    (
        r"[\u201c\u201d\u2018\u2019]([^\u201c\u201d\u2018\u2019]*).?",
        "text is written in straight double quotes",
        r'"\1"',
    ),
    (r"\\[\"']?([^\"'\\\s]*)\S*", *_BACKSLASH),
    (r"\$[.\[][^\s(){}&|]*", "a field is compared with no other field", '$.eventName = "CreateTrail"'),
    (r"\$\{[^}\s]*\}?", "this variable has no value here", "put the value there"),
    (r"[^\s(){}&|,]+,(?=[\s$])", "all of several conditions are joined by &&", "$.a = 1 && $.b = 2"),
    (r"([^\s(){}&|\"]+)\"([^\s(){}&|\"]*)\S*", "this text needs double quotes", r'"\1\\"\2"'),
    (r"([^\s(){}&|\"]*)", "this text needs double quotes", r'"\1"'),
)
AFTER_CONDITION = _slips(
    (r"(?i:and)\b|&|,", "all of several conditions are joined by &&", "$.a = 1 && $.b = 2"),
    (r"(?i:or)\b|\|", "any of several conditions are joined by ||", "$.a = 1 || $.b = 2"),
    (r"\)", "this `)` closes nothing", "take it out"),
    (r"[^\s(){}&|]*", "a condition has ended before this", "join conditions by && or ||"),
)
AFTER_PATTERN = _slips(
    (r"(?s:.*)", "a pattern ends at its closing brace", "put all of it into one pair of braces"),
)


def slip_at(text: str, position: int, slips: Slips) -> PatternError:
    """The error for the text at `position`."""
    for slip in slips:
        if found := slip.pattern.match(text, position):
            return pattern_error(text, Span(*found.span()), slip.message, found.expand(slip.hint))
    raise ValueError(f"no row fits {text[position:]!r}")


def pattern_error(text: str, span: Span, message: str, hint: str) -> PatternError:
    """A fault of a pattern, as an error."""
    return PatternError(Fault(message, span, text, hint, path="<pattern>"))
