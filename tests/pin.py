"""`python -m tests.pin`: adds new logical ids to `logical_ids.txt`; none is ever taken away."""

from __future__ import annotations

from pathlib import Path

from .synth import EXCLUDE, nested, resources, stack

PINNED = Path(__file__).parent / "logical_ids.txt"


def deployed_ids() -> set[str]:
    """The ids of a deployment with everything turned on."""
    everything = stack(cis_twins="on", extended="all", **{"unauthorized-api-calls__exclude": EXCLUDE})
    return {*resources(everything), *nested(everything)}


def pinned_ids() -> set[str]:
    """The ids that must stay."""
    return set(PINNED.read_text(encoding="utf-8").split())


if __name__ == "__main__":
    PINNED.write_text("\n".join(sorted(pinned_ids() | deployed_ids())) + "\n", encoding="utf-8")
