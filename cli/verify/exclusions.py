"""What a template says that an alarm leaves out: the metadata of its resource.

https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/aws-attribute-metadata.html
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import date
from typing import Any

from cis_insights.verification.model import DeclaredExclusion

KEY = "cis-insights:exclusions"  # as stacks/metric_alarm.py writes it
_MOST = 100  # ours; a pattern has no room for more


def read_exclusions(resource: Mapping[str, Any]) -> tuple[DeclaredExclusion, ...]:
    """The exclusions of an alarm; what is not in their form is none, and its events have to count.

    Args:
        resource: of a template.
    """
    metadata = resource.get("Metadata")
    found = metadata.get(KEY) if isinstance(metadata, Mapping) else None
    return tuple(_read_all(found[:_MOST])) if isinstance(found, list) else ()


def _read_all(found: list[Any]) -> Iterator[DeclaredExclusion]:
    for one in found:
        texts = (
            {key: one.get(key) for key in ("condition", "why", "owner")} if isinstance(one, Mapping) else {}
        )
        if texts.get("condition") and all(isinstance(text, str | None) for text in texts.values()):
            given = {key: text for key, text in texts.items() if text}
            yield DeclaredExclusion(**given, until=_read_date(one.get("until")))


def _read_date(value: object) -> date | None:
    try:
        return date.fromisoformat(str(value)) if value else None
    except ValueError:
        return None
