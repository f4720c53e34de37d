"""What `check` says of a control whose columns are not those of all others."""

from __future__ import annotations

import pytest

from cis_insights import parse_query
from cis_insights.catalogue.columns import WHO, column_faults, compose

FILTER = 'filter eventName = "DeleteVpc"\n'
COMMON = FILTER + compose("requestParameters.vpcId", "requestParameters.cidrBlock")


@pytest.mark.parametrize(
    "query",
    [
        COMMON,
        FILTER + compose(),
        COMMON.replace(", target, change,", ", target, change, ruleIds,"),
        f"{FILTER}{WHO}\n| stats count(*) by user",
        "filter eventName = 'DeleteVpc'",
        "filter eventName = 'DeleteVpc' | fields @timestamp, eventName, requestParameters.vpcId as target",
    ],
    ids=["all", "no change", "one more", "who, counted", "no columns", "columns without a user"],
)
def test_the_common_columns_and_queries_that_have_none_are_not_warned_of(query: str) -> None:
    assert list(column_faults(parse_query(query))) == []


@pytest.mark.parametrize(
    ("ours", "theirs", "hint"),
    [
        ("), userIdentity.type) as user", "), userIdentity.arn) as user", "), userIdentity.type) as user,"),
        (
            "denied, resources.0.ARN, ",
            "resources.0.ARN, ",
            "denied, resources.0.ARN, additionalEventData.LoginTo,",
        ),
        (
            "user, role, userType",
            "user, userType",
            "| display @timestamp, eventSource, eventName, user, role,",
        ),
        (
            "    sourceIPAddress, userAgent, target",
            "    sourceIPAddress, target",
            "sourceIPAddress, userAgent, tar",
        ),
        (
            "| parse failure /on",
            "| parse errorMessage /on",
            "| parse failure /on resource: (?<denied>[^*\\s].*?)",
        ),
    ],
    ids=["another user", "a resource less", "a column less", "another column less", "another field"],
)
def test_a_departure_is_drawn_with_the_common_line(ours: str, theirs: str, hint: str) -> None:
    assert COMMON.count(ours) == 1
    (fault,) = column_faults(parse_query(COMMON.replace(ours, theirs)))
    assert fault.severity == "warning"
    assert fault.hint.startswith(f"write: {hint}")
    assert theirs.strip() in fault.source_line


def test_a_line_that_is_left_out_is_asked_for_behind_the_one_before() -> None:
    line = '| parse @message /"recipientAccountId":\\s*"(?<recipient>\\d+)"/\n'
    assert line in COMMON
    (fault,) = column_faults(parse_query(COMMON.replace(line, ""), "16-own.cwli"))
    assert str(fault) == (
        "16-own.cwli:4:1: warning: the common columns of all controls have another line here\n"
        "    | parse userIdentity.principalId /(?<principal>[^:]+)$/\n"
        "    ~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~^\n"
        '    hint: write: | parse @message /"recipientAccountId":\\s*"(?<recipient>\\d+)"/'
    )
