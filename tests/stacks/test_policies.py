"""Every policy that is deployed allows what AWS's pages require of it, and nothing else."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import replace
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest
from aws_cdk.assertions import Template

from local_cloud.protocol.policies import allows, applies, list_statements

from ..support.required_permissions import OTHER, PAGES, Required, list_required
from ..support.stack_values import ACCOUNT, Deployed
from ..support.synth import (
    built_in_and,
    single_template,
    stack,
    template_of,
)

# --- what is deployed --------------------------------------------------------------------------

ENDPOINTS = (
    "soc@example.com",
    "https://a.example.com",
    "arn:aws:sqs:us-east-1:111122223333:soc",
    "arn:aws:lambda:us-east-1:111122223333:function:page",
)
EXCLUDED: dict[str, object] = {"vpc-changes__exclude": 'userAgent = "x"'}
VARIANTS: dict[str, dict[str, object]] = {
    "existing": {},
    "new trail": {"trail": "new", "log_group_name": ""},
    "new trail of another prefix": {"trail": "new", "log_group_name": "", "prefix": "audit"},
    "organization": {"trail": "organization"},
    "everybody": {"subscribers": ENDPOINTS},
    "routes": {"subscribers": ENDPOINTS, "subscribers_critical": "https://pager.example.com"},
    "quiet": {**EXCLUDED, "cis_twins": "on"},
    "topics only": {"subscribers": "", "topic_arn": "arn:aws:sns:us-east-1:111122223333:soc"},
    "chat": {"slack_workspace": "T1", "slack_channel": "C1"},
    "instead": {"answers": "instead"},
    "key of somebody": {"key_arn": "arn:aws:kms:us-east-1:111122223333:key/1234", **EXCLUDED},
}
PARTITIONS = {"aws": "us-east-1", "aws-cn": "cn-north-1", "aws-us-gov": "us-gov-west-1"}
LOG_ALARM = """# title: Own
# severity: low
# alarm: 1 in 5m
# why: W.
# respond: R.
fields strlen(eventName) as length
| filter length > 60
"""


def _log_alarm() -> dict[str, Any]:
    with TemporaryDirectory() as folder:
        Path(folder, "own.cwli").write_text(LOG_ALARM, encoding="utf-8")
        own = stack(built_in_and(folder))
    return dict(Template.from_stack(own).to_json())


@cache
def _template(name: str) -> dict[str, Any]:
    match name:
        case "log alarm":
            return _log_alarm()
        case "single template":
            return dict(json.loads(single_template()))
        case "single template with twins":
            return dict(json.loads(single_template(**EXCLUDED)))
        case _:
            return template_of(**VARIANTS[name])


NAMES = [*VARIANTS, "log alarm", "single template", "single template with twins"]
CASES = [(name, partition) for name in NAMES for partition in PARTITIONS]


@pytest.fixture(params=CASES, ids=[" in ".join(case) for case in CASES])
def found(request: pytest.FixtureRequest) -> Deployed:
    name, partition = request.param
    return Deployed(_template(name), partition, PARTITIONS[partition])


# --- what they allow ----------------------------------------------------------------------------


def _own_policies(found: Deployed) -> dict[str, list[Mapping[str, Any]]]:
    policies: dict[str, list[Mapping[str, Any]]] = {}
    for owner, document in found.policies():
        policies.setdefault(owner, []).extend(list_statements(document))
    return policies


def _required(found: Deployed) -> list[Required]:
    """What is asked of policies of somebody else, a given key for one, is not the deployment's to allow."""
    return [one for one in list_required(found) if one.policy in _own_policies(found)]


def _is_of_account(statement: Mapping[str, Any], found: Deployed) -> bool:
    """What a key's policy must hold so that the account can manage it at all.

    https://docs.aws.amazon.com/kms/latest/developerguide/key-policy-default.html
    """
    root = {"AWS": f"arn:{found.partition}:iam::{ACCOUNT}:root"}
    return statement["Principal"] == root and statement["Action"] == "kms:*"


def _of_services(found: Deployed) -> dict[str, list[Mapping[str, Any]]]:
    return {
        owner: [one for one in own if "Principal" not in one or not _is_of_account(one, found)]
        for owner, own in _own_policies(found).items()
    }


def _refused(found: Deployed, asked: list[Required]) -> list[str]:
    policies = _of_services(found)
    return [
        f"{one.request.principal} {one.request.action} {one.request.resource}: see {PAGES[one.page]}"
        for one in asked
        if not allows({"Statement": policies[one.policy]}, one.request)
    ]


def test_what_each_service_needs_is_allowed(found: Deployed) -> None:
    assert _refused(found, _required(found)) == []


def test_nothing_is_allowed_that_no_service_needs(found: Deployed) -> None:
    """Of each statement each action, resource, principal and source is used."""
    asked = _required(found)
    for owner, own in _of_services(found).items():
        requests = [one.request for one in asked if one.policy == owner]
        for statement in own:
            if statement["Effect"] == "Allow":
                for part in _parts(statement):
                    assert any(applies(part, request) for request in requests), f"{owner}: {part}"


def _parts(statement: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
    """The statement for each of its actions and resources alone."""

    def each(value: Any) -> list[Any]:
        return value if isinstance(value, list) else [value]

    for action in each(statement["Action"]):
        for resource in each(statement.get("Resource")):
            alone = {**statement, "Action": action}
            yield {**alone, "Resource": resource} if resource else alone


def test_nobody_is_allowed_anything_by_name_of_everybody(found: Deployed) -> None:
    everybody = ("*", {"AWS": "*"}, {"Service": "*"})
    for own in _own_policies(found).values():
        assert all(one.get("Principal") not in everybody for one in own if one["Effect"] == "Allow")


def test_no_service_is_let_in_on_behalf_of_another_account(found: Deployed) -> None:
    for one in _required(found):
        if one.is_told_who:
            context = {key: value.replace(ACCOUNT, OTHER) for key, value in one.request.context.items()}
            asked = replace(one, request=replace(one.request, context=context))
            assert _refused(found, [asked]), f"{one.policy}: {asked.request}"


def test_nor_without_saying_on_whose_behalf(found: Deployed) -> None:
    for one in _required(found):
        if one.is_told_who:
            asked = replace(one, request=replace(one.request, context={}))
            assert _refused(found, [asked]), f"{one.policy}: {asked.request}"


def test_buckets_topics_and_queues_take_nothing_without_tls(found: Deployed) -> None:
    for one in _required(found):
        if one.policy.split(":")[2] in ("s3", "sns", "sqs"):
            context = {**one.request.context, "aws:SecureTransport": "false"}
            assert _refused(found, [replace(one, request=replace(one.request, context=context))])


def test_the_table_has_rows_for_every_page() -> None:
    asked = {one.page for name in NAMES for one in _required(Deployed(_template(name), "aws", "us-east-1"))}
    assert asked == set(PAGES)


def test_another_trail_and_another_log_group_of_the_account_are_refused() -> None:
    new = Deployed(_template("new trail"), "aws", "us-east-1")
    for one in _required(new):
        if one.is_told_who and one.page in ("bucket", "trail key", "logs key"):
            context = {key: f"{value}2" for key, value in one.request.context.items()}
            assert _refused(new, [replace(one, request=replace(one.request, context=context))])


@pytest.mark.parametrize(
    ("id", "action"),
    [("TrailKey", "kms:Decrypt"), ("TrailKey", "kms:GenerateDataKey*"), ("TrailKey", "kms:DescribeKey")],
)
def test_a_permission_that_is_taken_away_is_missed(id: str, action: str) -> None:
    """The twin: the table sees what is not there."""
    template = json.loads(json.dumps(_template("new trail")))
    (key,) = [
        one
        for name, one in template["Resources"].items()
        if name.startswith(id) and one["Type"] == "AWS::KMS::Key"
    ]
    for statement in key["Properties"]["KeyPolicy"]["Statement"]:
        if "cloudtrail" in json.dumps(statement["Principal"]):
            actions = statement["Action"] if isinstance(statement["Action"], list) else [statement["Action"]]
            statement["Action"] = [one for one in actions if one != action]
    broken = Deployed(template, "aws", "us-east-1")
    refused = _refused(broken, _required(broken))
    assert refused and all(action.rstrip("*") in line for line in refused)
