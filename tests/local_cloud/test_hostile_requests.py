"""Bodies that no client of AWS sends, in each protocol: an answer in the shape of AWS's errors."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from typing import Any
from urllib.parse import urlencode

import botocore.session
import pytest

from local_cloud import LocalCloud

from ..support.by_hand import JSON, is_alive, read_code, send, send_json, send_query, start_impatient_cloud

CBOR = {"Content-Type": "application/cbor", "smithy-protocol": "rpc-v2-cbor"}
CLOUDWATCH = "/service/GraniteServiceVersion20100801/operation/"


@pytest.fixture(scope="module")
def cloud() -> Iterator[LocalCloud]:
    with start_impatient_cloud() as running:
        yield running


@pytest.fixture(autouse=True)
def _it_goes_on(cloud: LocalCloud) -> Iterator[None]:
    yield
    assert is_alive(cloud)


# --- JSON -------------------------------------------------------------------------------

BODIES = {
    "half an object": b"{",
    "a list": b"[]",
    "null": b"null",
    "a number": b"1",
    "a text": b'"x"',
    "no UTF-8": b"\xff",
    "something behind it": b"{}\x00",
    "a hundred thousand levels": b"[" * 100_000,
    "as many maps": b'{"a":' * 100_000,
    "thousands of digits": b'{"limit": ' + b"9" * 5_000 + b"}",
}


@pytest.mark.parametrize("operation", ["PutQueryDefinition", "CreateLogGroup"])
@pytest.mark.parametrize("body", BODIES.values(), ids=BODIES.keys())
def test_a_body_that_is_no_json_object_is_a_serialization_error(
    cloud: LocalCloud, operation: str, body: bytes
) -> None:
    """Of an operation of ours, and of one of MiniStack's."""
    assert read_code(send_json(cloud, operation, body)) == (400, "SerializationException")


@pytest.mark.parametrize("operation", ["", "Nope", "__class__", "../PutQueryDefinition", "x" * 5_000])
def test_an_operation_that_is_none_is_refused(cloud: LocalCloud, operation: str) -> None:
    status, word = read_code(send_json(cloud, operation, b"{}"))
    assert (status, bool(word)) == (400, True)


def test_what_is_right_is_answered(cloud: LocalCloud) -> None:
    status, _, body = send_json(cloud, "DescribeLogGroups", b"{}")
    assert (status, json.loads(body)["logGroups"][0]["logGroupName"]) == (200, "group")


SESSION = botocore.session.Session(include_builtin_handlers=False)
OURS = {
    "logs": "PutQueryDefinition DescribeQueryDefinitions DeleteQueryDefinition TestMetricFilter StartQuery",
    "cloudwatch": "PutLogAlarm DescribeAlarms DeleteAlarms PutMetricAlarm",
    "cloudtrail": "CreateTrail UpdateTrail GetTrailStatus PutInsightSelectors GetInsightSelectors",
}
OURS["logs"] += " StopQuery GetQueryResults DescribeQueries PutIndexPolicy DescribeIndexPolicies"
OURS["logs"] += " DeleteIndexPolicy PutLogEvents PutMetricFilter"
TYPES: tuple[Any, ...] = (
    None,
    True,
    0,
    -1,
    2**70,
    1.5,
    "",
    "x",
    "\x00",
    "\ud800",
    "x" * 20_000,
    [],
    [None],
    [{}],
    {},
)


def _right(shape: Any) -> Any:
    """A value of a shape, as small as it may be."""
    match shape.type_name:
        case "structure":
            return {name: _right(shape.members[name]) for name in shape.required_members}
        case "list":
            return [_right(shape.member)] * shape.metadata.get("min", 1)
        case "map":
            return {"x": _right(shape.value)}
        case "integer" | "long" | "float" | "double":
            return shape.metadata.get("min", 1)
        case "boolean":
            return True
        case _:
            return shape.enum[0] if shape.enum else "x" * max(1, shape.metadata.get("min", 1))


def _requests() -> Iterator[tuple[str, str, Any]]:
    """Each parameter of each of our operations, of every type, beside those that are required."""
    for service, names in OURS.items():
        model = SESSION.get_service_model(service)
        for operation in map(model.operation_model, names.split()):
            right = _right(operation.input_shape)
            for name in operation.input_shape.members:
                yield from ((service, operation.name, {**right, name: value}) for value in TYPES)


def test_a_parameter_of_any_type_is_taken_or_refused_and_never_fails(cloud: LocalCloud) -> None:
    failed: list[object] = []
    tried = 0
    for service, operation, parameters in _requests():
        model = SESSION.get_service_model(service)
        target = f"{model.metadata.get('targetPrefix', 'GraniteServiceVersion20100801')}.{operation}"
        headers = {"X-Amz-Target": target, "Content-Type": JSON}
        signed = {"cloudwatch": "monitoring"}.get(service, service)
        status, _, body = send(cloud, signed, json.dumps(parameters).encode(), **headers)
        tried += 1
        if status >= 500 or (status >= 400 and "__type" not in json.loads(body)):
            failed.append((operation, parameters, status, body))
    assert tried > 1_500
    assert failed == []


def test_each_constraint_of_the_model_has_its_words(cloud: LocalCloud) -> None:
    for parameters, said in (
        ({}, "Value null at 'name' failed to satisfy constraint: Member must not be null"),
        ({"name": "", "queryString": "x"}, "Member must have length greater than or equal to 1"),
        ({"name": "x" * 256, "queryString": "x"}, "Member must have length less than or equal to 255"),
    ):
        status, _, body = send_json(cloud, "PutQueryDefinition", json.dumps(parameters).encode())
        assert (status, json.loads(body)["__type"]) == (400, "InvalidParameterException")
        assert said in json.loads(body)["message"]


# --- Query and EC2 ----------------------------------------------------------------------

FORMS = {
    "a text for a number": "&Period=abc&AlarmName=a",
    "control characters": "&AlarmName=%00%1b%ff",
    "a member without a number": "&Dimensions.member.x.Name=1",
    "a value where fields belong": "&Dimensions.member.1=1",
    "a number without end": f"&Dimensions.member.{'9' * 5_000}.Name=1",
    "a name of dots": f"&{'.' * 50_000}=1",
    "deep names": f"&{'a.' * 50_000}=1",
    "thousands of members": "".join(f"&Dimensions.member.{n}.Name=a" for n in range(20_000)),
    "no UTF-8": "&AlarmName=\udcff".encode("utf-8", "surrogateescape").decode("latin-1"),
}


@pytest.mark.parametrize("body", FORMS.values(), ids=FORMS.keys())
@pytest.mark.parametrize(
    ("service", "action"), [("monitoring", "PutMetricAlarm"), ("sns", "CreateTopic"), ("ec2", "CreateVpc")]
)
def test_a_form_that_is_none_is_refused_in_xml_and_in_little_time(
    cloud: LocalCloud, service: str, action: str, body: str
) -> None:
    start = time.monotonic()
    answer = send_query(cloud, service, action, body)
    assert time.monotonic() - start < 5
    assert answer[0] < 500
    if answer[0] >= 400:
        assert "xml" in answer[1]["content-type"] and read_code(answer)[1]


def test_an_action_that_is_none_is_refused_in_xml(cloud: LocalCloud) -> None:
    for service in ("monitoring", "sns", "iam", "ec2", "cloudformation", "sts"):
        assert read_code(send_query(cloud, service, "Nope")) == (400, "InvalidAction")


# --- CBOR -------------------------------------------------------------------------------

ITEMS = {
    "no CBOR": b"\xff",
    "a map that never ends": b"\xbf",
    "a list of lists": b"\x9f" * 100_000,
    "a map of maps": b"\xa1" * 100_000,
    "a tag of tags": b"\xc1" * 5_000,
    "a text of two to the sixty-three": b"\x5b\x7f" + b"\xff" * 7,
    "a list": b"\x82\x01\x02",
    "null": b"\xf6",
    "a time at infinity": b"\xa1\x69AlarmName\xc1\xfb\x7f\xf0" + b"\x00" * 6,
    "a key that is no UTF-8": b"\xa1\x68Alarm\xffme\x01",
}


@pytest.mark.parametrize("body", ITEMS.values(), ids=ITEMS.keys())
def test_a_body_that_is_no_cbor_is_refused_in_cbor(cloud: LocalCloud, body: bytes) -> None:
    answer = send(cloud, "monitoring", body, CLOUDWATCH + "PutMetricAlarm", **CBOR)
    assert answer[1]["content-type"] == "application/cbor"
    assert read_code(answer) in [(400, "SerializationException"), (400, "ValidationError")]


def test_an_operation_without_an_answer_has_an_empty_one(cloud: LocalCloud) -> None:
    body = b"\xa1\x6aAlarmNames\x81\x61x"
    assert send(cloud, "monitoring", body, CLOUDWATCH + "DeleteAlarms", **CBOR)[::2] == (200, b"")


def test_an_operation_of_cbor_that_is_none_is_refused_in_cbor(cloud: LocalCloud) -> None:
    answer = send(cloud, "monitoring", b"\xa0", CLOUDWATCH + "Nope", **CBOR)
    assert read_code(answer) == (404, "UnknownOperationException")


# --- REST -------------------------------------------------------------------------------

LAUGHS = b'<!DOCTYPE x [<!ENTITY a0 "ha">' + b"".join(
    b'<!ENTITY a%d "%s">' % (number, b"&a%d;" % (number - 1) * 10) for number in range(1, 12)
)
XML = {
    "nothing": b"",
    "half a tag": b"<",
    "another document": b"<a/>",
    "JSON": b"{}",
    "no UTF-8": b"\xff",
    "twenty thousand levels": b"<a>" * 20_000,
    "a billion laughs": LAUGHS
    + b"]><Tagging><TagSet><Tag><Key>&a11;</Key><Value>x</Value></Tag></TagSet></Tagging>",
    "a file of the machine": b'<!DOCTYPE x [<!ENTITY f SYSTEM "file:///etc/passwd">]>'
    b"<Tagging><TagSet><Tag><Key>a</Key><Value>&f;</Value></Tag></TagSet></Tagging>",
}


@pytest.mark.parametrize("body", XML.values(), ids=XML.keys())
def test_xml_that_is_none_or_names_entities_is_refused_or_read_as_nothing(
    cloud: LocalCloud, body: bytes
) -> None:
    for part in ("tagging", "lifecycle", "encryption", "logging", "versioning", "notification"):
        answer = send(cloud, "s3", body, f"/bucket?{part}", "PUT")
        assert answer[0] < 500 and (answer[0] < 400 or read_code(answer)[1])
        shown = send(cloud, "s3", b"", f"/bucket?{part}", "GET")[2]
        assert b"root:" not in shown and len(shown) < 100_000


PATHS = [
    "/bucket/../../etc/passwd",
    "/bucket/%2e%2e/%2e%2e/etc/passwd",
    "/bucket/%00",
    "/bucket/%ff",
    "/%00",
    "//",
    "/bucket?max-keys=abc",
    "/bucket?%ff",
    "/bucket/key?versionId=%ff",
]


@pytest.mark.parametrize("path", PATHS)
def test_a_path_leads_to_no_file_of_the_machine(cloud: LocalCloud, path: str) -> None:
    answer = send(cloud, "s3", b"", path, "GET")
    assert b"root:" not in answer[2]
    assert answer[0] < 400 or read_code(answer)[1]


@pytest.mark.parametrize("value", ["%0d%0aX-Evil:y", "a%0d%0aX-Evil:y", "%00", "a%0aX-Evil:y"])
def test_a_header_cannot_be_injected(cloud: LocalCloud, value: str) -> None:
    answer = send(cloud, "s3", b"", f"/bucket/key?response-content-disposition={value}", "GET")
    assert "x-evil" not in answer[1]
    assert answer[0] < 400 or read_code(answer)[1]


def test_forms_are_encoded_as_clients_do(cloud: LocalCloud) -> None:
    """The forms above are refused for what they say, and not for how they say it."""
    form = urlencode({"AlarmNames.member.1": "x", "AlarmNames.member.2": "y & <z>"})
    assert send_query(cloud, "monitoring", "DeleteAlarms", f"&{form}")[0] == 200
