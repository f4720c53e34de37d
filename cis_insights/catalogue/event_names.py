"""Names of CloudTrail's events and of their sources, to recognise misspelt ones.

The operations of AWS's APIs are in event_names.txt, which `make docs` writes from botocore's models.
Names that are only CloudTrail's are below, each part with the page that lists them.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from difflib import get_close_matches
from functools import cache
from importlib.resources import files

SUFFIX = ".amazonaws.com"
# Ours: a name this close to a known one is misspelt, for example `CreateKeyPiar` and `DeleteAlarm`.
_NEAR, _NEAR_SOURCE = 0.9, 0.85

# Versioned names: Lambda's CreateFunction20150331 and AddPermission20150331v2, CloudFront's
# UpdateDistribution2020_05_31.
# https://docs.aws.amazon.com/lambda/latest/dg/logging-using-cloudtrail.html
_VERSION = re.compile(r"(?:20[0-9]{6}(?:v[0-9]+)?|20[0-9]{2}_[0-9]{2}_[0-9]{2})$")

_CLOUDTRAIL = """
# https://docs.aws.amazon.com/IAM/latest/UserGuide/cloudtrail-integration.html
signin: ConsoleLogin CheckMfa SwitchRole ExitRole RenewRole GetSigninToken EmailUpdated PasswordUpdated
signin: PasswordRecoveryRequested PasswordRecoveryCompleted
signin sso: CredentialChallenge CredentialVerification UserAuthentication
# https://docs.aws.amazon.com/singlesignon/latest/userguide/logging-using-cloudtrail.html
sso: Authenticate Federate AssociateDirectory DisassociateDirectory AssociateProfile DisassociateProfile
sso: CreateApplicationInstance DeleteApplicationInstance CreateManagedApplicationInstance CreateProfile
sso: DeleteManagedApplicationInstance DeleteProfile UpdateProfile CreateTrust UpdateTrust StartSSO
sso: UpdateDirectoryAssociation UpdateSSOConfiguration CreateApplicationInstanceCertificate
sso: EnableExternalIdPConfigurationForDirectory DisableExternalIdPConfigurationForDirectory
sso sso-directory: CreateExternalIdPConfigurationForDirectory UpdateExternalIdPConfigurationForDirectory
sso sso-directory: EnableExternalIdPConfigurationForDirectory DisableExternalIdPConfigurationForDirectory
sso-directory: AddMemberToGroup RemoveMemberFromGroup CreateBearerToken DeleteBearerToken
sso-directory: CreateProvisioningTenant DeleteProvisioningTenant CreateUser DeleteUser UpdateUser CreateGroup
sso-directory: DeleteGroup UpdateGroup EnableUser DisableUser UpdatePassword StartVirtualMfaDeviceRegistration
sso-directory: CompleteVirtualMfaDeviceRegistration CompleteWebAuthnDeviceRegistration
sso-directory: DeleteMfaDeviceForUser UpdateMfaDeviceForUser ImportExternalIdPCertificate VerifyEmail
# https://docs.aws.amazon.com/AmazonS3/latest/userguide/cloudtrail-logging-s3-info.html
s3 s3express: PutBucketLifecycle GetBucketLifecycle PutBucketNotification GetBucketNotification
s3 s3express: PutBucketReplication GetBucketReplication DeleteBucketReplication PutBucketCors
s3 s3express: PutBucketPublicAccessBlock GetBucketPublicAccessBlock DeleteBucketPublicAccessBlock
s3 s3express: PutAccountPublicAccessBlock GetAccountPublicAccessBlock DeleteAccountPublicAccessBlock
s3: PutBucketObjectLockConfiguration GetBucketObjectLockConfiguration PutAccelerateConfiguration PostObject
s3: GetAccelerateConfiguration PutAnalyticsConfiguration GetAnalyticsConfiguration PutInventoryConfiguration
s3: GetInventoryConfiguration PutMetricsConfiguration GetMetricsConfiguration PreflightRequest
s3: GetStorageLensDashboardDataInternal
# https://docs.aws.amazon.com/kms/latest/developerguide/logging-using-cloudtrail.html
kms: RotateKey DeleteKey SynchronizeMultiRegionKey DeleteExpiredKeyMaterial
# https://docs.aws.amazon.com/secretsmanager/latest/userguide/cloudtrail_log_entries.html
secretsmanager: StartSecretVersionDelete CancelSecretVersionDelete EndSecretVersionDelete
secretsmanager: SecretVersionDeletion RotationStarted RotationSucceeded RotationFailed
secretsmanager: RotationAbandoned TestRotationStarted TestRotationSucceeded TestRotationFailed
# https://docs.aws.amazon.com/organizations/latest/userguide/security_cloudtrail-integration.html
organizations: CreateAccountResult CloseAccountResult AccountJoinedOrganization AccountDepartedOrganization
# https://docs.aws.amazon.com/ebs/latest/userguide/ebs-modifying-snapshot-permissions.html
ec2: SharedSnapshotVolumeCreated SharedSnapshotCopyInitiated BidEvictedEvent
# https://docs.aws.amazon.com/service-authorization/latest/reference/ lists what the consoles and agents call.
ssm: UpdateInstanceInformation UpdateInstanceAssociationStatus ListInstanceAssociations
rds: DescribeRecommendationGroups DescribeRecommendations
route53: CreateServiceLinkedPrivateHostedZone CreateServiceLinkedPublicHostedZone
bedrock: PutFoundationModelEntitlement
ds: CreateIdentityPoolDirectory
# Sources without an API of their own, and of services that AWS has closed: any event may be theirs.
cloudshell console iotanalytics iotevents macie opsworks opsworks-cm qldb:
"""
# Sources that CloudTrail names otherwise than requests to them are signed.
# https://docs.aws.amazon.com/awscloudtrail/latest/userguide/cloudtrail-aws-service-specific-topics.html
_ALIASES = {
    "amazonmq": "mq",
    "autoscaling": "application-autoscaling",
    "s3express": "s3",
    "sso-directory": "identitystore",
    "sso": "sso-oauth",
}


def is_known_event(name: str, sources: Iterable[str] = ()) -> bool:
    """Whether any service, or one of those with these sources, has an event of this name.

    A source whose events are not known may have every event that some service has.
    """
    texts = [_services().get(source.removesuffix(SUFFIX), "").strip() for source in sources]
    return any(_is_among(name, text) for text in (texts if texts and all(texts) else [_all_names()]))


def sources_of(name: str) -> list[str]:
    """The sources of all services that have an event of this name."""
    prefixes = (prefix for prefix, text in _services().items() if _is_among(name, text))
    return sorted((prefix + SUFFIX for prefix in prefixes if "." not in prefix), key=str.lower)


def _is_among(name: str, events: str) -> bool:
    """Quicker than building sets: few names of most services are ever looked up."""
    return any(f" {one} " in f" {events} " for one in (name, _VERSION.sub("", name)))


def is_known_source(name: str) -> bool:
    """Whether `name` is the `eventSource` of a service."""
    return name.endswith(SUFFIX) and name.removesuffix(SUFFIX) in _services()


def nearest_event(name: str, sources: Iterable[str] = ()) -> str | None:
    """The event that was probably meant, of these sources first: case first, then spelling."""
    prefixes = [source.removesuffix(SUFFIX) for source in sources]
    own = " ".join(_services().get(prefix, "") for prefix in prefixes).split()
    return _nearest(name, own) or _nearest(name, _all_names().split())


def nearest_source(name: str) -> str | None:
    """The source that was probably meant."""
    whole = name.endswith(SUFFIX)  # otherwise its end is missing or misspelt
    prefix = name.removesuffix(SUFFIX) if whole else name.partition(".")[0]
    near = _nearest(prefix, _services(), _NEAR_SOURCE)
    return near + SUFFIX if near else None


def _nearest(name: str, known: Iterable[str], cutoff: float = _NEAR) -> str | None:
    known = list(known)
    if same := next((one for one in known if one.lower() == name.lower()), None):
        return same
    alike = {one for one in known if one[0].lower() == name[:1].lower() and abs(len(one) - len(name)) < 3}
    near = get_close_matches(name, sorted(alike), 3, cutoff)
    return next((one for one in near if not _is_longer(name, one)), None)


def _is_longer(name: str, known: str) -> bool:
    """Whether a whole word follows a known name, as in ListObjectsV2: a new name is built this way."""
    return name.startswith(known) and name[len(known)].isupper()


@cache
def _services() -> dict[str, str]:
    """Prefix of each source -> its events, each between blanks."""
    table = files(__package__).joinpath("event_names.txt").read_text(encoding="utf-8")
    services: dict[str, str] = {}
    for line in (*table.splitlines(), *_CLOUDTRAIL.splitlines()):
        prefixes, _, names = line.partition(":")
        for prefix in prefixes.split() if not line.startswith("#") else ():
            services[prefix] = f"{services.get(prefix, '')} {names}"
    for alias, prefix in _ALIASES.items():
        services[alias] = f"{services.get(alias, '')} {services[prefix]}"
    return services


@cache
def _all_names() -> str:
    return " ".join(_services().values())
