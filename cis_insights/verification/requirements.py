"""Requirements of other standards that a control of the benchmark belongs to, as others map them.

A row says whose mapping it is, of which of their checks, and the requirements: facts to be looked up there,
not an opinion of this package. Where two sources speak of one standard, both are given, each by its name.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from ..catalogue import Control


@dataclass(frozen=True, slots=True)
class MappingSource:
    """Who maps checks to requirements, and where it is written."""

    name: str
    reference: str


SECURITY_HUB = MappingSource(
    "AWS Security Hub",
    "Related requirements of each control, "
    "https://docs.aws.amazon.com/securityhub/latest/userguide/cloudwatch-controls.html",
)
PROWLER = MappingSource(
    "Prowler 5.46",
    "prowler/compliance/aws of https://github.com/prowler-cloud/prowler (Apache-2.0): soc2_aws.json, "
    "pci_3.2.1_aws.json, nist_800_171_revision_2_aws.json, nist_800_53_revision_5_aws.json",
)
SOURCES = (SECURITY_HUB, PROWLER)


@dataclass(frozen=True, slots=True)
class Related:
    """Requirements of one standard, and which check of which source is mapped to them."""

    standard: str
    numbers: tuple[str, ...]
    source: MappingSource
    check: str


_PCI_DSS, _SOC_2 = "PCI DSS v3.2.1", "SOC 2"
_NIST_171, _NIST_53 = "NIST SP 800-171 Rev. 2", "NIST SP 800-53 Rev. 5"

# Security Hub's control | standard | requirements. Its page names PCI DSS v4 and NIST SP 800-53 for none of
# CloudWatch.1 to .14. CloudWatch.15 (an alarm has an action) and .17 (it is activated) are of every alarm.
_OF_SECURITY_HUB = """
CloudWatch.1  | PCI DSS v3.2.1         | 7.2.1
CloudWatch.1  | NIST SP 800-171 Rev. 2 | 3.14.6, 3.14.7
CloudWatch.2  | NIST SP 800-171 Rev. 2 | 3.13.1, 3.14.6, 3.14.7
CloudWatch.4  | NIST SP 800-171 Rev. 2 | 3.14.6, 3.14.7
CloudWatch.5  | NIST SP 800-171 Rev. 2 | 3.3.8, 3.14.6, 3.14.7
CloudWatch.6  | NIST SP 800-171 Rev. 2 | 3.14.6, 3.14.7
CloudWatch.7  | NIST SP 800-171 Rev. 2 | 3.13.10, 3.13.16, 3.14.6, 3.14.7
CloudWatch.8  | NIST SP 800-171 Rev. 2 | 3.14.6, 3.14.7
CloudWatch.9  | NIST SP 800-171 Rev. 2 | 3.3.8, 3.14.6, 3.14.7
CloudWatch.10 | NIST SP 800-171 Rev. 2 | 3.14.6, 3.14.7
CloudWatch.11 | NIST SP 800-171 Rev. 2 | 3.14.6, 3.14.7
CloudWatch.12 | NIST SP 800-171 Rev. 2 | 3.3.1, 3.13.1
CloudWatch.13 | NIST SP 800-171 Rev. 2 | 3.3.1, 3.13.1, 3.14.6, 3.14.7
CloudWatch.14 | NIST SP 800-171 Rev. 2 | 3.3.1, 3.13.1, 3.14.6, 3.14.7
CloudWatch.15 | NIST SP 800-171 Rev. 2 | 3.3.4, 3.14.6
CloudWatch.15 | NIST SP 800-53 Rev. 5  | AU-6(1), AU-6(5), CA-7, IR-4(1), IR-4(5), SI-2, SI-4(5), SI-4(12), SI-20
CloudWatch.17 | NIST SP 800-53 Rev. 5  | AU-6(1), AU-6(5), CA-7, SI-2, SI-4(12)
"""  # noqa: E501  # a row a line
# Our control | Prowler's check; its PCI DSS 4.0 file names none of them.
_CHECKS = """
unauthorized-api-calls          | cloudwatch_log_metric_filter_unauthorized_api_calls
console-login-without-mfa       | cloudwatch_log_metric_filter_sign_in_without_mfa
root-account-usage              | cloudwatch_log_metric_filter_root_usage
iam-policy-changes              | cloudwatch_log_metric_filter_policy_changes
cloudtrail-changes              | cloudwatch_log_metric_filter_and_alarm_for_cloudtrail_configuration_changes_enabled
console-authentication-failures | cloudwatch_log_metric_filter_authentication_failures
kms-key-disabled-or-deleted     | cloudwatch_log_metric_filter_disable_or_scheduled_deletion_of_kms_cmk
s3-bucket-policy-changes        | cloudwatch_log_metric_filter_for_s3_bucket_policy_changes
config-changes                  | cloudwatch_log_metric_filter_and_alarm_for_aws_config_configuration_changes_enabled
security-group-changes          | cloudwatch_log_metric_filter_security_group_changes
network-acl-changes             | cloudwatch_changes_to_network_acls_alarm_configured
network-gateway-changes         | cloudwatch_changes_to_network_gateways_alarm_configured
route-table-changes             | cloudwatch_changes_to_network_route_tables_alarm_configured
vpc-changes                     | cloudwatch_changes_to_vpcs_alarm_configured
organizations-changes           | cloudwatch_log_metric_filter_aws_organizations_changes
"""  # noqa: E501  # as they are called there
# Our control, or several | standard | requirements.
_OF_PROWLER = """
cloudtrail-changes, s3-bucket-policy-changes, config-changes | SOC 2 | CC5.2
security-group-changes, organizations-changes | SOC 2 | CC5.2
iam-policy-changes | SOC 2 | CC5.2, PI1.3
unauthorized-api-calls, root-account-usage, console-authentication-failures | SOC 2 | PI1.3
network-acl-changes, network-gateway-changes, route-table-changes, vpc-changes | SOC 2 | CC5.2, CC7.2, CC7.3, CC7.4
root-account-usage | PCI DSS v3.2.1 | 7.2, 7.2.1
iam-policy-changes | PCI DSS v3.2.1 | 8.1, 8.1.2
network-acl-changes, network-gateway-changes, route-table-changes, vpc-changes | NIST SP 800-171 Rev. 2 | 3.6.1, 3.6.2, 3.12.4
network-acl-changes, network-gateway-changes, route-table-changes, vpc-changes | NIST SP 800-53 Rev. 5 | AU-6(1), AU-6(5), AU-12(3), AU-14(a), AU-14(b), CA-2(2), CA-7, CA-7(b), PM-14(a)(1), PM-14(b), PM-31, SC-36(1)(a), SI-2(a), SI-4(12), SI-5(1), SI-5(b)
"""  # noqa: E501  # a row a line
STANDARDS = (_PCI_DSS, _SOC_2, _NIST_53, _NIST_171)
_OF_ANY_ALARM = ("CloudWatch.15", "CloudWatch.17")


def list_requirements(control: Control) -> tuple[Related, ...]:
    """The requirements of other standards, standard by standard; empty for a control beyond the benchmark."""
    if not control.cis:
        return ()
    found = [*_find_of_security_hub(control), *_find_of_prowler(control.id)]
    return tuple(sorted(found, key=lambda one: STANDARDS.index(one.standard)))


def list_unmapped(control: Control) -> tuple[str, ...]:
    """The standards to which neither source maps the check of a control, whatever its alarm is mapped to."""
    own = {one.standard for one in list_requirements(control) if one.check not in _OF_ANY_ALARM}
    return tuple(standard for standard in STANDARDS if standard not in own)


def _find_of_security_hub(control: Control) -> Iterator[Related]:
    for check, standard, numbers in _read_rows(_OF_SECURITY_HUB):
        if check == control.security_hub or check in _OF_ANY_ALARM:
            yield Related(standard, _split(numbers), SECURITY_HUB, check)


def _find_of_prowler(control: str) -> Iterator[Related]:
    checks = {ours: check for ours, check in _read_rows(_CHECKS)}  # noqa: C416  # of lists of two
    for ours, standard, numbers in _read_rows(_OF_PROWLER):
        if control in _split(ours):
            yield Related(standard, _split(numbers), PROWLER, checks[control])


def _read_rows(table: str) -> Iterator[list[str]]:
    for line in table.strip().splitlines():
        yield [cell.strip() for cell in line.split("|")]


def _split(cell: str) -> tuple[str, ...]:
    return tuple(part.strip() for part in cell.split(","))
