"""Every kind of header line: how it is written, read and explained. A new one is declared in `KEYS`."""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Mapping
from difflib import get_close_matches
from typing import Literal, NamedTuple

from ..filter_patterns.pattern import Pattern, parse_pattern
from .attacks import SIMULATIONS, TECHNIQUES
from .commands import FORM, MAX_COMMANDS, Command, Purpose, parse_command
from .header import SEVERITIES, Header, QueryParameter, Severity

_VERSION = re.compile(r"([0-9]+\.[0-9]+\.[0-9]+)=([0-9]+\.[0-9]+)")
_ALARM = re.compile(r"([1-9][0-9]{0,5}) in ([1-9][0-9]{0,3})([mh])")
_NAME = re.compile(r"[a-zA-Z_][a-zA-Z0-9_]{0,127}")
_SECONDS = {"m": 60, "h": 3600}
# https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_PutMetricAlarm.html
MAX_PERIOD = 86_400
MAX_DEFAULT, MAX_DESCRIPTION = 1_024, 512
# Together they fit into the 1,024 characters of an alarm's description.
MAX_LENGTH = {"title": 80, "why": 200, "respond": 200, "covers-more": 200}

FileKind = Literal["control", "investigation"]
Reader = Callable[[str, Header], object]


class Refused(Exception):
    """A value that cannot be read; the message says what to write."""


def _sentence_reader(key: str, length: int) -> Callable[[str, Header], str]:
    def read(value: str, header: Header) -> str:
        if not value:
            raise Refused(f"`{key}` is empty")
        if len(value) > length or not value.isprintable():
            raise Refused(f"`{key}` takes at most {length} printable characters")
        return value

    return read


def _read_cis(value: str, header: Header) -> Mapping[str, str]:
    found = [_VERSION.fullmatch(word) for word in value.split()]
    if not found or not all(found):
        raise Refused("`cis` is a list of version=section")
    return {match[1]: match[2] for match in found if match}


def _read_security_hub(value: str, header: Header) -> str:
    if not re.fullmatch(r"CloudWatch\.[0-9]{1,2}", value):
        raise Refused("`security-hub` names one control")
    return value


def _read_severity(value: str, header: Header) -> Severity:
    for severity in SEVERITIES:
        if value == severity:
            return severity
    raise Refused(f"`severity` is one of {', '.join(SEVERITIES)}")


def _read_alarm(value: str, header: Header) -> tuple[int, int]:
    found = _ALARM.fullmatch(value)
    if not found or int(found[2]) * _SECONDS[found[3]] > MAX_PERIOD:
        raise Refused("`alarm` is a number of events and a period of at most a day")
    return int(found[1]), int(found[2]) * _SECONDS[found[3]]


def _read_pattern(value: str, header: Header) -> tuple[Pattern, ...]:
    return (*header.patterns, parse_pattern(value))


def _read_cis_pattern(value: str, header: Header) -> Pattern:
    return parse_pattern(value)


def _read_default(value: str, header: Header) -> bool:
    if value not in ("on", "off"):
        raise Refused("`default` is on or off")
    return value == "on"


def _read_parameter(value: str, header: Header) -> tuple[QueryParameter, ...]:
    given, bar, description = map(str.strip, value.partition("|"))
    name, equals, default = map(str.strip, given.partition("="))
    whole = bar and equals and description and _NAME.fullmatch(name) and value.isprintable()
    if not whole or len(default) > MAX_DEFAULT or len(description) > MAX_DESCRIPTION:
        raise Refused("`parameter` is a name, a default and a description")
    if name in [parameter.name for parameter in header.parameters]:
        raise Refused(f"the parameter `{name}` is declared twice")
    return (*header.parameters, QueryParameter(name, default, description))


def _command_reader(purpose: Purpose) -> Callable[[str, Header], tuple[Command, ...]]:
    def read(value: str, header: Header) -> tuple[Command, ...]:
        command = parse_command(purpose, value)
        if command is None:
            raise Refused(f"`{purpose}` is {FORM}")
        if len(header.commands) == MAX_COMMANDS:
            raise Refused(f"a control takes at most {MAX_COMMANDS} commands")
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
                raise Refused(f"`{key}` does not know `{one}`{hint}")
        if len({*found}) < len(found):
            raise Refused(f"`{key}` names one of them twice")
        return found

    return read


class HeaderKey(NamedTuple):
    """One kind of header line: how it is written, read and explained."""

    key: str
    attribute: str  # of `Header`
    read: Reader
    form: str  # what is written behind `# key: `
    sample: str  # a value that reads
    default: str  # REQUIRED, or what holds without the line, in words
    meaning: str
    kinds: tuple[FileKind, ...] = ("control",)
    repeats: bool = False  # whether there may be several lines

    @property
    def example(self) -> str:
        """The whole line, as an error proposes it."""
        return f"# {self.key}: {self.sample}"


REQUIRED = "required"
_CONTROL: tuple[FileKind, ...] = ("control",)
_INVESTIGATION: tuple[FileKind, ...] = ("investigation",)
_PATTERN = "{ ($.eventName = StopLogging) }"


def _sentence(
    key: str, sample: str, meaning: str, default: str = REQUIRED, *, both: bool = False
) -> HeaderKey:
    """A line of plain text, kept under its own name."""
    length, kinds = MAX_LENGTH[key], (*_CONTROL, *(_INVESTIGATION if both else ()))
    form, read = f"text of at most {length} characters", _sentence_reader(key, length)
    return HeaderKey(key, key.replace("-", "_"), read, form, sample, default, meaning, kinds)


def _ids(key: str, sample: str, meaning: str, known: Collection[str]) -> HeaderKey:
    """A line of names from a list."""
    read, kinds = _ids_reader(key, known), (*_CONTROL, *_INVESTIGATION)
    return HeaderKey(key, key, read, "ID, ID ..", sample, "none", meaning, kinds)


def _command(purpose: Purpose, sample: str, meaning: str) -> HeaderKey:
    """A line with a command for whoever reads an answer."""
    form, read = "[EVENT: ]aws .. {COLUMN} ..", _command_reader(purpose)
    return HeaderKey(purpose, "commands", read, form, sample, "none", meaning, repeats=True)


# Each header line is declared here and nowhere else; `make docs` makes the table of docs/controls.md of it.
KEYS: tuple[HeaderKey, ...] = (
    _sentence(
        "title", "Security group changes", "its name in mails, dashboards and saved queries", both=True,
    ),
    HeaderKey(
        "severity", "severity", _read_severity, ", ".join(SEVERITIES), "medium", REQUIRED,
        "who is notified: `cis-insights:subscribers-SEVERITY`",
    ),
    HeaderKey(
        "alarm", "alarm", _read_alarm, "EVENTS in PERIOD: `m` or `h`, a day at most", "1 in 5m", REQUIRED,
        "the alarm fires when so many events fall into one period",
    ),
    _sentence("why", "one sentence.", "why it matters; the mail's first line", both=True),
    _sentence("respond", "one sentence.", "what to look at first; the mail's second line"),
    HeaderKey(
        "default", "default", _read_default, "on, off", "on", "off in a folder called `extended`, else on",
        "whether it is deployed where no setting names it",
    ),
    HeaderKey(
        "cis", "cis", _read_cis, "VERSION=SECTION ..", "1.4.0=4.10 5.0.0=4.10", "none",
        "sections of the CIS benchmark that ask for it; each belongs to one control",
    ),
    HeaderKey(
        "security-hub", "security_hub", _read_security_hub, "CloudWatch.NUMBER", "CloudWatch.10", "none",
        "Security Hub's control; `pattern` has to be its exact text",
    ),
    HeaderKey(
        "pattern", "patterns", _read_pattern, "a filter pattern", _PATTERN, "compiled from the query",
        "deployed as it is, once it is proven equal to the query; of several, no two count the same event",
        repeats=True,
    ),
    HeaderKey(
        "cis-pattern", "cis_pattern", _read_cis_pattern, "a filter pattern", _PATTERN, "none",
        "CIS's own text, where it is wider than Security Hub's; `cis-insights:cis-twins` deploys it besides",
    ),
    _sentence(
        "covers-more", "ModifySecurityGroupRules, CIS 5.0.0 and later",
        "the values that the query covers beyond `pattern`, on purpose", "none",
    ),
    _command(
        "still-open", "aws ec2 describe-security-groups --region {region} --group-ids {target}",
        "what an answer proposes to look with; of one event only if it begins with its name",
    ),
    _command(
        "undo", "CreateUser: aws iam delete-user --user-name {target}",
        "what an answer proposes to undo it with; of one event only if it begins with its name",
    ),
    _ids("attack", "T1562.008, T1098.001", "techniques of MITRE ATT&CK that it shows", TECHNIQUES),
    _ids("stratus", "aws.defense-evasion.cloudtrail-stop", "stratus-red-team's that it catches", SIMULATIONS),
    HeaderKey(
        "parameter", "parameters", _read_parameter, "NAME = DEFAULT | DESCRIPTION",
        "principal = alice | user name, role session or ARN", "none",
        "`{{NAME}}` in the query, which the console asks for", _INVESTIGATION, repeats=True,
    ),
)  # fmt: skip
