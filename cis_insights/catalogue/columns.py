r"""The columns that every control has, as the text of its query: who did what to what, from where.

A control's query is its filters, then WHO, WHAT, one `fields` of its own with `target` and, where it
matters, `change`, then `shown`. The text is repeated in each file, so that a file pastes into the console.

An empty text is nobody's name: `parse` leaves a field out where its expression does not match, and
`like /./` is true of texts that hold something.
https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/CWL_QuerySyntax-Parse.html
https://docs.aws.amazon.com/awscloudtrail/latest/userguide/cloudtrail-event-reference-user-identity.html
"""

from __future__ import annotations

from collections.abc import Iterator
from difflib import get_close_matches

from ..errors import Fault, Span
from ..logs_insights.query import Query
from ..logs_insights.syntax import Fields, Stats

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
        userIdentity.identityProvider like /./, userIdentity.identityProvider,
        userIdentity.accountId like /./, userIdentity.accountId
    ), userIdentity.type) as user,
    if(
        userIdentity.type = "Root" and userIdentity.sessionContext.assumedRoot in ["true", 1],
        "Root (assumedRoot)", userIdentity.type
    ) as userType,
    coalesce(recipient, userIdentity.accountId) as account,
    case(
        userIdentity.invokedByDelegate.accountId like /./, userIdentity.invokedByDelegate.accountId,
        ispresent(recipient) and userIdentity.accountId like /./ and userIdentity.accountId != recipient,
        userIdentity.accountId
    ) as callerAccount,
    awsRegion as region"""

# Why it failed, and what a record says of its resource, whatever the service calls it: the resource that
# permission was missing for, the ARN beside the call, the first name or id of call, answer and details by its
# key (EC2 writes some as `{"tag": 1, "content": "vpc-.."}`), the first text that looks like an ARN or an id.
_NEXT = (
    r'(?:\}$|,\s*"(?:additionalEventData|awsRegion|event(?:ID|Name|Source|Time|Type|Version)|readOnly|'
    r'recipientAccountId|requestID|requestParameters|resources|responseElements|sourceIPAddress|userAgent|userIdentity)")'
)
_NAMED = r'(?i)(?:(?:arn|name|id(?:entifier)?|url|bucket)s?|values)"'
_TEXT = r'(?:\[|\{(?:"tag":\s*1,\s*)?"content":)?\s*"(?<called>[^"]+)"'
WHAT = rf"""| parse @message /"requestParameters":\s*\{{(?<request>.*?)\}}{_NEXT}/
| parse @message /"responseElements":\s*\{{(?<response>.*?)\}}{_NEXT}/
| parse @message /"(?:serviceEventDetails|additionalEventData)":\s*\{{(?<details>.*?)\}}/
| parse @message /"(?:ConsoleLogin|CheckMfa|Credential\w+|UserAuthentication)":\s*"(?<signIn>Failure)"/
| fields
    replace(replace(
        concat(coalesce(request, ""), " ", coalesce(response, ""), " ", coalesce(details, "")),
        "requestId", ""), "ownerId", "") as said,
    case(
        errorMessage like /./, errorMessage,
        responseElements.message like /./, responseElements.message,
        responseElements.errorMessage like /./, responseElements.errorMessage
    ) as failure
| parse failure /on resource: (?<denied>[^*\s].*?)(?: because | with an explicit |$)/
| parse said /{_NAMED}:\s*{_TEXT}/
| parse said /"(?<shaped>arn:[^"]+|[a-z]+-[0-9a-f]{{8,17}})"/
| fields
    coalesce(case(errorCode like /./, errorCode, errorMessage like /./, errorMessage), signIn) as error,
    coalesce(
        denied, resources.0.ARN, additionalEventData.LoginTo,
        responseElements.instancesSet.items.0.instanceId, called, shaped, failure
    ) as resource"""


# What is shown, in this order; `change`, a control's own columns and `error` come behind.
SHOWN = """| display @timestamp, eventSource, eventName, user, role, userType, callerAccount, account, region,
    sourceIPAddress, userAgent, target"""


def compose(target: str = "resource", change: str = "") -> str:
    """All stages behind the filters of a control.

    Args:
        target: an expression of what it was done to.
        change: an expression of what changed; without one, the control has no such column.
    """
    own = [f"{target} as target", *([f"{change} as change"] if change else [])]
    names = ["target", *(["change"] if change else []), "error"]
    shown = SHOWN.removesuffix("target") + ", ".join(names)
    return "\n".join((WHO, WHAT, f"| fields {', '.join(own)}", shown, "| sort @timestamp desc")) + "\n"


def column_faults(query: Query) -> Iterator[Fault]:
    """A warning for each part of the common columns that a query says in words of its own.

    Only a query that names a `user` is meant to have them; one that counts has no more than WHO.
    """
    names = {column.alias for stage in query.stages if isinstance(stage, Fields) for column in stage.columns}
    shows = not any(isinstance(stage, Stats) for stage in query.stages)
    parts = ((WHO, "user" in names), (WHAT, {"user", "target"} <= names), (SHOWN, "user" in names and shows))
    for part, expected in parts:
        if expected and part not in query.text:
            yield _departure(query, part)


def _departure(query: Query, part: str) -> Fault:
    """The first line of a part that a query has not, at the line that is most like it or comes before."""
    lines = part.splitlines()
    missing = next(n for n in range(len(lines)) if "\n".join(lines[: n + 1]) not in query.text)
    likely = get_close_matches(lines[missing], query.text.splitlines(), 1)
    near = next(iter([*likely, *lines[:missing][-1:]]), "")
    at = query.text.find(near) if near else query.span.start
    span = Span(at, at + len(near)) if near else query.span
    message = "the common columns of all controls have another line here"
    return Fault(message, span, query.text, f"write: {lines[missing].strip()}", query.path, "warning")
