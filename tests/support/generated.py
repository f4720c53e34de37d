"""Strategies for events and conditions of few words: hits and misses are both common."""

from __future__ import annotations

from collections.abc import Iterable
from itertools import product
from typing import Any

from hypothesis import strategies as st

from cis_insights.events.field_paths import ABSENT, event_of
from cis_insights.logs_insights.syntax import (
    And,
    Call,
    Comparison,
    Expression,
    Field,
    In,
    Like,
    Not,
    Number,
    Or,
    Regex,
    String,
)

SIGNS = ("=", "!=", "<", "<=", ">", ">=")
Strategy = st.SearchStrategy[Any]

# --- events -------------------------------------------------------------------------

SCALARS = ("x", "xy", "X", "", "5", "5.0", 0, 1, 5, 5, 6, 2.5, True, False, None)
_MAPS: tuple[Any, ...] = ({}, [], {"d": "x"}, ["x"])


VALUES = (*SCALARS, *_MAPS, ABSENT)


def each_value(*, maps: bool = True) -> list[dict[str, Any]]:
    """Records in which every field has every value, beside the same and beside others in the rest."""
    values = (*SCALARS, ABSENT, *(_MAPS if maps else ()))
    names = ("a", "b", "c.d", "e.0.f", "e.1")
    return [
        event_of({name: values[(first + n * step) % len(values)] for n, name in enumerate(names)})
        for first, step in product(range(len(values)), (0, 1, 5))
    ]


def events(*, maps: bool = True) -> Strategy:
    """A record with the fields below, each of which may be absent or of any type."""
    scalar: Strategy = st.sampled_from(SCALARS)
    anything = scalar | st.sampled_from(_MAPS) if maps else scalar
    value = anything | st.just(ABSENT)
    inner: Strategy = _record(d=value)
    items: Strategy = st.lists(_record(f=value) | anything if maps else _record(f=value), max_size=2)
    if maps:
        inner, items = inner | value, items | value
    return _record(a=value, b=value, c=inner, e=items)


def _record(**values: Strategy) -> Strategy:
    found = st.fixed_dictionaries(values)
    return found.map(lambda record: {key: value for key, value in record.items() if value is not ABSENT})


# --- conditions ---------------------------------------------------------------------

# Fields of which no one is inside another. No proof knows both numbers and parts of texts of a field.
TEXTS, NUMBERS = ("a", "b"), ("c.d", "e.0.f")
APART = (*TEXTS, *NUMBERS)
_FIELDS = tuple(map(Field, (*APART, *APART, "c", "e", "e.1", "e.1.f")))
_WORDS = tuple(map(String, ("x", "xy", "y", "", "5")))
_WHOLE, _SWITCHES = tuple(map(Number, "56")), tuple(map(Number, "01"))
_CONSTANTS = (*_WORDS, *_WHOLE, *_SWITCHES, Number("5"), Number("2.5"))
_PART_REGEXES = tuple(map(Regex, ("^x", "y$", "^(x|5)", "^x[0-9y]$")))
_REGEXES = tuple(map(Regex, ("^x", "y$", "^(x|xy)$", "[0-9]", "x.?y", "(?i)X", "^$")))


def _sampled(nodes: Iterable[object]) -> Strategy:
    return st.sampled_from(list(nodes))


def _trees(leaves: Strategy, *, size: int, negated: bool = True) -> Strategy:
    """Leaves joined by `and`, `or` and, where it is wanted, `not`."""

    def joined(trees: Strategy) -> Strategy:
        operands = st.lists(trees, min_size=2, max_size=3).map(tuple)
        junctions = st.builds(And, operands) | st.builds(Or, operands)
        return junctions | st.builds(Not, trees) if negated else junctions

    return st.recursive(leaves, joined, max_leaves=size)


def _items(values: Strategy) -> Strategy:
    return st.lists(values, min_size=1, max_size=4).map(tuple)


def _present(field: Strategy) -> Strategy:
    return st.builds(lambda name: Call("ispresent", (name,)), field)


def conditions() -> Strategy:
    """Whatever the evaluator and SQL can answer."""
    field, constant = _sampled(_FIELDS), _sampled(_CONSTANTS)
    operand = field | st.builds(lambda name: Call("tolower", (name,)), field)
    sign = st.sampled_from(SIGNS)
    leaves = st.one_of(
        st.builds(Comparison, sign, operand, constant),
        st.builds(Comparison, sign, field, field),
        st.builds(Comparison, sign, constant, field),
        st.builds(In, operand, _items(constant), st.booleans()),
        st.builds(Like, operand, _sampled((*_WORDS, *_REGEXES)), st.booleans()),
        _present(field),
        field,
    )
    return _trees(leaves, size=4)


def leaves() -> list[Expression]:
    """All leaves about the field `a` and constants."""
    field = Field("a")
    operands: tuple[Expression, ...] = (field, Call("tolower", (field,)))
    compared = [Comparison(*parts) for parts in product(SIGNS, operands, _CONSTANTS)]
    turned = [Comparison(*parts) for parts in product(SIGNS, _CONSTANTS, (field,))]
    lists = [(one,) for one in _CONSTANTS] + list(product(_CONSTANTS[:3], _CONSTANTS[5:]))
    among = [In(*parts) for parts in product(operands, lists, (False, True))]
    like = [Like(*parts) for parts in product(operands, (*_WORDS, *_REGEXES), (False, True))]
    return [*compared, *turned, *among, *like, Call("ispresent", (field,)), field]


def leaves_of_two() -> list[Expression]:
    """All leaves that compare the field `a` with the field `b`."""
    one, other = Field("a"), Field("b")
    among = [In(one, (String("x"), other), negated) for negated in (False, True)]
    return [*among, *(Comparison(sign, one, other) for sign in SIGNS)]


def compilable(*names: str, size: int = 3) -> Strategy:
    """What patterns can say of some fields; TEXTS and NUMBERS are all."""
    texts, numbers = ([Field(name) for name in kind if name in names] for kind in (TEXTS, NUMBERS))
    kinds = [kind(_sampled(texts)) for kind in (_wholes, _parts) if texts]
    kinds += [kind(_sampled(numbers)) for kind in (_wholes, _numeric) if numbers]
    guarded = st.one_of(kinds).flatmap(lambda leaf: _sampled((leaf, *_guards(leaf))))
    trees = _trees(guarded, size=size)
    return _trees(trees | _one_way(_sampled(numbers)) if numbers else trees, size=size, negated=False)


def _wholes(field: Strategy) -> Strategy:
    equal = st.builds(Comparison, st.sampled_from(("=", "!=")), field, _sampled(_WORDS))
    return equal | st.builds(In, field, _items(_sampled(_WORDS)), st.booleans()) | _present(field)


def _parts(field: Strategy) -> Strategy:
    return st.builds(Like, field, _sampled((*_WORDS[:3], *_PART_REGEXES)), st.booleans())


def _numeric(field: Strategy) -> Strategy:
    constant = _sampled((*_WHOLE, *_WORDS))
    equal = st.builds(Comparison, st.sampled_from(("=", "!=")), field, constant)
    return equal | st.builds(In, field, _items(constant), st.booleans())


def _one_way(field: Strategy) -> Strategy:
    """What cannot be negated in a pattern."""
    sign = st.sampled_from(("<", "<=", ">", ">="))
    ordered = st.builds(Comparison, sign, field, _sampled((*_WHOLE, *_SWITCHES)))
    return ordered | st.builds(Comparison, st.just("="), field, _sampled(_SWITCHES))


def _guards(leaf: Expression) -> tuple[Expression, ...]:
    """The two ways to say what a leaf is on an absent field."""
    match leaf:
        case Comparison(left=field) | In(operand=field) | Like(operand=field):
            present = Call("ispresent", (field,))
            return And((present, leaf)), Or((Not(present), leaf))
        case _:
            return ()


_EQUAL = (
    lambda one, other: one,
    lambda one, other: Not(Not(one)),
    lambda one, other: Or((one, And((other, one)))),
    lambda one, other: And((Or((other, one)), one)),
    lambda one, other: Not(Or((Not(one), And((Not(other), Not(one)))))),
)
_UNEQUAL = (
    lambda one, other: other,
    lambda one, other: Not(one),
    lambda one, other: And((one, other)),
    lambda one, other: Or((one, other)),
)


def pairs(*names: str) -> Strategy:
    """Two conditions on some fields, often the same in other words; the first can be compiled."""
    related = st.sampled_from(_EQUAL + _UNEQUAL)
    conditions = compilable(*names, size=2)
    return st.builds(lambda one, other, relate: (one, relate(one, other)), conditions, conditions, related)


def leaf_pairs() -> list[tuple[Expression, Expression]]:
    """All pairs of leaves that differ in a sign, a constant or a text pattern, each about one field."""
    number, text = Field("e.0.f"), Field("a")
    ordered = [Comparison(sign, number, constant) for sign, constant in product(SIGNS, _WHOLE)]
    parts: tuple[String | Regex, ...] = (*_WORDS[:3], *_PART_REGEXES)
    likes: list[Expression] = [Like(text, part, negated) for part, negated in product(parts, (False, True))]
    equal = [Comparison(sign, text, word) for sign, word in product(SIGNS[:2], _WORDS[:2])]
    guarded = [guard for leaf in [*likes[:2], *equal] for guard in _guards(leaf)]
    return [*_twice(ordered), *_twice([*likes, *equal, *guarded])]


def _twice(leaves: Iterable[Expression]) -> Iterable[tuple[Expression, Expression]]:
    return product(leaves, repeat=2)
