"""Drills of the sound set-up, planned but not run."""

from __future__ import annotations

from datetime import UTC, datetime

from cis_insights.verification.model import SetUp
from cis_insights.verification.verifier import verify
from cli.drill.answers import Answering
from cli.drill.marks import Marks
from cli.drill.plan import DrillPlan, make_plan
from cli.drill.report import Outcome
from cli.drill.targets import find_targets
from cli.drill.trial import Mode

from .set_ups import ACCOUNT, NOW, REGION, TOPIC, VERSION, catalogue, sound

MARKS = Marks(token="0123456789abcdef" * 2, partition="aws", account=ACCOUNT, region=REGION)
ANSWERED = Answering(("",), (TOPIC,))


def plan(
    *only: str, setup: SetUp | None = None, modes: tuple[Mode, ...] = ("calls",), answered: bool = True
) -> DrillPlan:
    """The drill of some controls of a set-up; of all without any."""
    targets, lost = find_targets(verify(setup or sound(), catalogue(), VERSION, NOW, only), only)
    return make_plan(targets, lost, modes, ANSWERED if answered else Answering())


def outcome(
    planned: DrillPlan, *, left: tuple[str, ...] = (), modes: tuple[Mode, ...] = ("calls",)
) -> Outcome:
    """A drill of twenty minutes, whatever its trials saw."""
    return Outcome(
        marks=MARKS,
        modes=modes,
        started=datetime(2026, 11, 25, 12, 0, tzinfo=UTC),
        finished=datetime(2026, 11, 25, 12, 20, tzinfo=UTC),
        trials=planned.trials,
        undrilled=planned.undrilled,
        left=left,
    )
