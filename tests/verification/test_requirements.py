"""Requirements of other standards: every control of the benchmark has its row or a reason for none."""

from __future__ import annotations

import re

import pytest

from cis_insights import Control
from cis_insights.verification.requirements import (
    PROWLER,
    SECURITY_HUB,
    STANDARDS,
    list_requirements,
    list_unmapped,
)

from ..support.set_ups import catalogue

FORMS = {
    "PCI DSS v3.2.1": r"\d{1,2}(\.\d{1,2}){1,2}",
    "SOC 2": r"(CC\d|PI\d)\.\d",
    "NIST SP 800-171 Rev. 2": r"3\.\d{1,2}\.\d{1,2}",
    "NIST SP 800-53 Rev. 5": r"[A-Z]{2}-\d{1,2}(\(\d{1,2}\))?(\([a-z]\)(\(\d\))?)?",
}
CIS = [one for one in catalogue().values() if one.cis]


def numbers(control: Control, standard: str, check: str) -> tuple[str, ...]:
    return next(
        one.numbers for one in list_requirements(control) if (one.standard, one.check) == (standard, check)
    )


@pytest.mark.parametrize("control", CIS, ids=lambda one: one.id)
def test_every_control_has_well_formed_requirements_and_says_what_it_has_not(control: Control) -> None:
    found = list_requirements(control)
    for one in found:
        assert all(re.fullmatch(FORMS[one.standard], number) for number in one.numbers), one
        assert one.source in (SECURITY_HUB, PROWLER)
        assert len(set(one.numbers)) == len(one.numbers)
    assert [one.standard for one in found] == sorted((one.standard for one in found), key=STANDARDS.index)
    own = {one.standard for one in found if one.check not in ("CloudWatch.15", "CloudWatch.17")}
    assert own | set(list_unmapped(control)) == set(STANDARDS)
    assert not own & set(list_unmapped(control))


def test_a_source_is_named_by_the_check_that_it_maps() -> None:
    root, vpc = catalogue()["root-account-usage"], catalogue()["vpc-changes"]
    checks = {(one.source.name, one.check) for one in list_requirements(root)}
    assert checks == {
        ("AWS Security Hub", "CloudWatch.1"),
        ("AWS Security Hub", "CloudWatch.15"),
        ("AWS Security Hub", "CloudWatch.17"),
        ("Prowler 5.46", "cloudwatch_log_metric_filter_root_usage"),
    }
    # Both sources give PCI DSS 7.2.1 for root's usage, and these of NIST SP 800-53 for an alarm on VPCs.
    pci = "PCI DSS v3.2.1"
    assert "7.2.1" in numbers(root, pci, "CloudWatch.1")
    assert "7.2.1" in numbers(root, pci, "cloudwatch_log_metric_filter_root_usage")
    nist, check = "NIST SP 800-53 Rev. 5", "cloudwatch_changes_to_vpcs_alarm_configured"
    both = set(numbers(vpc, nist, "CloudWatch.15")) & set(numbers(vpc, nist, check))
    assert both == {"AU-6(1)", "AU-6(5)", "CA-7", "SI-4(12)"}


def test_a_control_beyond_the_benchmark_has_none() -> None:
    extended = next(one for one in catalogue().values() if not one.cis and one.is_alarm)
    assert list_requirements(extended) == ()
