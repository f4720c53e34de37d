"""`python -m tests.pin`: adds new names of the public interface to its files; none is ever taken away."""

from __future__ import annotations

import json
from pathlib import Path

from .synth import EXCLUDE, nested, resources, single_template, stack

HERE = Path(__file__).parent
PINNED = HERE / "logical_ids.txt"
TEMPLATE_NAMES = HERE / "template_names.txt"
EVERYTHING: dict[str, object] = {
    "cis_twins": "on",
    "extended": "all",
    "unauthorized-api-calls__exclude": EXCLUDE,
}


def deployed_ids() -> set[str]:
    """The ids of a deployment with everything turned on."""
    everything = stack(**EVERYTHING)
    return {*resources(everything), *nested(everything)}


def pinned_ids() -> set[str]:
    """The ids that must stay."""
    return set(PINNED.read_text(encoding="utf-8").split())


def template_names() -> set[str]:
    """Parameters, outputs and logical ids of the single template with everything turned on."""
    found = json.loads(single_template(**EVERYTHING))
    return {f"{part} {name}" for part in ("Parameters", "Outputs", "Resources") for name in found[part]}


def _add(path: Path, names: set[str]) -> None:
    kept = set(path.read_text(encoding="utf-8").splitlines()) if path.exists() else set()
    path.write_text("\n".join(sorted(kept | names)) + "\n", encoding="utf-8")


if __name__ == "__main__":
    _add(PINNED, deployed_ids())
    _add(TEMPLATE_NAMES, template_names())
