"""Where the trail is: which log group each mode of `cis-insights:trail` reads, and whose events are in it.

https://docs.aws.amazon.com/controltower/latest/userguide/shared-account-resources.html
https://docs.aws.amazon.com/awscloudtrail/latest/userguide/send-cloudtrail-events-to-cloudwatch-logs.html
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal, get_args

from .readers import Refused, show

TrailKind = Literal["existing", "organization", "control-tower", "accelerator", "new"]
TRAIL_KINDS: tuple[TrailKind, ...] = get_args(TrailKind)

FIND = "`cis-insights doctor` finds it"

# https://docs.aws.amazon.com/awscloudtrail/latest/userguide/cloudtrail-trail-naming-requirements.html
_TRAIL_NAME = re.compile(r"[A-Za-z0-9]+([._-][A-Za-z0-9]+)*")
_CONTROL_TOWER = re.compile(r"aws-controltower/CloudTrailLogs(-[\w-]+)?")


@dataclass(frozen=True, slots=True, kw_only=True)
class TrailMode:
    """How to find a trail's log group."""

    log_group: str | None = None  # its name, unless the settings say another
    form: re.Pattern[str] | None = None  # of the other names that it can have
    rule: str = ""  # what makes up such a name
    spans_accounts: bool = True


TRAIL_MODES: Mapping[TrailKind, TrailMode] = {
    "existing": TrailMode(spans_accounts=False),
    "organization": TrailMode(),
    # Landing zone 4.0 ends the name in two words that it draws, such as -c9n-gze.
    "control-tower": TrailMode(
        log_group="aws-controltower/CloudTrailLogs",
        form=_CONTROL_TOWER,
        rule="aws-controltower/CloudTrailLogs, and behind it the suffix that landing zone 4.0 draws",
    ),
    # Its own prefix comes first, where the installation has one.
    "accelerator": TrailMode(
        log_group="aws-accelerator-cloudtrail-logs",
        form=re.compile(r"[\w./#-]+-cloudtrail-logs"),
        rule="PREFIX-cloudtrail-logs, with the accelerator prefix of the installation",
    ),
    "new": TrailMode(spans_accounts=False),
}


def find_log_group(kind: TrailKind, named: str | None, prefix: str) -> str:
    """The name of the log group to watch.

    Args:
        named: what `log-group-name` says, if anything.
        prefix: begins the names of what is made.

    Raises:
        Refused: if it is not known, or does not fit the mode.
    """
    if kind == "new":
        return _name_new_log_group(named, prefix)
    mode = TRAIL_MODES[kind]
    name = named or mode.log_group
    if name is None:
        raise Refused("no log group is named, and none is ever made up", _NOT_NAMED)
    if mode.form and not mode.form.fullmatch(name):
        raise Refused(f"{show(name)} is not a log group of {kind}", f"write {mode.rule}; {FIND}")
    return name


def guess_trail(log_group_name: str, *, is_organization: bool) -> TrailKind:
    """The mode of an existing trail: by the name of its log group, else by whose events it holds."""
    if re.fullmatch(_CONTROL_TOWER, log_group_name):
        return "control-tower"
    if log_group_name == TRAIL_MODES["accelerator"].log_group:
        return "accelerator"
    return "organization" if is_organization else "existing"


def _name_new_log_group(named: str | None, prefix: str) -> str:
    if named:
        hint = "leave it out; or leave out cis-insights:trail=new, to watch a log group that is there"
        raise Refused(f"{show(named)} cannot be made: a new trail makes its own log group", hint)
    name = f"{prefix}-cloudtrail"
    if not _TRAIL_NAME.fullmatch(name):
        hint = "write a cis-insights:prefix of letters and digits, with one - or _ at most between two"
        raise Refused(f"{show(name)} is not a name that a trail can have", hint)
    return name


_NOT_NAMED = f"write -c cis-insights:log-group-name=NAME; {FIND}"
