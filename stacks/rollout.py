"""To which accounts and Regions the single template goes, and how."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, fields
from functools import cached_property
from typing import Any, Literal

from . import parameters, references
from .settings import Fault, SettingsError
from .values import shown

CallAs = Literal["SELF", "DELEGATED_ADMIN"]
# https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/cloudformation-limits.html
MAX_INLINE = 51_200  # bytes
# https://docs.aws.amazon.com/AWSCloudFormation/latest/APIReference/API_CreateStackSet.html
_NAME = re.compile(r"[A-Za-z][A-Za-z0-9-]{0,127}")
_ACCOUNT = re.compile(r"[0-9]{12}")
_REGION = re.compile(r"[a-z]{2,}(-[a-z]+)+-[0-9]{1,2}")
# https://docs.aws.amazon.com/AWSCloudFormation/latest/APIReference/API_DeploymentTargets.html
_UNIT = re.compile(r"ou-[a-z0-9]{4,32}-[a-z0-9]{8,32}|r-[a-z0-9]{4,32}")


@dataclass(frozen=True, kw_only=True)
class Rollout:
    """Template, parameters and targets.

    Args:
        template: text of the single template.
        regions: home Regions of the trails, usually one.
        parameters: of the template, where they differ from its defaults.
        organizational_units: ids for stack sets, names or paths for Control Tower and Landing Zone
            Accelerator.
        accounts: within the units, or instead of them; ids, or names where the tool knows those.
        template_url: where the template is, an S3 object's https:// address.
        call_as: in the management account, or in one that administers stack sets for it.
        retain: keep the stack in an account that leaves the units.
        failure_tolerance: accounts in a Region that may fail before the rest is left.
        max_concurrent: accounts at one time, at most one more than may fail.

    Raises:
        SettingsError: with everything that does not fit.
    """

    template: str
    regions: tuple[str, ...]
    parameters: Mapping[str, str] = field(default_factory=dict)
    organizational_units: tuple[str, ...] = ()
    accounts: tuple[str, ...] = ()
    name: str = "cis-insights"
    template_url: str | None = None
    call_as: CallAs = "SELF"
    retain: bool = False
    failure_tolerance: int = 0
    max_concurrent: int = 1

    def __post_init__(self) -> None:
        if faults := [*self._faults(), *parameters.faults(self.parsed, self.parameters)]:
            raise SettingsError(faults)

    @cached_property
    def parsed(self) -> Mapping[str, Any]:
        """The template."""
        found: Mapping[str, Any] = json.loads(self.template)
        return found

    @property
    def complete(self) -> Mapping[str, str]:
        """Every parameter of the template, the defaults too."""
        return parameters.complete(self.parsed, self.parameters)

    @property
    def capabilities(self) -> list[str]:
        """What a deploy has to acknowledge: roles, where a query runs as an alarm."""
        kinds = {one["Type"] for one in self.parsed["Resources"].values()}
        return ["CAPABILITY_IAM"] if any(kind.startswith("AWS::IAM::") for kind in kinds) else []

    @property
    def outputs(self) -> list[str]:
        """Names of the outputs that there are with these parameters."""
        conditions = {name: one.get("Condition") for name, one in self.parsed["Outputs"].items()}
        return [
            name
            for name, condition in conditions.items()
            if condition is None or parameters.holds(self.parsed, {"Condition": condition}, self.complete)
        ]

    def stack_set_faults(self) -> list[Fault]:
        """What stack sets, whose permissions the organization manages, take no other way."""
        hint = "write ou-abcd-12345678, or r-abcd for all"
        found = [
            Fault("ou", f"{shown(unit)} is no id of a unit", hint)
            for unit in self.organizational_units
            if not _UNIT.fullmatch(unit)
        ]
        found += [
            Fault("account", f"{shown(account)} is no id of an account", "write its 12 digits")
            for account in self.accounts
            if not _ACCOUNT.fullmatch(account)
        ]
        if not self.organizational_units:
            found.append(Fault("ou", "none is named", hint))
        if len(self.template.encode()) > MAX_INLINE and not self.template_url:
            message = f"the template has more than the {MAX_INLINE:,} bytes that fit inline"
            found.append(
                Fault("template-url", message, "put it into a bucket and write its https:// address")
            )
        return found

    def _faults(self) -> Iterator[Fault]:
        for slot in fields(self):
            if slot.name != "template" and references.holding_reference(getattr(self, slot.name)):
                yield Fault(slot.name.replace("_", "-"), references.MESSAGE, references.HINT)
        if not _NAME.fullmatch(self.name):
            yield Fault(
                "name",
                f"{shown(self.name)} does not fit",
                "write letters, digits and -, such as cis-insights",
            )
        if not self.regions:
            yield Fault("region", "none is named", "write the trail's home Region")
        for region in self.regions:
            if not _REGION.fullmatch(region):
                yield Fault("region", f"{shown(region)} is no Region", "write, for example: eu-west-1")
        if not (self.organizational_units or self.accounts):
            yield Fault("ou", "no unit and no account is named", "name one of them")
        if not 1 <= self.max_concurrent <= self.failure_tolerance + 1:
            message = f"{self.max_concurrent} at one time, and {self.failure_tolerance} may fail"
            yield Fault("max-concurrent", message, "write at least 1, and at most one more than may fail")
