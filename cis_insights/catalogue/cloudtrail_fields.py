"""The fields of a CloudTrail record, to recognise misspelt ones.

https://docs.aws.amazon.com/awscloudtrail/latest/userguide/cloudtrail-event-reference-record-contents.html
https://docs.aws.amazon.com/awscloudtrail/latest/userguide/cloudtrail-event-reference-user-identity.html
"""

from __future__ import annotations

from difflib import get_close_matches

_SCALARS = """
eventTime eventVersion eventSource eventName awsRegion sourceIPAddress userAgent errorCode errorMessage
requestID eventID eventType apiVersion managementEvent readOnly recipientAccountId sharedEventID
vpcEndpointId vpcEndpointAccountId eventCategory sessionCredentialFromConsole
userIdentity.type userIdentity.userName userIdentity.principalId userIdentity.arn userIdentity.accountId
userIdentity.accessKeyId userIdentity.invokedBy userIdentity.identityProvider userIdentity.credentialId
userIdentity.invokedByDelegate.accountId userIdentity.onBehalfOf.userId
userIdentity.onBehalfOf.identityStoreArn userIdentity.inScopeOf.sourceArn
userIdentity.inScopeOf.sourceAccount userIdentity.inScopeOf.issuerType
userIdentity.inScopeOf.credentialsIssuedTo
userIdentity.sessionContext.sessionIssuer.type userIdentity.sessionContext.sessionIssuer.userName
userIdentity.sessionContext.sessionIssuer.principalId userIdentity.sessionContext.sessionIssuer.arn
userIdentity.sessionContext.sessionIssuer.accountId userIdentity.sessionContext.sourceIdentity
userIdentity.sessionContext.attributes.creationDate
userIdentity.sessionContext.attributes.mfaAuthenticated userIdentity.sessionContext.assumedRoot
userIdentity.sessionContext.ec2RoleDelivery
userIdentity.sessionContext.webIdFederationData.federatedProvider
tlsDetails.tlsVersion tlsDetails.cipherSuite tlsDetails.clientProvidedHostHeader
addendum.reason addendum.updatedFields addendum.originalRequestID addendum.originalEventID
edgeDeviceDetails insightDetails eventContext
""".split()

# Below these fields every service has its own keys.
_OPEN = (
    "requestParameters",
    "responseElements",
    "additionalEventData",
    "serviceEventDetails",
    "resources",
    "insightDetails",
    "eventContext",
    "edgeDeviceDetails",
    "userIdentity.sessionContext.webIdFederationData.attributes",
)
_PARENTS = {name.rsplit(".", depth)[0] for name in _SCALARS for depth in range(1, name.count(".") + 1)}
# https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/CWL_AnalyzeLogData-discoverable-fields.html
_ADDED = (
    "@timestamp @message @logStream @log @ingestionTime @ptr @aws.account @aws.region @source.log"
    " @data_source_name @data_source_type @data_format"
).split()
KNOWN = frozenset((*_SCALARS, *_OPEN, *_PARENTS, *_ADDED))

# Fields that every record has (their `Optional` is false): a regular expression and an example.
# https://docs.aws.amazon.com/awscloudtrail/latest/userguide/cloudtrail-event-reference-record-contents.html
_ANY = "^[!-~][ -~]*$"
ALWAYS_PRESENT: dict[str, tuple[str, str]] = {
    "eventTime": (_ANY, "2026-01-01T00:00:00Z"),
    "eventVersion": (_ANY, "1.11"),
    "eventSource": (r"^[!-~]+\.amazonaws\.com(\.cn)?$", "s3.amazonaws.com"),
    "eventName": (_ANY, "GetObject"),
    "awsRegion": (_ANY, "us-east-1"),
    "sourceIPAddress": (_ANY, "192.0.2.1"),
    "eventID": (_ANY, "3038ebd2-c98a-4c65-9b6e-e22506292313"),
    "eventType": (_ANY, "AwsApiCall"),
}

# Ours: a step of a path this similar to another is a misspelling of it.
_NEAR = 0.8


def is_field(name: str) -> bool:
    """Whether a CloudTrail record can have this field, or Logs Insights adds it."""
    return name in KNOWN or name.startswith(("@entity.", *(f"{parent}." for parent in _OPEN)))


def is_map_field(name: str) -> bool:
    """Whether a field holds other fields and not a text or a number."""
    return name in _PARENTS or name in _OPEN


def near_miss(name: str) -> str | None:
    """The field that `name` clearly misspells: in case only, or by a letter or two in each step.

    `userIdentity.sessionContext.tags` is not a misspelling: it may be newer than this list.
    """
    ours = name.split(".")
    for known in sorted(KNOWN, key=lambda known: -known.count(".")):
        steps = known.split(".")
        rest = ours[len(steps) :]
        is_long_enough = len(ours) >= len(steps) and (known in _OPEN or not rest)
        if is_long_enough and all(map(_is_near, steps, ours)):
            return ".".join((*steps, *rest))
    return None


def _is_near(known: str, step: str) -> bool:
    return known.lower() == step.lower() or bool(get_close_matches(step, [known], 1, _NEAR))


def nearest_field(name: str) -> str | None:
    """The field that was probably meant: case first, then spelling."""
    by_case = {known.lower(): known for known in KNOWN}
    if name.lower() in by_case:
        return by_case[name.lower()]
    return next(iter(get_close_matches(name, sorted(KNOWN), 1)), None)
