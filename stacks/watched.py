"""One control as it is deployed."""

from __future__ import annotations

from dataclasses import dataclass

from cis_insights import Control
from cis_insights.header import Severity


@dataclass(frozen=True, slots=True, kw_only=True)
class Watched:
    """One control as it is deployed: its exclusions in the query, its settings applied."""

    control: Control
    severity: Severity
    threshold: int  # events
    period: int  # seconds
    exact_twin: str | None = None  # Security Hub's text, where the control itself excludes something
    cis_twin: str | None = None  # CIS's own text, where it differs from Security Hub's

    @property
    def twins(self) -> dict[str, str]:
        """Pattern texts that an auditor looks for and nobody is paged by, by a name for each."""
        twins = {"exact": self.exact_twin, "cis": self.cis_twin}
        return {name: text for name, text in twins.items() if text is not None}
