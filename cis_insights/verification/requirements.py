"""Requirements of other standards that a control of the benchmark belongs to, as others map them.

PCI DSS and NIST SP 800-171 as AWS gives them as `Related requirements` of each Security Hub control; these
pages name none of NIST SP 800-53 for them.
https://docs.aws.amazon.com/securityhub/latest/userguide/cloudwatch-controls.html
SOC 2 as Prowler maps its checks of these filters (prowler/compliance/aws/soc2_aws.json, Apache-2.0).
https://github.com/prowler-cloud/prowler
"""

from __future__ import annotations

from collections.abc import Mapping

_NIST = "NIST SP 800-171 Rev. 2"
_SOC = "SOC 2"
_INTEGRITY = ("3.14.6", "3.14.7")  # monitor systems; identify unauthorized use

_NIST_800_171: Mapping[str, tuple[str, ...]] = {
    "CloudWatch.1": _INTEGRITY,
    "CloudWatch.2": ("3.13.1", *_INTEGRITY),
    "CloudWatch.4": _INTEGRITY,
    "CloudWatch.5": ("3.3.8", *_INTEGRITY),
    "CloudWatch.6": _INTEGRITY,
    "CloudWatch.7": ("3.13.10", "3.13.16", *_INTEGRITY),
    "CloudWatch.8": _INTEGRITY,
    "CloudWatch.9": ("3.3.8", *_INTEGRITY),
    "CloudWatch.10": _INTEGRITY,
    "CloudWatch.11": _INTEGRITY,
    "CloudWatch.12": ("3.3.1", "3.13.1"),
    "CloudWatch.13": ("3.3.1", "3.13.1", *_INTEGRITY),
    "CloudWatch.14": ("3.3.1", "3.13.1", *_INTEGRITY),
}
_PCI_DSS: Mapping[str, tuple[str, ...]] = {"CloudWatch.1": ("7.2.1",)}  # v3.2.1
_CHANGES = ("CC5.2",)
_NETWORK = ("CC5.2", "CC7.2", "CC7.3", "CC7.4")
_SOC_2: Mapping[str, tuple[str, ...]] = {
    "iam-policy-changes": _CHANGES,
    "cloudtrail-changes": _CHANGES,
    "s3-bucket-policy-changes": _CHANGES,
    "config-changes": _CHANGES,
    "security-group-changes": _CHANGES,
    "organizations-changes": _CHANGES,
    "network-acl-changes": _NETWORK,
    "network-gateway-changes": _NETWORK,
    "route-table-changes": _NETWORK,
    "vpc-changes": _NETWORK,
}


def list_requirements(control: str, security_hub: str | None) -> dict[str, tuple[str, ...]]:
    """The requirements of other standards, by the standard.

    Args:
        control: its id.
        security_hub: its control of Security Hub, such as CloudWatch.10.
    """
    found = {
        "PCI DSS v3.2.1": _PCI_DSS.get(security_hub or "", ()),
        _NIST: _NIST_800_171.get(security_hub or "", ()),
        _SOC: _SOC_2.get(control, ()),
    }
    return {standard: numbers for standard, numbers in found.items() if numbers}
