"""What `parse` cuts out of a text, as a regular expression of RE2.

https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/CWL_QuerySyntax-Parse.html
"""

from __future__ import annotations

import re

from ..logs_insights.syntax import Parse, String
from .conditions import numbered


def cut_by(stage: Parse) -> tuple[str, list[tuple[str, int]]]:
    """The regular expression of a `parse`, its groups numbered, and the number of each name's group."""
    match stage.pattern:
        case String(value=glob):
            pieces = [re.escape(piece) for piece in glob.split("*")]
            source = (
                "(?s)" + "(.*?)".join(pieces[:-1]) + "(.*?)" + pieces[-1] + ("$" if not pieces[-1] else "")
            )
            return source, [(name, number) for number, name in enumerate(stage.names, 1)]
        case pattern:
            groups = list(enumerate(pattern.groups, 1))
            named = [number for number, name in groups if name] or [number for number, _ in groups]
            return numbered(pattern.source), list(zip(stage.names, named, strict=True))
