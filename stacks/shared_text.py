"""Text that most queries share stands once in the template, as a mapping.

A template given inline holds 51,200 bytes; the columns of the queries alone would fill it.
https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/cloudformation-limits.html
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Sequence
from functools import cached_property

from aws_cdk import CfnMapping, Fn
from constructs import Construct

# How the CDK writes a value in a text that is known only when deployed, a parameter's for one.
TOKEN = re.compile(r"\$\{Token\[[^\]]+\]\}")
# Keeps a text that many resources use, under a name, and returns what refers to it.
Hold = Callable[[str, str], str]


class SharedText(Construct):
    """Replaces a block of text, wherever it stands in a longer one, by a reference to it.

    Args:
        hold: keeps the block in place of a mapping.
    """

    def __init__(self, scope: Construct, id: str, *, block: str, hold: Hold | None = None) -> None:
        super().__init__(scope, id)
        self.block = block
        self._hold = hold or self._map
        self._references: dict[str, str] = {}

    def text(self, text: str) -> str:
        """`text`, as a template says it."""
        return self._sub(escape(text), "Text", self.block)

    def json(self, body: object, **values: str) -> str:
        """A JSON document, as a template says it; `${..}` in its strings becomes one of the values."""
        return self._sub(json.dumps(body, separators=(",", ":")), "Json", _json(self.block), **values)

    def _sub(self, text: str, form: str, block: str, **values: str) -> str:
        if block and block in text:
            return fill(text.replace(block, "${S}"), S=self._reference(form, block), **values)
        return fill(text, **values)

    def _reference(self, form: str, block: str) -> str:
        """Only what something refers to stands in the template."""
        if form not in self._references:
            self._references[form] = self._hold(form, block)
        return self._references[form]

    def _map(self, form: str, block: str) -> str:
        self._mapping.set_value("Shared", form, block)
        return self._mapping.find_in_map("Shared", form)

    @cached_property
    def _mapping(self) -> CfnMapping:
        return CfnMapping(self, "Lines", lazy=False)


def fill(text: str, **values: str) -> str:
    """`text` with each `${name}` in it filled in by CloudFormation: with a value, or what AWS defines.

    What the text itself holds of values known only when deployed becomes one of them.
    """
    if "${" not in TOKEN.sub("", text):
        return text
    for number, token in enumerate(dict.fromkeys(TOKEN.findall(text))):
        text, values[f"V{number}"] = text.replace(token, f"${{V{number}}}"), token
    used = {name: value for name, value in values.items() if f"${{{name}}}" in text}
    return Fn.sub(text, used or None)


def escape(text: str) -> str:
    """`text` with nothing in it that CloudFormation would replace, but values known only when deployed."""
    return re.sub(r"\$\{(?!Token\[)", "${!", text)


def _json(text: str) -> str:
    return json.dumps(text)[1:-1]


def common_lines(texts: Sequence[str]) -> str:
    """The longest run of whole lines that stands in all of the texts; empty without any."""
    if len(texts) < 2:
        return ""
    lines = min(texts, key=lambda text: (len(text), text)).splitlines(keepends=True)
    runs = ("".join(lines[i:j]) for i in range(len(lines)) for j in range(i + 1, len(lines) + 1))
    return max((run for run in runs if all(run in text for text in texts)), key=len, default="")
