"""The settings that `cis-insights plan` plans with: those of `cdk.json`, and of `-c` before them."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from cis_insights import Catalogue, load_catalogue
from cis_insights.catalogue import built_in
from cis_insights.errors import printable

from .siblings import stacks

if TYPE_CHECKING:
    from stacks.deployed_control import Plan

CDK_JSON = Path("cdk.json")
# Stand for what is not set yet, so that the rest can be planned.
_STANDING_IN = {"log-group-name": "not-set", "subscribers": "not-set@example.invalid"}
_REMARKS = {
    "log-group-name": "the log group; cis-insights doctor finds it",
    "subscribers": "whom to notify; cis-insights:subscribers or cis-insights:topic-arn",
}


class PlanError(Exception):
    """Settings cannot be read; the message says why."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Planned:
    """A plan, and what it was made of."""

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
        PlanError: if settings cannot be read or used.
        QueryError: with the faults of control files and exclusions.
    """
    reader, planner = stacks("settings"), stacks("plan")
    prefix = reader.PREFIX
    context = {**_of_file(), **{_full(key, prefix): value for key, value in map(_pair, options)}}
    not_set = tuple(_not_set(context, prefix))
    context |= {prefix + key: _STANDING_IN[key] for key in not_set}
    try:
        own = map(Path, reader.query_folders(context))
        catalogue = load_catalogue(*(folders or [built_in()]), *own)
        settings = reader.Settings.from_context(context, catalogue)
        return Planned(catalogue=catalogue, plan=planner.plan(catalogue, settings), not_set=not_set)
    except reader.SettingsError as error:
        raise PlanError(str(error)) from None


def _of_file() -> dict[str, object]:
    """The context of the `cdk.json` in this folder, if there is one."""
    if not CDK_JSON.is_file():
        return {}
    try:
        context = json.loads(CDK_JSON.read_text(encoding="utf-8")).get("context", {})
    except (ValueError, AttributeError, RecursionError) as error:
        raise PlanError(f"{CDK_JSON}: error: {printable(str(error))}\n    hint: write JSON") from None
    if not isinstance(context, dict):
        raise PlanError(f"{CDK_JSON}: error: its context is not an object\n    hint: write {{..}}")
    return context


def _pair(text: str) -> tuple[str, str]:
    key, equals, value = text.partition("=")
    if not equals:
        raise PlanError(f"{printable(text)}: error: no value\n    hint: write key=value")
    return key, value


def _full(key: str, prefix: str) -> str:
    return prefix + key.removeprefix(prefix)


def _not_set(context: Mapping[str, object], prefix: str) -> list[str]:
    """What each deployment has to say, and this context does not."""
    keys = stacks("settings.settings")
    given = {key.removeprefix(prefix) for key, value in context.items() if value and key.startswith(prefix)}
    way = stacks("settings.trail_modes").WAYS.get(context.get(f"{prefix}trail", "existing"))
    names_group = (
        "log-group-name" in given or (way and way.log_group) or context.get(f"{prefix}trail") == "new"
    )
    told = given & {"subscribers", "topic-arn", *keys.SEVERITY_KEYS}
    return [*([] if names_group else ["log-group-name"]), *([] if told else ["subscribers"])]
