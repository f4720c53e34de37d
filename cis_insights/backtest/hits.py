"""What a back-test counts: which controls find an event, when, and who did it."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from sqlglot import exp

from ..logs_insights.normal_form import fields_of
from ..logs_insights.query import Query
from ..sql.conditions import Translator
from ..sql.values import Sql, SqlValue, call, case, first_present, string

TIME = "eventTime"
MINUTE = 60  # seconds
# https://docs.aws.amazon.com/awscloudtrail/latest/userguide/cloudtrail-event-reference-user-identity.html
WHO = {
    "type": ("userIdentity.type",),
    "role": ("userIdentity.sessionContext.sessionIssuer.arn",),
    "arn": ("userIdentity.arn",),
    "service": ("userIdentity.invokedBy",),
    "user": ("userIdentity.userName", "userIdentity.principalId", "userIdentity.onBehalfOf.userId"),
    "account": ("userIdentity.accountId",),
    "recipient": ("recipientAccountId",),
    "event": ("eventName",),
    "address": ("sourceIPAddress",),
    "error": ("errorCode",),
    "sign_in": ("responseElements.ConsoleLogin",),
}
WHO_FIELDS = tuple(dict.fromkeys(name for names in WHO.values() for name in names))


def needed_fields(queries: Mapping[str, Query]) -> tuple[str, ...]:
    """The fields that the conditions of some queries mention."""
    return tuple(sorted({field.name for query in queries.values() for field in fields_of(query.condition)}))


def controls(queries: Mapping[str, Query], column: Callable[[str], SqlValue]) -> Sql:
    """The ids of the queries whose condition is true of an event, as a list."""
    found = [
        case((Translator(query, column).condition(query.condition), string(control)))
        for control, query in queries.items()
    ]
    return call("list_filter", exp.Array(expressions=found), _NOT_NULL)


def who(column: Callable[[str], SqlValue]) -> dict[str, Sql]:
    """The columns of `WHO`: the first of their fields that an event has, as text."""
    return {name: first_present([column(field) for field in fields]).as_text for name, fields in WHO.items()}


_NOT_NULL = exp.Lambda(
    this=exp.Not(this=exp.Is(this=exp.column("x"), expression=exp.Null())),
    expressions=[exp.to_identifier("x")],
)
