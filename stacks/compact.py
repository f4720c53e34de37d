"""A template with the same meaning in fewer bytes: joins become substitutions, and those the short form.

https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/intrinsic-function-reference-sub.html
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

_VARIABLE = re.compile(r"\$\{([^!}][^}]*)\}")


def compact(node: Any) -> Any:
    """Template, or a part of it, with every `Fn::Join` and `Fn::Sub` in its shortest form."""
    match node:
        case {"Fn::Join": ["", [*parts]]} if len(node) == 1:
            return _joined([compact(part) for part in parts])
        case {"Fn::Sub": [str(text), dict(values)]} if len(node) == 1:
            return _substituted(text, {name: compact(value) for name, value in values.items()})
        case {"Fn::GetAtt": [str(name), str(attribute)]} if len(node) == 1:
            return {"Fn::Sub": f"${{{name}.{attribute}}}"}
        case {"DependsOn": [str(name)], **rest}:
            return {**compact(rest), "DependsOn": name}
        case dict():
            return {key: compact(value) for key, value in node.items()}
        case list():
            return [compact(value) for value in node]
        case _:
            return node


def _joined(parts: list[Any]) -> Any:
    texts = [part.replace("${", "${!") if isinstance(part, str) else _reference(part) for part in parts]
    if None in texts:
        return {"Fn::Join": ["", parts]}
    return {"Fn::Sub": "".join(map(str, texts))}


def _substituted(text: str, values: Mapping[str, Any]) -> Any:
    """Values that the text can hold itself are put into it."""
    references = {name: _reference(value) for name, value in values.items()}
    inline = {name: shown for name, shown in references.items() if shown and _fits(name, shown, text)}
    rest = {name: value for name, value in values.items() if name not in inline}
    text = _VARIABLE.sub(lambda found: inline.get(found[1], found[0]), text)
    return {"Fn::Sub": [text, rest]} if rest else {"Fn::Sub": text}


def _fits(name: str, shown: str, text: str) -> bool:
    """Whether it is shorter in the text, however often it stands there."""
    return text.count(f"${{{name}}}") * len(shown) < len(shown) + 40


def _reference(value: Any) -> str | None:
    """`${..}` for a reference, or what a substitution without values substitutes."""
    match value:
        case {"Ref": str(name)}:
            return f"${{{name}}}"
        case {"Fn::GetAtt": [str(name), str(attribute)]}:
            return f"${{{name}.{attribute}}}"
        case {"Fn::Sub": str(text)}:
            return text
        case _:
            return None
