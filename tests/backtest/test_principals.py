"""Who acted: people and roles, whatever kind of identity a record has."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from cis_insights.backtest.principals import Identity, fold, name_identity

NOBODY = {
    "type": None,
    "role": None,
    "arn": None,
    "service": None,
    "user": None,
    "account": None,
    "recipient": None,
}
RESERVED = (
    "arn:aws:iam::1:role/aws-reserved/sso.amazonaws.com/eu-west-1/AWSReservedSSO_Admin_0123456789abcdef"
)
ASSUMED = "arn:aws:sts::1:assumed-role"
USER = "arn:aws:iam::1:user"


def _identity(**known: str) -> Identity:
    return Identity(**{**NOBODY, **known})


def _session(role: str, session: str, **more: str) -> Identity:
    arn = f"{ASSUMED}/{role.rpartition('/')[2]}/{session}"
    return _identity(type="AssumedRole", role=role, arn=arn, account="1", recipient="1", **more)


@pytest.mark.parametrize(
    ("known", "kind", "name"),
    [
        ({"type": "Root", "account": "1"}, "root", "of 1"),
        ({"type": "Root"}, "root", "user"),
        ({"type": "IAMUser", "user": "bob", "arn": f"{USER}/x/bob"}, "user", "bob"),
        ({"type": "IAMUser", "arn": f"{USER}/x/bob"}, "user", "bob"),
        ({"type": "AWSService", "service": "config.amazonaws.com"}, "service", "config.amazonaws.com"),
        ({"type": "AWSAccount", "account": "2", "user": "AIDA"}, "account", "2"),
        ({"type": "AssumedRole", "arn": f"{ASSUMED}/ci/run-1"}, "role", "ci"),
        ({"type": "AssumedRole", "user": "AROA:x"}, "other", "AROA:x"),
        ({"type": "SAMLUser", "user": "idp:alice"}, "other", "idp:alice"),
        ({"type": "IdentityCenterUser", "user": "94482488-3041-7005"}, "other", "94482488-3041-7005"),
        ({"type": "WebIdentityUser"}, "other", "WebIdentityUser"),
        ({"type": "IAMUser", "user": "", "arn": ""}, "user", "unknown"),
        ({}, "other", "unknown"),
    ],
)
def test_an_identity_has_a_kind_and_a_name(known: dict[str, str], kind: str, name: str) -> None:
    assert name_identity(_identity(**known))[:2] == (kind, name)


def test_a_session_of_identity_center_is_a_person_by_the_path_of_its_role_only() -> None:
    assert name_identity(_session(RESERVED, "alice"))[:2] == ("person", "alice")
    for path in ("arn:aws:iam::1:role/AWSReservedSSO_Admin_0", "arn:aws:iam::1:role/sso.amazonaws.com/X"):
        assert name_identity(_session(path, "alice"))[0] == "role"


def test_sessions_of_a_role_are_folded_and_those_of_a_person_whatever_the_role() -> None:
    ci, other = "arn:aws:iam::1:role/ci", "arn:aws:iam::2:role/ci"
    rows: list[Any] = [(_session(ci, f"run-{n}"), 2, n, n + 1) for n in range(3)]
    elsewhere = replace(_session(other, "run-0"), account="2", recipient="2")
    rows += [(_session(ci, "run-0"), 1, 9, 9), (elsewhere, 1, 5, 5)]
    rows += [(_session(RESERVED + suffix, "alice"), 1, 4, 4) for suffix in ("a", "b")]
    found = [(one.label, one.events, one.first, one.last, one.key[0]) for one in fold(rows)]
    assert found == [
        ("role ci (3 sessions) of account 1", 7, 0, 9, ci),
        ("alice", 2, 4, 4, f"{ASSUMED}/AWSReservedSSO_Admin_0123456789abcdefa/alice"),
        ("role ci (1 session) of account 2", 1, 5, 5, other),
    ]


def test_whoever_is_of_another_account_is_shown_as_such() -> None:
    there = _identity(type="AWSService", service="x", account="2", recipient="1")
    here = _identity(type="IAMUser", user="bob", arn="b", account="1", recipient="1")
    assert [one.label for one in fold([(there, 2, 0, 0), (here, 1, 0, 0)])] == ["x of account 2", "bob"]


def test_users_of_one_name_are_told_apart_by_their_accounts() -> None:
    here = _identity(type="IAMUser", user="bob", arn=f"{USER}/bob", account="1", recipient="1")
    there = _identity(type="IAMUser", user="bob", arn="arn:aws:iam::2:user/bob", account="2", recipient="1")
    assert {one.label for one in fold([(here, 1, 0, 0), (there, 1, 0, 0)])} == {
        "bob of account 1",
        "bob of account 2",
    }
