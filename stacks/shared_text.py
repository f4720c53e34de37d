"""Text that most queries share stands once in the template, as a mapping.

A template given inline holds 51,200 bytes; the columns of the queries alone would fill it.
https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/cloudformation-limits.html
"""

from __future__ import annotations

import json
from collections.abc import Sequence

from aws_cdk import CfnMapping, Fn
from constructs import Construct


class SharedText(Construct):
    """Replaces a block of text, wherever it stands in a longer one, by a reference to it."""

    def __init__(self, scope: Construct, id: str, *, block: str) -> None:
        super().__init__(scope, id)
        self.block = block
        if self.block:
            values = {"Text": self.block, "Json": _json(self.block)}
            self._mapping = CfnMapping(self, "Lines", mapping={"Shared": values}, lazy=False)

    def text(self, text: str) -> str:
        """`text`, as a template says it."""
        return self._sub(escape(text), self.block, "Text")

    def json(self, body: object) -> str:
        """A JSON document, as a template says it; `${..}` in its strings is filled in."""
        return self._sub(json.dumps(body, separators=(",", ":")), _json(self.block), "Json")

    def _sub(self, text: str, block: str, form: str) -> str:
        if block and block in text:
            return Fn.sub(text.replace(block, "${S}"), {"S": self._mapping.find_in_map("Shared", form)})
        return Fn.sub(text) if "${" in text else text


def escape(text: str) -> str:
    """`text` with nothing in it that CloudFormation would replace."""
    return text.replace("${", "${!")


def _json(text: str) -> str:
    return json.dumps(text)[1:-1]


def common_lines(texts: Sequence[str]) -> str:
    """The longest run of whole lines that stands in all of the texts; empty without any."""
    if len(texts) < 2:
        return ""
    lines = min(texts, key=lambda text: (len(text), text)).splitlines(keepends=True)
    runs = ("".join(lines[i:j]) for i in range(len(lines)) for j in range(i + 1, len(lines) + 1))
    return max((run for run in runs if all(run in text for text in texts)), key=len, default="")
