"""Settings with a dynamic reference in one of their texts: it would be deployed as what it refers to."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import fields, is_dataclass

from cis_insights.catalogue.references import holds_reference

MESSAGE = "CloudFormation would put the value that this refers to in its place, a secret for instance"
HINT = "write the text itself"
_MAX_DEPTH = 6  # ours; settings are lists and objects of texts


def contains_reference(value: object, *, or_token: bool = False, depth: int = _MAX_DEPTH) -> bool:
    """Whether any text of a setting holds a dynamic reference, or a token of the CDK."""
    if isinstance(value, str):
        return holds_reference(value, or_token=or_token)
    return depth > 0 and any(
        contains_reference(part, or_token=or_token, depth=depth - 1) for part in _split(value)
    )


def _split(value: object) -> Iterator[object]:
    match value:
        case Mapping():
            yield from (*value.keys(), *value.values())
        case list() | tuple():
            yield from value
        case _ if is_dataclass(value):
            yield from (getattr(value, slot.name) for slot in fields(value))
        case _:
            pass
