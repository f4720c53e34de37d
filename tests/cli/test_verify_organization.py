"""`cis-insights verify --organization`: many accounts at once, and those that cannot be entered."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest
from botocore.exceptions import ClientError
from click.testing import CliRunner, Result

from cis_insights.verification.trails import Place, Trail
from cis_insights.verification.verifier import Verification
from cli.main import main
from cli.verify.organization import Account, AccountVerdict, draw_accounts, verify_organization
from local_cloud import LocalCloud

from ..support.set_ups import ACCOUNT, TRAIL, catalogue, sound, verified, with_alarm

MANY = 200
REFUSED = ClientError({"Error": {"Code": "AccessDenied", "Message": "not you"}}, "AssumeRole")


class _Sessions:
    """An organization whose sessions are the accounts themselves; every fiftieth refuses."""

    def list_accounts(self) -> list[Account]:
        return [Account(f"{number:012}", f"team-{number}") for number in range(MANY)]

    def enter(self, account: Account) -> Account:
        if int(account.id) % 50 == 49:
            raise REFUSED
        return account


def member(feeds: str) -> Verification:
    """A member account, whose organization's trail delivers to another account."""
    group = f"arn:aws:logs:eu-west-1:{feeds}:log-group:cloudtrail:*"
    description = {**TRAIL.description, "IsOrganizationTrail": True, "CloudWatchLogsLogGroupArn": group}
    trail: Trail = replace(TRAIL, description=description, log_group=None)
    return verified(replace(sound(), place=Place("999988887777", "eu-west-1"), trails=(trail,), filters=()))


def test_two_hundred_accounts_are_verified_side_by_side_and_the_closed_ones_named() -> None:
    good, bad = verified(sound()), verified(with_alarm("vpc-changes", actions_enabled=False))
    seen: list[tuple[int, int]] = []
    found = verify_organization(
        _Sessions(),  # type: ignore[arg-type]
        lambda account: bad if int(account.id) % 10 == 1 else good,
        lambda done, total: seen.append((done, total)),
    )
    assert seen == [(number, MANY) for number in range(1, MANY + 1)]
    assert [one.account.id for one in found] == [f"{number:012}" for number in range(MANY)]
    lines = draw_accounts(found).splitlines()
    assert lines[0] == "account       name      controls  state"
    assert lines[1] == "000000000000  team-0    15 of 15  holds"
    assert lines[2] == "000000000001  team-1    14 of 15  falls short"
    assert lines[50] == "000000000049  team-49   -         not entered"
    assert lines[-1] == "200 accounts: 176 hold, 20 fall short, 4 were not entered"
    text = "\n".join(lines)
    assert "000000000001 team-1\n  falls short: vpc-changes\n" in text
    assert (
        "000000000049 team-49\n"
        "  An error occurred (AccessDenied) when calling the AssumeRole operation: not\n    you\n" in text
    )
    assert all(len(line) <= 80 for line in lines)


class _Two(_Sessions):
    def list_accounts(self) -> list[Account]:
        return [Account(ACCOUNT, "management"), Account("999988887777", "member")]

    def enter(self, account: Account) -> Account:
        return account


@pytest.mark.parametrize(
    ("management", "feeds", "state"),
    [
        (sound(), ACCOUNT, "covered"),
        (sound(), "444455556666", "falls short"),
        (with_alarm("vpc-changes", actions_enabled=False), ACCOUNT, "falls short"),
    ],
)
def test_a_member_is_covered_only_where_its_events_are_watched(
    management: Any, feeds: str, state: str
) -> None:
    answers = {ACCOUNT: verified(management), "999988887777": member(feeds)}
    found = verify_organization(_Two(), lambda account: answers[account.id], lambda *_: None)  # type: ignore[arg-type]
    assert found[1].state == state
    assert found[1].is_well is (state == "covered")


def test_names_of_accounts_are_inert() -> None:
    verdict = AccountVerdict(account=Account(ACCOUNT, "a\x1b[31m\nb"), reason="no")
    assert "\x1b" not in draw_accounts([verdict])
    assert (
        draw_accounts([verdict]).splitlines()[1] == "111122223333  a\ufffd[31m\ufffdb  -         not entered"
    )


# --- on the local cloud --------------------------------------------------------------------


@pytest.fixture(scope="module")
def cloud() -> Iterator[LocalCloud]:
    with LocalCloud() as running:
        running.client("organizations").create_account(Email="dev@example.com", AccountName="dev")
        yield running


@pytest.fixture
def environment(cloud: LocalCloud, monkeypatch: pytest.MonkeyPatch) -> LocalCloud:
    monkeypatch.setattr("cli.loading.load_catalogue", lambda *_: catalogue())
    for name, value in cloud.environment().items():
        if name.startswith("AWS_"):
            monkeypatch.setenv(name, value)
    return cloud


def verify(*arguments: str) -> Result:
    result = CliRunner().invoke(main, ["verify", *arguments])
    assert isinstance(result.exception, SystemExit | None), result.exception
    return result


def test_each_account_is_entered_by_the_role_and_is_a_line(environment: LocalCloud) -> None:
    result = verify("--organization", "--role", "audit", "--json")
    lines = [json.loads(line) for line in result.output.splitlines()]
    names = {one["name"]: one for one in lines}
    assert set(names) == {"Master Account", "dev"}
    assert names["Master Account"]["account"] == environment.account
    assert names["dev"]["account"] != environment.account
    assert {one["state"] for one in lines} == {"falls short"}
    assert len(names["dev"]["controls"]) == 15
    assert result.exit_code == 1


def test_options_that_do_not_belong_together_are_refused(environment: LocalCloud) -> None:
    for arguments, message in (
        (("--organization",), "--organization and --role NAME belong together"),
        (("--role", "audit"), "--organization and --role NAME belong together"),
        (("--organization", "--role", "a", "--format", "sarif"), "--organization prints text or --json"),
        (("--output", "x.json"), "--output is of --matcher"),
        (("--confirm", "token"), "--confirm needs --topic-arn, or the whole address that is in the mail"),
        (("--confirm", "token", "--topic-arn", "arn:aws:sqs:x:1:y"), "--confirm needs --topic-arn"),
    ):
        result = verify(*arguments)
        assert (result.exit_code, message in result.output) == (2, True), result.output


# --- a subscription that nobody else can end ------------------------------------------------


def test_a_subscription_is_confirmed_with_credentials(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[dict[str, str]] = []

    class Session:
        region_name = "eu-west-1"

        def client(self, service: str) -> Any:
            return self

        def confirm_subscription(self, **values: str) -> dict[str, str]:
            asked.append(values)
            return {"SubscriptionArn": f"{values['TopicArn']}:1"}

    opened: list[Any] = []
    monkeypatch.setattr("cli.loading.load_catalogue", lambda *_: catalogue())
    monkeypatch.setattr(
        "cli.verify.session.open_session", lambda options: opened.append(options) or Session()
    )
    topic = "arn:aws:sns:eu-west-1:111122223333:cis-alarms"
    address = f"https://sns.eu-west-1.amazonaws.com/confirmation.html?TopicArn={topic}&Token=2336&Endpoint=a"
    for arguments in ((address,), ("2336", "--topic-arn", topic)):
        result = verify("--confirm", *arguments)
        assert (result.output, result.exit_code) == (f"confirmed: {topic}:1\n", 0)
    assert asked == [{"TopicArn": topic, "Token": "2336", "AuthenticateOnUnsubscribe": "true"}] * 2
    assert {one.region for one in opened} == {"eu-west-1"}
