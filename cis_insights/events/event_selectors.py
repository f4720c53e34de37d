"""Which events the event selectors of a trail take, basic or advanced.

https://docs.aws.amazon.com/awscloudtrail/latest/APIReference/API_EventSelector.html
https://docs.aws.amazon.com/awscloudtrail/latest/APIReference/API_AdvancedFieldSelector.html
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

Selector = Mapping[str, Any]

_TESTS: dict[str, Callable[[str, str], bool]] = {
    "Equals": str.__eq__,
    "StartsWith": str.startswith,
    "EndsWith": str.endswith,
}


def selects(selectors: Sequence[Selector], record: Mapping[str, Any]) -> bool:
    """Whether event selectors take a management event."""
    return any(_advanced(s, record) if "FieldSelectors" in s else _basic(s, record) for s in selectors)


def _basic(selector: Selector, record: Mapping[str, Any]) -> bool:
    wanted = {"All": (True, False), "ReadOnly": (True,), "WriteOnly": (False,)}[
        selector.get("ReadWriteType", "All")
    ]
    excluded = record["eventSource"] in selector.get("ExcludeManagementEventSources", ())
    is_management: bool = selector.get("IncludeManagementEvents", True)
    return is_management and record["readOnly"] in wanted and not excluded


def _advanced(selector: Selector, record: Mapping[str, Any]) -> bool:
    return all(_field(field, _text(record.get(field["Field"]))) for field in selector["FieldSelectors"])


def _text(value: object) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value or "")


def _field(field: Selector, value: str) -> bool:
    """A positive test holds for any of its values, a `Not` for none of them."""
    for name, test in _TESTS.items():
        if name in field and not any(test(value, item) for item in field[name]):
            return False
        if any(test(value, item) for item in field.get(f"Not{name}", [])):
            return False
    return True
