"""The single template as a value: what whoever deploys it gives, what comes out, and its text.

https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/parameters-section-structure.html
https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/rules-section-structure.html
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from ..settings import Fault
from ..settings.readers import nearest
from .conditions import Condition, holds
from .template_parameters import Input, Requirement

# https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/cloudformation-limits.html
MAX_INLINE = 51_200  # bytes of a template in a request; one at a URL may have 1 MB


@dataclass(frozen=True, slots=True, kw_only=True)
class SingleTemplate:
    """A template that deploys as it is, and what its tools have to know of it."""

    description: str
    parameters: Mapping[str, Input]  # by name, in the order of the console
    requirements: tuple[Requirement, ...]  # what the parameters have to be together
    outputs: Mapping[str, Condition | None]  # by name; when there is one, None for always
    capabilities: tuple[str, ...]  # what a deploy has to acknowledge: roles, where a query runs as an alarm
    warnings: tuple[Fault, ...]  # settings without effect
    text: str  # JSON

    @property
    def size(self) -> int:
        """Bytes."""
        return len(self.text.encode())

    @property
    def fits_inline(self) -> bool:
        """Whether a request may hold it; else it is given by its URL."""
        return self.size <= MAX_INLINE

    def complete(self, given: Mapping[str, str]) -> dict[str, str]:
        """Every parameter's value: what is given, or its default."""
        return {name: given.get(name, one.default) for name, one in self.parameters.items()}

    def outputs_with(self, given: Mapping[str, str]) -> list[str]:
        """Names of the outputs that there are with these parameters."""
        values = self.complete(given)
        return [name for name, when in self.outputs.items() if when is None or holds(when, values)]

    def faults(self, given: Mapping[str, str]) -> list[Fault]:
        """What a deploy would refuse of these parameters, by the parameter's name."""
        return list(self._misfits(given)) or list(self._unmet(self.complete(given)))

    def _misfits(self, given: Mapping[str, str]) -> Iterator[Fault]:
        for name in given:
            if name not in self.parameters:
                hint = nearest(name, self.parameters)
                yield Fault(name, "the template has no such parameter", hint)
        for name, value in given.items():
            if (known := self.parameters.get(name)) and (fault := known.fault(value)):
                yield fault

    def _unmet(self, values: Mapping[str, str]) -> Iterator[Fault]:
        for one in self.requirements:
            if not holds(one.condition, values):
                yield Fault(one.parameter, one.message, one.hint)
