"""Requests as tools send them that speak older protocols than boto3 does today."""

from __future__ import annotations

import json
from http.client import HTTPConnection
from urllib.parse import urlencode
from xml.etree import ElementTree

from local_cloud import LocalCloud

from ..support.by_hand import sign

SPACE = "{http://monitoring.amazonaws.com/doc/2010-08-01/}"


def post(cloud: LocalCloud, service: str, body: bytes, **headers: str) -> tuple[int, bytes]:
    connection = HTTPConnection(cloud.endpoint.removeprefix("http://"), timeout=10)
    connection.request("POST", "/", body, {**sign(cloud, service, body=body), **headers})
    response = connection.getresponse()
    return response.status, response.read()


def query(cloud: LocalCloud, **form: str) -> tuple[int, ElementTree.Element]:
    body = urlencode({"Version": "2010-08-01", **form}).encode()
    form_type = {"Content-Type": "application/x-www-form-urlencoded; charset=utf-8"}
    status, answer = post(cloud, "monitoring", body, **form_type)
    return status, ElementTree.fromstring(answer)  # noqa: S314  # our own server's answer


def describe(cloud: LocalCloud, name: str) -> dict[str, str]:
    _, root = query(cloud, **{"Action": "DescribeAlarms", "AlarmNames.member.1": name})
    member = root.find(f"{SPACE}DescribeAlarmsResult/{SPACE}MetricAlarms/{SPACE}member")
    assert member is not None
    return {item.tag.removeprefix(SPACE): "".join(item.itertext()) for item in member}


ALARM = {
    "Action": "PutMetricAlarm",
    "AlarmName": "by-query",
    "AlarmDescription": "<what> & why",
    "Namespace": "Test",
    "MetricName": "Metric",
    "Statistic": "Sum",
    "Period": "300",
    "EvaluationPeriods": "1",
    "Threshold": "1.0",
    "ComparisonOperator": "GreaterThanOrEqualToThreshold",
    "TreatMissingData": "notBreaching",
    "AlarmActions.member.1": "arn:aws:sns:us-east-1:111122223333:topic",
    "Dimensions.member.1.Name": "kind",
    "Dimensions.member.1.Value": "one",
    "ActionsEnabled": "false",
}


def test_an_alarm_put_by_query_is_described_whole_by_query_and_by_boto3(cloud: LocalCloud) -> None:
    status, _ = query(cloud, **ALARM)
    assert status == 200
    described = describe(cloud, "by-query")
    assert described["AlarmDescription"] == "<what> & why"
    assert described["AlarmActions"] == "arn:aws:sns:us-east-1:111122223333:topic"
    assert described["Dimensions"] == "kindone"
    assert described["ActionsEnabled"] == "false"
    assert (described["Period"], described["Threshold"]) == ("300", "1.0")
    [alarm] = cloud.client("cloudwatch").describe_alarms(AlarmNames=["by-query"])["MetricAlarms"]
    assert alarm["Dimensions"] == [{"Name": "kind", "Value": "one"}]
    assert (
        alarm["AlarmConfigurationUpdatedTimestamp"]
        .isoformat()
        .startswith(described["AlarmConfigurationUpdatedTimestamp"][:19])
    )


def test_an_error_comes_in_the_protocol_of_its_request(cloud: LocalCloud) -> None:
    status, root = query(cloud, Action="GetDashboard", DashboardName="none")
    assert status >= 400
    assert root.findtext(".//Code") == "ResourceNotFound"


def test_a_body_that_is_no_json_is_a_serialization_error(cloud: LocalCloud) -> None:
    headers = {
        "X-Amz-Target": "Logs_20140328.PutQueryDefinition",
        "Content-Type": "application/x-amz-json-1.1",
    }
    status, body = post(cloud, "logs", b"{", **headers)
    assert (status, json.loads(body)["__type"]) == (400, "SerializationException")
    headers["X-Amz-Target"] = "Logs_20140328.CreateLogGroup"
    status, body = post(cloud, "logs", b"{", **headers)
    assert (status, json.loads(body)["__type"]) == (400, "SerializationException")
