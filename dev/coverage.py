"""The tables of docs/coverage.md: which attacks each control shows, and which nothing here does."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

from cis_insights import Control
from cis_insights.catalogue.attacks import SIMULATIONS, TECHNIQUES, link_simulation, link_technique

_DATA = "data events, which a trail leaves out unless it is told to keep them"
_READS = "calls that only read and that applications make all day"
_DAILY = "calls of daily work: an alarm on each would be noise"
# Simulations without a control, and why.
UNCAUGHT: Mapping[str, str] = {
    "aws.credential-access.ec2-steal-instance-credentials": _DAILY,
    "aws.credential-access.secretsmanager-batch-retrieve-secrets": _READS,
    "aws.credential-access.secretsmanager-retrieve-secrets": _READS,
    "aws.credential-access.ssm-retrieve-securestring-parameters": _READS,
    "aws.discovery.ec2-enumerate-from-instance": _READS,
    "aws.discovery.ses-enumerate": _READS,
    "aws.execution.ec2-user-data": _DAILY,
    "aws.execution.sagemaker-update-lifecycle-config": _DAILY,
    "aws.execution.ssm-send-command": _DAILY,
    "aws.execution.ssm-start-session": _DAILY,
    "aws.impact.bedrock-invoke-model": _READS,
    "aws.impact.s3-ransomware-batch-deletion": _DATA,
    "aws.impact.s3-ransomware-client-side-encryption": _DATA,
    "aws.impact.s3-ransomware-individual-deletion": _DATA,
    "aws.lateral-movement.ec2-instance-connect": _DAILY,
    "aws.persistence.lambda-layer-extension": _DAILY,
    "aws.persistence.lambda-overwrite-code": _DAILY,
}
_GROUPS = {"cis": "CIS", "extended": "beyond CIS", "investigate": "investigation"}


def list_caught(controls: Iterable[Control]) -> Iterator[tuple[str, str, str, str]]:
    """Lists a row for each control or investigation that names an attack."""
    for control in controls:
        if control.attack or control.stratus:
            yield (
                f"[{control.title}](../{control.path})",
                _GROUPS[control.group],
                "<br>".join(f"[{id}]({link_technique(id)}) {TECHNIQUES[id]}" for id in control.attack),
                "<br>".join(f"[{id}]({link_simulation(id)})" for id in control.stratus) or "-",
            )


def list_uncaught() -> Iterator[tuple[str, str, str]]:
    """Lists a row for each simulation that no control catches."""
    for simulation, why in UNCAUGHT.items():
        calls = ", ".join(f"`{call}`" for call in SIMULATIONS[simulation])
        yield f"[{simulation}]({link_simulation(simulation)})", calls, why
