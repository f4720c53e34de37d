"""All accounts of an organization, each entered by a role, side by side.

https://docs.aws.amazon.com/organizations/latest/APIReference/API_ListAccounts.html
https://docs.aws.amazon.com/STS/latest/APIReference/API_AssumeRole.html
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor, as_completed
from dataclasses import dataclass, replace
from typing import Any, Literal

import boto3  # type: ignore[import-untyped]  # boto3 has no types
import botocore.session  # type: ignore[import-untyped]
from botocore.exceptions import BotoCoreError, ClientError  # type: ignore[import-untyped]

from cis_insights.errors import printable
from cis_insights.verification.verifier import Verification

from ..layout import align, wrap
from ..terminal import measure_prose, measure_width

WORKERS = 16
Verify = Callable[[Any], Verification]
State = Literal["holds", "covered", "falls short", "not entered"]

_STATES: Mapping[State, str] = {
    "holds": "hold",
    "covered": "are covered",
    "falls short": "fall short",
    "not entered": "were not entered",
}


@dataclass(frozen=True, slots=True, order=True)
class Account:
    """An account of the organization."""

    id: str
    name: str


@dataclass(frozen=True, slots=True, kw_only=True)
class AccountVerdict:
    """What was found of an account, or why it could not be entered."""

    account: Account
    found: Verification | None = None
    reason: str = ""  # why nothing was found
    covered_by: str = ""  # the account whose monitoring holds and has the events of this one, too

    @property
    def state(self) -> State:
        """What it comes to."""
        if self.found is None:
            return "not entered"
        if self.found.holds:
            return "holds"
        return "covered" if self.covered_by else "falls short"

    @property
    def is_well(self) -> bool:
        """Whether the events of this account raise alarms, here or elsewhere."""
        return self.state in ("holds", "covered")


class Sessions:
    """Sessions of boto3 in other accounts; they share what botocore reads from files.

    Args:
        session: in the organization's management account, or in one that administers it.
        role: that is assumed in each other account.
    """

    def __init__(self, session: Any, role: str) -> None:
        self._session, self._role = session, role
        self._sts = session.client("sts")
        identity = self._sts.get_caller_identity()
        self._own, self._partition = identity["Account"], identity["Arn"].split(":")[1]
        self._loader = botocore.session.get_session().get_component("data_loader")

    def list_accounts(self) -> list[Account]:
        """The accounts of the organization that are active."""
        pages = self._session.client("organizations").get_paginator("list_accounts").paginate()
        found = (one for page in pages for one in page["Accounts"])
        return sorted(Account(one["Id"], one["Name"]) for one in found if one["Status"] == "ACTIVE")

    def enter(self, account: Account) -> Any:
        """A session in an account.

        Raises:
            botocore.exceptions.ClientError: if the role cannot be assumed.
        """
        if account.id == self._own:
            return self._session
        arn = f"arn:{self._partition}:iam::{account.id}:role/{self._role}"
        given = self._sts.assume_role(RoleArn=arn, RoleSessionName="cis-insights-verify")["Credentials"]
        core = botocore.session.get_session()
        core.register_component("data_loader", self._loader)
        core.set_credentials(given["AccessKeyId"], given["SecretAccessKey"], given["SessionToken"])
        return boto3.session.Session(botocore_session=core, region_name=self._session.region_name)


def verify_organization(
    sessions: Sessions, verify: Verify, progress: Callable[[int, int], None]
) -> list[AccountVerdict]:
    """Verifies each account, several at a time, in the order of their ids.

    Args:
        verify: what is done in each, with its session.
        progress: called with the number of accounts that are done, and of all.
    """
    accounts = sessions.list_accounts()
    with ThreadPoolExecutor(WORKERS) as pool:
        tasks = [pool.submit(_verify_account, sessions, account, verify) for account in accounts]
        for done, _ in enumerate(as_completed(tasks), 1):
            progress(done, len(accounts))
    return _add_coverage([task.result() for task in tasks])


def _verify_account(sessions: Sessions, account: Account, verify: Verify) -> AccountVerdict:
    try:
        return AccountVerdict(account=account, found=verify(sessions.enter(account)))
    except (BotoCoreError, ClientError) as error:
        return AccountVerdict(account=account, reason=printable(str(error)))


def _add_coverage(verdicts: Sequence[AccountVerdict]) -> list[AccountVerdict]:
    """A member's events may be watched where its organization's trail delivers them."""
    holding = {one.account.id for one in verdicts if one.found and one.found.holds}
    return [replace(one, covered_by=_find_coverage(one, holding)) for one in verdicts]


def _find_coverage(verdict: AccountVerdict, holding: set[str]) -> str:
    trails = verdict.found.trails if verdict.found else ()
    for one in trails:
        place = one.trail.feeds
        if one.trail.description.get("IsOrganizationTrail") and place and place.account in holding:
            return place.account
    return ""


def draw_accounts(verdicts: Sequence[AccountVerdict]) -> str:
    """A row for each account, and below why the others could not be entered, or fall short."""
    rows = [("account", "name", "controls", "state"), *map(_write_row, verdicts)]
    parts = ["\n".join(align(rows, measure_width())), *_draw_reasons(verdicts), _draw_sum(verdicts)]
    return "\n\n".join(part for part in parts if part)


def _write_row(one: AccountVerdict) -> tuple[str, ...]:
    state = f"covered by {one.covered_by}" if one.state == "covered" else one.state
    return one.account.id, printable(one.account.name), _count_controls(one.found), state


def _count_controls(found: Verification | None) -> str:
    if found is None:
        return "-"
    required = [one for one in found.controls if one.section]
    return f"{sum(one.holds for one in required)} of {len(required)}"


def _draw_reasons(verdicts: Sequence[AccountVerdict]) -> Iterator[str]:
    for one in verdicts:
        lines = [one.reason] if one.reason else list(_list_faults(one)) if not one.is_well else []
        wrapped = [line for text in lines for line in _wrap(text)]
        if wrapped:
            yield "\n".join([f"{one.account.id} {printable(one.account.name)}", *wrapped])


def _wrap(text: str) -> list[str]:
    return wrap(text, measure_prose(), first="  ", rest="    ")


def _list_faults(one: AccountVerdict) -> Iterator[str]:
    """Errors of trails, and the controls that do not hold."""
    found = one.found
    if found is None:
        return
    for trail in found.trails:
        yield from (
            f"trail {printable(trail.trail.name)} {printable(each.text)}"
            for each in trail.findings
            if each.level == "error"
        )
    if not found.trails:
        yield "no trail records this account"
    if short := [control.control.id for control in found.controls if not control.holds]:
        every = len(short) == len(found.controls)
        yield f"falls short: {'every control' if every else ', '.join(short)}"


def _draw_sum(verdicts: Sequence[AccountVerdict]) -> str:
    found = Counter(one.state for one in verdicts)
    counts = ", ".join(f"{found[state]} {words}" for state, words in _STATES.items() if found[state])
    return f"{len(verdicts)} accounts: {counts}"
