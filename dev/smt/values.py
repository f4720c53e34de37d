"""The value of a field as variables of Z3, and the constraints of both languages on it.

A value is absent, null, true, false, a number (IEEE double without NaN), a text or a map. A text may
read as a number: a double has infinitely many spellings, so the number of a text is free, but that of
a text which is named is its own.
"""

from __future__ import annotations

import re
import struct
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cache
from typing import Any

import z3

from cis_insights.reading import Reading

from .char_sets import Undecidable, collect_characters
from .languages import make_constant

DOUBLE = z3.Float64()
_KINDS = ("absent", "null", "true", "false", "number", "text", "map")
_, (ABSENT, NULL, TRUE, FALSE, NUMBER, TEXT, MAP) = z3.EnumSort("Kind", _KINDS)

# The reading is a variable, too: one question covers all eight.
ABSENT_DIFFERS, NULL_EXISTS, NUMERIC_TEXT = z3.Bools("absent_differs null_exists numeric_text")

MAX_NUMERAL = 400
_NUMERAL = re.compile(r"[+-]?([0-9]+(\.[0-9]*)?|\.[0-9]+)([eE][+-]?[0-9]+)?")
_ESCAPE = re.compile(r"\\u\{([0-9a-fA-F]+)\}")
_ORDERS = {"=": z3.fpEQ, "<": z3.fpLT, "<=": z3.fpLEQ, ">": z3.fpGT, ">=": z3.fpGEQ}


def make_double(value: float) -> Any:
    """A constant, bit by bit."""
    (bits,) = struct.unpack(">Q", struct.pack(">d", value))
    return z3.simplify(z3.fpBVToFP(z3.BitVecVal(bits, 64), DOUBLE))


def parse_numeral(text: str) -> float | None:
    """The number that a text reads as."""
    return float(text) if len(text) <= MAX_NUMERAL and _NUMERAL.fullmatch(text) else None


@dataclass(frozen=True, slots=True)
class FieldValue:
    """The variables of one field."""

    name: str
    kind: Any
    text: Any
    number: Any
    is_numeral: Any  # whether the text reads as a number,
    text_number: Any  # and as which

    @property
    def exists(self) -> Any:
        """Whether there is a value, maps among them; a null is one by one of the readings."""
        return z3.And(self.kind != ABSENT, z3.Or(self.kind != NULL, NULL_EXISTS))

    @property
    def is_leaf(self) -> Any:
        """Whether it is comparable: neither language compares maps or lists."""
        return z3.And(self.exists, self.kind != MAP)

    def is_text(self, text: str) -> Any:
        """Whether it is exactly this text."""
        collect_characters(text)
        return z3.And(self.kind == TEXT, self.text == make_constant(text))

    def is_within(self, language: Any, asked: FieldUse) -> Any:
        """Whether it is a text of a regular language, None for the empty one."""
        if language is None:
            return z3.BoolVal(False)
        language = z3.simplify(language)  # so that equal ones are more often the same
        name = f"{self.name} in {language.get_id()}"
        asked.parts[name] = language
        return z3.And(self.kind == TEXT, z3.Bool(name))

    def compares(self, sign: str, bound: float) -> Any:
        """Whether it is a number that compares so, or a text that reads as one."""
        holds, constant = _ORDERS[sign], make_double(bound)
        spelt = z3.And(self.kind == TEXT, NUMERIC_TEXT, self.is_numeral, holds(self.text_number, constant))
        return z3.Or(z3.And(self.kind == NUMBER, holds(self.number, constant)), spelt)


@cache
def make_field_value(name: str) -> FieldValue:
    """The variables of the field with this dotted name."""
    return FieldValue(
        name,
        z3.Const(f"{name} kind", ABSENT.sort()),
        z3.String(f"{name} text"),
        z3.FP(f"{name} number", DOUBLE),
        z3.Bool(f"{name} is numeral"),
        z3.FP(f"{name} text number", DOUBLE),
    )


@dataclass(slots=True)
class FieldUse:
    """The uses of one field by query and patterns."""

    texts: set[str] = field(default_factory=set)
    numbers: bool = False
    # Languages of globs, substrings and regular expressions, by the name of their Boolean.
    parts: dict[str, Any] = field(default_factory=dict)
    presence: bool = False

    def list_constraints(self, value: FieldValue) -> Iterator[Any]:
        """Constraints on the field's variables.

        Raises:
            Undecidable: where a field is compared with numbers and by parts of its text.
        """
        if self.presence:  # docs/decisions/0003-presence-and-maps.md
            yield value.kind != MAP
        if not self.numbers:
            return
        if self.parts:
            raise Undecidable(f"{value.name} is compared with numbers and by parts of its text")
        yield z3.Not(z3.Or(z3.fpIsNaN(value.number), z3.fpIsNaN(value.text_number)))
        for text in sorted(self.texts):
            number = parse_numeral(text)
            reads = z3.Not(value.is_numeral)
            if number is not None:
                reads = z3.And(value.is_numeral, value.text_number == make_double(number))
            yield z3.Implies(value.text == make_constant(text), reads)


def find_reading(model: Any) -> Reading:
    """The reading of a model."""
    switches = (ABSENT_DIFFERS, NULL_EXISTS, NUMERIC_TEXT)
    return Reading(*(z3.is_true(model.eval(switch, True)) for switch in switches))


def find_json(value: FieldValue, asked: FieldUse, model: Any, text: str | None) -> tuple[bool, object]:
    """Whether a field is there in a model, and its value as JSON; `text`, if it is one that was found."""
    kind = str(model.eval(value.kind, True))
    match kind:
        case "number":
            return True, _find_float(value.number, model)
        case "text":
            return True, _spell_text(value, asked, model) if text is None else text
        case _:
            constants: dict[str, object] = {"null": None, "true": True, "false": False, "map": {}}
            return kind != "absent", constants.get(kind)


def find_text_value(text: Any, model: Any) -> str:
    """The text that a model chooses."""
    written = model.eval(text, True).as_string()
    return _ESCAPE.sub(lambda found: chr(int(found[1], 16)), written)


def _find_float(number: Any, model: Any) -> float:
    bits = model.eval(z3.fpToIEEEBV(number), True).as_long()
    found: float = struct.unpack(">d", struct.pack(">Q", bits))[0]
    return found


def _spell_text(value: FieldValue, asked: FieldUse, model: Any) -> str:
    """A text that reads as the model says, and is named only if the model says so."""
    text = find_text_value(value.text, model)
    if text in asked.texts:
        return text
    sign, start, more = "", "other", "-"
    if asked.numbers and z3.is_true(model.eval(value.is_numeral, True)):
        digits = repr(_find_float(value.text_number, model)).replace("inf", "1e999")
        sign, start, more = digits[: -len(digits.lstrip("-"))], digits.lstrip("-"), "0"
    spellings = (sign + more * count + start for count in range(len(asked.texts) + 1))
    return next(spelling for spelling in spellings if spelling not in asked.texts)
