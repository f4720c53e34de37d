"""Boolean terms over numbered leaves, and the search for an assignment that violates the property.

Memoised backtracking over residual formulas.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from ..limits import MAX_FIELDS
from ..regex.text_classes import TooComplex

# Ours: the problem is NP-hard, and the search must end.
MAX_REMAINDERS = 20_000


@dataclass(frozen=True, slots=True)
class LeafTerm:
    """The leaf with this number."""

    number: int


@dataclass(frozen=True, slots=True)
class Junction:
    """`and` (a conjunction) or `or` of terms."""

    conjunction: bool
    parts: tuple[Term, ...]


Term = bool | LeafTerm | Junction
# A row for each equivalence class of a field's values: the answers of its leaves, and a representative.
TruthTable = Sequence[tuple[Mapping[int, bool], object]]
Assignment = tuple[object, ...]


def assign(term: Term, answers: Mapping[int, bool]) -> Term:
    """The residual of a term: what is left of it once some leaves have their answers."""
    match term:
        case bool():
            return term
        case LeafTerm(number=number):
            return answers.get(number, term)
        case Junction(conjunction=conjunction, parts=parts):
            rest: list[Term] = []
            for part in parts:
                left = assign(part, answers)
                if left is (not conjunction):
                    return left
                if left is not conjunction:
                    rest.append(left)
            return Junction(conjunction, tuple(rest)) if rest else conjunction


def find_assignment(
    terms: tuple[Term, ...], tables: Sequence[TruthTable], wrong: Callable[[Sequence[bool]], bool]
) -> Assignment | None:
    """One value from each table, in order, such that `wrong` is true of the terms; or None.

    The values may end early: the remaining fields then make no difference. Each residual of the
    terms is searched only once, however many values lead to it.

    Raises:
        TooComplex: after MAX_REMAINDERS of them, or with more than MAX_FIELDS tables.
    """
    if len(tables) > MAX_FIELDS:
        raise TooComplex(f"a condition on more than {MAX_FIELDS} fields cannot be proven")
    done: set[object] = set()

    def below(rest: tuple[Term, ...], depth: int) -> Assignment | None:
        """An assignment of the fields from `depth` on that violates the property, if any does."""
        answers = [term for term in rest if isinstance(term, bool)]
        if len(answers) == len(rest):
            return () if wrong(answers) else None
        if (rest, depth) in done:
            return None
        done.add((rest, depth))
        if len(done) > MAX_REMAINDERS:
            raise TooComplex("the fields of this condition have too many combinations to be proven")
        for row, value in tables[depth]:
            found = below(tuple(assign(term, row) for term in rest), depth + 1)
            if found is not None:
                return (value, *found)
        return None

    return below(terms, 0)
