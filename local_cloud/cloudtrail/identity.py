"""Who made a call, as CloudTrail writes it.

https://docs.aws.amazon.com/awscloudtrail/latest/userguide/cloudtrail-event-reference-user-identity.html
"""

from __future__ import annotations

import time
from typing import Any

from ..ministack import load_module
from ..protocol.messages import Request

USER = "local"  # whose calls those with made-up access keys are


def build_user_identity(request: Request, account: str) -> dict[str, Any]:
    """The `userIdentity` of a request: an IAM user or a session of a role, by its access key."""
    key = (
        load_module("core.router").extract_access_key_id(dict(request.headers), dict(request.query)) or "test"
    )
    session = load_module("services.sts")._sessions.get(key)
    return _build_assumed_role(session, key) if session else _build_iam_user(key, account)


def _build_iam_user(key: str, account: str) -> dict[str, Any]:
    iam = load_module("services.iam")
    name = iam._access_keys.get(key, {}).get("UserName", USER)
    user = iam._users.get(name, {})
    return {
        "type": "IAMUser",
        "principalId": user.get("UserId", "AIDALOCALCLOUDUSER00"),
        "arn": user.get("Arn", f"arn:aws:iam::{account}:user/{name}"),
        "accountId": account,
        "accessKeyId": key,
        "userName": name,
    }


def _build_assumed_role(session: dict[str, Any], key: str) -> dict[str, Any]:
    *_, account, resource = session["Arn"].split(":")
    _, role, name = resource.split("/", 2)
    principal = session["UserId"].split(":")[0]
    issued = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(session["IssuedAt"]))
    return {
        "type": "AssumedRole",
        "principalId": f"{principal}:{name}",
        "arn": session["Arn"],
        "accountId": account,
        "accessKeyId": key,
        "sessionContext": {
            "sessionIssuer": {
                "type": "Role",
                "principalId": principal,
                "arn": f"arn:aws:iam::{account}:role/{role}",
                "accountId": account,
                "userName": role,
            },
            "attributes": {"creationDate": issued, "mfaAuthenticated": "false"},
        },
    }
