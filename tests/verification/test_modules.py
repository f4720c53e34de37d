"""Five public modules, as files: every known fault of theirs is found, and nothing else is said.

The expectations are by hand: from the modules' trackers, and from what CIS 5.0.0 asks of each control.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from ..support.modules import MODULES
from ..support.set_ups import catalogue
from ..support.verify_files import verify

# CIS's own text for 4.10 has no ModifySecurityGroupRules, which changes rules too. Route tables have had an
# eventSource since CIS 1.5, so the older text counts the same names of any service; so has IAM for Security
# Hub, while CIS prints that text to this day. Whose blanks are others than theirs is equal, and no more.
USUAL = {
    "4.1": "equal",
    "4.2": "exact",
    "4.3": "equal",
    "4.4": "exact",
    "4.5": "equal",
    "4.6": "equal",
    "4.7": "equal",
    "4.8": "equal",
    "4.9": "equal",
    "4.10": "narrower",
    "4.11": "equal",
    "4.12": "equal",
    "4.13": "wider",
    "4.14": "equal",
    "4.15": "narrower",  # no CancelHandshake
}
NONE = "no metric filter counts it"
NEVER = "the alarm UnauthorizedAPICalls never fires: Average >= 5, and each event counts 1"
SECURITY_HUB = dict.fromkeys((f"4.{number}" for number in (1, 3, 5, 6, 7, 8, 9, 11, 12, 14)), "exact")
RELATIONS: dict[str, dict[str, str | None]] = {
    "terraform-aws-modules/terraform-aws-cloudwatch": {},
    "nozaq/terraform-aws-secure-baseline": {"4.1": "narrower"},
    "cloudposse/terraform-aws-cloudtrail-cloudwatch-alarms": {"4.2": "wider", "4.4": "wider", "4.15": None},
    "trussworks/terraform-aws-cloudtrail-alarms": {"4.2": "wider", "4.15": None},
    "awslabs/landing-zone-accelerator-on-aws": {**SECURITY_HUB, "4.2": "equal", "4.4": "wider", "4.15": None},
}
# Beside what a pattern counts more or less.
OTHERS: dict[str, dict[str, list[tuple[str, str]]]] = {
    "cloudposse/terraform-aws-cloudtrail-cloudwatch-alarms": {
        "4.4": [("error", "the alarm IAMChanges waits for more events than 1: Sum >= 3")],
        "4.6": [("warning", "the alarm ConsoleSigninFailures waits for more events than 1: Sum >= 3")],
        "4.15": [("error", NONE)],
    },
    "trussworks/terraform-aws-cloudtrail-alarms": {"4.15": [("error", NONE)]},
    "awslabs/landing-zone-accelerator-on-aws": {
        "4.1": [("error", NEVER)],
        "4.3": [("error", "no alarm watches CIS/RootUsage")],
        "4.15": [("error", NONE)],
    },
}
IDLE = {
    "awslabs/landing-zone-accelerator-on-aws": [
        ("warning", "the alarm RootUsage watches CIS/RootUsag, which no filter publishes")
    ]
}


def check_document(module: str, found: Mapping[str, Any]) -> None:
    """Compares everything that is said of a module with what is expected."""
    controls = {one["section"]: one for one in found["controls"] if one["section"]}
    relations = {
        section: one["metrics"][0]["agreement"] if one["metrics"] else None
        for section, one in controls.items()
    }
    assert relations == {**USUAL, **RELATIONS[module]}
    said = {
        section: sorted(
            (each["level"], each["text"])
            for each in one["findings"]
            if each["level"] != "ok" and not (each.get("event") and one["metrics"])
        )
        for section, one in controls.items()
    }
    assert {section: one for section, one in said.items() if one} == OTHERS.get(module, {})
    assert [(one["level"], one["text"]) for one in found["findings"] if one["level"] != "ok"] == IDLE.get(
        module, []
    )
    assert {section for section, one in controls.items() if not one["holds"]} == {
        section
        for section in controls
        if {**USUAL, **RELATIONS[module]}[section] == "narrower"
        or any(level == "error" for level, _ in OTHERS.get(module, {}).get(section, ()))
    }


@pytest.mark.parametrize("module", MODULES)
def test_every_known_fault_of_its_files_is_found_and_no_other(
    module: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("cli.main.load_catalogue", lambda *_: catalogue())
    path = tmp_path / "module.json"
    path.write_text(MODULES[module].write(), encoding="utf-8")
    result = verify(str(path), "--json")
    check_document(module, json.loads(result.output))
    assert result.exit_code == 1
