"""The stacks of CloudFormation that made alarms, and what is no longer as they made it.

https://docs.aws.amazon.com/AWSCloudFormation/latest/APIReference/API_DescribeStackResources.html
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from botocore.exceptions import ClientError  # type: ignore[import-untyped]  # botocore has no types

from cis_insights.verification.model import DeclaredExclusion, Drift
from cis_insights.verification.trails import Answer, Place

from .drift import KINDS, Present, Properties
from .exclusions import read_exclusions
from .intrinsics import Resolver


@dataclass(frozen=True, slots=True)
class Made:
    """A resource that a stack has made, by what it is called there and in the template."""

    stack: str
    kind: str  # empty where it is not compared
    id: str  # physical
    logical: str


class Stacks:
    """Asks for the stack of an alarm, and once for everything that a stack made."""

    def __init__(self, client: Any, place: Place) -> None:
        self._client, self._place = client, place
        self._made: dict[str, list[Made]] = {}
        self._templates: dict[str, Mapping[str, Any]] = {}

    def owner(self, alarm: str) -> str:
        """The name of the stack that made an alarm; empty if none did.

        Raises:
            botocore.exceptions.ClientError: if the call is refused.
        """
        if stack := self.known(alarm):
            return stack
        try:
            found = self._client.describe_stack_resources(PhysicalResourceId=alarm)["StackResources"]
        except ClientError as error:
            if error.response["Error"]["Code"] == "ValidationError":  # no stack has it
                return ""
            raise
        if not found:
            return ""
        stack = str(found[0]["StackName"])
        pages = self._client.get_paginator("list_stack_resources").paginate(StackName=stack)
        summaries = [one for page in pages for one in page["StackResourceSummaries"]]
        self._made[stack] = [made for one in summaries for made in _read_made(stack, one)]
        return stack

    def known(self, alarm: str) -> str:
        """As `owner`, without a call: the stack of an alarm, if that of another alarm made it."""
        for stack, resources in self._made.items():
            if any(one.kind == "alarm" and one.id == alarm for one in resources):
                return stack
        return ""

    def list_ids(self, kind: str) -> list[str]:
        """Physical ids of everything of a kind that the known stacks have made."""
        return [one.id for one in self.list_made(kind)]

    def list_made(self, kind: str) -> list[Made]:
        """Everything of a kind that the known stacks have made."""
        return [one for resources in self._made.values() for one in resources if one.kind == kind]

    def find_drifts(self, present: Present) -> Iterator[Drift]:
        """What is gone, and what is not as the stack's template has it.

        Raises:
            botocore.exceptions.ClientError: if a template is refused.
        """
        for stack, resources in self._made.items():
            yield from (
                Drift(stack, one.kind, one.id, is_gone=True)
                for one in resources
                if not present.has(one.kind, one.id)
            )
            deployed = self._read_properties(stack)
            for one in resources:
                if present.differs(one.kind, one.id, deployed.get(one.logical, {})):
                    yield Drift(stack, one.kind, present.names.get(one.id, one.id), is_gone=False)

    def _read_properties(self, stack: str) -> dict[str, Properties]:
        """Properties as the template has them, by logical id; what cannot be resolved here stays `${..}`."""
        if not (template := self._read_template(stack)):
            return {}
        parameters = self._client.describe_stacks(StackName=stack)["Stacks"][0].get("Parameters", [])
        given = {one["ParameterKey"]: one["ParameterValue"] for one in parameters if "ParameterValue" in one}
        resolver = Resolver(template, given, self._build_attribute(stack), self._place, stack)
        written = {one.logical: template.get("Resources", {}).get(one.logical) for one in self._made[stack]}
        return {
            logical: resolver.resolve(resource.get("Properties", {}))
            for logical, resource in written.items()
            if resource and resource["Type"] in KINDS
        }

    def find_exclusions(self, alarm: str) -> tuple[DeclaredExclusion, ...]:
        """What the stack of an alarm, which is known, says that the alarm leaves out.

        Raises:
            botocore.exceptions.ClientError: if its template is refused.
        """
        for stack, resources in self._made.items():
            for one in resources:
                if (one.kind, one.id) == ("alarm", alarm):
                    return read_exclusions(
                        self._read_template(stack).get("Resources", {}).get(one.logical, {})
                    )
        return ()

    def _read_template(self, stack: str) -> Mapping[str, Any]:
        """The template of a stack, once; an empty one where it is written in YAML."""
        if stack not in self._templates:
            answer = self._client.get_template(StackName=stack, TemplateStage="Processed")["TemplateBody"]
            is_text = isinstance(answer, str) and answer.lstrip().startswith("{")
            found = json.loads(answer) if is_text else answer
            self._templates[stack] = found if isinstance(found, Mapping) else {}
        return self._templates[stack]

    def _build_attribute(self, stack: str) -> Callable[[str, str], str]:
        ids = {one.logical: one for one in self._made[stack]}

        def find(logical: str, attribute: str) -> str:
            made = ids.get(logical)
            if made and not attribute:
                return made.id
            if made and made.kind == "alarm" and attribute == "Arn":
                account, region = self._place.account, self._place.region
                return f"arn:aws:cloudwatch:{region}:{account}:alarm:{made.id}"
            return f"${{{logical}.{attribute}}}"

        return find


def _read_made(stack: str, summary: Answer) -> Iterator[Made]:
    kind = KINDS.get(summary["ResourceType"], "")
    if "PhysicalResourceId" in summary:
        yield Made(stack, kind, summary["PhysicalResourceId"], summary["LogicalResourceId"])
