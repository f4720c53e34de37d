"""Metric filters count log events, as on CloudWatch Logs."""

from __future__ import annotations

import json

import pytest
from botocore.exceptions import ClientError

from local_cloud import LocalCloud

from ..support.monitored import PATTERN, Monitored, expect_error


def test_the_default_is_reported_where_nothing_matches(cloud: LocalCloud) -> None:
    monitored = Monitored(cloud, "default", defaultValue=0)
    monitored.send({"eventName": "LookupEvents"})
    assert [point["Sum"] for point in monitored.read_datapoints()] == [0.0]


def test_without_a_default_nothing_is_reported(cloud: LocalCloud) -> None:
    monitored = Monitored(cloud, "no-default")
    monitored.send({"eventName": "LookupEvents"})
    assert monitored.read_datapoints() == []


def test_the_value_may_come_from_the_event(cloud: LocalCloud) -> None:
    monitored = Monitored(cloud, "value", metricValue="$.size")
    monitored.send(
        {"eventName": "CreateTrail", "size": 2},
        {"eventName": "CreateTrail", "size": 3},
        {"eventName": "CreateTrail", "size": "large"},
        {"eventName": "CreateTrail"},
    )
    assert sum(point["Sum"] for point in monitored.read_datapoints()) == 5.0


def test_two_filters_add_to_one_metric(cloud: LocalCloud) -> None:
    monitored = Monitored(cloud, "two")
    monitored.put_filter('{ $.eventName = "StopLogging" }', name="second")
    monitored.send({"eventName": "CreateTrail"}, {"eventName": "StopLogging"})
    assert sum(point["Sum"] for point in monitored.read_datapoints()) == 2.0


def test_events_before_the_filter_are_not_counted(cloud: LocalCloud) -> None:
    monitored = Monitored(cloud, "retroactive", pattern='{ $.eventName = "Other" }')
    monitored.send({"eventName": "CreateTrail"})
    monitored.put_filter(PATTERN)
    assert monitored.read_datapoints() == []


def test_a_wrong_pattern_is_refused(cloud: LocalCloud) -> None:
    monitored = Monitored(cloud, "wrong")
    with expect_error("InvalidParameterException"):
        monitored.put_filter("{ $.eventName == CreateTrail }", name="other")
    described = monitored.logs.describe_metric_filters(logGroupName="wrong")["metricFilters"]
    assert [item["filterName"] for item in described] == ["filter"]


def test_a_hundred_filters_are_the_most(cloud: LocalCloud) -> None:
    monitored = Monitored(cloud, "many")
    for number in range(99):
        monitored.put_filter(PATTERN, name=str(number))
    monitored.put_filter(PATTERN, name="98")  # a replacement is no further filter
    with expect_error("LimitExceededException"):
        monitored.put_filter(PATTERN, name="99")


def test_five_filters_with_a_regex_are_the_most(cloud: LocalCloud) -> None:
    monitored = Monitored(cloud, "regexes")
    for number in range(5):
        monitored.put_filter("{ $.eventName = %Trail$% }", name=str(number))
    with expect_error("LimitExceededException"):
        monitored.put_filter("{ $.eventName = %Trail$% }", name="5")


def test_an_unknown_log_group_is_an_error(cloud: LocalCloud) -> None:
    with expect_error("ResourceNotFoundException"):
        cloud.client("logs").put_log_events(
            logGroupName="none",
            logStreamName="stream",
            logEvents=[{"timestamp": 0, "message": "{}"}],
        )


def test_messages_are_tested_against_a_pattern(cloud: LocalCloud) -> None:
    messages = [json.dumps({"eventName": name}) for name in ("LookupEvents", "DeleteTrail")]
    found = cloud.client("logs").test_metric_filter(filterPattern=PATTERN, logEventMessages=messages)
    assert found["matches"] == [
        {
            "eventNumber": 2,
            "eventMessage": '{"eventName": "DeleteTrail"}',
            "extractedValues": {"$.eventName": "DeleteTrail"},
        }
    ]


def test_a_wrong_pattern_is_refused_with_the_fault_underlined(cloud: LocalCloud) -> None:
    with pytest.raises(ClientError) as error:
        cloud.client("logs").test_metric_filter(filterPattern="{ $.a EXISTS }", logEventMessages=["{}"])
    assert error.value.response["Error"]["Code"] == "InvalidParameterException"
    assert "{ $.a EXISTS }\n" in error.value.response["Error"]["Message"]
    assert "~^" in error.value.response["Error"]["Message"]
