"""Forged records: each is one of its control, and says that it is forged."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from cis_insights.events import read_event
from cli.drill.forged import FORGED, Unforgeable, forge_record, write_record

from ..support.control_files import Write
from ..support.drills import MARKS
from ..support.set_ups import ACCOUNT, catalogue

NOW = datetime(2026, 11, 25, 12, 0, 7, tzinfo=UTC)
COUNTED = [one for one in catalogue().values() if one.is_alarm and one.patterns]


@pytest.mark.parametrize("control", COUNTED, ids=lambda one: one.id)
def test_a_forged_record_is_counted_once_and_says_that_it_is_forged(control) -> None:  # type: ignore[no-untyped-def]
    text = write_record(forge_record(control, MARKS, NOW))
    record = read_event(text)
    assert record is not None and "\n" not in text
    assert control.query.matches(record)
    assert sum(pattern.matches(record) for pattern in control.patterns) == 1
    assert record["userAgent"] == f"{MARKS.id} ({FORGED})"
    assert record["eventTime"] == "2026-11-25T12:00:07Z"


def test_it_is_a_whole_record_where_the_control_leaves_that_open() -> None:
    record = forge_record(catalogue()["vpc-changes"], MARKS, NOW)
    assert record["eventName"] in ("CreateVpc", "DeleteVpc", "AcceptVpcPeeringConnection")
    assert record["userIdentity"] == {"type": "IAMUser", "accountId": ACCOUNT, "userName": MARKS.id}
    assert record["sourceIPAddress"] == "192.0.2.1"


def test_two_records_have_two_ids() -> None:
    control = catalogue()["vpc-changes"]
    assert len({forge_record(control, MARKS, NOW)["eventID"] for _ in range(2)}) == 2


def test_a_control_that_asks_for_the_user_agent_cannot_be_forged_unseen(write: Write) -> None:
    from cis_insights import load_catalogue  # noqa: PLC0415

    folder = write('filter eventName = "Drill" and userAgent = "curl"\n| display @timestamp')
    (control,) = load_catalogue(folder).values()
    with pytest.raises(Unforgeable, match="no record with the drill's name in it is one of some-control"):
        forge_record(control, MARKS, NOW)
