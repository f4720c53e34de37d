"""The single template as a value: what whoever deploys it gives, what comes out, and its text.

https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/parameters-section-structure.html
https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/rules-section-structure.html
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from ..settings import PREFIX, SettingFault, SettingsError
from ..settings.readers import suggest_nearest
from .conditions import Condition, holds
from .template_parameters import Requirement, TemplateParameter

# https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/cloudformation-limits.html
MAX_INLINE = 51_200  # bytes of a template in a request
MAX_TEMPLATE = 1_000_000  # bytes of a template at a URL: 1 MB


@dataclass(frozen=True, slots=True, kw_only=True)
class SingleTemplate:
    """A template that deploys as it is, and what its tools have to know of it."""

    description: str
    parameters: Mapping[str, TemplateParameter]  # by name, in the order of the console
    requirements: tuple[Requirement, ...]  # what the parameters have to be together
    outputs: Mapping[str, Condition | None]  # by name; when there is one, None for always
    capabilities: tuple[str, ...]  # what a deploy has to acknowledge: roles, where a query runs as an alarm
    warnings: tuple[SettingFault, ...]  # settings without effect
    text: str  # JSON

    @property
    def size(self) -> int:
        """Bytes."""
        return len(self.text.encode())

    @property
    def fits_inline(self) -> bool:
        """Whether a request may hold it; else it is given by its URL."""
        return self.size <= MAX_INLINE

    def check_size(self) -> None:
        """Makes sure that CloudFormation takes the template by its URL.

        Raises:
            SettingsError: if it is too long.
        """
        if self.size > MAX_TEMPLATE:
            message = f"the template has {self.size:,} bytes, and CloudFormation takes {MAX_TEMPLATE:,}"
            raise SettingsError([SettingFault(f"{PREFIX}controls", message, "leave out some controls")])

    def complete(self, given: Mapping[str, str]) -> dict[str, str]:
        """Every parameter's value: what is given, or its default."""
        return {name: given.get(name, one.default) for name, one in self.parameters.items()}

    def list_outputs(self, given: Mapping[str, str]) -> list[str]:
        """Names of the outputs that there are with these parameters."""
        values = self.complete(given)
        return [name for name, when in self.outputs.items() if when is None or holds(when, values)]

    def find_faults(self, given: Mapping[str, str]) -> list[SettingFault]:
        """What a deploy would refuse of these parameters, by the parameter's name."""
        return list(self._find_misfits(given)) or list(self._find_unmet(self.complete(given)))

    def _find_misfits(self, given: Mapping[str, str]) -> Iterator[SettingFault]:
        for name in given:
            if name not in self.parameters:
                hint = suggest_nearest(name, self.parameters)
                yield SettingFault(name, "the template has no such parameter", hint)
        for name, value in given.items():
            if (known := self.parameters.get(name)) and (fault := known.find_fault(value)):
                yield fault

    def _find_unmet(self, values: Mapping[str, str]) -> Iterator[SettingFault]:
        for one in self.requirements:
            if not holds(one.condition, values):
                yield SettingFault(one.parameter, one.message, one.hint)
