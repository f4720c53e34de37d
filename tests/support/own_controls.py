"""Controls that somebody adds to `queries/extended`, each with two events: one for each way to deploy one."""

from __future__ import annotations

import json
from pathlib import Path

HEADER = "# title: {id}\n# severity: low\n# alarm: 1 in 5m\n# why: It is tried.\n# respond: Look at it.\n"
SOURCE = 'filter eventSource = "ssm.amazonaws.com" and eventName = '
# Conditions by id, each with the call that it finds.
CONDITIONS = {
    "own-plain": ("CreateDocument", ""),
    "own-log-alarm": ("PutParameter", '\n    and tolower(userAgent) like "curl"'),
    "own-negative": (
        "DeleteParameter",
        '\n    and (not ispresent(errorCode) or errorCode != "ParameterNotFound")',
    ),
}


def add(root: Path, id: str) -> None:
    """Adds the control and its events to a clone."""
    name, more = CONDITIONS[id]
    model = (root / "queries" / "extended" / "s3-public-access-changes.cwli").read_text(encoding="utf-8")
    columns = model[model.index("| parse userIdentity.arn") :]
    text = f'{HEADER.format(id=id)}{SOURCE}"{name}"{more}\n{columns}'
    (root / "queries" / "extended" / f"{id}.cwli").write_text(text, encoding="utf-8")
    _event(root, id, "match/0-demo.json", name)
    _event(root, id, "nomatch/another-call.json", "GetParameter")


def _event(root: Path, id: str, place: str, name: str) -> None:
    events = root / "tests" / "events"
    demo = events / "vpc-changes" / "match" / "0-demo.json"
    own = {
        "eventSource": "ssm.amazonaws.com",
        "eventName": name,
        "userAgent": "curl/8.5",
        "eventID": f"{id}-{name}",
    }
    record = {**json.loads(demo.read_text(encoding="utf-8")), **own}
    path = events / id / place
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(record, indent=2) + "\n", encoding="utf-8")
