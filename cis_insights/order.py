"""Which commands of a query may follow which.

https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/CWL_QuerySyntax-Dedup.html
https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/CWL_QuerySyntax-Stats.html#CWL_QuerySyntax-stats-multi
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from .errors import Span
from .syntax import Dedup, Limit, Sort, Stage, Stats

MAX_STATS = 10


def find_misplaced(stages: Sequence[Stage]) -> Iterator[tuple[str, Span, str]]:
    """Message, place and hint for each stage that AWS does not take where it stands."""
    totals = [place for place, stage in enumerate(stages) if isinstance(stage, Stats)]
    for place, stage in enumerate(stages):
        if isinstance(stage, Sort | Limit) and len(totals) > 1 and place < totals[-1]:
            hint = "put it at the end of the query"
            yield "sort and limit stand behind the last of several stats", stage.span, hint
        elif place in totals[MAX_STATS:]:
            yield f"a query has up to {MAX_STATS} stats", stage.span, "leave one out"
        elif not isinstance(stage, Limit) and any(isinstance(other, Dedup) for other in stages[:place]):
            yield "only limit may stand behind dedup", stage.span, "put dedup at the end of the query"
