"""What counts as a column that is empty although the record names something."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from dev.columns import EVERYTHING, MOST, main, measure, names_in, renew
from dev.cross_check import CORPUS, read_records

RECORD: dict[str, Any] = {
    "eventName": "X",
    "recipientAccountId": "111122223333",
    "userIdentity": {"type": "Root"},
}


@pytest.mark.parametrize(
    ("column", "record", "names"),
    [
        ("user", {"userIdentity": {"type": "Unknown", "arn": ""}}, []),
        ("user", {"userIdentity": {"type": "X", "onBehalfOf": {"userId": "u-1"}}}, ["u-1"]),
        ("target", {"requestParameters": {"maxResults": 5, "clientToken": "a-b"}}, []),
        (
            "target",
            {"requestParameters": {"set": [{"roleName": "r"}], "thing": "arn:aws:s3:::b"}},
            ["r", "arn:aws:s3:::b"],
        ),
        ("target", {"errorMessage": "denied"}, ["denied"]),
        ("account", {"userIdentity": {"accountId": "1"}}, ["1"]),
        ("account", {}, []),
    ],
)
def test_what_could_fill_a_column_is_found_without_a_query(
    column: str, record: dict[str, Any], names: list[str]
) -> None:
    assert names_in(record, column) == names


def test_an_empty_column_counts_only_where_the_record_names_something() -> None:
    named = RECORD | {"requestParameters": {"lookupAttributes": [{"attributeKey": "K"}]}, "requestID": "r"}
    found = measure(
        EVERYTHING, [RECORD, named, RECORD | {"requestParameters": {"roleName": "r"}, "requestID": "r"}]
    )
    assert (found.rows, found.nameable["target"], found.empty["target"]) == (3, 2, 1)
    assert (found.share("target"), found.share("account"), found.share("user")) == (0.5, 0.0, 0.0)


def test_the_status_says_whether_too_many_are_empty(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "records.jsonl"
    file.write_text(json.dumps(RECORD | {"requestParameters": {"roleName": "r"}, "requestID": "r"}))
    assert main([str(file)]) == 0
    file.write_text(json.dumps(RECORD | {"requestParameters": {"attributeKey": "K"}, "requestID": "r"}))
    assert main([str(file)]) == 1
    assert "every record  1     0 (0.0%)  1 (100.0%)  0 (0.0%)" in capsys.readouterr().out


def test_older_common_columns_are_written_anew() -> None:
    older = EVERYTHING.replace("userIdentity.credentialId", "userIdentity.arn").replace(
        "user, role,", "user,"
    )
    assert older != EVERYTHING
    assert renew(older) == EVERYTHING
    assert renew(EVERYTHING) == EVERYTHING


@pytest.mark.skipif(not CORPUS.exists(), reason=f"no recorded events at {CORPUS}")
def test_recorded_events_say_who_on_what_and_in_which_account() -> None:
    events, _ = read_records([str(CORPUS)])
    found = measure(EVERYTHING, events[::5])
    assert {column: found.share(column) <= MOST for column in found.empty} == dict.fromkeys(found.empty, True)
