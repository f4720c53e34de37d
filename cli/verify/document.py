"""A verification as JSON: everything that was found, and what it rests on."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from cis_insights.verification.findings import Finding
from cis_insights.verification.model import MetricFilter, Subscription
from cis_insights.verification.requirements import list_requirements
from cis_insights.verification.verdicts import AlarmVerdict, ControlVerdict, Counted
from cis_insights.verification.verifier import Verification

Document = dict[str, Any]


def build_document(found: Verification) -> Document:
    """One JSON object; times in ISO 8601."""
    place = found.setup.place
    return {
        "account": place.account if place else None,
        "region": place.region if place else None,
        "benchmark_version": found.version,
        "holds": found.holds,
        "trails": [
            {
                "name": one.trail.name,
                "arn": one.trail.description.get("TrailARN"),
                "log_group_name": one.trail.log_group_name or None,
                "is_multi_region": one.trail.description.get("IsMultiRegionTrail"),
                "is_organization": bool(one.trail.description.get("IsOrganizationTrail")),
                "validates_files": bool(one.trail.description.get("LogFileValidationEnabled")),
                "key": one.trail.description.get("KmsKeyId"),
                "findings": [describe_finding(each) for each in one.findings],
            }
            for one in found.trails
        ],
        "controls": [_describe_control(one) for one in found.controls],
        "findings": [describe_finding(one) for one in found.others],
    }


def _describe_control(one: ControlVerdict) -> Document:
    control = one.control
    return {
        "id": control.id,
        "title": control.title,
        "section": one.section or None,
        "security_hub": control.security_hub,
        "security_hub_says": one.security_hub_says or None,
        "requirements": {
            standard: list(numbers)
            for standard, numbers in list_requirements(control.id, control.security_hub).items()
        },
        "severity": control.severity,
        "holds": one.holds,
        "query": control.query_text,
        "metrics": [_describe_metric(each) for each in one.counted],
        "findings": [describe_finding(each) for each in one.findings],
    }


def _describe_metric(one: Counted) -> Document:
    agreement = one.agreement
    return {
        "metric": str(one.metric),
        "agreement": agreement.relation,
        "missed": agreement.missed,
        "extra": agreement.extra,
        "counted_twice": agreement.twice,
        "works": one.works,
        "filters": [_describe_filter(each) for each in one.filters],
        "alarms": [_describe_alarm(each) for each in one.alarms],
    }


def _describe_filter(one: MetricFilter) -> Document:
    return {
        "name": one.name,
        "log_group_name": one.log_group.name,
        "pattern": one.pattern,
        "created": _format_time(one.created),
    }


def _describe_alarm(one: AlarmVerdict) -> Document:
    alarm = one.alarm
    return {
        "name": alarm.name,
        "arn": alarm.arn,
        "text": alarm.text or None,
        "statistic": alarm.statistic,
        "period": alarm.period,
        "evaluation_periods": alarm.evaluation_periods,
        "threshold": alarm.threshold,
        "comparison": alarm.comparison,
        "missing_data": alarm.missing_data,
        "actions_enabled": alarm.actions_enabled,
        "actions": list(alarm.actions),
        "state": alarm.state or None,
        "configured": _format_time(alarm.configured),
        "stack": alarm.stack or None,
        "works": one.works,
        "notified": [_describe_subscription(each) for each in one.notified],
    }


def _describe_subscription(one: Subscription) -> Document:
    return {"protocol": one.protocol, "endpoint": one.endpoint, "arn": one.arn}


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
    return time.isoformat() if time else None
