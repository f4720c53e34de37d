"""Faults as data, and the screen a person reads.

A fault knows where it is (path, line, column), what is wrong, and what to write
instead. Passes raise `QueryError` with one or many; printing is `str()`.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Literal

FaultLevel = Literal["error", "warning"]

# Characters of a source line and of a message that a screen shows, and the number of faults.
MAX_DRAWN = 160
MAX_SAID = 4_000
MAX_SHOWN = 200


@dataclass(frozen=True, slots=True)
class Span:
    """Half-open range of character offsets into a source text."""

    start: int
    end: int

    def to(self, other: Span) -> Span:
        """The range from the start of this span to the end of `other`."""
        return Span(self.start, other.end)


@dataclass(frozen=True, slots=True)
class Fault:
    """One thing that is wrong in one text, drawn under its source line by `str()`."""

    message: str
    span: Span
    text: str
    hint: str = ""
    path: str = "<query>"
    severity: FaultLevel = "error"

    @property
    def line(self) -> int:
        """Line number, from 1."""
        return self.text.count("\n", 0, self.span.start) + 1

    @property
    def column(self) -> int:
        """Column number in characters, from 1."""
        return self.span.start - self._line_start + 1

    @property
    def _line_start(self) -> int:
        return self.text.rfind("\n", 0, self.span.start) + 1

    @property
    def _drawn_start(self) -> int:
        """Offset of the drawn part of the line: the start of the line, if that shows the fault."""
        far = self.column > MAX_DRAWN // 2
        return self.span.start - MAX_DRAWN // 2 if far and self._is_long else self._line_start

    @property
    def _line_end(self) -> int:
        end = self.text.find("\n", self.span.start)
        return end if end >= 0 else len(self.text)

    @property
    def _is_long(self) -> bool:
        return self._line_end - self._line_start > MAX_DRAWN

    @property
    def source_line(self) -> str:
        """The line of the fault, or a part of it around the fault; control characters made visible."""
        start = self._drawn_start
        return printable(self.text[start : min(self._line_end, start + MAX_DRAWN)])

    @property
    def underline(self) -> str:
        """`~~~^` below the faulty characters; a caret alone for an empty span."""
        before = self.span.start - self._drawn_start
        width = max(1, min(self.span.end - self.span.start, len(self.source_line) - before))
        return " " * before + "~" * (width - 1) + "^"

    def __str__(self) -> str:
        path = printable(self.path)
        place = f"{path}:{self.line}:{self.column}" if self.text else path
        lines = [f"{place}: {self.severity}: {printable(self.message)}"]
        if self.text:
            lines += [f"    {self.source_line}", f"    {self.underline}"]
        if self.hint:
            lines.append(f"    hint: {printable(self.hint)}")
        return "\n".join(lines)


def printable(text: str) -> str:
    """`text` on one line of a terminal, shortened if it is long; each control character becomes U+FFFD."""
    return inert(text if len(text) <= MAX_SAID else f"{text[:MAX_SAID]}...")


def inert(text: str) -> str:
    """`text` on one line of a terminal, of any length, as what is copied has to be."""
    return "".join(char if char.isprintable() else " " if char == "\t" else "\ufffd" for char in text)


def screen(faults: Sequence[object]) -> str:
    """Faults below each other; of a long list the first MAX_SHOWN, and the number of the others."""
    shown = [str(fault) for fault in faults[:MAX_SHOWN]]
    more = [f"... and {len(faults) - MAX_SHOWN:,} more"] if len(faults) > MAX_SHOWN else []
    return "\n\n".join(shown + more)


def find_lone_surrogate(text: str) -> Span | None:
    """The first lone surrogate: the text was decoded from bytes that are not text."""
    try:
        text.encode()
    except UnicodeEncodeError as error:
        return Span(error.start, error.start + 1)
    return None


class QueryError(ValueError):
    """Something that a person wrote cannot be used; carries every fault found."""

    def __init__(self, faults: Fault | Iterable[Fault]) -> None:
        self.faults: tuple[Fault, ...] = (faults,) if isinstance(faults, Fault) else tuple(faults)
        super().__init__(screen(self.faults))

    def at(self, path: str) -> QueryError:
        """The same error, its faults placed in the file `path`."""
        return type(self)(replace(fault, path=path) for fault in self.faults)


class PatternError(QueryError):
    """A metric filter pattern that CloudWatch Logs would refuse."""


class NotCompilable(QueryError):
    """A condition that no metric filter pattern can express; the control becomes a log alarm."""
