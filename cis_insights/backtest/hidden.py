"""What an exclusion hides: the events that a control finds without it and not with it."""

from __future__ import annotations

from dataclasses import dataclass

from .counts import Counts
from .hits import WHO
from .principals import Identity, name_identity

SAMPLES = 3
_COLUMNS = ", ".join(WHO)
_DANGERS = {
    "root": "type = 'Root'",
    "foreign": "account <> recipient",
    # https://docs.aws.amazon.com/awscloudtrail/latest/userguide/cloudtrail-event-reference-aws-console-sign-in-events.html
    "failed_sign_ins": "sign_in = 'Failure'",
    "denied_people": (
        "error IS NOT NULL AND (type = 'IAMUser' OR contains(role, ':role/aws-reserved/sso.amazonaws.com/'))"
    ),
}
_HIDDEN = f"""
WITH hidden AS (
    SELECT minute, {_COLUMNS}, sum(CASE control WHEN $1 THEN events ELSE -events END)::BIGINT AS events
    FROM hit WHERE control IN ($1, $2) GROUP BY ALL HAVING events > 0
)
"""  # noqa: S608  # names of WHO
_SUM = "coalesce(sum(events) FILTER ({}), 0)::BIGINT"
_SUMS = f"SELECT {', '.join(map(_SUM.format, ('true', *_DANGERS.values())))} FROM hidden"  # noqa: S608  # constants
_RANK = ", ".join(f"CASE WHEN {test} THEN {n} END" for n, test in enumerate(_DANGERS.values()))
# One of each principal before a second one of any; of those, what is dangerous first.
_SAMPLES = f"""
SELECT minute, {_COLUMNS} FROM (
    SELECT *, coalesce({_RANK}, {len(_DANGERS)}) AS danger,
        row_number() OVER (PARTITION BY type, coalesce(role, arn, user, service) ORDER BY minute) AS place
    FROM hidden
) ORDER BY place, danger, minute LIMIT {SAMPLES}
"""  # noqa: S608  # names of WHO


@dataclass(frozen=True, slots=True)
class HiddenRecord:
    """One event that is not counted any more."""

    minute: int  # since 1970
    who: str
    event: str | None
    error: str | None
    address: str | None
    session: str | None  # ARN of who acted


@dataclass(frozen=True, slots=True, kw_only=True)
class Hidden:
    """How many events an exclusion hides, whose, and some of them."""

    events: int
    root: int
    foreign: int  # of another account's principals
    failed_sign_ins: int
    denied_people: int  # failed calls of people: IAM users, and sessions of Identity Center
    records: tuple[HiddenRecord, ...]

    @property
    def warnings(self) -> tuple[str, ...]:
        """What somebody should know before it is taken."""
        counted = {
            "by the root user": self.root,
            "by a principal of another account": self.foreign,
            "failed sign-ins": self.failed_sign_ins,
            "failed calls of people": self.denied_people,
        }
        return tuple(f"{what}: {count:,}" for what, count in counted.items() if count)


def compare(counts: Counts, before: str, after: str) -> Hidden:
    """What `after`, a control with an exclusion, finds no more of `before`, the same without it."""
    database = counts.database
    total, *dangers = database.execute(_HIDDEN + _SUMS, [before, after]).fetchall()[0]
    rows = database.execute(_HIDDEN + _SAMPLES, [before, after]).fetchall()
    return Hidden(
        events=total,
        **dict(zip(_DANGERS, dangers, strict=True)),
        records=tuple(_record(*row) for row in rows),
    )


def _record(minute: int, *values: str | None) -> HiddenRecord:
    found = dict(zip(WHO, values, strict=True))
    names = ("type", "role", "arn", "service", "user", "account", "recipient")
    kind, name, _ = name_identity(Identity(**{column: found[column] for column in names}))
    who = f"{kind} {name}" if kind in ("role", "root", "account") else name
    return HiddenRecord(minute, who, found["event"], found["error"], found["address"], found["arn"])
