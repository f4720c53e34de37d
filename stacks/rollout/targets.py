"""To which accounts and Regions the single template goes, and how."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, fields
from typing import Literal

from ..settings import SettingFault, SettingsError, references
from ..settings.readers import show
from ..single_template.single_template import MAX_INLINE, SingleTemplate

CallAs = Literal["SELF", "DELEGATED_ADMIN"]
# https://docs.aws.amazon.com/AWSCloudFormation/latest/APIReference/API_CreateStackSet.html
_NAME = re.compile(r"[A-Za-z][A-Za-z0-9-]{0,127}")
_ACCOUNT = re.compile(r"[0-9]{12}")
_REGION = re.compile(r"[a-z]{2,}(-[a-z]+)+-[0-9]{1,2}")
# https://docs.aws.amazon.com/AWSCloudFormation/latest/APIReference/API_DeploymentTargets.html
_UNIT = re.compile(r"ou-[a-z0-9]{4,32}-[a-z0-9]{8,32}|r-[a-z0-9]{4,32}")

_ADDRESS = "write what `cis-insights template --upload s3://BUCKET/KEY` prints"


@dataclass(frozen=True, slots=True, kw_only=True)
class Rollout:
    """Template, parameters and targets.

    Args:
        template: the single template.
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

    template: SingleTemplate
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
        if faults := [*self._find_faults(), *self.template.find_faults(self.parameters)]:
            raise SettingsError(faults)

    def find_stack_set_faults(self) -> list[SettingFault]:
        """What stack sets, whose permissions the organization manages, take no other way."""
        hint = "write ou-abcd-12345678, or r-abcd for all"
        found = [
            SettingFault("ou", f"{show(unit)} is not the id of a unit", hint)
            for unit in self.organizational_units
            if not _UNIT.fullmatch(unit)
        ]
        found += [
            SettingFault("account", f"{show(account)} is not the id of an account", "write its 12 digits")
            for account in self.accounts
            if not _ACCOUNT.fullmatch(account)
        ]
        if not self.organizational_units:
            found.append(SettingFault("ou", "none is named", hint))
        if self.template_url and not self.template_url.startswith("https://"):
            message = f"{show(self.template_url)} is not an https:// address"
            found.append(SettingFault("template-url", message, _ADDRESS))
        return found

    def check_stack_set(self) -> None:
        """What a stack set takes that is made of text alone.

        Raises:
            SettingsError: with everything it does not take.
        """
        if faults := [*self.find_stack_set_faults(), *self._find_inline_faults()]:
            raise SettingsError(faults)

    def _find_inline_faults(self) -> list[SettingFault]:
        """That the template has to be at a URL, where it is given neither by that nor as a file."""
        if self.template_url or self.template.fits_inline:
            return []
        message = f"the template has {self.template.size:,} bytes, and {MAX_INLINE:,} fit inline"
        return [
            SettingFault("template-url", message, f"{_ADDRESS}; or put it there and use it at once: --upload")
        ]

    def _find_faults(self) -> Iterator[SettingFault]:
        for slot in fields(self):
            if slot.name != "template" and references.contains_reference(getattr(self, slot.name)):
                yield SettingFault(slot.name.replace("_", "-"), references.MESSAGE, references.HINT)
        if not _NAME.fullmatch(self.name):
            yield SettingFault(
                "name",
                f"{show(self.name)} does not fit",
                "write letters, digits and -, such as cis-insights",
            )
        if not self.regions:
            yield SettingFault("region", "none is named", "write the trail's home Region")
        for region in self.regions:
            if not _REGION.fullmatch(region):
                yield SettingFault(
                    "region", f"{show(region)} is not a Region", "write, for example: eu-west-1"
                )
        if not (self.organizational_units or self.accounts):
            yield SettingFault("ou", "no unit and no account is named", "name one of them")
        if not 1 <= self.max_concurrent <= self.failure_tolerance + 1:
            message = f"{self.max_concurrent} at one time, and {self.failure_tolerance} may fail"
            yield SettingFault(
                "max-concurrent", message, "write at least 1, and at most one more than may fail"
            )
