"""Parameters in the Query protocols: `Tags.member.1.Key=a` -> {"Tags": [{"Key": "a"}]}, guided by the model.

https://smithy.io/2.0/aws/protocols/aws-query-protocol.html
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

# Steps of the names; the value of a name is below "".
Tree = dict[str, Any]


def build_tree(form: Mapping[str, str]) -> Tree:
    """Builds the tree of a form's fields by the steps of their names, in linear time."""
    root: Tree = {}
    for name, value in form.items():
        node = root
        for step in name.split("."):
            node = node.setdefault(step, {})
        node[""] = value
    return root


def read_parameters(node: Tree, shape: Any, protocol: str) -> Any:
    """The value of a part of a form.

    Raises:
        ValueError: for a text that is not a number.
        KeyError: for a field without a value.
    """
    match shape.type_name:
        case "structure":
            names = {name: _find_name(name, member, protocol) for name, member in shape.members.items()}
            return {
                name: read_parameters(node[wire], shape.members[name], protocol)
                for name, wire in names.items()
                if wire in node
            }
        case "list":
            flat = protocol == "ec2" or shape.serialization.get("flattened")
            items = node if flat else node.get(shape.member.serialization.get("name", "member"), {})
            return [read_parameters(items[number], shape.member, protocol) for number in _list_numbers(items)]
        case "map":
            entries = node if shape.serialization.get("flattened") else node.get("entry", {})
            key, value = (
                part.serialization.get("name", name)
                for part, name in ((shape.key, "key"), (shape.value, "value"))
            )
            found = [entries[number] for number in _list_numbers(entries)]
            return {one[key][""]: one.get(value, {}).get("", "") for one in found}
        case kind:
            return _convert(node[""], kind)


def _find_name(name: str, shape: Any, protocol: str) -> str:
    wire: str = shape.serialization.get("name", name)
    if protocol == "ec2":
        return str(shape.serialization.get("queryName") or wire[0].upper() + wire[1:])
    return wire


def _list_numbers(items: Tree) -> list[str]:
    digits = (name for name in items if name.isdecimal() and name.isascii() and len(name) < 10)
    return sorted(digits, key=int)


def _convert(text: str, kind: str) -> Any:
    match kind:
        case "integer" | "long":
            return int(text)
        case "float" | "double":
            return float(text)
        case "boolean":
            return text.lower() == "true"
        case _:
            return text
