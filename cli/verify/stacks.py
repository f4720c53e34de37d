"""The stacks of CloudFormation that made alarms, and what else they made.

https://docs.aws.amazon.com/AWSCloudFormation/latest/APIReference/API_DescribeStackResources.html
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from botocore.exceptions import ClientError  # type: ignore[import-untyped]  # botocore has no types

from cis_insights.verification.model import Missing
from cis_insights.verification.trails import Answer

_KINDS = {"AWS::CloudWatch::Alarm": "alarm", "AWS::Logs::MetricFilter": "filter"}


class Stacks:
    """Asks for the stack of an alarm, and once for everything that a stack made."""

    def __init__(self, client: Any) -> None:
        self._client = client
        self._made: dict[str, list[Answer]] = {}

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
        self._made[stack] = [one for page in pages for one in page["StackResourceSummaries"]]
        return stack

    def known(self, alarm: str) -> str:
        """As `owner`, without a call: the stack of an alarm, if that of another alarm made it."""
        for stack, resources in self._made.items():
            if any(one.get("PhysicalResourceId") == alarm for one in resources):
                return stack
        return ""

    def made(self) -> Iterator[Missing]:
        """The alarms and filters that the stacks asked for have made, whether they are still there or not."""
        for stack, resources in self._made.items():
            for one in resources:
                if one["ResourceType"] in _KINDS and "PhysicalResourceId" in one:
                    yield Missing(stack, _KINDS[one["ResourceType"]], one["PhysicalResourceId"])
