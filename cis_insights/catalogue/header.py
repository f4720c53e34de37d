"""The header of a control file: `# key: value` lines in front of the query.

Every fault of every line is found; a value is checked where it is read.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field
from difflib import get_close_matches
from typing import Literal, get_args

from ..errors import Fault, PatternError, Span
from ..filter_patterns.pattern import Pattern, parse_pattern
from .attacks import SIMULATIONS, TECHNIQUES
from .commands import FORM, MAX_COMMANDS, PURPOSES, Command, Purpose, parse_command

Severity = Literal["low", "medium", "high", "critical"]
SEVERITIES: tuple[Severity, ...] = get_args(Severity)

# No two adjacent repetitions match the same blanks: a long line is read in linear time.
_LINE = re.compile(r"#[ \t]*([A-Za-z][A-Za-z0-9_-]*)[ \t]*:[ \t]*")
_VERSION = re.compile(r"([0-9]+\.[0-9]+\.[0-9]+)=([0-9]+\.[0-9]+)")
_ALARM = re.compile(r"([1-9][0-9]{0,5}) in ([1-9][0-9]{0,3})([mh])")
_NAME = re.compile(r"[a-zA-Z_][a-zA-Z0-9_]{0,127}")
_SECONDS = {"m": 60, "h": 3600}
# https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_PutMetricAlarm.html
MAX_PERIOD = 86_400
MAX_DEFAULT, MAX_DESCRIPTION = 1_024, 512
# Together they fit into the 1,024 characters of an alarm's description.
MAX_LENGTH = {"title": 80, "why": 200, "respond": 200, "covers-more": 200}


# Keys that may be given more than once.
SEVERAL = ("pattern", "parameter", *PURPOSES)


@dataclass(frozen=True, slots=True)
class QueryParameter:
    """`{{name}}` in a saved query, and its default value."""

    name: str
    default: str
    description: str


@dataclass(slots=True)
class Header:
    """The values of the header lines; None, empty or the default where a line is missing."""

    title: str = ""
    why: str = ""
    respond: str = ""
    cis: Mapping[str, str] = field(default_factory=dict)
    security_hub: str | None = None
    severity: Severity = "medium"
    alarm: tuple[int, int] = (1, 300)
    patterns: tuple[Pattern, ...] = ()
    cis_pattern: Pattern | None = None
    covers_more: str | None = None
    default: bool | None = None
    attack: tuple[str, ...] = ()
    stratus: tuple[str, ...] = ()
    parameters: tuple[QueryParameter, ...] = ()
    commands: tuple[Command, ...] = ()
    command_spans: list[Span] = field(default_factory=list)  # of the commands, in their order
    spans: dict[str, Span] = field(default_factory=dict)
    faults: list[Fault] = field(default_factory=list)


class _Refused(Exception):
    """A value that cannot be read; the message says what to write."""


def read_header(text: str, path: str, required: tuple[str, ...], optional: tuple[str, ...]) -> Header:
    """The header of a file; its `.faults` are all faults of its lines."""
    return _Reader(text, path, (*required, *optional)).read(required)


class _Reader:
    def __init__(self, text: str, path: str, keys: tuple[str, ...]) -> None:
        self.text, self.path, self.keys = text, path, keys
        self.header = Header()

    def read(self, required: tuple[str, ...]) -> Header:
        start = 0
        for line in self.text.split("\n"):
            if not line.startswith("#"):
                break
            self.read_line(line.rstrip("\r"), start)
            start += len(line) + 1
        for key in required:
            if key not in self.header.spans:
                self.add_fault(Span(0, 0), f"the header has no `{key}`", f"add the line: {EXAMPLES[key]}")
        return self.header

    def read_line(self, line: str, start: int) -> None:
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
        if key not in self.keys:
            near = get_close_matches(key, self.keys, 1)
            hint = f"did you mean `{near[0]}`?" if near else f"one of: {', '.join(self.keys)}"
            self.add_fault(span, f"`{key}` is not a header of this kind of file", hint)
            return False
        if key in self.header.spans and key not in SEVERAL:
            self.add_fault(span, f"`{key}` is here twice", "leave one of the lines")
            return False
        return True

    def read_value(self, key: str, value: str) -> None:
        try:
            name, read = READERS.get(key, (key, _sentence_reader(key)))
            setattr(self.header, name, read(value, self.header))
        except _Refused as refused:
            self.add_fault(self.header.spans[key], str(refused), f"write: {EXAMPLES[key]}")
        except PatternError as error:
            offset = self.header.spans[key].start
            for fault in error.faults:
                span = Span(fault.span.start + offset, fault.span.end + offset)
                self.add_fault(span, fault.message, fault.hint)

    def add_fault(self, span: Span, message: str, hint: str) -> None:
        self.header.faults.append(Fault(message, span, self.text, hint, self.path))


def _sentence_reader(key: str) -> Callable[[str, Header], str]:
    def read(value: str, header: Header) -> str:
        if not value:
            raise _Refused(f"`{key}` is empty")
        if len(value) > MAX_LENGTH.get(key, 80) or not value.isprintable():
            raise _Refused(f"`{key}` takes at most {MAX_LENGTH.get(key, 80)} printable characters")
        return value

    return read


def _read_cis(value: str, header: Header) -> Mapping[str, str]:
    found = [_VERSION.fullmatch(word) for word in value.split()]
    if not found or not all(found):
        raise _Refused("`cis` is a list of version=section")
    return {match[1]: match[2] for match in found if match}


def _read_security_hub(value: str, header: Header) -> str:
    if not re.fullmatch(r"CloudWatch\.[0-9]{1,2}", value):
        raise _Refused("`security-hub` names one control")
    return value


def _read_severity(value: str, header: Header) -> Severity:
    for severity in SEVERITIES:
        if value == severity:
            return severity
    raise _Refused(f"`severity` is one of {', '.join(SEVERITIES)}")


def _read_alarm(value: str, header: Header) -> tuple[int, int]:
    found = _ALARM.fullmatch(value)
    if not found or int(found[2]) * _SECONDS[found[3]] > MAX_PERIOD:
        raise _Refused("`alarm` is a number of events and a period of at most a day")
    return int(found[1]), int(found[2]) * _SECONDS[found[3]]


def _read_pattern(value: str, header: Header) -> tuple[Pattern, ...]:
    return (*header.patterns, parse_pattern(value))


def _read_cis_pattern(value: str, header: Header) -> Pattern:
    return parse_pattern(value)


def _read_default(value: str, header: Header) -> bool:
    if value not in ("on", "off"):
        raise _Refused("`default` is on or off")
    return value == "on"


def _read_parameter(value: str, header: Header) -> tuple[QueryParameter, ...]:
    given, bar, description = map(str.strip, value.partition("|"))
    name, equals, default = map(str.strip, given.partition("="))
    whole = bar and equals and description and _NAME.fullmatch(name) and value.isprintable()
    if not whole or len(default) > MAX_DEFAULT or len(description) > MAX_DESCRIPTION:
        raise _Refused("`parameter` is a name, a default and a description")
    if name in [parameter.name for parameter in header.parameters]:
        raise _Refused(f"the parameter `{name}` is declared twice")
    return (*header.parameters, QueryParameter(name, default, description))


def _command_reader(purpose: Purpose) -> Callable[[str, Header], tuple[Command, ...]]:
    def read(value: str, header: Header) -> tuple[Command, ...]:
        command = parse_command(purpose, value)
        if command is None:
            raise _Refused(f"`{purpose}` is {FORM}")
        if len(header.commands) == MAX_COMMANDS:
            raise _Refused(f"a control takes at most {MAX_COMMANDS} commands")
        header.command_spans.append(header.spans[purpose])
        return (*header.commands, command)

    return read


def _ids_reader(key: str, known: Collection[str]) -> Callable[[str, Header], tuple[str, ...]]:
    """For a list of ids with commas; an unknown one is refused, with the nearest."""

    def read(value: str, header: Header) -> tuple[str, ...]:
        found = tuple(word.strip() for word in value.split(","))
        for one in found:
            if one not in known:
                near = get_close_matches(one, known, 1)
                hint = f": did you mean {near[0]}?" if near else ""
                raise _Refused(f"`{key}` does not know `{one}`{hint}")
        if len({*found}) < len(found):
            raise _Refused(f"`{key}` names one of them twice")
        return found

    return read


# Header key -> attribute and reader; all others are sentences under their own name.
READERS: dict[str, tuple[str, Callable[[str, Header], object]]] = {
    "cis": ("cis", _read_cis),
    "security-hub": ("security_hub", _read_security_hub),
    "severity": ("severity", _read_severity),
    "alarm": ("alarm", _read_alarm),
    "pattern": ("patterns", _read_pattern),
    "cis-pattern": ("cis_pattern", _read_cis_pattern),
    "covers-more": ("covers_more", _sentence_reader("covers-more")),
    "default": ("default", _read_default),
    "attack": ("attack", _ids_reader("attack", TECHNIQUES)),
    "stratus": ("stratus", _ids_reader("stratus", SIMULATIONS)),
    "parameter": ("parameters", _read_parameter),
    **{purpose: ("commands", _command_reader(purpose)) for purpose in PURPOSES},
}
EXAMPLES = {
    "title": "# title: Security group changes",
    "why": "# why: one sentence.",
    "respond": "# respond: one sentence.",
    "cis": "# cis: 1.4.0=4.10 5.0.0=4.10",
    "security-hub": "# security-hub: CloudWatch.10",
    "severity": "# severity: medium",
    "alarm": "# alarm: 1 in 5m",
    "covers-more": "# covers-more: ModifySecurityGroupRules, CIS 5.0.0 and later",
    "default": "# default: on",
    "attack": "# attack: T1562.008, T1098.001",
    "stratus": "# stratus: aws.defense-evasion.cloudtrail-stop",
    "parameter": "# parameter: principal = alice | user name, role session or ARN",
    "still-open": "# still-open: aws ec2 describe-security-groups --region {region} --group-ids {target}",
    "undo": "# undo: CreateUser: aws iam delete-user --user-name {target}",
}
