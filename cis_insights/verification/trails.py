"""What is well with a trail and what is not, and whether its log group can be watched."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from typing import Any

from ..catalogue import Catalogue
from ..events.event_selectors import Selector, selects
from ..logs_insights.normal_form import leaves, normalise
from ..logs_insights.query import Query
from ..logs_insights.syntax import Comparison, Field, In, String
from .findings import Finding, has_error

Answer = Mapping[str, Any]
SILENT = timedelta(days=1)  # after which a trail of a living account has a fault
RETENTION = 365  # days: Security Hub's CloudWatch.16
CT = "https://docs.aws.amazon.com/awscloudtrail/latest/userguide"
_CONNECT = f"see {CT}/send-cloudtrail-events-to-cloudwatch-logs.html"
_SELECT = f"see {CT}/logging-management-events-with-cloudtrail.html"
# A source that no control names: whether management events are taken at all.
_ANY = "sts.amazonaws.com"


@dataclass(frozen=True, slots=True)
class Unanswered:
    """A call that was refused, and why: somebody who may look at trails need not be allowed all of it."""

    call: str
    reason: str


@dataclass(frozen=True, slots=True)
class Place:
    """Whom and where the credentials are for."""

    account: str
    region: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Trail:
    """A trail, what it takes, how it is doing, and the log group that it delivers to."""

    description: Answer  # of DescribeTrails
    status: Answer | Unanswered  # of GetTrailStatus
    selectors: Sequence[Selector] | Unanswered  # of GetEventSelectors
    log_group: Answer | Unanswered | None  # of DescribeLogGroups; None where there is none

    @property
    def name(self) -> str:
        """Its name."""
        return str(self.description["Name"])

    @property
    def home(self) -> str:
        """The Region that it was made in, and delivers its events to."""
        return str(self.description["HomeRegion"])

    @property
    def feeds(self) -> Place | None:
        """Account and Region of the log group that it delivers to, if it has one."""
        arn = self.description.get("CloudWatchLogsLogGroupArn")
        return Place(arn.split(":")[4], arn.split(":")[3]) if arn else None

    @property
    def log_group_name(self) -> str:
        """Name of that log group; empty where it has none."""
        arn = self.description.get("CloudWatchLogsLogGroupArn") or ""
        return ":".join(arn.split(":")[6:]).removesuffix(":*")


def check_trail(trail: Trail, here: Place, catalogue: Catalogue, now: datetime | None) -> list[Finding]:
    """Everything that was looked at.

    Args:
        here: whose credentials ask.
        catalogue: for the services whose events the controls need.
        now: with a time zone; None for a trail that is not deployed.
    """
    return [
        *_check_log_group(trail, here),
        *_check_scope(trail),
        *_check_selectors(trail.selectors, _check_sources(catalogue)),
        *_check_delivery(trail, now),
        *_check_retention(trail.log_group),
    ]


def is_watchable(found: Sequence[Finding]) -> bool:
    """Whether alarms on the log group would work: no finding is an error."""
    return not has_error(found)


def _check_log_group(trail: Trail, here: Place) -> Iterator[Finding]:
    """Where its events go."""
    if not (place := trail.feeds):
        yield Finding("error", "feeds no log group", _CONNECT)
    elif place.account != here.account:
        text = f"feeds {trail.log_group_name} of the account {place.account}"
        yield Finding("error", text, "ask and deploy there: alarms have to be where the log group is")
    elif trail.log_group is None:
        yield Finding("error", f"feeds {trail.log_group_name}, which no longer exists", _CONNECT)
    else:
        yield Finding("ok", f"feeds the log group {trail.log_group_name}")
        if place.region != here.region:
            hint = f"deploy there: export AWS_REGION={place.region}"
            yield Finding("warning", f"the log group is in {place.region}", hint)


def _check_scope(trail: Trail) -> Iterator[Finding]:
    if not trail.description["IsMultiRegionTrail"]:
        hint = f"aws cloudtrail update-trail --name {trail.name} --is-multi-region-trail"
        yield Finding("error", f"records {trail.home} only", hint)
    elif not trail.description["IncludeGlobalServiceEvents"]:
        hint = f"aws cloudtrail update-trail --name {trail.name} --include-global-service-events"
        yield Finding("error", "leaves out global services, IAM among them", hint)
    else:
        yield Finding("ok", "records all Regions and global services")


def _check_selectors(
    selectors: Sequence[Selector] | Unanswered, sources: Mapping[str, Sequence[str]]
) -> Iterator[Finding]:
    """Which management events it takes."""
    if isinstance(selectors, Unanswered):
        yield _report_unanswered(selectors)
        return
    writes, reads = (_takes(selectors, _ANY, read_only=kind) for kind in (False, True))
    if not writes:
        yield Finding("error", "records no management events that change something", _SELECT)
        return
    if not reads:
        text = "leaves out calls that only read: no denied one for unauthorized-api-calls"
        yield Finding("warning", text, _SELECT)
    deaf = [one for one in sources if not _takes(selectors, one, read_only=False)]
    for source in deaf:
        yield Finding("warning", f"leaves out {source}: no event for {', '.join(sources[source])}", _SELECT)
    if reads and not deaf:
        yield Finding("ok", "records all management events that the controls ask for, those of KMS too")


def _takes(selectors: Sequence[Selector], source: str, *, read_only: bool) -> bool:
    return selects(selectors, {"eventCategory": "Management", "eventSource": source, "readOnly": read_only})


def _check_sources(catalogue: Catalogue) -> dict[str, list[str]]:
    """The services whose events are asked for, and the controls that do."""
    found: dict[str, list[str]] = {}
    for control in catalogue.values():
        for source in _list_watched(control.query) if control.patterns else ():
            found.setdefault(source, []).append(control.id)
    return found


@lru_cache(maxsize=1_024)
def _list_watched(query: Query) -> tuple[str, ...]:
    return tuple(_find_watched(query))


def _find_watched(query: Query) -> Iterator[str]:
    for leaf in leaves(normalise(query.condition)):
        match leaf:
            case Comparison(operator="=", left=Field(name="eventSource"), right=item):
                yield from (one.value for one in (item,) if isinstance(one, String))
            case In(operand=Field(name="eventSource"), items=items, negated=False):
                yield from (one.value for one in items if isinstance(one, String))
            case _:
                pass


def _check_delivery(trail: Trail, now: datetime | None) -> Iterator[Finding]:
    status = trail.status
    if isinstance(status, Unanswered):
        yield _report_unanswered(status)
        return
    if not status.get("IsLogging"):
        yield Finding("error", "is stopped", f"aws cloudtrail start-logging --name {trail.name}")
    if reason := status.get("LatestCloudWatchLogsDeliveryError"):
        yield Finding("error", f"cannot deliver to CloudWatch Logs: {reason}", _CONNECT)
    if trail.feeds and now:
        yield _find_latest(status.get("LatestCloudWatchLogsDeliveryTime"), now)


def _find_latest(time: datetime | None, now: datetime) -> Finding:
    if time is None:
        return Finding("warning", "has delivered nothing to CloudWatch Logs yet")
    shown = f"{time.astimezone(UTC):%Y-%m-%d %H:%M} UTC"
    if now - time > SILENT:
        return Finding("warning", f"has delivered nothing to CloudWatch Logs since {shown}")
    return Finding("ok", f"delivered to CloudWatch Logs at {shown}")


def _check_retention(group: Mapping[str, Any] | Unanswered | None) -> Iterator[Finding]:
    """Whether the log group takes filters, and is kept as long as CIS asks for."""
    if isinstance(group, Unanswered):
        yield _report_unanswered(group)
    if group is None or isinstance(group, Unanswered):
        return
    if group.get("logGroupClass", "STANDARD") != "STANDARD":
        text = f"the log group is of class {group['logGroupClass']}, which has no metric filters"
        yield Finding("error", text, "let the trail feed one of class STANDARD: a class stays as it is")
    days = group.get("retentionInDays")
    if days and days < RETENTION:
        text = f"the log group is kept for {days} days; Security Hub's CloudWatch.16 asks for {RETENTION}"
        named = f"--log-group-name {group['logGroupName']} --retention-in-days {RETENTION}"
        yield Finding("warning", text, f"aws logs put-retention-policy {named}")


def _report_unanswered(unanswered: Unanswered) -> Finding:
    return Finding("warning", f"{unanswered.call} was refused: {unanswered.reason}", "ask with other rights")
