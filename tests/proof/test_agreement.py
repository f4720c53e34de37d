"""Query, pattern, SQL and proof agree with brute force on generated conditions and events."""

from __future__ import annotations

import pytest
from hypothesis import Phase

from ..support.agreement import PROPERTIES, Property, hold


@pytest.mark.parametrize("rule", PROPERTIES, ids=lambda rule: rule.__name__)
def test_all_engines_agree(rule: Property) -> None:
    hold(rule, Phase.generate, Phase.shrink)
