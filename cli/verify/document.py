"""The evidence as JSON: all that was found, and what it rests on, in the form of docs/verify.schema.json."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from cis_insights import Control
from cis_insights.verification.findings import Finding
from cis_insights.verification.model import DeclaredExclusion, MetricFilter, Subscription
from cis_insights.verification.requirements import SOURCES, list_requirements, list_unmapped
from cis_insights.verification.trails import Trail, Unanswered
from cis_insights.verification.verdicts import AlarmVerdict, ControlVerdict, Counted
from cis_insights.verification.verifier import TrailVerdict, Verification

from .annotations import find_version
from .drill_file import Drill
from .records import Records

Document = dict[str, Any]
SCHEMA = "cis-insights/verify/1"  # docs/verify.schema.json


@dataclass(frozen=True, slots=True, kw_only=True)
class Evidence:
    """A verification, and what is on record beside it."""

    found: Verification
    now: datetime  # when it was verified, with a time zone
    files: Sequence[str] = ()  # that were verified, in place of an account
    records: Records = field(default_factory=Records)
    drill: Drill | None = None


def write_document(document: Document) -> str:
    """The text that `--json` prints, and whose SHA-256 the page has."""
    return json.dumps(document, indent=2) + "\n"


def build_document(evidence: Evidence) -> Document:
    """One JSON object; times in ISO 8601."""
    found, records = evidence.found, evidence.records
    place = found.setup.place
    return {
        "schema": SCHEMA,
        "generator": f"cis-insights {find_version()}",
        "verified": _format_time(evidence.now),
        "account": place.account if place else None,
        "account_alias": records.alias or None,
        "region": place.region if place else None,
        "caller": records.caller or None,
        "files": list(evidence.files),
        "benchmark_version": found.version,
        "holds": found.holds,
        "trails": [_describe_trail(one) for one in found.trails],
        "controls": [_describe_control(one, evidence) for one in found.controls],
        "findings": [describe_finding(one) for one in found.others],
        "drill": _describe_drill(evidence),
        "notes": list(records.notes),
        "sources": [{"name": one.name, "reference": one.reference} for one in SOURCES],
    }


def _describe_trail(one: TrailVerdict) -> Document:
    trail = one.trail
    described, group = trail.description, trail.log_group
    known = group if group and not isinstance(group, Unanswered) else {}
    return {
        "name": trail.name,
        "arn": described.get("TrailARN"),
        "home_region": trail.home,
        "log_group_name": trail.log_group_name or None,
        "log_group_is_known": bool(known),
        "log_group_retention_days": known.get("retentionInDays"),
        "log_group_key": known.get("kmsKeyId"),
        "bucket": described.get("S3BucketName"),
        "is_multi_region": described.get("IsMultiRegionTrail"),
        "includes_global_services": described.get("IncludeGlobalServiceEvents"),
        "is_organization": bool(described.get("IsOrganizationTrail")),
        "validates_files": bool(described.get("LogFileValidationEnabled")),
        "key": described.get("KmsKeyId"),
        "selectors": None if isinstance(trail.selectors, Unanswered) else list(trail.selectors),
        **_describe_status(trail),
        "findings": [describe_finding(each) for each in one.findings],
    }


def _describe_status(trail: Trail) -> Document:
    status = {} if isinstance(trail.status, Unanswered) else trail.status
    return {
        "is_logging": status.get("IsLogging"),
        "delivered": _format_time(status.get("LatestCloudWatchLogsDeliveryTime")),
    }


def _describe_control(one: ControlVerdict, evidence: Evidence) -> Document:
    control = one.control
    return {
        "id": control.id,
        "title": control.title,
        "section": one.section or None,
        "why": control.why,
        "security_hub": control.security_hub,
        "security_hub_says": one.security_hub_says or None,
        "requirements": [
            {
                "standard": each.standard,
                "numbers": list(each.numbers),
                "source": each.source.name,
                "check": each.check,
            }
            for each in list_requirements(control)
        ],
        "unmapped": list(list_unmapped(control)),
        "severity": control.severity,
        "holds": one.holds,
        "query": control.query_text,
        "asks_for": _write_condition(control),
        "metrics": [_describe_metric(each, evidence.records) for each in one.counted],
        "exclusions": [_describe_exclusion(each) for each in one.exclusions],
        "drill": _describe_drilled(control.id, evidence),
        "undrilled": evidence.drill.undrilled.get(control.id) if evidence.drill else None,
        "findings": [describe_finding(each) for each in one.findings],
    }


def _write_condition(control: Control) -> str:
    """The filters of the query, which decide what counts, as they are written."""
    stages = control.query.early_filters()
    return "\n".join(control.query.text[one.span.start : one.span.end] for one in stages)


def _describe_metric(one: Counted, records: Records) -> Document:
    agreement = one.agreement
    return {
        "metric": str(one.metric),
        "agreement": agreement.relation,
        "reason": agreement.reason or None,
        "missed": agreement.missed,
        "extra": agreement.extra,
        "counted_twice": agreement.twice,
        "works": one.works,
        "filters": [_describe_filter(each) for each in one.filters],
        "alarms": [_describe_alarm(each, records) for each in one.alarms],
    }


def _describe_filter(one: MetricFilter) -> Document:
    return {
        "name": one.name,
        "log_group_name": one.log_group.name,
        "pattern": one.pattern,
        "created": _format_time(one.created),
    }


def _describe_alarm(one: AlarmVerdict, records: Records) -> Document:
    alarm = one.alarm
    return {
        "name": alarm.name,
        "arn": alarm.arn,
        "text": alarm.text or None,
        "statistic": alarm.statistic,
        "period": alarm.period,
        "evaluation_periods": alarm.evaluation_periods,
        "datapoints_to_alarm": alarm.datapoints_to_alarm,
        "threshold": alarm.threshold,
        "comparison": alarm.comparison,
        "missing_data": alarm.missing_data,
        "actions_enabled": alarm.actions_enabled,
        "actions": list(alarm.actions),
        "state": alarm.state or None,
        "state_since": _format_time(alarm.state_since),
        "configured": _format_time(alarm.configured),
        "stack": alarm.stack or None,
        "works": one.works,
        "notified": [_describe_subscription(each, records) for each in one.notified],
        "fired": _describe_firing(alarm.arn, records),
    }


def _describe_subscription(one: Subscription, records: Records) -> Document:
    region = one.arn.split(":")[3] if one.arn.count(":") > 4 else ""
    return {
        "protocol": one.protocol,
        "endpoint": one.endpoint,
        "arn": one.arn,
        "confirmed": _format_time(records.confirmed.get(one.arn)),
        "is_looked_up": region in records.looked_up,
        "needs_credentials_to_end": one.is_authenticated,
    }


def _describe_firing(arn: str, records: Records) -> Document | None:
    if (fired := records.fired.get(arn)) is None:
        return None
    return {
        "time": _format_time(fired.time),
        "succeeded": fired.succeeded,
        "failed": fired.failed,
        "history_since": _format_time(fired.since),
    }


def _describe_drill(evidence: Evidence) -> Document | None:
    if (drill := evidence.drill) is None:
        return None
    return {
        "id": drill.id,
        "mode": drill.mode,
        "started": _format_time(drill.started),
        "finished": _format_time(drill.finished),
        "age_days": (evidence.now - drill.finished).days,
    }


def _describe_exclusion(one: DeclaredExclusion) -> Document:
    return {
        "condition": one.condition,
        "why": one.why or None,
        "owner": one.owner or None,
        "until": str(one.until) if one.until else None,
    }


def _describe_drilled(control: str, evidence: Evidence) -> list[Document]:
    return [
        {
            "mode": one.mode,
            "what": one.what or None,
            "steps": dict(one.steps),
            "complete": one.is_complete,
            "reason": one.reason or None,
        }
        for one in (evidence.drill.find(control) if evidence.drill else ())
    ]


def describe_finding(one: Finding) -> Document:
    """A finding, without what it does not have."""
    source = {"path": one.source.path, "line": one.source.line} if one.source else None
    found = {
        "level": one.level,
        "text": one.text,
        "hint": one.hint or None,
        "event": one.event,
        "since": _format_time(one.since),
        "source": source,
    }
    return {key: value for key, value in found.items() if value is not None}


def _format_time(time: datetime | None) -> str | None:
    return time.astimezone(UTC).isoformat(timespec="seconds") if time else None
