"""Texts and tables in lines of a given width: prose is folded, what is to be copied never is."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Sequence

import click
from rich.cells import cell_len

PROSE = 100  # columns: longer lines of prose are hard to read
# What is copied or typed as a whole: quotes, JSON and patterns, commands, an option with its value.
_WHOLE = re.compile(
    r"( *)("
    r"`[^`]*`\S*|\{.*\}\S*"
    r"""|["'][^"']*["']\S*"""
    r"|\(?(?:aws|cdk|cis-insights|mkdir|pip|export(?= [A-Z_]+=)) (?:[^,;:]|[,;:](?=\S))+[,;:]?"
    r"|-{1,2}[a-z][\w-]* [^\s-]\S*"
    r"|\S+)"
)
_LABEL = re.compile(r" *(?:\x1b\[\d+m)?(?:hint:|ok|warning|error) *(?:\x1b\[0m)? ")
_UNDERLINE = re.compile(r" *~*\^")


def fold(text: str, width: int) -> str:
    """Lines of at most `width` columns; a line with one thing to copy that is wider is left to the terminal.

    A line of a source that has an underline comes in parts, each above its part of the underline.
    """
    lines, folded = text.split("\n"), list[str]()
    while lines:
        line = lines.pop(0)
        if lines and _UNDERLINE.fullmatch(lines[0]):
            folded += _split_underlined(line, lines.pop(0), width)
        elif _measure(line) <= width:
            folded.append(line)
        else:
            folded += _fold_line(line, width)
    return "\n".join(folded)


def _fold_line(line: str, width: int) -> list[str]:
    """A line and what does not fit into it: below what has a label, else two columns further in."""
    label = _LABEL.match(line)
    indent = len(line) - len(line.lstrip(" "))
    first, rest = (label[0], " " * _measure(label[0])) if label else (line[:indent], " " * (indent + 2))
    return wrap(line[len(first) :], min(width, PROSE), first=first, rest=rest)


def _split_underlined(source: str, underline: str, width: int) -> Iterator[str]:
    indent = len(source) - len(source.lstrip(" "))
    step = max(1, width - indent)
    for start in range(indent, max(len(source), len(underline)), step):
        yield source[:indent] + source[start : start + step]
        if marks := underline[start : start + step].rstrip():
            yield source[:indent] + marks


def wrap(text: str, width: int, *, first: str = "", rest: str = "") -> list[str]:
    """Folds a paragraph between words; commands, quoted texts and long words stay in one piece.

    Args:
        width: of a line, in columns.
        first: what the first line begins with.
        rest: what the others begin with.
    """
    wholes = _WHOLE.findall(text)
    if any(width - len(rest) < cell_len(whole) <= width - 4 for _, whole in wholes):
        rest = rest[:4]  # what is wide has a line of its own
    lines, line = list[str](), first
    for number, (gap, whole) in enumerate(wholes):
        is_too_wide = _measure(line + gap + whole) > width
        if is_too_wide and (number or len(rest) + cell_len(whole) <= width):
            lines.append(line.rstrip())
            line = rest + whole
        else:
            line += gap + whole
    return [*lines, line]


def align(rows: Sequence[Sequence[str]], width: int, *, right: Collection[int] = ()) -> list[str]:
    """Columns, two blanks apart; a first cell that leaves too little room for others has a line of its own.

    Args:
        width: of a line, in columns.
        right: numbers of the columns of figures.
    """
    widths = [max(map(cell_len, column)) for column in zip(*rows, strict=True)]
    most = width - sum(widths[1:]) - 2 * (len(widths) - 1)
    widths[0] = max((cell_len(row[0]) for row in rows if cell_len(row[0]) <= most), default=2)
    lines: list[str] = []
    for row in rows:
        is_long = cell_len(row[0]) > widths[0]
        cells = zip(["" if is_long else row[0], *row[1:]], widths, strict=True)
        padded = [_pad(cell, room, is_right=number in right) for number, (cell, room) in enumerate(cells)]
        lines += [row[0]] if is_long else []
        lines.append("  ".join(padded).rstrip())
    return lines


def _measure(line: str) -> int:
    """Columns of a line that may have colours."""
    return cell_len(click.unstyle(line))


def _pad(text: str, width: int, *, is_right: bool) -> str:
    space = " " * (width - cell_len(text))
    return space + text if is_right else text + space


def count_noun(count: int, noun: str) -> str:
    """`1 control`, `2,000 controls`."""
    return f"{count:,} {noun}{'' if count == 1 else 's'}"
