"""What an answer asks: the control's own saved query, with a few stages more.

A row is cut in the query, so that no result is larger than what a state takes (262,144 bytes).
https://docs.aws.amazon.com/step-functions/latest/dg/service-quotas.html
https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/CWL_QuerySyntax-operations-functions.html
"""

from __future__ import annotations

from collections.abc import Sequence

from cis_insights.catalogue.commands import Command
from cis_insights.logs_insights.parser import MAX_QUERY
from cis_insights.logs_insights.query import Query
from cis_insights.logs_insights.syntax import Dedup, Limit, Stats

MAX_ROWS = 5  # that are said in words
MAX_GROUPS = 50  # of user, event name and account
MAX_VALUE = 300  # characters of a column; a command takes a value of at most 256
MAX_FIELDS = 6  # of the record, which the commands of one control name besides the columns

MAX_BOUNDS = 200  # characters of the filter on when an event arrived

# What a control's query calls a column, and where a query of somebody's own finds it in the record.
_COLUMNS = {
    "eventSource": "eventSource",
    "eventName": "eventName",
    "user": "coalesce(user, userIdentity.userName, userIdentity.arn, userIdentity.type)",
    "role": "role",
    "callerAccount": "callerAccount",
    "account": "coalesce(account, recipientAccountId)",
    "region": "coalesce(region, awsRegion)",
    "sourceIPAddress": "sourceIPAddress",
    "userAgent": "userAgent",
    "target": "target",
    "change": "change",
    "error": "coalesce(error, errorCode)",
}
# What one person did, for a link; PERSON in it stands for a name.
ACTIVITY = """filter userIdentity.arn like "PERSON" or userIdentity.userName like "PERSON"
| fields @timestamp, eventSource, eventName, awsRegion, sourceIPAddress, errorCode
| sort @timestamp desc"""
_FIELDS = tuple(f"f{number}" for number in range(MAX_FIELDS))


def can_extend(query: Query, text: str, commands: Sequence[Command]) -> bool:
    """Whether more stages can follow a saved query: a row is an event, and all of it is not too long.

    Args:
        text: the query as it is saved.
        commands: of its control.
    """
    is_plain = not any(isinstance(stage, Stats | Limit | Dedup) for stage in query.stages)
    fields = write_fields(name_record_fields(commands))
    return is_plain and len(text) + MAX_BOUNDS + len(fields) + len(write_rows()) <= MAX_QUERY


def name_record_fields(commands: Sequence[Command]) -> dict[str, str]:
    """Fields of the record that commands name and no column holds, and what a row calls each."""
    names = (name for command in commands for name in command.names if name not in _COLUMNS)
    return dict(zip(dict.fromkeys(names), _FIELDS, strict=False))


def write_fields(fields: dict[str, str]) -> str:
    """The stage that adds fields of the record to a row."""
    return "\n| fields " + ", ".join(_cut(alias, field) for field, alias in fields.items()) if fields else ""


def write_rows() -> str:
    """The last stages of the query for the newest rows."""
    columns = ",\n    ".join(_cut(name, value) for name, value in _COLUMNS.items())
    shown = ", ".join(f"a_{name}" for name in (*_COLUMNS, *_FIELDS))
    return f"\n| fields {columns}\n| display @timestamp, {shown}"


def write_groups() -> str:
    """The last stages of the query for who did how much."""
    return f"""
| fields substr({_COLUMNS["user"]}, 0, 100) as a_who, substr(eventName, 0, 100) as a_name,
    substr({_COLUMNS["account"]}, 0, 12) as a_whose, toMillis(@timestamp) as a_millis
| stats count(*) as a_events, min(a_millis) as a_first, max(a_millis) as a_last by a_who, a_name, a_whose
| sort a_events desc"""


def _cut(name: str, value: str) -> str:
    return f"substr({value}, 0, {MAX_VALUE}) as a_{name}"
