"""Evidence as models: a set-up that is verified, what is on record beside it, and a drill."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from typing import Any

from cis_insights.verification.model import DeclaredExclusion, SetUp
from cli.verify.document import Document, Evidence, build_document
from cli.verify.records import Firing, Records

from .set_ups import MAIL, NOW, REGION, catalogue, metric, metric_filter, sound, verified, with_filters

VPC = "vpc-changes"
ALARM = f"arn:aws:cloudwatch:{REGION}:111122223333:alarm:{VPC}"
DECLARED = DeclaredExclusion('eventName = "CreateVpc"', "made each night", "SecOps", date(2027, 3, 31))
RECORDS = Records(
    caller="arn:aws:sts::111122223333:assumed-role/Auditor/anna",
    alias="acme-prod",
    fired={ALARM: Firing(NOW - timedelta(3), 1, 0, NOW - timedelta(3))},
    confirmed={MAIL.arn: NOW - timedelta(40)},
    looked_up=frozenset({REGION}),
    notes=("LookupEvents was refused: no",),
)
# As docs/drill.schema.json has it.
DRILL: Document = {
    "version": 1,
    "id": "cis-insights-drill-0123456789abcdef0123456789abcdef",
    "account": "111122223333",
    "region": REGION,
    "started": "2026-11-20T09:00:00Z",
    "finished": "2026-11-20T09:06:00Z",
    "mode": "calls+notify",
    "controls": [
        {
            "id": VPC,
            "mode": "calls",
            "alarm": VPC,
            "what": "DeleteVpc: InvalidVpcID.NotFound",
            "steps": {
                "called": 0.0,
                "recorded": 61.5,
                "counted": 122,
                "alarmed": 180,
                "notified": 181,
                "answered": None,
            },
            "complete": True,
            "reason": "",
        },
        {
            "id": VPC,
            "mode": "notify",
            "alarm": VPC,
            "what": "SetAlarmState",
            "steps": {"set": 0, "alarmed": 1, "notified": None},
            "complete": False,
            "reason": "no message in 300 s",
        },
    ],
    "undrilled": [{"id": "root-account-usage", "reason": "nobody calls as root"}],
    "left": [],
}


def excluding(*declared: DeclaredExclusion) -> SetUp:
    """The sound set-up, one control deployed with an exclusion, which is declared or not."""
    patterns = catalogue()[VPC].excluding([DECLARED.condition]).patterns
    filters = (
        metric_filter(f"{VPC}-{number}", one.text, metric=metric(VPC)) for number, one in enumerate(patterns)
    )
    found = with_filters(VPC, *filters)
    alarms = (replace(one, exclusions=declared) if one.name == VPC else one for one in found.alarms)
    return replace(found, alarms=tuple(alarms))


def document(setup: SetUp | None = None, **more: Any) -> Document:
    """The document of a set-up."""
    return build_document(Evidence(found=verified(setup or sound()), now=NOW, **more))


def find_control(found: Document, id: str) -> Document:
    """A control of a document."""
    (control,) = [one for one in found["controls"] if one["id"] == id]
    return control
