"""What people write in a metric filter pattern where something else belongs, and the right form.

Tables, tried from the top at the place where the grammar goes no further; the last row always fits.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from .errors import Fault, PatternError, Span


@dataclass(frozen=True, slots=True)
class Slip:
    """A wrong form, and what is said about it; `\\1` in a hint is the first group of the form."""

    pattern: re.Pattern[str]
    message: str
    hint: str


Slips = tuple[Slip, ...]


def _slips(*rows: tuple[str, str, str]) -> Slips:
    return tuple(Slip(re.compile(pattern), message, hint) for pattern, message, hint in rows)


_OPPOSITE = "turn each comparison round: != for =, || for &&, IS FALSE for IS TRUE"
_COMPARISONS = "one of = != < <= > >= and a value, IS NULL, IS TRUE, IS FALSE or NOT EXISTS"
_PRESENT = 'a field that is there: $.errorCode = "*"'

_JSON = 'a record of CloudTrail is JSON: { $.eventName = "CreateTrail" }'

# The page's other kinds of pattern begin without a brace.
BEFORE_PATTERN = _slips(
    (r"(?s:\$.*|\(.*)", "a JSON pattern stands in braces", '{ $.eventName = "CreateTrail" }'),
    (r"(?s:\[.*)", "a pattern of space-delimited events is not read here", _JSON),
    (r"(?s:%.*)", "a regular expression without a field is not read here", _JSON),
    (r"(?s:\S.*)", "a pattern of terms, for events that are plain text, is not read here", _JSON),
    (r"", "an empty pattern, which matches every event, is not read here", _JSON),
)
BEFORE_SELECTOR = _slips(
    (r"(?i:not\b)|!", "a pattern has no NOT", _OPPOSITE),
    (
        r"\$\[[\"']([^\"'\]]+)[\"']\]",
        "a name in brackets follows a dot and stands in single quotes",
        r"$.['\1']",
    ),
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
    (r"'([^'\"]*)'?", "text stands in double quotes", r'"\1"'),
    (r"", "a value is missing", '"text", a number or %a regular expression%'),
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
    """The error for what stands at `position`."""
    for slip in slips:
        if found := slip.pattern.match(text, position):
            return pattern_error(text, Span(*found.span()), slip.message, found.expand(slip.hint))
    raise ValueError(f"no row fits {text[position:]!r}")


def pattern_error(text: str, span: Span, message: str, hint: str) -> PatternError:
    """A fault of a pattern, as an error."""
    return PatternError(Fault(message, span, text, hint, path="<pattern>"))
