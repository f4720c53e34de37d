"""`python -m tests.support.pin [VERSION]`: writes the public interface down, and a release's template.

`tests/public_names.txt` holds what a user's pipelines, dashboards and habits rest on: logical ids,
physical names, metrics, parameters, outputs, settings. A name goes only after CHANGELOG.md has said so.
"""

from __future__ import annotations

import json
import re
import sys
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

from stacks.settings.settings import CONTROL_SETTINGS, SETTINGS
from stacks.single_template.stack import template

from .synth import EXCLUDE, SHIPPED, settings, single_template, template_of, whole

PUBLIC_NAMES = Path(__file__).parents[1] / "public_names.txt"
CHANGELOG = Path("CHANGELOG.md")
EVERYTHING: dict[str, object] = {
    "cis_twins": "on",
    "extended": "all",
    "unauthorized-api-calls__exclude": EXCLUDE,
    "subscribers": "soc@example.com, https://hooks.example.com/cis",
}
NEW_TRAIL: dict[str, object] = {"trail": "new", "log_group_name": ""}
# Properties that name a thing outside its template.
_NAMES = (
    "AlarmName",
    "DashboardName",
    "FilterName",
    "Name",
    "TopicName",
    "QueueName",
    "TrailName",
    "LogGroupName",
)


def public_names() -> set[str]:
    """All names of deployments with everything turned on, and of the single template; one a line."""
    return {
        *(f"setting {setting.key}" for setting in (*SETTINGS, *CONTROL_SETTINGS)),
        *_of("template", json.loads(template(settings(whole(), **EVERYTHING), whole()).text)),
        *_of("app", template_of(whole(), **EVERYTHING)),
        *_of("app", template_of(whole(), **NEW_TRAIL)),
    }


def _of(where: str, template: dict[str, Any]) -> Iterator[str]:
    for part in ("Parameters", "Outputs"):
        for name in template.get(part, {}):
            if not name.startswith(("BootstrapVersion", "reference")):  # the CDK's own
                yield f"{where} {part.lower().removesuffix('s')} {name}"
    for id, resource in template["Resources"].items():
        yield f"{where} id {id} {resource['Type']}"
        properties = resource.get("Properties", {})
        for key in _NAMES:
            is_own = key != "LogGroupName" or resource["Type"] == "AWS::Logs::LogGroup"
            if key in properties and is_own:
                yield f"{where} name {resource['Type']} {_text(properties[key])}"
        for one in properties.get("MetricTransformations", ()):
            yield f"{where} metric {_text(one['MetricNamespace'])} {_text(one['MetricName'])}"


def _text(value: Any) -> str:
    """A name, or what it is made of."""
    match value:
        case str():
            return value
        case {"Fn::Sub": str(text)}:
            return text
        case {"Fn::Join": ["", [*parts]]}:
            return "".join(part if isinstance(part, str) else f"${{{part['Ref']}}}" for part in parts)
        case _:
            return json.dumps(value)


def pinned_names() -> set[str]:
    """The names that have been written down."""
    return set(PUBLIC_NAMES.read_text(encoding="utf-8").splitlines()) if PUBLIC_NAMES.exists() else set()


def unannounced(names: Iterable[str], changelog: str) -> list[str]:
    """Those of some names that are gone, of which the newest part of the changelog does not tell.

    It names each, or many by what they begin with: `cis/old/*`.
    """
    newest = changelog.split("\n## ")[1] if "\n## " in changelog else ""
    told = re.findall(r"`([^`]+)`", newest)
    beginnings = tuple(one.removesuffix("*") for one in told if one.endswith("*"))
    return sorted(
        name for name in names if _told(name) not in told and not _told(name).startswith(beginnings)
    )


def _told(line: str) -> str:
    """What a changelog calls it: the name alone."""
    where, kind, *words = line.split(" ")
    if where == "setting":
        return kind
    return " ".join(words[1:]) if kind in ("name", "metric") else words[0]


def release(version: str) -> Path:
    """Keeps the ids of a release's controls, and its single template: the next one is deployed over it."""
    ids = [control.id for control in whole().values() if control.is_alarm]
    SHIPPED.write_text("\n".join(ids) + "\n", encoding="utf-8")
    path = Path(__file__).parents[1] / "releases" / f"{version}.json"
    path.write_text(single_template() + "\n", encoding="utf-8")
    return path


def main() -> str:
    """Adds what is new and takes away what the changelog says is gone; what it does not say stays."""
    if version := sys.argv[1:]:
        release(version[0])
    now, kept = public_names(), pinned_names()
    silent = unannounced(kept - now, CHANGELOG.read_text(encoding="utf-8"))
    PUBLIC_NAMES.write_text("\n".join(sorted(now | set(silent))) + "\n", encoding="utf-8")
    return "\n".join(f"CHANGELOG.md does not say that this is gone: {name}" for name in silent)


if __name__ == "__main__":
    sys.exit(main() or 0)
