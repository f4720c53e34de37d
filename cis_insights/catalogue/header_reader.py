"""The header of a control file: `# key: value` lines in front of the query.

Every fault of every line is found; a value is checked where it is read.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from difflib import get_close_matches

from ..errors import Fault, PatternError, Span
from .header import Header
from .header_lines import KEYS, REQUIRED, FileKind, HeaderKey, Refused

# No two adjacent repetitions match the same blanks: a long line is read in linear time.
_LINE = re.compile(r"#[ \t]*([A-Za-z][A-Za-z0-9_-]*)[ \t]*:[ \t]*")


def read_header(text: str, path: str, kind: FileKind) -> Header:
    """The header of a file; its `.faults` are all faults of its lines."""
    return _Reader(text, path, {one.key: one for one in KEYS if kind in one.kinds}).read()


class _Reader:
    def __init__(self, text: str, path: str, keys: Mapping[str, HeaderKey]) -> None:
        self.text, self.path, self.keys = text, path, keys
        self.header = Header()

    def read(self) -> Header:
        """The header: the lines at the top that begin with `#`."""
        start = 0
        for line in self.text.split("\n"):
            if not line.startswith("#"):
                break
            self.read_line(line.rstrip("\r"), start)
            start += len(line) + 1
        for key in self.keys.values():
            if key.default == REQUIRED and key.key not in self.header.spans:
                self.add_fault(Span(0, 0), f"the header has no `{key.key}`", f"add the line: {key.example}")
        return self.header

    def read_line(self, line: str, start: int) -> None:
        """Takes one line into the header."""
        found = _LINE.match(line)
        if not found:
            span = Span(start, start + len(line))
            self.add_fault(span, "a header line is `# key: value`", "put comments after the first stage")
            return
        key, value = found[1], line[found.end() :].rstrip(" \t")
        if self.check_known(key, Span(start + found.start(1), start + found.end(1))):
            begin = start + found.end()
            self.header.spans[key] = Span(begin, begin + len(value))
            self.read_value(key, value)

    def check_known(self, key: str, span: Span) -> bool:
        """Whether a key may be here; a fault says why not."""
        if key not in self.keys:
            near = get_close_matches(key, self.keys, 1)
            hint = f"did you mean `{near[0]}`?" if near else f"one of: {', '.join(self.keys)}"
            self.add_fault(span, f"`{key}` is not a header of this kind of file", hint)
            return False
        if key in self.header.spans and not self.keys[key].repeats:
            self.add_fault(span, f"`{key}` is here twice", "leave one of the lines")
            return False
        return True

    def read_value(self, key: str, value: str) -> None:
        """Takes the value of a known key into the header."""
        try:
            known = self.keys[key]
            setattr(self.header, known.attribute, known.read(value, self.header))
        except Refused as refused:
            self.add_fault(self.header.spans[key], str(refused), f"write: {known.example}")
        except PatternError as error:
            offset = self.header.spans[key].start
            for fault in error.faults:
                span = Span(fault.span.start + offset, fault.span.end + offset)
                self.add_fault(span, fault.message, fault.hint)

    def add_fault(self, span: Span, message: str, hint: str) -> None:
        self.header.faults.append(Fault(message, span, self.text, hint, self.path))
