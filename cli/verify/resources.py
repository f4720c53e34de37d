"""What stacks made besides alarms and filters, as the account has it: properties by physical id.

What is not there is left out.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

from botocore.exceptions import ClientError  # type: ignore[import-untyped]  # botocore has no types

from cis_insights.verification.model import EventRule

from .drift import Properties

Client = Callable[[str], Any]  # of boto3, by the name of a service
Found = dict[str, Properties]
_ABSENT = ("ResourceNotFoundException", "ResourceNotFound", "StateMachineDoesNotExist")


def read_queries(client: Client, ids: Iterable[str]) -> Found:
    """Saved queries: an account has no more than a page of them in a Region."""
    found = client("logs").describe_query_definitions(maxResults=1_000)["queryDefinitions"]
    by_id = {one["queryDefinitionId"]: one for one in found}
    return {
        id: {"QueryString": by_id[id]["queryString"], "Name": by_id[id]["name"]} for id in ids if id in by_id
    }


def read_dashboards(client: Client, ids: Iterable[str]) -> Found:
    """Dashboards by name."""
    get = client("cloudwatch").get_dashboard
    return _read_each(ids, lambda name: {"DashboardBody": get(DashboardName=name)["DashboardBody"]})


def read_patterns(client: Client, ids: Iterable[str]) -> Found:
    """Rules by name."""
    describe = client("events").describe_rule
    return _read_each(ids, lambda name: {"EventPattern": describe(Name=name).get("EventPattern", "")})


def read_machines(client: Client, ids: Iterable[str]) -> Found:
    """State machines by ARN; one that is being deleted is not there."""
    describe = client("stepfunctions").describe_state_machine

    def read(arn: str) -> Properties | None:
        found = describe(stateMachineArn=arn)
        return {"DefinitionString": found["definition"]} if found["status"] == "ACTIVE" else None

    return _read_each(ids, read)


def read_groups(client: Client, ids: Iterable[str]) -> Found:
    """Log groups by name."""
    describe = client("logs").describe_log_groups

    def read(name: str) -> Properties | None:
        groups = describe(logGroupNamePrefix=name)["logGroups"]
        group = next((one for one in groups if one["logGroupName"] == name), None)
        return group and {"RetentionInDays": group.get("retentionInDays", "never")}

    return _read_each(ids, read)


def read_rule(client: Any, name: str, stack: str) -> EventRule | None:
    """A rule of the default event bus, with its targets; None if there is none."""
    try:
        found = client.describe_rule(Name=name)
        targets = client.list_targets_by_rule(Rule=name)["Targets"]
    except ClientError as error:
        if error.response["Error"]["Code"] in _ABSENT:
            return None
        raise
    return EventRule(
        name=name,
        arn=found["Arn"],
        stack=stack,
        is_enabled=found["State"] != "DISABLED",
        targets=tuple(one["Arn"] for one in targets),
    )


def _read_each(ids: Iterable[str], read: Callable[[str], Properties | None]) -> Found:
    found: Found = {}
    for id in ids:
        try:
            if properties := read(id):
                found[id] = properties
        except ClientError as error:
            if error.response["Error"]["Code"] not in _ABSENT:
                raise
    return found
