"""A slip in a query whose pattern is prescribed is refused by the catalogue: every single one is tried."""

from __future__ import annotations

from pathlib import Path

import pytest

from cis_insights import Control, load_catalogue
from dev.mutants import Mutant, find_fate, find_first_filter, list_mutants, select_prescribed

EVENTS = Path("tests/events")
CONTROLS = select_prescribed(load_catalogue().values())


@pytest.mark.parametrize("control", CONTROLS, ids=lambda control: control.id)
def test_every_single_slip_is_refused_before_anything_is_deployed(control: Control, tmp_path: Path) -> None:
    condition = find_first_filter(control).condition
    assert find_fate(control, Mutant("none", condition), tmp_path, EVENTS) == "equal"
    tried = list(list_mutants(condition))
    assert len(tried) >= 3
    fates = {str(mutant): find_fate(control, mutant, tmp_path, EVENTS) for mutant in tried}
    assert [mutant for mutant, became in fates.items() if became not in ("refused", "equal")] == []
    assert list(fates.values()).count("equal") <= 1
