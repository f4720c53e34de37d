"""The stacks of CloudFormation that made alarms, and what is no longer as they made it.

https://docs.aws.amazon.com/AWSCloudFormation/latest/APIReference/API_DescribeStackResources.html
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from botocore.exceptions import ClientError  # type: ignore[import-untyped]  # botocore has no types

from cis_insights.verification.model import DeclaredExclusion, Drift
from cis_insights.verification.trails import Answer, Place

from .exclusions import read_exclusions
from .intrinsics import Resolver, is_unknown

_KINDS = {
    "AWS::CloudWatch::Alarm": "alarm",
    "AWS::Logs::MetricFilter": "filter",
    "AWS::Logs::QueryDefinition": "saved query",
    "AWS::CloudWatch::Dashboard": "dashboard",
}
# The property that has the text of each.
_TEXTS = {"filter": "FilterPattern", "saved query": "QueryString", "dashboard": "DashboardBody"}


@dataclass(frozen=True, slots=True)
class Made:
    """A resource that a stack has made, by what it is called there and in the template."""

    stack: str
    kind: str
    id: str  # physical
    logical: str


@dataclass(frozen=True, slots=True)
class Present:
    """What is there: names of alarms, and the texts of the other kinds by their physical ids."""

    alarms: frozenset[str]
    texts: Mapping[str, Mapping[str, str]] = field(default_factory=dict)  # by kind
    names: Mapping[str, str] = field(default_factory=dict)  # of saved queries, by id

    def has(self, one: Made) -> bool:
        """Whether it is there; of a kind that was not read nothing is missing."""
        if one.kind == "alarm":
            return one.id in self.alarms
        return one.id in self.texts[one.kind] if one.kind in self.texts else True


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
        return [one.id for resources in self._made.values() for one in resources if one.kind == kind]

    def find_drifts(self, present: Present) -> Iterator[Drift]:
        """What is gone, and what is not as the stack's template has it.

        Raises:
            botocore.exceptions.ClientError: if a template is refused.
        """
        for stack, resources in self._made.items():
            yield from (
                Drift(stack, one.kind, one.id, is_gone=True) for one in resources if not present.has(one)
            )
            left = [one for one in resources if one.kind in present.texts and present.has(one)]
            deployed = self._read_texts(stack, left) if left else {}
            for one in left:
                actual, text = present.texts[one.kind][one.id], deployed.get(one.logical)
                if text is not None and not _is_same(one.kind, actual, text):
                    yield Drift(stack, one.kind, present.names.get(one.id, one.id), is_gone=False)

    def _read_texts(self, stack: str, resources: list[Made]) -> dict[str, str]:
        """Texts as the template has them, by logical id; without those that cannot be resolved here."""
        if not (template := self._read_template(stack)):
            return {}
        parameters = self._client.describe_stacks(StackName=stack)["Stacks"][0].get("Parameters", [])
        given = {one["ParameterKey"]: one["ParameterValue"] for one in parameters if "ParameterValue" in one}
        resolver = Resolver(template, given, self._build_attribute(stack), self._place, stack)
        found: dict[str, str] = {}
        for one in resources:
            properties = template.get("Resources", {}).get(one.logical, {}).get("Properties", {})
            text = resolver.resolve(properties.get(_TEXTS[one.kind]))
            if isinstance(text, str) and not is_unknown(text):
                found[one.logical] = text
        return found

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
            if made is None or attribute not in ("", "Arn"):
                return f"${{{logical}.{attribute}}}"
            if not attribute:
                return made.id
            account, region = self._place.account, self._place.region
            return f"arn:aws:cloudwatch:{region}:{account}:alarm:{made.id}"

        return find


def _read_made(stack: str, summary: Answer) -> Iterator[Made]:
    kind = _KINDS.get(summary["ResourceType"])
    if kind and "PhysicalResourceId" in summary:
        yield Made(stack, kind, summary["PhysicalResourceId"], summary["LogicalResourceId"])


def _is_same(kind: str, actual: str, deployed: str) -> bool:
    """Texts alike; of dashboards what they say, since CloudWatch may write them anew."""
    if kind != "dashboard":
        return actual == deployed
    try:
        return bool(json.loads(actual) == json.loads(deployed))
    except ValueError:
        return True
