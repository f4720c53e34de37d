"""Texts with `${..}` in them that CloudFormation fills in.

https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/intrinsic-function-reference-sub.html
"""

from __future__ import annotations

from aws_cdk import Fn

from .tokens import TOKEN


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
