"""Plans of the shipped catalogue and of others, without the CDK."""

from __future__ import annotations

from functools import cache
from pathlib import Path

from cis_insights import Catalogue, load_catalogue
from stacks.deployed_control import Plan
from stacks.plan import plan
from stacks.settings import PREFIX, read_settings

BASE = {"log-group-name": "aws-controltower/CloudTrailLogs", "subscribers": "soc@example.com"}
HEADER = "# title: {title}\n# severity: low\n# alarm: 1 in 5m\n# why: W.\n# respond: R.\n"


@cache
def shipped() -> Catalogue:
    """The controls of this clone."""
    return load_catalogue()


def plan_with(catalogue: Catalogue | None = None, **values: object) -> Plan:
    """The plan with some settings; `control__key` is of one control."""
    chosen = catalogue or shipped()
    own = {key.replace("__", ":").replace("_", "-"): value for key, value in values.items()}
    context = {PREFIX + key: value for key, value in (BASE | own).items()}
    return plan(chosen, read_settings(context, chosen))


def add_controls(folder: Path, filters: dict[str, str]) -> Catalogue:
    """The shipped controls, and one for each filter, by its id."""
    for id, text in filters.items():
        (folder / f"{id}.cwli").write_text(HEADER.format(title=id) + text, encoding="utf-8")
    return Catalogue([*shipped().values(), *load_catalogue(folder).values()], [])
