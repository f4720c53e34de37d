"""The settings that `cis-insights plan` plans with: those of `cdk.json`, and of `-c` before them."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from cis_insights import Catalogue, load_catalogue
from cis_insights.catalogue import built_in
from cis_insights.catalogue.header import SEVERITIES
from cis_insights.errors import printable

from . import siblings
from .error_handling import CommandError
from .template import split_pair

if TYPE_CHECKING:
    from stacks.deployed_control import Plan
    from stacks.settings import Settings

CDK_JSON = Path("cdk.json")
_REMARKS = {
    "log-group-name": "the log group; cis-insights doctor finds it",
    "subscribers": "whom to notify: cis-insights:subscribers (the key of their topic costs $1.00 a month)"
    " or cis-insights:topic-arn",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Planned:
    """A plan, and the catalogue that it was made of."""

    catalogue: Catalogue
    plan: Plan
    not_set: tuple[str, ...]  # keys without which nothing is deployed

    @property
    def remarks(self) -> tuple[str, ...]:
        """What is missing before this can be deployed."""
        return tuple(_REMARKS[key] for key in self.not_set)


def plan_folders(folders: Sequence[Path], options: Sequence[str]) -> Planned:
    """What is deployed of control files.

    Args:
        folders: in place of the built-in controls.
        options: settings as `key=value`, with or without `cis-insights:`; they go before `cdk.json`'s.

    Raises:
        CommandError: if settings cannot be read or used.
        QueryError: with the faults of control files and exclusions.
    """
    settings = siblings.settings
    given = dict(map(split_pair, options))
    context = _read_cdk_json() | {
        settings.PREFIX + key.removeprefix(settings.PREFIX): value for key, value in given.items()
    }
    try:
        own = map(Path, settings.read_query_folders(context))
        catalogue = load_catalogue(*(folders or [built_in()]), *own)
        chosen = settings.read_settings(context, catalogue, is_complete=False)
        not_set = tuple(_list_missing(chosen))
        plan = siblings.plan.plan(catalogue, chosen, notifies="subscribers" not in not_set)
    except settings.SettingsError as error:
        raise CommandError(str(error)) from None
    return Planned(catalogue=catalogue, plan=plan, not_set=not_set)


def _read_cdk_json() -> dict[str, object]:
    """The context of the `cdk.json` in this folder, if there is one."""
    if not CDK_JSON.is_file():
        return {}
    try:
        context = json.loads(CDK_JSON.read_text(encoding="utf-8")).get("context", {})
    except (ValueError, AttributeError, RecursionError) as error:
        raise CommandError(f"{CDK_JSON}: error: {printable(str(error))}\n    hint: write JSON") from None
    if not isinstance(context, dict):
        raise CommandError(f"{CDK_JSON}: error: its context is not an object\n    hint: write {{..}}")
    return context


def _list_missing(settings: Settings) -> Iterator[str]:
    """Keys that each deployment has to have, and these settings do not."""
    if not settings.log_group_name:
        yield "log-group-name"
    if not any(map(settings.topics_of, SEVERITIES)):
        yield "subscribers"
