"""The console's page of CloudWatch in each partition, which the texts of `links` hold as `${Page}`."""

from __future__ import annotations

from functools import cached_property

from aws_cdk import Aws, CfnMapping
from constructs import Construct

from .links import PAGE
from .substitution import fill

# https://docs.aws.amazon.com/general/latest/gr/ and the consoles of the other partitions
HOSTS = {
    "aws": "console.aws.amazon.com",
    "aws-cn": "console.amazonaws.cn",
    "aws-us-gov": "console.amazonaws-us-gov.com",
}


class Console(Construct):
    """The console's page of CloudWatch, by partition."""

    def fill(self, text: str, **values: str) -> str:
        """A text with links, as a template says it."""
        return fill(text, Page=self._find_page, **values) if "${Page}" in text else fill(text, **values)

    @cached_property
    def _find_page(self) -> str:
        mapping = {partition: {"Page": f"{host}{PAGE}"} for partition, host in HOSTS.items()}
        return CfnMapping(self, "Pages", mapping=mapping, lazy=False).find_in_map(Aws.PARTITION, "Page")
