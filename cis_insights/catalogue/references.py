"""Dynamic references: CloudFormation, or the CDK, replaces them by a value, a secret for instance.

No text is deployed with one in it: the value would be in mails, saved queries and dashboards.
https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/dynamic-references.html
https://docs.aws.amazon.com/cdk/v2/guide/tokens.html
"""

from __future__ import annotations

import re

from ..errors import Fault, Span

MESSAGE = "CloudFormation would put the value that this refers to in its place, a secret for instance"
HINT = "write the text itself; a condition can say: like /resolve:/"
# Printing and compiling a query removes backslashes from literals and expressions.
_HEAD = r"\{\\*\{\s*" + r"\\*".join("resolve") + r"\s*\\*:"
_REFERENCE = re.compile(_HEAD, re.IGNORECASE)
_REFERENCE_OR_TOKEN = re.compile(_HEAD + r"|[$#]\{Token\[", re.IGNORECASE)


def holds_reference(text: str, *, or_token: bool = False) -> bool:
    """Whether CloudFormation would take a part of this text for a dynamic reference.

    Args:
        or_token: also whether the CDK would take a part for a token, which an app may pass on purpose.
    """
    return (_REFERENCE_OR_TOKEN if or_token else _REFERENCE).search(text) is not None


def reference_faults(text: str, path: str) -> list[Fault]:
    """A fault at each beginning of a dynamic reference, or of a CDK token, in a text."""
    found = _REFERENCE_OR_TOKEN.finditer(text)
    return [Fault(MESSAGE, Span(*match.span()), text, HINT, path) for match in found]
