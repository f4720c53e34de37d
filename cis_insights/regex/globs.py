"""Regular expressions that can be written as globs: literal texts, anchored or not, and alternatives."""

from __future__ import annotations

from itertools import product

from .tree import Alternation, Begin, Chars, Concatenation, End, RegexNode, Repeat

MAX_GLOBS = 50

# A path through an expression: characters, the two anchors, and gaps (`.*`).
Path = tuple[str | Begin | End | Repeat, ...]


def globs_of(tree: RegexNode) -> tuple[str, ...] | None:
    """Globs over the whole text that together match where `tree` is found in it, or None.

    `/^Access(Denied|Refused)/` is `AccessDenied*` and `AccessRefused*`.
    """
    words = _find_paths(tree)
    globs = [_to_glob(word) for word in words or ()]
    return None if words is None or None in globs else tuple(glob for glob in globs if glob is not None)


def _find_paths(tree: RegexNode) -> list[Path] | None:
    match tree:
        case Chars(members=members, negated=False) if len(members) == 1 and "*" not in members:
            return [(*members,)]
        case Begin() | End():
            return [(tree,)]
        case Repeat(part=Chars(negated=True), minimum=0, maximum=None):
            return [(tree,)]
        case Alternation(options=options):
            parts = [_find_paths(option) for option in options]
            return _limit([word for part in parts for word in part or ()], complete=None not in parts)
        case Concatenation(parts=below):
            found = [_find_paths(part) for part in below]
            if None in found:
                return None
            ways = product(*(part for part in found if part is not None))
            return _limit([sum(way, ()) for _, way in zip(range(MAX_GLOBS + 1), ways, strict=False)])
        case _:
            return None


def _limit(words: list[Path], *, complete: bool = True) -> list[Path] | None:
    return words if complete and len(words) <= MAX_GLOBS else None


def _to_glob(word: Path) -> str | None:
    """The glob of one path; a gap at an end that is not anchored is redundant."""
    begins, ends = word[:1] == (Begin(),), word[-1:] == (End(),)
    inner = list(word[begins : len(word) - ends])
    while inner and not begins and isinstance(inner[0], Repeat):
        del inner[0]
    while inner and not ends and isinstance(inner[-1], Repeat):
        del inner[-1]
    text = "".join(part for part in inner if isinstance(part, str))
    if len(text) < max(1, len(inner)):
        return None  # an anchor in the middle, or a gap, which stops at a line feed
    return ("" if begins else "*") + text + ("" if ends else "*")
