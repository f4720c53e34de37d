"""Controls that somebody adds as the README says: one for each way to deploy one, edited after `new`."""

from __future__ import annotations

import json
from pathlib import Path

SOURCE = 'filter eventSource = "ssm.amazonaws.com" and eventName = '
# Filters by id, each behind the call that it asks for.
FILTERS = {
    "own-plain": ("CreateDocument", ""),
    "own-negative": (
        "DeleteParameter",
        '\n    and (not ispresent(errorCode) or errorCode != "ParameterNotFound")',
    ),
    "own-log-alarm": ("PutParameter", '\n    and tolower(userAgent) like "aws-cli"'),
    "own-parsed": (
        "LabelParameterVersion",
        '\n| parse userIdentity.arn /user\\/(?<person>.+)$/\n| filter person = "alice"',
    ),
}


def edit(root: Path, id: str) -> None:
    """Writes the filter, and the call into the events, of a control that `cis-insights new` made."""
    name, more = FILTERS[id]
    path = root / "queries" / "extended" / f"{id}.cwli"
    text = path.read_text(encoding="utf-8")
    before, _, rest = text.partition("\nfilter ")
    path.write_text(f'{before}\n{SOURCE}"{name}"{more}\n{rest.partition(chr(10))[2]}', encoding="utf-8")
    for kind, call in (("match", name), ("nomatch", "GetParameter")):
        (event,) = (root / "tests" / "events" / id / kind).glob("*.json")
        record = json.loads(event.read_text(encoding="utf-8"))
        event.write_text(json.dumps(record | {"eventName": call}), encoding="utf-8")
