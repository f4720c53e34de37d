"""The table of harmless calls: each is valid, counted by its control, and cannot succeed."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from functools import cache
from typing import Any

import pytest
from botocore.session import Session
from botocore.validate import ParamValidator

from cli.drill.calls import CALLS, DENIED, DRY_RUN, UNCALLABLE, HarmlessCall
from cli.drill.marks import PREFIX, Marks, draw_token

from ..support.set_ups import ACCOUNT, REGION, catalogue

ALARMS = {one.id: one for one in catalogue().values() if one.is_alarm}


def marks() -> Marks:
    return Marks(token=draw_token(), partition="aws", account=ACCOUNT, region=REGION)


@cache
def model(call: str) -> Any:
    """The model of a call of the table."""
    return service(CALLS[call].service).operation_model(CALLS[call].operation)


@cache
def service(name: str) -> Any:
    return Session().get_service_model(name)


def record(call: HarmlessCall, **changes: object) -> dict[str, object]:
    """The least that CloudTrail writes of it, with the first error that it ends in."""
    code = next(iter(call.errors), "AccessDenied")
    least = {"eventSource": call.event_source, "eventName": call.operation, "errorCode": code}
    user = {"userIdentity": {"type": "IAMUser"}, "eventType": "AwsApiCall"}
    return {**least, **user, **changes}


def misfits(value: object, shape: Any) -> Iterator[str]:
    """Texts that do not fit the pattern or the values of their shape."""
    if isinstance(value, dict):
        for name, inner in value.items():
            yield from misfits(inner, shape.members[name])
    elif isinstance(value, str):
        pattern = shape.metadata.get("pattern")
        if pattern and not re.search(f"^(?:{_in_python(pattern)})$", value):
            yield f"{value} {pattern}"
        if shape.enum and value not in shape.enum:
            yield f"{value} {shape.enum}"


def _in_python(pattern: str) -> str:
    """Java's classes of characters, as they occur in models."""
    return pattern.replace(r"\p{L}\p{Z}\p{N}", r"\w\s").replace(r"\p{Alnum}", "a-zA-Z0-9")


def test_every_control_has_a_call_or_a_reason() -> None:
    assert set(CALLS) | set(UNCALLABLE) == set(ALARMS)
    assert not set(CALLS) & set(UNCALLABLE)


@pytest.mark.parametrize("id", CALLS)
def test_a_call_is_valid_and_its_errors_are_aws_s(id: str) -> None:
    call, operation = CALLS[id], model(id)
    given = call.fill(marks())
    assert not ParamValidator().validate(given, operation.input_shape).has_errors()
    assert list(misfits(given, operation.input_shape)) == []
    assert call.event_source == f"{operation.service_model.endpoint_prefix}.amazonaws.com"
    assert call.page.startswith("https://docs.aws.amazon.com/")
    if call.service != "ec2":  # whose model has no errors
        codes = {one.error_code or one.name for one in operation.error_shapes}
        codes |= {one.name for one in operation.error_shapes}
        assert not call.errors or set(call.errors) & codes, codes


@pytest.mark.parametrize("id", CALLS)
def test_query_and_patterns_count_the_call_and_no_other(id: str) -> None:
    control, call = ALARMS[id], CALLS[id]
    event = record(call)
    assert control.query.matches(event)
    assert sum(pattern.matches(event) for pattern in control.patterns) == 1
    other = record(call, eventName="DescribeThings", errorCode="ThrottlingException")
    assert not control.query.matches(other)
    assert not any(pattern.matches(other) for pattern in control.patterns)


@pytest.mark.parametrize("id", [id for id in CALLS if id != "unauthorized-api-calls"])
@pytest.mark.parametrize("code", sorted(DENIED))
def test_a_call_that_is_denied_counts_as_well(id: str, code: str) -> None:
    assert ALARMS[id].query.matches(record(CALLS[id], errorCode=code))


@pytest.mark.parametrize("id", CALLS)
def test_a_call_names_what_cannot_exist(id: str) -> None:
    one, two = marks(), marks()
    first, second = (json.dumps(CALLS[id].fill(each)) for each in (one, two))
    assert first != second
    assert any(one.names[name] in first for name in Marks.RANDOM)
    assert not any(one.names[name] in second for name in Marks.RANDOM)
    assert "{" not in json.dumps(list(CALLS[id].fill(one).values()))
    if CALLS[id].service == "ec2":
        assert CALLS[id].parameters["DryRun"] is True
        assert DRY_RUN in CALLS[id].errors


def test_what_does_not_fit_a_model_is_noticed() -> None:
    operation = model("organizations-changes")
    assert list(misfits({"HandshakeId": "some"}, operation.input_shape)) != []
    assert ParamValidator().validate({"Handshake": "h-1"}, operation.input_shape).has_errors()


def test_a_record_is_of_one_call_only() -> None:
    names = [(call.event_source, call.operation) for call in CALLS.values()]
    assert len(set(names)) == len(names)


@pytest.mark.parametrize(
    ("service", "parameters", "reason"),
    [
        ("cloudtrail", {"Name": "management-events"}, "DeleteIt names nothing that cannot exist"),
        ("kms", {"KeyId": "arn:{partition}:kms:{region}:{account}:key/1"}, "DeleteIt names nothing"),
        ("ec2", {"VpcId": "vpc-{short}"}, "DeleteIt of EC2 is not a dry run"),
        ("ec2", {"VpcId": "vpc-{short}", "DryRun": False}, "DeleteIt of EC2 is not a dry run"),
        ("ec2", {"VpcId": "vpc-1", "DryRun": True}, "DeleteIt names nothing"),
    ],
)
def test_a_call_that_could_succeed_cannot_be_written(
    service: str, parameters: dict[str, object], reason: str
) -> None:
    with pytest.raises(ValueError, match=reason):
        HarmlessCall(service, "DeleteIt", parameters, (), "https://docs.aws.amazon.com/")


def test_all_that_a_drill_makes_fits_its_name() -> None:
    found = marks()
    assert re.fullmatch(rf"{PREFIX}[0-9a-f]{{32}}", found.id)
    assert len(found.id) <= 80  # a queue's: the shortest limit of all
    assert len({marks().id for _ in range(50)}) == 50
