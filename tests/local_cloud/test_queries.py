"""Logs Insights in the local cloud: what queries answer about what was put there."""

from __future__ import annotations

import json
import time
from typing import Any

import pytest
from botocore.exceptions import ClientError

from cis_insights import load_catalogue
from local_cloud import LocalCloud

from ..support.monitored import allow

NOW = int(time.time())
EVENTS = [
    {"eventName": "CreateTrail", "userIdentity": {"userName": "alice"}, "eventSource": "cloudtrail"},
    {"eventName": "DeleteTrail", "userIdentity": {"userName": "bob"}, "eventSource": "cloudtrail"},
    {"eventName": "CreateVpc", "userIdentity": {"userName": "alice"}, "eventSource": "ec2"},
]


@pytest.fixture(scope="module")
def logs(cloud: LocalCloud) -> Any:
    """Three events a second apart, the last one now."""
    logs = cloud.client("logs")
    for group in ("records", "empty"):
        logs.create_log_group(logGroupName=group)
    logs.create_log_stream(logGroupName="records", logStreamName="stream")
    events = [
        {"timestamp": (NOW - 2 + number) * 1000 + 999, "message": json.dumps(event)}
        for number, event in enumerate(EVENTS)
    ]
    logs.put_log_events(logGroupName="records", logStreamName="stream", logEvents=events)
    return logs


def run(logs: Any, query: str, **request: Any) -> dict[str, Any]:
    times = {"startTime": NOW - 60, "endTime": NOW + 60}
    groups = {} if query.startswith("SOURCE") else {"logGroupNames": ["records"]}
    identifier = logs.start_query(queryString=query, **{**times, **groups, **request})["queryId"]
    found: dict[str, Any] = logs.get_query_results(queryId=identifier)
    return found


def rows(logs: Any, query: str, **request: Any) -> list[dict[str, str]]:
    results = run(logs, query, **request)["results"]
    return [{c["field"]: c["value"] for c in row if c["field"] != "@ptr"} for row in results]


def test_a_query_answers_with_its_rows_and_statistics(logs: Any) -> None:
    query = "filter eventSource = 'cloudtrail' | fields eventName, userIdentity.userName as user | sort user"
    found = run(logs, query)
    assert found["status"] == "Complete"
    assert rows(logs, query) == [
        {"eventName": "CreateTrail", "user": "alice"},
        {"eventName": "DeleteTrail", "user": "bob"},
    ]
    scanned = float(sum(len(json.dumps(event)) for event in EVENTS))
    statistics = {
        key: found["statistics"][key] for key in ("recordsMatched", "recordsScanned", "bytesScanned")
    }
    assert statistics == {"recordsMatched": 2.0, "recordsScanned": 3.0, "bytesScanned": scanned}


def test_a_row_leads_to_its_log_event(logs: Any) -> None:
    [row] = run(logs, "filter eventName = 'CreateVpc' | fields eventName")["results"]
    [pointer] = [cell["value"] for cell in row if cell["field"] == "@ptr"]
    record = logs.get_log_record(logRecordPointer=pointer)["logRecord"]
    assert json.loads(record["@message"]) == EVENTS[2]


def test_what_matched_is_counted_before_it_is_cut_and_summed(logs: Any) -> None:
    found = run(logs, "filter eventName like /Trail/ | stats count(*) as n by eventSource | limit 1")
    assert found["statistics"]["recordsMatched"] == 2.0
    assert len(found["results"]) == 1


def test_both_ends_of_the_time_are_inclusive(logs: Any) -> None:
    query = "fields eventName | sort @timestamp asc"
    names = [row["eventName"] for row in rows(logs, query, startTime=NOW - 1, endTime=NOW)]
    assert names == ["DeleteTrail", "CreateVpc"]
    assert rows(logs, query, startTime=NOW + 1, endTime=NOW + 2) == []


def test_the_limit_of_the_request_cuts(logs: Any) -> None:
    assert len(rows(logs, "fields eventName", limit=2)) == 2


@pytest.mark.parametrize("source", ["SOURCE 'records' | ", 'SOURCE "empty", "records"\n| '])
def test_a_query_may_name_its_log_groups_as_dashboards_do(logs: Any, source: str) -> None:
    assert rows(logs, f"{source}filter eventName = 'CreateVpc' | fields eventName") == [
        {"eventName": "CreateVpc"}
    ]


def test_log_groups_may_be_given_by_name_and_arn(cloud: LocalCloud, logs: Any) -> None:
    query = "stats count(*) as n"
    arn = f"arn:aws:logs:us-east-1:{cloud.account}:log-group:records"
    for groups in ({"logGroupName": "records"}, {"logGroupIdentifiers": [arn]}):
        request: Any = {"startTime": NOW - 60, "endTime": NOW + 60, **groups}
        identifier = logs.start_query(queryString=query, **request)["queryId"]
        assert logs.get_query_results(queryId=identifier)["results"] == [[{"field": "n", "value": "3"}]]


def test_a_saved_query_runs_with_its_defaults(logs: Any) -> None:
    query = "filter userIdentity.userName = '{{user}}' | stats count(*) as n"
    logs.put_query_definition(
        name="by user", queryString=query, parameters=[{"name": "user", "defaultValue": "alice"}]
    )
    assert rows(logs, query) == [{"n": "2"}]


def test_a_parameter_may_be_the_number_of_rows(logs: Any) -> None:
    query = "fields eventName | sort @timestamp | limit {{maxResults}}"
    saved = {"name": "some rows", "queryString": query}
    logs.put_query_definition(**saved, parameters=[{"name": "maxResults", "defaultValue": "2"}])
    assert rows(logs, query) == [{"eventName": "CreateTrail"}, {"eventName": "DeleteTrail"}]
    query += " | limit {{other}}"
    saved = {"name": "no number", "queryString": query}
    words = [{"name": name, "defaultValue": "ten"} for name in ("maxResults", "other")]
    logs.put_query_definition(**saved, parameters=words)
    with pytest.raises(ClientError, match="expected a number of rows, found 'ten'"):
        run(logs, query)


def test_a_parameter_without_a_value_is_refused(logs: Any) -> None:
    with pytest.raises(ClientError, match="MalformedQueryException"):
        run(logs, "filter userIdentity.userName = '{{nobody}}'")


def test_a_wrong_query_is_refused_with_the_fault_underlined(logs: Any) -> None:
    with pytest.raises(ClientError) as error:
        run(logs, "fields eventName | filter eventName == 1")
    assert error.value.response["Error"]["Code"] == "MalformedQueryException"
    assert "fields eventName | filter eventName == 1\n" in error.value.response["Error"]["Message"]


def test_an_unknown_log_group_or_query_is_an_error(logs: Any) -> None:
    with pytest.raises(ClientError, match="ResourceNotFoundException"):
        run(logs, "fields eventName", logGroupNames=["none"])
    with pytest.raises(ClientError, match="ResourceNotFoundException"):
        logs.get_query_results(queryId="none")


def test_times_the_wrong_way_round_are_refused(logs: Any) -> None:
    with pytest.raises(ClientError, match="InvalidParameterException"):
        run(logs, "fields eventName", startTime=NOW, endTime=NOW - 1)


def test_queries_that_ran_are_listed_and_cannot_be_stopped(logs: Any) -> None:
    logs.create_log_group(logGroupName="listed")
    request: Any = {"startTime": NOW, "endTime": NOW, "logGroupName": "listed"}
    identifier = logs.start_query(queryString="fields listed", **request)["queryId"]
    [query] = logs.describe_queries(logGroupName="listed")["queries"]
    assert (query["queryId"], query["queryString"], query["status"]) == (
        identifier,
        "fields listed",
        "Complete",
    )
    assert logs.stop_query(queryId=identifier)["success"] is False


def test_queries_of_the_catalogue_can_be_asked(logs: Any) -> None:
    controls = [control for control in load_catalogue().values() if control.group in ("cis", "investigate")]
    for control in controls[::3]:  # that each of them runs is for the tests of the engine
        logs.put_query_definition(
            name=control.id,
            queryString=control.query_text,
            parameters=[{"name": p.name, "defaultValue": p.default} for p in control.parameters],
        )
        assert run(logs, control.query_text)["status"] == "Complete", control.id


class TestLogAlarms:
    def put(self, cloud: LocalCloud, name: str, query: str, **properties: Any) -> None:
        configuration = {
            "QueryString": query,
            "AggregationExpression": properties.pop("aggregation", "count(*)"),
            "ScheduledQueryRoleARN": "arn:aws:iam::111122223333:role/query",
            "ScheduleConfiguration": {"ScheduleExpression": "rate(5 minutes)", "StartTimeOffset": 300},
            "LogGroupIdentifiers": ["records"],
        }
        alarm: dict[str, Any] = {
            "AlarmName": name,
            "ScheduledQueryConfiguration": configuration,
            "QueryResultsToEvaluate": 1,
            "QueryResultsToAlarm": 1,
            "Threshold": 2,
            "ComparisonOperator": "GreaterThanOrEqualToThreshold",
            "TreatMissingData": "notBreaching",
        }
        cloud.client("cloudwatch").put_log_alarm(**(alarm | properties))

    def state(self, cloud: LocalCloud, name: str) -> str:
        described = cloud.client("cloudwatch").describe_alarms(AlarmNames=[name], AlarmTypes=["LogAlarm"])
        return str(described["LogAlarms"][0]["StateValue"])

    def test_it_counts_what_its_query_finds_and_tells_its_topic(self, cloud: LocalCloud, logs: Any) -> None:
        sns, sqs = cloud.client("sns"), cloud.client("sqs")
        topic, queue = sns.create_topic(Name="mail")["TopicArn"], sqs.create_queue(QueueName="mail")
        endpoint = f"arn:aws:sqs:us-east-1:{cloud.account}:mail"
        policy = allow({"Service": "sns.amazonaws.com"}, "sqs:SendMessage")
        sqs.set_queue_attributes(QueueUrl=queue["QueueUrl"], Attributes={"Policy": policy})
        sns.subscribe(TopicArn=topic, Protocol="sqs", Endpoint=endpoint)
        self.put(cloud, "counting", "filter eventName like /Trail/", AlarmActions=[topic])
        cloud.evaluate_alarms(NOW + 60)
        assert self.state(cloud, "counting") == "ALARM"
        [message] = sqs.receive_message(QueueUrl=queue["QueueUrl"])["Messages"]
        notification = json.loads(json.loads(message["Body"])["Message"])
        assert (notification["AlarmName"], notification["NewStateValue"]) == ("counting", "ALARM")
        cloud.evaluate_alarms(NOW + 3_600)
        assert self.state(cloud, "counting") == "OK"

    def test_too_few_are_no_alarm(self, cloud: LocalCloud, logs: Any) -> None:
        self.put(cloud, "few", "filter eventName = 'CreateVpc'")
        cloud.evaluate_alarms(NOW + 60)
        assert self.state(cloud, "few") == "OK"

    @pytest.mark.parametrize(("threshold", "state"), [(2, "ALARM"), (3, "OK")])
    def test_the_largest_contributor_decides(
        self, cloud: LocalCloud, logs: Any, threshold: int, state: str
    ) -> None:
        name, aggregation = f"contributors-{threshold}", "count(*) by userIdentity.userName | sort desc"
        self.put(cloud, name, "filter ispresent(eventName)", aggregation=aggregation, Threshold=threshold)
        cloud.evaluate_alarms(NOW + 60)
        assert self.state(cloud, name) == state

    def test_a_query_that_fails_is_missing_data(self, cloud: LocalCloud, logs: Any) -> None:
        self.put(cloud, "failing", "filter eventName ==", TreatMissingData="missing")
        cloud.evaluate_alarms(NOW + 60)
        assert self.state(cloud, "failing") == "INSUFFICIENT_DATA"
