"""The intrinsic functions of a template, resolved to what they might be in an account.

Pseudo parameters have a value of their own choosing, so that a policy can be evaluated; parameters have
their defaults. What is known only when it is deployed stays as `${Name}`.
https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/intrinsic-function-reference.html
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Any

from cis_insights.verification.trails import Place

ACCOUNT, REGION = "111122223333", "us-east-1"
_PLACE = Place(ACCOUNT, REGION)
_PARTITIONS = {"cn-": "aws-cn", "us-gov-": "aws-us-gov"}
_VARIABLE = re.compile(r"\$\{([^!}][^}]*)\}")
_LITERAL = re.compile(r"\$\{!([^}]*)\}")
MAX_DEPTH = 100
MAX_STEPS = 200_000  # values that are looked at in one template


class TooDeep(ValueError):
    """Functions within functions beyond the bounds."""


def is_unknown(value: object) -> bool:
    """Whether a value is known only when it is deployed."""
    return isinstance(value, str) and "${" in value


class Resolver:
    """Resolves values of one template."""

    def __init__(
        self,
        template: Mapping[str, Any],
        given: Mapping[str, str],
        attribute: Callable[[str, str], Any],
        place: Place = _PLACE,
        stack: str = "stack",
    ) -> None:
        """Args:
        given: values of parameters, in place of their defaults.
        attribute: a resource's `Ref` (the empty name) or attribute, by its logical id.
        place, stack: of the pseudo parameters.
        """
        partitions = (name for start, name in _PARTITIONS.items() if place.region.startswith(start))
        partition = next(partitions, "aws")
        self._given = given
        self._pseudo = {
            "AWS::AccountId": place.account,
            "AWS::Region": place.region,
            "AWS::Partition": partition,
            "AWS::URLSuffix": "amazonaws.com.cn" if partition == "aws-cn" else "amazonaws.com",
            "AWS::StackName": stack,
            "AWS::NoValue": None,
        }
        self._parameters = _as_mapping(template.get("Parameters"))
        self._mappings = _as_mapping(template.get("Mappings"))
        self._conditions = _as_mapping(template.get("Conditions"))
        self._resources = _as_mapping(template.get("Resources"))
        self._attribute = attribute
        self._steps = 0

    def resolve(self, value: Any, depth: int = 0) -> Any:
        """A value without functions; `AWS::NoValue` leaves its place.

        Raises:
            TooDeep: beyond the bounds.
        """
        self._steps += 1
        if depth > MAX_DEPTH or self._steps > MAX_STEPS:
            raise TooDeep("functions within functions")
        if isinstance(value, Mapping):
            if len(value) == 1 and (name := next(iter(value))) in _FUNCTIONS:
                return _FUNCTIONS[name](self, value[name], depth + 1)
            found = {str(key): self.resolve(one, depth + 1) for key, one in value.items()}
            return {key: one for key, one in found.items() if one is not None}
        if isinstance(value, list):
            return [one for each in value if (one := self.resolve(each, depth + 1)) is not None]
        return value

    def is_made(self, resource: Mapping[str, Any]) -> bool:
        """Whether the condition of a resource holds, with the parameters' defaults."""
        name = resource.get("Condition")
        return not isinstance(name, str) or self.condition(name, 0)

    def condition(self, name: str, depth: int) -> bool:
        """A condition by its name; one that is not there, or not known, holds."""
        return self.resolve(self._conditions.get(name, True), depth) is not False

    def ref(self, name: Any, depth: int) -> Any:
        """https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/resources-section-structure.html"""
        if not isinstance(name, str):
            return "${?}"
        if name in self._pseudo:
            return self._pseudo[name]
        if name in self._resources:
            return self._attribute(name, "")
        parameter = _as_mapping(self._parameters.get(name))
        default = self._given.get(name, parameter.get("Default"))
        if default is None:
            return f"${{{name}}}"
        is_list = "List" in str(parameter.get("Type"))
        return [part.strip() for part in str(default).split(",")] if is_list else str(default)

    def get_attribute(self, value: Any, depth: int) -> Any:
        """`[LogicalId, Name]`, or both joined by a point."""
        parts = value.split(".", 1) if isinstance(value, str) else [str(one) for one in _as_list(value)]
        name, attribute = str(parts[0]), ".".join(parts[1:])
        return self._attribute(name, attribute) if name in self._resources else f"${{{name}.{attribute}}}"

    def substitute(self, value: Any, depth: int) -> Any:
        """A text, alone or with values for some of its variables."""
        text, *given = value if isinstance(value, list) else [value]
        values = _as_mapping(self.resolve(given[0], depth)) if given else {}

        def put(match: re.Match[str]) -> str:
            name = match[1].strip()
            if name in values:
                return str(values[name])
            found = self.get_attribute(name, depth) if "." in name else self.ref(name, depth)
            return ",".join(map(str, found)) if isinstance(found, list) else str(found)

        return _LITERAL.sub(r"${\1}", _VARIABLE.sub(put, str(text)))

    def join(self, value: Any, depth: int) -> Any:
        """`[delimiter, values]`."""
        delimiter, values = [*_as_list(value), "", ""][:2]
        return str(delimiter).join(map(str, _as_list(self.resolve(values, depth))))

    def select(self, value: Any, depth: int) -> Any:
        """`[index, values]`."""
        index, values = [*_as_list(value), 0, []][:2]
        found, at = _as_list(self.resolve(values, depth)), self.resolve(index, depth)
        is_there = str(at).isdecimal() and int(at) < len(found)
        return found[int(at)] if is_there else "${?}"

    def split(self, value: Any, depth: int) -> Any:
        """`[delimiter, text]`."""
        delimiter, text = [*_as_list(value), "", ""][:2]
        return str(self.resolve(text, depth)).split(str(delimiter) or ",")

    def find_in_map(self, value: Any, depth: int) -> Any:
        """`[map, key, key]`."""
        found: Any = self._mappings
        for key in self.resolve(_as_list(value)[:3], depth):
            found = _as_mapping(found).get(str(key))
        return "${?}" if found is None else self.resolve(found, depth)

    def choose(self, value: Any, depth: int) -> Any:
        """`[condition, value if it holds, value if not]`."""
        name, yes, no = [*_as_list(value), "", None, None][:3]
        return self.resolve(yes if self.condition(str(name), depth) else no, depth)

    def equals(self, value: Any, depth: int) -> Any:
        """`[value, value]`; None where either is not known."""
        one, other = [*_as_list(self.resolve(value, depth)), "", ""][:2]
        return None if is_unknown(one) or is_unknown(other) else str(one) == str(other)

    def every(self, value: Any, depth: int) -> bool:
        """Fn::And."""
        return all(self.resolve(one, depth) is not False for one in _as_list(value))

    def some(self, value: Any, depth: int) -> bool:
        """Fn::Or."""
        return any(self.resolve(one, depth) is not False for one in _as_list(value))

    def negate(self, value: Any, depth: int) -> Any:
        """Fn::Not; of what is not known nothing is known."""
        (answer, *_) = [*(self.resolve(one, depth) for one in _as_list(value)), None]
        return None if answer is None else answer is False

    def unknown(self, value: Any, depth: int) -> str:
        """What only the deployment knows."""
        return "${?}"


_FUNCTIONS: Mapping[str, Callable[[Resolver, Any, int], Any]] = {
    "Ref": Resolver.ref,
    "Condition": lambda resolver, name, depth: resolver.condition(str(name), depth),
    "Fn::GetAtt": Resolver.get_attribute,
    "Fn::Sub": Resolver.substitute,
    "Fn::Join": Resolver.join,
    "Fn::Select": Resolver.select,
    "Fn::Split": Resolver.split,
    "Fn::FindInMap": Resolver.find_in_map,
    "Fn::If": Resolver.choose,
    "Fn::Equals": Resolver.equals,
    "Fn::And": Resolver.every,
    "Fn::Or": Resolver.some,
    "Fn::Not": Resolver.negate,
    "Fn::ImportValue": Resolver.unknown,
    "Fn::GetAZs": Resolver.unknown,
    "Fn::Transform": Resolver.unknown,
    "Fn::Cidr": Resolver.unknown,
}


def _as_mapping(value: Any) -> Mapping[str, Any]:
    return value if isinstance(value, Mapping) else {}


def _as_list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]
