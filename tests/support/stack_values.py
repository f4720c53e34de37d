"""A template with its values filled in, as they are in one account, Region and partition."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

ACCOUNT = "111122223333"
_SUFFIXES = {"aws-cn": "amazonaws.com.cn"}
# What parameters of the single template are given, so that every condition is met.
GIVEN = {
    "LogGroupName": "trail",
    "Email": "soc@example.com",
    "Endpoint": "https://hooks.example.com/cis",
    "Prefix": "cis",
}
# Properties with the name of a resource; where it has none, its logical id stands for it.
_NAMES = {
    "AWS::SNS::Topic": "TopicName",
    "AWS::SQS::Queue": "QueueName",
    "AWS::Logs::LogGroup": "LogGroupName",
    "AWS::CloudTrail::Trail": "TrailName",
}


@dataclass(frozen=True)
class Deployed:
    """Resources of a template as they are deployed."""

    template: Mapping[str, Any]
    partition: str
    region: str

    @property
    def suffix(self) -> str:
        """What ends the names of hosts and of some services."""
        return _SUFFIXES.get(self.partition, "amazonaws.com")

    def arn(self, service: str, resource: str, before: str = "") -> str:
        """The ARN of something in the account and Region."""
        return f"arn:{self.partition}:{service}:{self.region}:{ACCOUNT}:{before}{resource}"

    @cached_property
    def resources(self) -> dict[str, dict[str, Any]]:
        """By logical id, those whose condition is met, their properties resolved."""
        return {
            id: {**one, "Properties": self.resolve(one.get("Properties", {}))}
            for id, one in self.template["Resources"].items()
        }

    def by_id(self, kind: str) -> dict[str, dict[str, Any]]:
        """Properties by logical id of all resources of a type such as `SNS::Topic`."""
        found = self.resources.items()
        return {id: one["Properties"] for id, one in found if one["Type"] == f"AWS::{kind}"}

    def of_type(self, kind: str) -> list[dict[str, Any]]:
        """Properties of all resources of a type."""
        return list(self.by_id(kind).values())

    def policies(self) -> Iterator[tuple[str, Mapping[str, Any]]]:
        """Every policy that is deployed, and the resource, or the part of a role, that it is of."""
        for id, key in self.by_id("KMS::Key").items():
            yield self.attribute(id, "Arn"), key["KeyPolicy"]
        for policy in self.of_type("SNS::TopicPolicy"):
            yield from ((topic, policy["PolicyDocument"]) for topic in policy["Topics"])
        for policy in self.of_type("SQS::QueuePolicy"):
            yield from ((self.arn("sqs", queue), policy["PolicyDocument"]) for queue in policy["Queues"])
        for policy in self.of_type("S3::BucketPolicy"):
            yield f"arn:{self.partition}:s3:::{policy['Bucket']}", policy["PolicyDocument"]
        for id, role in self.by_id("IAM::Role").items():
            assert not {"Policies", "ManagedPolicyArns"} & set(role)
            yield f"{self.attribute(id, 'Arn')} trust", role["AssumeRolePolicyDocument"]
        for policy in self.of_type("IAM::Policy"):
            yield from (
                (f"{self.arn_of_role(name)} policy", policy["PolicyDocument"]) for name in policy["Roles"]
            )
        for permission in self.of_type("Lambda::Permission"):
            yield permission["FunctionName"], _of_permission(permission)

    def arn_of_role(self, name: str) -> str:
        """Roles are of no Region."""
        return f"arn:{self.partition}:iam::{ACCOUNT}:role/{name}"

    def resolve(self, node: Any) -> Any:
        """A part of the template without intrinsic functions."""
        match node:
            case {"Ref": str(name)} if len(node) == 1:
                return self.reference(name)
            case {"Fn::GetAtt": [str(id), str(name)]}:
                return self.attribute(id, name)
            case {"Fn::Join": [str(between), parts]}:
                return between.join(self.resolve(part) for part in parts)
            case {"Fn::Select": [int() | str() as number, parts]}:
                return self.resolve(parts)[int(number)]
            case {"Fn::Split": [str(between), text]}:
                return self.resolve(text).split(between)
            case {"Fn::Sub": str(text)}:
                return self.substituted(text, {})
            case {"Fn::Sub": [str(text), dict(values)]}:
                return self.substituted(text, self.resolve(values))
            case {"Fn::If": [str(name), then, otherwise]}:
                return self.resolve(then if self.is_met(name) else otherwise)
            case {"Fn::FindInMap": _}:
                return "text"
            case dict():
                found = {key: self.resolve(value) for key, value in node.items()}
                return {key: value for key, value in found.items() if value != "AWS::NoValue"}
            case list():
                return [one for value in node if (one := self.resolve(value)) != "AWS::NoValue"]
            case _:
                return node

    def substituted(self, text: str, values: Mapping[str, Any]) -> str:
        def value(match: re.Match[str]) -> str:
            id, dot, attribute = match[1].partition(".")
            found = values.get(match[1]) or (
                self.attribute(id, attribute) if dot else self.reference(match[1])
            )
            return str(found)

        return re.sub(r"\$\{([^!}][^}]*)\}", value, text).replace("${!", "${")

    def reference(self, name: str) -> str:
        pseudo = {
            "AWS::Partition": self.partition,
            "AWS::Region": self.region,
            "AWS::AccountId": ACCOUNT,
            "AWS::URLSuffix": self.suffix,
            "AWS::StackName": "cis",
            "AWS::StackId": self.arn("cloudformation", "cis/0a1b2c3d-0a1b-0a1b-0a1b-0a1b2c3d4e5f", "stack/"),
            "AWS::NoValue": "AWS::NoValue",
        }
        if name in pseudo:
            return pseudo[name]
        if name in self.template.get("Parameters", {}):
            return str(GIVEN.get(name, self.template["Parameters"][name].get("Default", "")))
        kind = self.template["Resources"][name]["Type"]
        return self.attribute(name, "Arn") if kind == "AWS::SNS::Topic" else self.name(name)

    def name(self, id: str) -> str:
        """The physical name of a resource."""
        resource = self.template["Resources"][id]
        named = resource.get("Properties", {}).get(_NAMES.get(resource["Type"], ""))
        return str(self.resolve(named)) if named else id.lower()

    def attribute(self, id: str, attribute: str) -> str:
        resource, name = self.template["Resources"][id], self.name(id)
        arns: Mapping[str, Callable[[], str]] = {
            "AWS::S3::Bucket": lambda: f"arn:{self.partition}:s3:::{name}",
            "AWS::IAM::Role": lambda: self.arn_of_role(name),
            "AWS::KMS::Key": lambda: self.arn("kms", f"key/{name}"),
            "AWS::SNS::Topic": lambda: self.arn("sns", name),
            "AWS::SQS::Queue": lambda: self.arn("sqs", name),
            "AWS::Logs::LogGroup": lambda: self.arn("logs", f"{name}:*", "log-group:"),
            "AWS::SSM::Parameter": lambda: str(self.resolve(resource["Properties"]["Value"])),
        }
        return arns[resource["Type"]]() if resource["Type"] in arns else f"{name}.{attribute}"

    def is_met(self, condition: str) -> bool:
        """Conditions of topics of somebody else are not: everything that is made here is."""
        return not condition.endswith("Topic") and condition != "HasLogGroupParameter"


def _of_permission(permission: Mapping[str, Any]) -> Mapping[str, Any]:
    """The statement that a permission adds to the policy of a function."""
    statement = {
        "Effect": "Allow",
        "Principal": {"Service": permission["Principal"]},
        "Action": permission["Action"],
        "Resource": permission["FunctionName"],
        "Condition": {"ArnLike": {"aws:SourceArn": permission["SourceArn"]}},
    }
    return {"Statement": [statement]}
