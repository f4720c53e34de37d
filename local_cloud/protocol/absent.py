"""Calls that AWS refuses because what they name does not exist, or as dry runs, and MiniStack does not."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from ..ministack import get_scope, load_module
from .messages import Parameters, ServiceError


def refuse_absent(service: str, operation: str, request: Parameters) -> None:
    """Refuses a call as AWS does.

    Raises:
        ServiceError: with AWS's code.
    """
    if service == "ec2" and request.get("DryRun"):
        raise ServiceError("DryRunOperation", "Request would have succeeded, but DryRun flag is set.", 412)
    if refuse := _REFUSALS.get((service, operation)):
        refuse(request)


def _refuse_role(request: Parameters) -> None:
    """A role of this account that is not there is denied, as it is to whoever it does not trust.

    https://docs.aws.amazon.com/IAM/latest/UserGuide/troubleshoot_roles.html
    """
    arn = request.get("RoleArn", "")
    account, role = arn.split(":")[4:5], arn.rpartition("/")[2]
    if account == [get_scope()[0]] and role not in load_module("services.iam")._roles:
        message = f"User is not authorized to perform: sts:AssumeRole on resource: {arn}"
        raise ServiceError("AccessDenied", message, 403)


def _refuse_handshake(request: Parameters) -> None:
    """There are no handshakes in the local cloud.

    https://docs.aws.amazon.com/organizations/latest/APIReference/API_DeclineHandshake.html
    """
    message = "We can't find a handshake with the HandshakeId that you specified."
    raise ServiceError("HandshakeNotFoundException", message)


def _refuse_conformance_pack(request: Parameters) -> None:
    """There are no conformance packs in the local cloud.

    https://docs.aws.amazon.com/config/latest/APIReference/API_DeleteConformancePack.html
    """
    raise ServiceError("NoSuchConformancePackException", "The conformance pack does not exist.")


_REFUSALS: Mapping[tuple[str, str], Callable[[Parameters], None]] = {
    ("sts", "AssumeRole"): _refuse_role,
    ("organizations", "DeclineHandshake"): _refuse_handshake,
    ("config", "DeleteConformancePack"): _refuse_conformance_pack,
}
