"""The state machine as a whole: always one message for an alarm, and never two."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest

from stacks.answers.expressions import read_expression
from stacks.answers.state_machine import (
    MAX_DEFINITION,
    MAX_POLLS,
    MAX_VARIABLE,
    POLL_SECONDS,
    define_state_machine,
)

from ..support.answers import (
    GROUP,
    ID,
    QUIET,
    RAISED,
    ROW,
    TOPIC,
    ScriptedAws,
    event,
    execute,
    facts,
    state,
)
from ..support.jsonata_states import evaluate
from ..support.states_language import StateError

OTHER = TOPIC.replace("cis-alarms", "soc")


def always(name: str) -> Callable[[Any], str]:
    return lambda arguments: name


def mail(aws: ScriptedAws) -> str:
    """The text of the only message."""
    (published,) = aws.published
    return str(json.loads(published["Message"])["default"])


def test_an_alarm_is_answered_by_one_message_within_seconds() -> None:
    aws = ScriptedAws()
    execution = execute(aws)
    (published,) = aws.published
    assert published["TopicArn"] == TOPIC and published["MessageStructure"] == "json"
    assert mail(aws).startswith("1 event by bob@example.com, ")
    assert execution.waited == POLL_SECONDS


BOUNDS = "filter toMillis(@ingestionTime) > 1772528401000 and toMillis(@ingestionTime) <= 1772558406000"


def test_it_asks_the_saved_query_for_what_arrived_by_the_evaluation() -> None:
    aws = ScriptedAws()
    execute(aws)
    (rows,) = aws.asked
    assert rows["QueryString"].startswith(f"{BOUNDS}\n| filter x\n| fields ")
    assert (rows["StartTime"], rows["EndTime"], rows["Limit"]) == (1772557800, 1772558406, 5)
    assert rows["LogGroupNames"] == ["cloudtrail/logs"]


@pytest.mark.parametrize("more", [{"matched": 5_000}, {"rows": [ROW] * 5}])
def test_where_there_is_more_than_the_rows_it_asks_who_did_how_much(more: dict[str, Any]) -> None:
    aws = ScriptedAws(groups=[{**GROUP, "a_events": "5000"}], **more)
    execute(aws)
    groups = aws.asked[1]
    assert groups["QueryString"].startswith(f"{BOUNDS}\n| filter x\n| fields ")
    assert groups["QueryString"].endswith("| sort a_events desc") and groups["Limit"] == 50
    assert mail(aws).startswith("5,000 events by bob@example.com, ")


def test_it_waits_for_a_query_that_is_scheduled_or_runs() -> None:
    aws = ScriptedAws(statuses=["Scheduled", "Running", "Unknown"])
    execution = execute(aws)
    assert mail(aws).startswith("1 event by ")
    assert execution.states.count("WaitRows") == 4


def test_it_asks_again_while_an_event_cannot_be_found_yet() -> None:
    aws = ScriptedAws(empty=2)
    execution = execute(aws)
    assert mail(aws).startswith("1 event by ")
    assert execution.states.count("Again") == 2 and execution.waited == 2 * 30 + 3 * POLL_SECONDS
    assert ["@ingestionTime" in one["QueryString"] for one in aws.asked] == [True, True, False]


def test_when_nothing_is_found_there_is_a_message_all_the_same() -> None:
    aws = ScriptedAws(rows=(), groups=())
    execute(aws)
    assert mail(aws).startswith("The alarm went off, and its query finds no event from 17:10 to 17:20 UTC")


def test_an_alarm_set_by_hand_is_answered_with_its_reason() -> None:
    aws = ScriptedAws(rows=(), groups=())
    execute(aws, event({**state("ALARM", "17:20:05", data=False), "reason": "drill"}))
    assert "The alarm's own reason: drill\n" in mail(aws)


FAILURES = {
    "cloudwatchlogs:startQuery CloudWatchLogs.MalformedQueryException": "its saved query was refused",
    "cloudwatchlogs:startQuery CloudWatchLogs.LimitExceededException": "too many queries ran at once",
    "cloudwatchlogs:startQuery CloudWatchLogs.ThrottlingException": "too many queries ran at once",
    "cloudwatchlogs:startQuery CloudWatchLogs.AccessDeniedException": "the role of the answers may not do it",
    "cloudwatchlogs:startQuery CloudWatchLogs.ResourceNotFoundException": "the log group is not there",
    "cloudwatchlogs:getQueryResults CloudWatchLogs.ServiceUnavailableException": "AWS did not answer",
    "cloudwatchlogs:getQueryResults States.Timeout": "AWS did not answer",
    "cloudwatchlogs:getQueryResults States.DataLimitExceeded": "what it found is too large",
    "cloudwatchlogs:describeQueryDefinitions CloudWatchLogs.AccessDeniedException": (
        "the role of the answers may not do it"
    ),
}


@pytest.mark.parametrize(("failure", "why"), FAILURES.items())
def test_what_fails_is_a_message_with_the_alarm_s_own_text(failure: str, why: str) -> None:
    call, _, error = failure.partition(" ")
    aws = ScriptedAws(errors={call: always(error)})
    execute(aws)
    assert mail(aws).split("\n") == [
        "4.10 Security group changes: the alarm went off.",
        f"Who did what is not in this message: {why}.",
        f"  {error}: the cause",
        "",
        "4.10 Security group changes (medium): why.",
        "Who: saved query cis/4.10",
        "",
        "The alarm's own reason: Threshold Crossed: 1 datapoint [1.0] was greater than the threshold (1.0).",
    ]
    assert aws.published[0]["Subject"] == (
        "[medium] 4.10 Security group changes: alarm, who did it is not known"
    )


@pytest.mark.parametrize("status", ["Failed", "Cancelled", "Timeout"])
def test_a_query_that_fails_is_told(status: str) -> None:
    aws = ScriptedAws(statuses=[status] * 9)
    execute(aws)
    assert f": its query failed.\n  QueryFailed: its status is {status}\n" in mail(aws)


def test_a_query_that_never_ends_is_told() -> None:
    aws = ScriptedAws(statuses=["Running"] * (MAX_POLLS + 1))
    execute(aws)
    assert ": its query took too long.\n  QueryTimedOut: still running after 180 seconds\n" in mail(aws)


def test_a_saved_query_that_is_gone_is_told() -> None:
    aws = ScriptedAws(query="another")
    execute(aws)
    gone = "the saved query cis/4.10 Security group changes is not there any more"
    assert f": its saved query is gone.\n  States.QueryEvaluationError: {gone}" in mail(aws)


def test_a_row_that_cannot_be_read_is_told() -> None:
    aws = ScriptedAws(matched=9, groups=[{**GROUP, "a_events": "many"}])
    execute(aws)
    assert ": what it found could not be read.\n  States.QueryEvaluationError: " in mail(aws)


def test_what_is_throttled_is_asked_again() -> None:
    left = iter(["CloudWatchLogs.ThrottlingException"] * 4)
    aws = ScriptedAws(errors={"cloudwatchlogs:startQuery": lambda arguments: next(left, None)})
    execute(aws)
    assert mail(aws).startswith("1 event by ")


def test_a_topic_that_refuses_keeps_no_other_from_the_message_and_fails_the_execution() -> None:
    def refuse(arguments: Any) -> str | None:
        return "Sns.AuthorizationErrorException" if arguments["TopicArn"] == TOPIC else None

    aws = ScriptedAws(errors={"sns:publish": refuse})
    with pytest.raises(StateError) as failed:
        execute(aws, topics={"medium": [TOPIC, OTHER]})
    assert [one["TopicArn"] for one in aws.published] == [OTHER]
    assert failed.value.name == "NotDelivered"
    assert failed.value.cause.startswith("1 event by bob@example.com, ")


def test_a_chat_gets_what_is_written_for_it_by_a_topic_of_its_own() -> None:
    aws = ScriptedAws()
    execute(aws, chat=OTHER)
    by_topic = {one["TopicArn"]: one for one in aws.published}
    assert list(by_topic) == [TOPIC, OTHER]
    assert json.loads(by_topic[OTHER]["Message"])["source"] == "custom"
    assert "Subject" not in by_topic[OTHER] and "MessageStructure" not in by_topic[OTHER]


def test_a_message_that_sns_refuses_goes_out_as_plain_text() -> None:
    def refuse(arguments: Any) -> str | None:
        return "Sns.InvalidParameterException" if "MessageStructure" in arguments else None

    aws = ScriptedAws(errors={"sns:publish": refuse})
    execute(aws)
    (published,) = aws.published
    assert published["Message"].startswith("1 event by bob@example.com, ") and len(published) == 2


def test_the_closing_message_is_there_only_if_something_came() -> None:
    over = event(state("OK", "17:45:05"), RAISED)
    quiet, more = ScriptedAws(rows=(), groups=()), ScriptedAws()
    execute(quiet, over)
    execute(more, over)
    assert quiet.published == []
    assert len(quiet.asked) == 1
    assert mail(more).startswith("1 event by bob@example.com since the message of 17:20 UTC, ")


def test_a_closing_message_that_fails_is_told() -> None:
    aws = ScriptedAws(errors={"cloudwatchlogs:startQuery": always("CloudWatchLogs.MalformedQueryException")})
    execute(aws, event(state("OK", "17:45:05"), RAISED))
    assert mail(aws).startswith(
        "4.10 Security group changes is back to OK.\n"
        "What came after the first message is not in this one: its saved query was refused.\n"
    )


def test_an_alarm_of_somebody_else_is_not_answered() -> None:
    aws = ScriptedAws()
    execute(aws, event(RAISED, QUIET, "cis-prod-security-group-changes"))
    assert (aws.asked, aws.published) == ([], [])


@pytest.mark.parametrize(
    "detail", [{"alarmName": f"cis-{name}", "state": {"reasonData": "{"}} for name in (ID, "else")]
)
def test_an_event_that_cannot_be_read_is_told_all_the_same(detail: dict[str, Any]) -> None:
    aws = ScriptedAws()
    execute(aws, {**event(), "detail": detail})
    assert "Who did what is not in this message: what it found could not be read.\n" in mail(aws)


def test_the_definition_is_within_what_step_functions_takes() -> None:
    deployment, controls = facts()
    machine = json.dumps(define_state_machine(deployment, controls))
    assert len(machine.encode()) < MAX_DEFINITION / 8
    assert len(json.dumps(controls).encode()) < MAX_VARIABLE / 8


def test_no_expression_uses_what_step_functions_does_not_have() -> None:
    """`$eval`, and the document itself: a state has `$states` in its place.

    https://docs.aws.amazon.com/step-functions/latest/dg/transforming-data.html
    """
    text = json.dumps(define_state_machine(*facts()))
    assert "$eval" not in text and "$$" not in text
    for name in ("window", "rows", "message"):
        assert read_expression(name).startswith("{% (") and "/*" not in read_expression(name)


def test_the_reader_of_this_test_refuses_what_step_functions_refuses() -> None:
    assert evaluate("{% null %}") is None
    with pytest.raises(Exception, match="nothing"):
        evaluate("{% $nothing %}")
    with pytest.raises(AssertionError):
        evaluate("{% $eval('1') %}")
