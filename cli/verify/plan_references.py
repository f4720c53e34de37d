"""What the expressions of a Terraform plan refer to, through modules.

https://developer.hashicorp.com/terraform/internals/json-format#configuration-representation
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

MAX_DEPTH = 20
_INDEX = re.compile(r"\[[^\]]*\]")


def without_index(address: str) -> str:
    """The address of a resource without `count` and `for_each`."""
    return _INDEX.sub("", address)


class References:
    """The configuration of a plan."""

    def __init__(self, plan: Mapping[str, Any]) -> None:
        configuration = _as_mapping(plan.get("configuration"))
        self._root = _as_mapping(configuration.get("root_module"))

    def of(self, address: str, argument: str) -> list[str]:
        """What an argument of a resource refers to: addresses with an attribute, in the root's terms."""
        steps = re.findall(r"module\.([^.]+)\.", without_index(address))
        own = re.sub(r"^(module\.[^.]+\.)*", "", without_index(address))
        module = self._module(steps)
        resources = (
            one for one in _as_list(module.get("resources")) if _as_mapping(one).get("address") == own
        )
        found = _as_mapping(next(resources, None))
        return list(
            dict.fromkeys(
                self._follow(steps, _list_references(_as_mapping(found.get("expressions")).get(argument)), 0)
            )
        )

    def _module(self, steps: list[str]) -> Mapping[str, Any]:
        module = self._root
        for step in steps:
            module = _as_mapping(_as_mapping(_as_mapping(module.get("module_calls")).get(step)).get("module"))
        return module

    def _follow(self, steps: list[str], names: list[str], depth: int) -> Iterator[str]:
        """Variables to what the caller gives, outputs to what the module returns."""
        if depth > MAX_DEPTH:
            return
        for name in names:
            parts = name.split(".")
            if parts[0] == "var" and steps and len(parts) > 1:
                call = _as_mapping(_as_mapping(self._module(steps[:-1]).get("module_calls")).get(steps[-1]))
                given = _list_references(_as_mapping(call.get("expressions")).get(parts[1]))
                yield from self._follow(steps[:-1], given, depth + 1)
            elif parts[0] == "module" and len(parts) > 2:
                inner = [*steps, without_index(parts[1])]
                output = _as_mapping(
                    _as_mapping(self._module(inner).get("outputs")).get(without_index(parts[2]))
                )
                yield from self._follow(inner, _list_references(output.get("expression")), depth + 1)
            elif parts[0] not in ("var", "local", "each", "count", "module"):
                yield "".join(f"module.{step}." for step in steps) + without_index(name)


def _list_references(expression: Any) -> list[str]:
    """All references of an expression, of those within it too."""
    if isinstance(expression, list):
        return [name for one in expression for name in _list_references(one)]
    if not isinstance(expression, Mapping):
        return []
    own = [str(one) for one in _as_list(expression.get("references"))]
    return own + [
        name for key, one in expression.items() if key != "references" for name in _list_references(one)
    ]


def _as_mapping(value: Any) -> Mapping[str, Any]:
    return value if isinstance(value, Mapping) else {}


def _as_list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else []
