"""What the compiler says of a query that no pattern can express."""

from __future__ import annotations

import pytest

from cis_insights import NotCompilable, parse_query
from cis_insights.compiler import compile_query


def refusal(text: str) -> tuple[str, str, str]:
    """The part of a query that is marked, what is said of it, and what to write instead."""
    with pytest.raises(NotCompilable) as caught:
        compile_query(parse_query(text))
    (fault,) = caught.value.faults
    return text[fault.span.start : fault.span.end], fault.message, fault.hint
