"""The command: asks, judges, and prints the settings that watch what was found."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import boto3  # type: ignore[import-untyped]  # boto3 has no types
import click
from botocore.exceptions import BotoCoreError, ClientError  # type: ignore[import-untyped]

from cis_insights import load_catalogue
from cis_insights.errors import printable
from cis_insights.verification.findings import Finding
from cis_insights.verification.trails import Place, Trail, check_trail, is_watchable

from .. import siblings
from ..terminal import print_text, show_progress
from .trails import find_trails

PREFIX = "cis-insights:"
_COLOURS = {"ok": "green", "warning": "yellow", "error": "red"}
_NEW = f'no trail records this account; "{PREFIX}trail": "new" makes one, with its log group'


@dataclass(frozen=True, slots=True)
class Examined:
    """A trail and the findings about it."""

    trail: Trail
    found: Sequence[Finding]

    @property
    def settings(self) -> dict[str, str]:
        """What watches its log group; empty where that cannot be watched."""
        if not is_watchable(self.found):
            return {}
        name = self.trail.log_group_name
        return {f"{PREFIX}trail": _guess_trail(self.trail), f"{PREFIX}log-group-name": name}

    @property
    def region(self) -> str:
        """Where its log group is, and the alarms have to be."""
        return self.trail.feeds.region if self.trail.feeds else self.trail.home


def doctor(*, profile: str | None, region: str | None, as_json: bool) -> int:
    """Prints what it finds.

    Returns:
        The exit status: 0 if there is exactly one log group to watch, in the Region that was asked.
    """
    place, examined = _examine(profile, region)
    choices = {one.trail.log_group_name: one.settings for one in examined if one.settings}
    if as_json:
        click.echo(json.dumps(_build_document(place, examined), indent=2))
    else:
        print_text(_draw_screen(place, examined, list(choices.values())))
    is_here = all(one.region == place.region for one in examined if one.settings)
    return 0 if len(choices) == 1 and is_here else 1


def _examine(profile: str | None, region: str | None) -> tuple[Place, list[Examined]]:
    with show_progress("reading and proving the controls"):
        catalogue, now = load_catalogue(), datetime.now(UTC)
    try:
        session = boto3.session.Session(profile_name=profile, region_name=region)
        if not session.region_name:
            raise click.UsageError("no Region: pass --region, or set AWS_REGION")
        with show_progress("asking CloudTrail"):
            place, found = find_trails(session)
    except (BotoCoreError, ClientError) as error:
        raise click.ClickException(printable(str(error))) from None
    examined = [Examined(one, check_trail(one, place, catalogue, now)) for one in found]
    return place, [Examined(one.trail, [*one.found, *_find_shared(one, examined)]) for one in examined]


def _find_shared(one: Examined, others: Sequence[Examined]) -> list[Finding]:
    """Two trails into one log group count each event twice."""
    names = [
        other.trail.name
        for other in others
        if other is not one and one.settings and other.settings == one.settings
    ]
    text = f"the log group is fed by {', '.join(names)} too: each event counts twice"
    return [Finding("warning", text, "let one trail feed it")] if names else []


def _guess_trail(trail: Trail) -> str:
    """The value of `cis-insights:trail`."""
    is_organization = bool(trail.description.get("IsOrganizationTrail"))
    return siblings.trail_modes.guess_trail(trail.log_group_name, is_organization=is_organization)


def _draw_screen(place: Place, examined: Sequence[Examined], choices: Sequence[Mapping[str, str]]) -> str:
    parts = [f"account {place.account}, {place.region}"]
    for one in examined:
        owner = "organization trail, " if one.trail.description.get("IsOrganizationTrail") else ""
        head = f"{printable(one.trail.name)} ({owner}home Region {one.trail.home})"
        parts.append("\n".join([head, *(line for finding in one.found for line in _draw_finding(finding))]))
    parts.append(_advise(examined, choices))
    if elsewhere := sorted({one.region for one in examined if one.settings} - {place.region}):
        parts.append(
            f"not in {place.region}: the trail's log group is in {' and '.join(elsewhere)}; deploy there:"
            f"\n  export AWS_REGION={elsewhere[0]}"
        )
    return "\n\n".join(parts)


def _draw_finding(finding: Finding) -> Iterator[str]:
    yield f"  {click.style(f'{finding.level:8}', fg=_COLOURS[finding.level])} {printable(finding.text)}"
    if finding.hint:
        yield f"           hint: {printable(finding.hint)}"


def _advise(examined: Sequence[Examined], choices: Sequence[Mapping[str, str]]) -> str:
    if not examined:
        return _NEW
    if not choices:
        return "no trail feeds a log group that can be watched: fix what is called an error above"
    head = 'Set, in cdk.json under "context":'
    if len(choices) > 1:
        head = f"{len(choices)} log groups can be watched; choose one, or deploy twice with two prefixes:"
    return "\n\n".join([head, *(json.dumps(choice, indent=2)[2:-2] for choice in choices)])


def _build_document(place: Place, examined: Sequence[Examined]) -> dict[str, Any]:
    found = [
        {
            "name": one.trail.name,
            "arn": one.trail.description["TrailARN"],
            "home_region": one.trail.home,
            "log_group_name": one.trail.log_group_name or None,
            "findings": [{"level": each.level, "text": each.text, "hint": each.hint} for each in one.found],
            "settings": one.settings or None,
        }
        for one in examined
    ]
    return {"account": place.account, "region": place.region, "trails": found}
