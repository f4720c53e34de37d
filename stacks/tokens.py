"""Values that are known only when deployed, as the CDK writes them in a text."""

from __future__ import annotations

import re

# `${Token[TOKEN.12]}`: a parameter's value, for one.
TOKEN = re.compile(r"\$\{Token\[[^\]]+\]\}")


def escape(text: str) -> str:
    """`text` with nothing in it that CloudFormation would replace, but values known only when deployed."""
    return re.sub(r"\$\{(?!Token\[)", "${!", text)
