"""What attackers do, by the names that others have for it: techniques and public simulations.

Both tables check the header lines `attack` and `stratus`, and docs/coverage.md is written from them.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

# MITRE ATT&CK, of one version: later ones number techniques anew, and its pages stay.
ATTACK = "https://attack.mitre.org/versions/v17/techniques"
# https://attack.mitre.org/versions/v17/matrices/enterprise/cloud/iaas/
TECHNIQUES: Mapping[str, str] = {
    "T1020.001": "Automated Exfiltration: Traffic Duplication",
    "T1040": "Network Sniffing",
    "T1078.004": "Valid Accounts: Cloud Accounts",
    "T1087.004": "Account Discovery: Cloud Account",
    "T1098": "Account Manipulation",
    "T1098.001": "Account Manipulation: Additional Cloud Credentials",
    "T1098.003": "Account Manipulation: Additional Cloud Roles",
    "T1098.005": "Account Manipulation: Device Registration",
    "T1110.001": "Brute Force: Password Guessing",
    "T1110.003": "Brute Force: Password Spraying",
    "T1110.004": "Brute Force: Credential Stuffing",
    "T1133": "External Remote Services",
    "T1136.003": "Create Account: Cloud Account",
    "T1199": "Trusted Relationship",
    "T1484.002": "Domain or Tenant Policy Modification: Trust Modification",
    "T1485": "Data Destruction",
    "T1485.001": "Data Destruction: Lifecycle-Triggered Deletion",
    "T1486": "Data Encrypted for Impact",
    "T1490": "Inhibit System Recovery",
    "T1530": "Data from Cloud Storage",
    "T1531": "Account Access Removal",
    "T1535": "Unused/Unsupported Cloud Regions",
    "T1537": "Transfer Data to Cloud Account",
    "T1548.005": "Abuse Elevation Control Mechanism: Temporary Elevated Cloud Access",
    "T1556.006": "Modify Authentication Process: Multi-Factor Authentication",
    "T1556.007": "Modify Authentication Process: Hybrid Identity",
    "T1562.001": "Impair Defenses: Disable or Modify Tools",
    "T1562.007": "Impair Defenses: Disable or Modify Cloud Firewall",
    "T1562.008": "Impair Defenses: Disable or Modify Cloud Logs",
    "T1578.005": "Modify Cloud Compute Infrastructure: Modify Cloud Compute Configurations",
    "T1580": "Cloud Infrastructure Discovery",
    "T1666": "Modify Cloud Resource Hierarchy",
}

STRATUS = "https://stratus-red-team.cloud/attack-techniques/AWS"
# Simulation -> the calls that an attack with it consists of.
# https://github.com/DataDog/stratus-red-team/blob/main/docs/index.yaml
_CALLS = """
aws.credential-access.ec2-get-password-data: ec2:GetPasswordData
aws.credential-access.ec2-steal-instance-credentials: ssm:SendCommand
aws.credential-access.secretsmanager-batch-retrieve-secrets: secretsmanager:BatchGetSecretValue
aws.credential-access.secretsmanager-retrieve-secrets: secretsmanager:GetSecretValue
aws.credential-access.ssm-retrieve-securestring-parameters: ssm:GetParameters
aws.defense-evasion.cloudtrail-delete: cloudtrail:DeleteTrail
aws.defense-evasion.cloudtrail-event-selectors: cloudtrail:PutEventSelectors
aws.defense-evasion.cloudtrail-lifecycle-rule: s3:PutBucketLifecycle
aws.defense-evasion.cloudtrail-stop: cloudtrail:StopLogging
aws.defense-evasion.dns-delete-logs: route53resolver:DeleteResolverQueryLogConfig
aws.defense-evasion.organizations-leave: organizations:LeaveOrganization
aws.defense-evasion.vpc-remove-flow-logs: ec2:DeleteFlowLogs
aws.discovery.ec2-download-user-data: ec2:DescribeInstanceAttribute
aws.discovery.ec2-enumerate-from-instance: sts:GetCallerIdentity iam:ListRoles iam:ListUsers
aws.discovery.ses-enumerate: ses:GetSendQuota ses:ListIdentities
aws.execution.ec2-launch-unusual-instances: ec2:RunInstances
aws.execution.ec2-user-data: ec2:StopInstances ec2:ModifyInstanceAttribute ec2:StartInstances
aws.execution.sagemaker-update-lifecycle-config: sagemaker:UpdateNotebookInstance
aws.execution.ssm-send-command: ssm:SendCommand
aws.execution.ssm-start-session: ssm:StartSession
aws.exfiltration.ec2-security-group-open-port-22-ingress: ec2:AuthorizeSecurityGroupIngress
aws.exfiltration.ec2-share-ami: ec2:ModifyImageAttribute
aws.exfiltration.ec2-share-ebs-snapshot: ec2:ModifySnapshotAttribute
aws.exfiltration.rds-share-snapshot: rds:ModifyDBSnapshotAttribute
aws.exfiltration.s3-backdoor-bucket-policy: s3:PutBucketPolicy
aws.impact.bedrock-invoke-model: bedrock:InvokeModel
aws.impact.s3-ransomware-batch-deletion: s3:DeleteObjects
aws.impact.s3-ransomware-client-side-encryption: s3:PutObject
aws.impact.s3-ransomware-individual-deletion: s3:DeleteObject
aws.initial-access.console-login-without-mfa: signin:ConsoleLogin
aws.lateral-movement.ec2-instance-connect: ec2-instance-connect:SendSSHPublicKey
aws.lateral-movement.ec2-serial-console-send-ssh-public-key: ec2:EnableSerialConsoleAccess
aws.persistence.iam-backdoor-role: iam:UpdateAssumeRolePolicy
aws.persistence.iam-backdoor-user: iam:CreateAccessKey
aws.persistence.iam-create-admin-user: iam:CreateUser iam:AttachUserPolicy iam:CreateAccessKey
aws.persistence.iam-create-backdoor-role: iam:CreateRole iam:AttachRolePolicy
aws.persistence.iam-create-user-login-profile: iam:CreateLoginProfile
aws.persistence.lambda-backdoor-function: lambda:AddPermission20150331v2
aws.persistence.lambda-layer-extension: lambda:UpdateFunctionConfiguration20150331v2
aws.persistence.lambda-overwrite-code: lambda:UpdateFunctionCode20150331v2
aws.persistence.rolesanywhere-create-trust-anchor: rolesanywhere:CreateTrustAnchor
aws.persistence.sts-federation-token: sts:GetFederationToken
aws.privilege-escalation.iam-update-user-login-profile: iam:UpdateLoginProfile
"""


def _read_calls() -> Iterator[tuple[str, tuple[str, ...]]]:
    for line in _CALLS.strip().splitlines():
        simulation, _, calls = line.partition(": ")
        yield simulation, tuple(calls.split())


# Each call is a service and CloudTrail's event name, `ec2:RunInstances`.
SIMULATIONS: Mapping[str, tuple[str, ...]] = dict(_read_calls())


def link_technique(technique: str) -> str:
    """Makes the address of a technique's page: `T1562.008` is at T1562/008/."""
    return f"{ATTACK}/{technique.replace('.', '/')}/"


def link_simulation(simulation: str) -> str:
    """Makes the address of the page that says what a simulation does."""
    return f"{STRATUS}/{simulation}/"
