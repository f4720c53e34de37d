"""The bytes of a control file -> its control, compiled and proven. Pure: the catalogue reads the files."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, fields

from ..errors import Fault, NotCompilable, QueryError, Span
from ..filter_patterns.pattern import Pattern
from ..logs_insights.parser import parse_query
from ..logs_insights.query import Query
from .alarm_rules import filter_faults
from .columns import column_faults
from .commands import command_faults
from .control import Control
from .event_rules import name_faults
from .header import Header
from .header_reader import read_header
from .lint import query_faults
from .parameters import default_faults
from .proven_patterns import (
    Disagreement,
    compile_proven,
    extend_prescribed,
    verify_cis_text,
    verify_prescribed,
)
from .references import reference_faults
from .security_hub import TEXTS

EXTENDED, INVESTIGATE = "extended", "investigate"
MAX_BYTES = 64 * 1024

# Attributes that a control takes over from its header as they are.
_SHARED = {slot.name for slot in fields(Header)} & {slot.name for slot in fields(Control)}


@dataclass(frozen=True, slots=True)
class Place:
    """Where a control file lies, and what its name and its folder's name say."""

    path: str
    slug: str
    number: int | None
    group: str

    @property
    def is_alarm(self) -> bool:
        """Whether its control has an alarm; an investigation has none."""
        return self.group != INVESTIGATE


@dataclass(frozen=True, slots=True)
class ControlFile:
    """What a control file holds: its control, unless one of its faults is an error."""

    place: Place
    text: str
    faults: Sequence[Fault]
    control: Control | None = None
    claims: Mapping[str, Span] = field(default_factory=dict)  # what may be in one file only


def read_control_file(data: bytes, place: Place) -> ControlFile:
    """The control in a file, and everything that is wrong with the file.

    Args:
        data: its content; of a file that is too large, one byte more than MAX_BYTES is enough.
    """
    try:
        text = _decode(data, place.path)
    except QueryError as error:
        return ControlFile(place, "", error.faults)
    if invisible := _find_invisible(text, place.path):
        return ControlFile(place, text, [invisible])
    header = read_header(text, place.path, "control" if place.is_alarm else "investigation")
    faults = [
        *header.faults,
        *reference_faults(text, place.path),
        *_security_hub_faults(header, text, place.path),
    ]
    control: Control | None = None
    try:
        query = parse_query(text, place.path)
        faults += query_faults(query, [parameter.name for parameter in header.parameters])
        faults += default_faults(query, header.parameters)
        faults += name_faults(query)
        faults += column_faults(query)
        faults += command_faults(query, list(zip(header.commands, header.command_spans, strict=True)))
        faults += _alarm_faults(query, faults) if place.is_alarm else ()
        if all(fault.severity == "warning" for fault in faults):
            control = _build(header, query, place)
    except QueryError as error:
        faults += error.faults
    return ControlFile(place, text, faults, control, dict(_claims(header)))


def _decode(data: bytes, path: str) -> str:
    if len(data) > MAX_BYTES:
        message = f"more than {MAX_BYTES:,} bytes"
        raise QueryError(Fault(message, Span(0, 0), "", "a control is one short query", path))
    try:
        return data.decode("utf-8-sig").replace("\r\n", "\n")
    except UnicodeDecodeError as error:
        message = f"byte {error.start} is not UTF-8"
        raise QueryError(Fault(message, Span(0, 0), "", "save the file as UTF-8", path)) from None


def _find_invisible(text: str, path: str) -> Fault | None:
    """The first character that nobody sees: it would mislead a reader, or end a deployment."""
    if text.replace("\n", "").replace("\t", "").isprintable():
        return None
    for at, char in enumerate(text):
        if not char.isprintable() and char not in "\n\t":
            message = f"the character U+{ord(char):04X} cannot be seen"
            return Fault(message, Span(at, at + 1), text, "take it out, and save the file as UTF-8", path)
    return None


def _claims(header: Header) -> Iterator[tuple[str, Span]]:
    """A control of Security Hub and sections of the benchmark, with the lines that name them."""
    if header.security_hub:
        yield header.security_hub, header.spans["security-hub"]
    for version, section in header.cis.items():
        yield f"{version}={section}", header.spans["cis"]


def _security_hub_faults(header: Header, text: str, path: str) -> Iterator[Fault]:
    expected = TEXTS.get(header.security_hub or "")
    if expected and header.patterns and header.patterns[0].text != expected:
        message = f"this is not the text that Security Hub's {header.security_hub} asks for"
        yield Fault(message, header.spans["pattern"], text, f"write: # pattern: {expected}", path)


def _alarm_faults(query: Query, faults: Sequence[Fault]) -> list[Fault]:
    """Faults of the filters of a control with an alarm, if nothing else keeps them from being understood."""
    if not list(query.early_filters()):
        hint = 'begin with: filter eventName = ".."'
        return [Fault("a control with an alarm needs a filter", query.span, query.text, hint, query.path)]
    return [] if any(fault.severity == "error" for fault in faults) else list(filter_faults(query))


def _build(header: Header, query: Query, place: Place) -> Control:
    """The control.

    Raises:
        QueryError: if a given pattern does not agree with the query, or cannot be proven to.
    """
    patterns, reason = _prove_patterns(header, query) if place.is_alarm else ((), None)
    shared = {name: getattr(header, name) for name in _SHARED}
    own = {
        "id": place.slug,
        "number": place.number,
        "group": place.group,
        "path": place.path,
        "query": query,
        "threshold": header.alarm[0],
        "period": header.alarm[1],
        **_default(header, place),
        "is_alarm": place.is_alarm,
        "patterns": patterns,
        "not_compilable": reason,
        "exact_pattern": header.patterns[0].text if header.patterns else None,
    }
    return Control(**{**shared, **own})


def _default(header: Header, place: Place) -> dict[str, object]:
    """Whether a control is deployed where no setting names it, and why."""
    if header.default is not None:
        return {
            "default": header.default,
            "default_because": f"# default: {'on' if header.default else 'off'}",
        }
    return {"default": place.group != EXTENDED, "default_because": "no # default line"}


def _prove_patterns(header: Header, query: Query) -> tuple[tuple[Pattern, ...], NotCompilable | None]:
    """The patterns, or the reason why there are none; a text that cannot be proven is not deployed."""
    try:
        patterns = _choose_patterns(header, query)
        if header.cis_pattern:
            verify_cis_text(query, header.cis_pattern)
    except NotCompilable as reason:
        if header.patterns:
            raise
        return (), reason
    except Disagreement as error:
        span = header.spans[error.key]
        raise QueryError(Fault(str(error), span, query.text, error.hint, query.path)) from None
    return patterns, None


def _choose_patterns(header: Header, query: Query) -> tuple[Pattern, ...]:
    if not header.patterns:
        return compile_proven(query)
    if header.covers_more:
        return extend_prescribed(query, header.patterns, header.covers_more)
    return verify_prescribed(query, header.patterns)
