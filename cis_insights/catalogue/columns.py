r"""The columns that every control has, as the text of its query: who did what to what, from where.

A control's query is its filters, then WHO, WHAT, one `fields` of its own with `target` and, where it
matters, `change`, then `shown`. The text is repeated in each file, so that a file pastes into the console.

An empty text is nobody's name: `parse` leaves a field out where its expression does not match, and
`like /./` is true of texts that hold something.
https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/CWL_QuerySyntax-Parse.html
https://docs.aws.amazon.com/awscloudtrail/latest/userguide/cloudtrail-event-reference-user-identity.html
"""

from __future__ import annotations

# The person or the session, the role, and whose account they are of. `recipientAccountId` is at the end of a
# record, where a record of more than 200 fields has lost it: it is looked for in the text as well.
WHO = r"""| parse userIdentity.arn /:assumed-role\/(?<role>[^\/]+)\//
| parse userIdentity.arn /[:\/](?<named>[^:\/]+)$/
| parse userIdentity.principalId /(?<principal>[^:]+)$/
| parse @message /"recipientAccountId":\s*"(?<recipient>\d+)"/
| fields
    coalesce(named, case(
        userIdentity.userName like /./, userIdentity.userName,
        additionalEventData.UserName like /./, additionalEventData.UserName,
        userIdentity.onBehalfOf.userId like /./, userIdentity.onBehalfOf.userId,
        ispresent(principal), principal,
        userIdentity.invokedBy like /./, userIdentity.invokedBy,
        userIdentity.credentialId like /./, userIdentity.credentialId,
        userIdentity.accessKeyId like /./, userIdentity.accessKeyId,
        userIdentity.accountId like /./, userIdentity.accountId
    ), userIdentity.type) as user,
    if(userIdentity.sessionContext.assumedRoot like /^(true|1)$/,
        "Root (assumedRoot)", userIdentity.type) as userType,
    coalesce(recipient, userIdentity.accountId) as account,
    case(
        userIdentity.invokedByDelegate.accountId like /./, userIdentity.invokedByDelegate.accountId,
        ispresent(recipient) and userIdentity.accountId like /./ and userIdentity.accountId != recipient,
        userIdentity.accountId
    ) as callerAccount,
    awsRegion as region"""

# Why it failed, and what a record says of its resource, whatever the service calls it.
WHAT = r"""| parse @message /"requestParameters":\s*\{(?<request>.*?)\},\s*"(?:responseElements|requestID|eventID)"/
| parse @message /"responseElements":\s*\{(?<response>.*?)\},\s*"(?:additionalEventData|requestID|eventID)"/
| parse request /(?i)"[\w-]*(?:arn|name|id|identifier|url)s?":\s*[\[\{]?\s*"(?<requested>[^"]+)"/
| parse response /(?i)"[\w-]*(?:arn|name|id|identifier|url)s?":\s*[\[\{]?\s*"(?<responded>[^"]+)"/
| parse @message /"(?:ConsoleLogin|CheckMfa|Credential\w+|UserAuthentication)":\s*"(?<signIn>Failure)"/
| fields case(
        errorMessage like /./, errorMessage,
        responseElements.message like /./, responseElements.message,
        responseElements.errorMessage like /./, responseElements.errorMessage
    ) as failure
| parse failure /on resource: (?<denied>[^*\s].*?)(?: because | with an explicit |$)/
| fields
    coalesce(case(errorCode like /./, errorCode, errorMessage like /./, errorMessage), signIn) as error,
    coalesce(
        denied, resources.0.ARN, requested, responded, additionalEventData.LoginTo, failure
    ) as resource"""


def shown(*, change: bool) -> str:
    """The last stages: the columns in their order, newest first.

    Args:
        change: whether the control says what changed.
    """
    target = "target, change" if change else "target"
    return f"""| display @timestamp, eventSource, eventName, user, role, userType, callerAccount, account, region,
    sourceIPAddress, userAgent, {target}, error
| sort @timestamp desc"""


def compose(target: str = "resource", change: str = "") -> str:
    """All stages behind the filters of a control.

    Args:
        target: an expression, or several joined by commas, the best first; without any, whatever
            a record says of its resource.
        change: an expression of what changed.
    """
    parts = [part.strip() for part in (target, "resource" if target != "resource" else "") if part]
    named = f"coalesce({', '.join(parts)})" if len(parts) > 1 else parts[0]
    own = f"{named} as target" + (f",\n    {change} as change" if change else "")
    return "\n".join((WHO, WHAT, f"| fields\n    {own}", shown(change=bool(change)))) + "\n"
