"""What is called, sent and set, and what becomes of what goes otherwise."""

from __future__ import annotations

import json
from typing import Any

import pytest
from botocore.exceptions import EndpointConnectionError

from cli.drill import act
from cli.drill.calls import DENIED
from cli.drill.cleanup import Cleanup
from cli.drill.trial import Mode, Trial

from ..support.drills import MARKS, plan
from ..support.fake_aws import FakeAws, refuse
from ..support.set_ups import with_alarm


def trial(mode: Mode = "calls", **values: Any) -> Trial:
    (found,) = plan("vpc-changes", modes=(mode,), setup=with_alarm("vpc-changes", **values)).trials
    return found


def test_a_call_is_made_as_often_as_its_alarm_takes() -> None:
    aws, found = FakeAws(delete_vpc=refuse("DryRunOperation")), trial(threshold=3)
    act.call(found, aws, MARKS)
    assert aws.calls == [("delete_vpc", {"VpcId": f"vpc-{MARKS.token[:17]}", "DryRun": True})] * 3
    assert (found.what, found.seconds) == ("ec2 DeleteVpc: DryRunOperation", {"called": 0.0})


@pytest.mark.parametrize("code", sorted(DENIED))
def test_a_call_that_is_denied_is_made_all_the_same(code: str) -> None:
    found = trial()
    act.call(found, FakeAws(delete_vpc=refuse(code)), MARKS)
    assert found.what == f"ec2 DeleteVpc: {code}" and "called" in found.seconds


def test_another_error_is_said_to_be_unexpected() -> None:
    found = trial()
    act.call(found, FakeAws(delete_vpc=refuse("ExpiredToken")), MARKS)
    assert found.what == "ec2 DeleteVpc: ExpiredToken, which was not expected"


def test_a_call_that_does_not_fail_is_not_repeated_and_not_complete() -> None:
    aws, found = FakeAws(), trial(threshold=3)
    act.call(found, aws, MARKS)
    assert len(aws.calls) == 1
    assert found.failure == "ec2 DeleteVpc did not fail, although what it names cannot exist"
    assert found.is_done and not found.is_complete


def test_a_call_that_is_not_made_is_not_waited_for() -> None:
    found = trial()
    act.call(found, FakeAws(delete_vpc=EndpointConnectionError(endpoint_url="https://ec2")), MARKS)
    assert found.failure.startswith("ec2 DeleteVpc could not be made: Could not connect")
    assert found.is_done


def test_forged_records_go_into_a_stream_of_their_own() -> None:
    aws, found, cleanup = FakeAws(), trial("events", threshold=2), Cleanup()
    with cleanup:
        act.send([found], aws, MARKS, cleanup, "")
        names = {"logGroupName": "cloudtrail", "logStreamName": MARKS.id}
        (made, _), (put, sent) = aws.calls
        assert (made, put) == ("create_log_stream", "put_log_events")
        assert names.items() <= sent.items()
        ids = {json.loads(one["message"])["eventID"] for one in sent["logEvents"]}
        assert len(ids) == 2 and found.record[1] in ids
    assert aws.calls[-1] == ("delete_log_stream", names)


@pytest.mark.parametrize("method", ["create_log_stream", "put_log_events"])
def test_a_record_that_is_not_taken_is_not_waited_for(method: str) -> None:
    found, cleanup = trial("events"), Cleanup()
    aws = FakeAws(**{method: refuse("AccessDeniedException")})
    with cleanup:
        act.send([found], aws, MARKS, cleanup, "")
    assert "AccessDeniedException" in found.failure and found.is_done
    is_made = method != "create_log_stream"
    assert ("delete_log_stream" in dict(aws.calls)) == is_made


def test_a_state_is_set_with_a_reason_that_has_the_former_one() -> None:
    aws, found, cleanup = FakeAws(), trial("notify", state="INSUFFICIENT_DATA"), Cleanup()
    act.set_state(found, aws, MARKS, cleanup, "")
    ((_, given),) = aws.calls
    assert given == {
        "AlarmName": "vpc-changes",
        "StateValue": "ALARM",
        "StateReason": f"{MARKS.id}: a drill, and no event; was INSUFFICIENT_DATA",
    }
    assert found.seconds == {"set": 0.0}


def test_a_state_that_may_not_be_set_is_not_waited_for() -> None:
    found, cleanup = trial("notify"), Cleanup()
    aws = FakeAws(set_alarm_state=refuse("AccessDenied"))
    with cleanup:
        act.set_state(found, aws, MARKS, cleanup, "")
    assert found.is_done and "AccessDenied" in found.failure
    assert [name for name, _ in aws.calls] == ["set_alarm_state"]
