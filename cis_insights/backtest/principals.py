"""Who acted: an identity of a record -> a person or a role, the sessions of a role folded.

https://docs.aws.amazon.com/awscloudtrail/latest/userguide/cloudtrail-event-reference-user-identity.html
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal

Kind = Literal["person", "user", "role", "service", "root", "account", "other"]
# IAM reserves this path: no role of an account can be made below it.
# https://docs.aws.amazon.com/singlesignon/latest/userguide/referencingpermissionsets.html
_IDENTITY_CENTER = ":role/aws-reserved/sso.amazonaws.com/"


@dataclass(frozen=True, slots=True)
class Identity:
    """What a record says of who acted; None where it says nothing."""

    type: str | None
    role: str | None  # ARN
    arn: str | None
    service: str | None
    user: str | None
    account: str | None
    recipient: str | None  # the account that the record is of

    @property
    def is_foreign(self) -> bool:
        """Whether it belongs to another account than the record does."""
        return bool(self.account and self.recipient) and self.account != self.recipient


@dataclass(frozen=True, slots=True)
class Principal:
    """A person, a role, a service or an account, and what was counted of it."""

    kind: Kind
    name: str
    account: str | None  # only where it is another than the record's, or tells it from one of the same name
    sessions: int  # of a role; else 0
    events: int
    first: int  # minute since 1970
    last: int
    key: tuple[str, ...]  # the values that name it: ARNs, or the service
    is_foreign: bool  # of another account than the record

    @property
    def label(self) -> str:
        """Its name as a reader knows it."""
        sessions = f" ({self.sessions:,} session{'s' if self.sessions > 1 else ''})" if self.sessions else ""
        prefix = f"{self.kind} " if self.kind in ("role", "root", "account") else ""
        foreign = f" of account {self.account}" if self.account and self.kind != "account" else ""
        return f"{prefix}{self.name}{sessions}{foreign}"


def name_identity(identity: Identity) -> tuple[Kind, str, str]:
    """Its kind, its name, and the value that tells it from others of the name."""
    match identity.type:
        case "Root":
            return "root", f"of {identity.account}" if identity.account else "user", identity.account or ""
        case "AssumedRole":
            return _name_session(identity)
        case "AWSService":
            return "service", identity.service or "AWS service", identity.service or ""
        case "AWSAccount":
            return "account", identity.account or identity.user or "unknown", identity.account or ""
        case "IAMUser":
            return "user", identity.user or _last(identity.arn) or "unknown", identity.arn or ""
        case _:
            return "other", _any_name(identity), identity.arn or ""


def _name_session(identity: Identity) -> tuple[Kind, str, str]:
    session = _last(identity.arn)
    if identity.role and _IDENTITY_CENTER in identity.role and session:
        return "person", session, identity.arn or ""
    if name := _last(identity.role):
        return "role", name, identity.role or ""
    # arn:aws:sts::111122223333:assumed-role/NAME/SESSION
    parts = (identity.arn or "").split("/")
    return ("role", parts[1], identity.arn or "") if len(parts) == 3 else ("other", _any_name(identity), "")


def _any_name(identity: Identity) -> str:
    names = (identity.user, identity.arn, identity.service, identity.account, identity.type)
    return next(filter(None, names), "unknown")


def _last(arn: str | None) -> str:
    """The name at the end of an ARN; neither a role's nor a session's has a slash."""
    return (arn or "").rpartition("/")[2]


@dataclass(slots=True)
class _Sum:
    events: int
    first: int
    last: int
    identity: Identity  # one of them
    sessions: set[str]
    keys: dict[str, int]


def fold(rows: Iterable[tuple[Identity, int, int, int]]) -> list[Principal]:
    """Principals, the most frequent first.

    Args:
        rows: an identity, its events, its first and its last minute since 1970.
    """
    sums: dict[tuple[str, str, str], _Sum] = {}
    for identity, events, first, last in rows:
        kind, name, key = name_identity(identity)
        # A person is one by the name of the session, whichever permission set is used.
        group = (kind, name, key if kind in ("role", "user") else identity.account or "")
        found = sums.setdefault(group, _Sum(0, first, last, identity, set(), {}))
        found.events += events
        found.first, found.last = min(found.first, first), max(found.last, last)
        found.keys[key] = found.keys.get(key, 0) + events
        if kind == "role":
            found.sessions.add(identity.arn or "")
    names = Counter((kind, name) for kind, name, _ in sums)
    principals = (_principal(group, one, is_alone=names[group[:2]] == 1) for group, one in sums.items())
    return sorted(principals, key=lambda one: (-one.events, one.name))


def _principal(group: tuple[str, str, str], found: _Sum, *, is_alone: bool) -> Principal:
    kind, name, _ = group
    keys = tuple(sorted(found.keys, key=lambda key: (-found.keys[key], key)))
    return Principal(
        kind=kind,  # type: ignore[arg-type]  # a Kind, as name_identity gave it
        name=name,
        account=None if is_alone and not found.identity.is_foreign else found.identity.account,
        sessions=len(found.sessions),
        events=found.events,
        first=found.first,
        last=found.last,
        key=keys,
        is_foreign=found.identity.is_foreign,
    )
