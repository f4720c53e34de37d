"""A record that a control counts and that nobody's call made: only for those who ask for forged records."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any
from uuid import uuid4

from cis_insights import Control
from cis_insights.verification.proofs import prepare_subject

from .marks import Marks

FORGED = "forged by a drill, nobody made this call"


class Unforgeable(ValueError):
    """No record of this kind could be found that the control counts."""


def forge_record(control: Control, marks: Marks, now: datetime) -> dict[str, Any]:
    """The prover's smallest event of a control, made a whole record as far as it stays one.

    It says in the user agent, and wherever the control does not ask for something else, that it is forged.

    Raises:
        Unforgeable: if the control counts none of the records that are tried.
    """
    witness = prepare_subject(control).example
    for base in _list_bases(marks, now):
        record = _merge(base, witness)
        marked = marks.id in str(record.get("userAgent"))
        if marked and control.query.matches(record) and any(one.matches(record) for one in control.patterns):
            return record
    raise Unforgeable(f"no record with the drill's name in it is one of {control.id}")


def _list_bases(marks: Marks, now: datetime) -> Iterator[dict[str, Any]]:
    """A whole record of a user's call, and the marks alone."""
    least = {
        "eventTime": now.strftime("%Y-%m-%dT%H:%M:%SZ"),
        "userAgent": f"{marks.id} ({FORGED})",
        "eventID": str(uuid4()),
    }
    user = {"type": "IAMUser", "accountId": marks.account, "userName": marks.id}
    yield {
        "eventVersion": "1.11",
        "userIdentity": user,
        "eventSource": "drill.invalid",
        "eventName": "Drill",
        "awsRegion": marks.region,
        "sourceIPAddress": "192.0.2.1",  # for documentation: https://www.rfc-editor.org/rfc/rfc5737
        "eventType": "AwsApiCall",
        "managementEvent": True,
        "recipientAccountId": marks.account,
        "eventCategory": "Management",
        **least,
    }
    yield least


def _merge(base: Mapping[str, Any], over: Mapping[str, Any]) -> dict[str, Any]:
    both = dict(base)
    for name, value in over.items():
        known = both.get(name)
        is_map = isinstance(known, Mapping) and isinstance(value, Mapping)
        both[name] = _merge(known, value) if is_map else value  # type: ignore[arg-type]
    return both


def write_record(record: Mapping[str, Any]) -> str:
    """A record as CloudTrail writes it: on one line."""
    return json.dumps(record, separators=(",", ":"))
