"""Messages that SNS refuses."""

from __future__ import annotations

import json

import pytest

from local_cloud import LocalCloud

from ..support.monitored import expect_error


@pytest.fixture(scope="module")
def topic(cloud: LocalCloud) -> str:
    return str(cloud.client("sns").create_topic(Name="topic")["TopicArn"])


@pytest.mark.parametrize("subject", ["x" * 99, "ALARM: \u00fcber \u2192 10"])
def test_a_subject_of_a_line_is_taken(cloud: LocalCloud, topic: str, subject: str) -> None:
    assert cloud.client("sns").publish(TopicArn=topic, Message="m", Subject=subject)["MessageId"]


@pytest.mark.parametrize("subject", ["x" * 100, "a\nb", "a\rb", "a\tb", "a\x1b[31mb", "a\u2028b"])
def test_another_subject_is_refused(cloud: LocalCloud, topic: str, subject: str) -> None:
    with expect_error("InvalidParameter"):
        cloud.client("sns").publish(TopicArn=topic, Message="m", Subject=subject)


@pytest.mark.parametrize("message", ["text", "[]", json.dumps({"email": "a"}), json.dumps({"default": 1})])
def test_messages_by_protocol_need_a_default(cloud: LocalCloud, topic: str, message: str) -> None:
    publish, default = cloud.client("sns").publish, json.dumps({"default": "a", "email": "b"})
    assert publish(TopicArn=topic, Message=default, MessageStructure="json")["MessageId"]
    with expect_error("InvalidParameter"):
        publish(TopicArn=topic, Message=message, MessageStructure="json")
