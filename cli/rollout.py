"""The command `cis-insights rollout`: the single template in many accounts, the way their pipeline works."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from functools import partial, reduce
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from cis_insights import QueryError
from cis_insights.catalogue.references import holds_reference
from cis_insights.errors import printable

from . import siblings
from .destination import upload_option
from .error_handling import CommandError, OutputFile
from .shared_options import profile_option
from .template import find_upload, split_pair, template, using_cdk
from .terminal import print_error, show_progress

if TYPE_CHECKING:
    from stacks.rollout import Rollout

    from .upload import Upload

_Command = Callable[..., None]
_FILE = "cis-insights.json"
_DESCRIPTION = "CIS AWS Foundations monitoring of a CloudTrail log group"
_ARGUMENTS = {"ou": "organizational_units", "account": "accounts", "region": "regions"}


def _combine(*options: Callable[[Any], Any]) -> Callable[[_Command], _Command]:
    return lambda command: reduce(lambda inner, option: option(inner), reversed(options), command)


def _refuse_unprintable(context: click.Context, parameter: click.Parameter, value: Any) -> Any:
    """Refuses what cannot be seen, or refers to a secret: it would be in what is written."""
    for text in value if isinstance(value, tuple) else (value,):
        if text and not text.isprintable():
            raise click.BadParameter(f"{printable(text)!r} holds what cannot be seen")
        if text and holds_reference(text):
            raise click.BadParameter(f"{printable(text)!r} would be deployed as the value it refers to")
    return value


_text = partial(click.option, callback=_refuse_unprintable)
_OUTPUT = click.option("-o", "--output", type=OutputFile(), metavar="FILE", help="Write to FILE.")
_NAME = _text("--name", default="cis-insights", show_default=True, help="Of the stack set or stack.")
_URL = _combine(
    _text("--template-url", metavar="URL", help="Where the template is in a bucket."),
    upload_option,
    profile_option,
)
_EVERY_WAY = _combine(
    click.option("-c", "--context", multiple=True, metavar="KEY=VALUE", help="As `template` takes it."),
    _text("-p", "--parameter", multiple=True, metavar="NAME=VALUE", help="A parameter of the template."),
    _text("--ou", multiple=True, metavar="UNIT", help="An organizational unit: its id, name or path."),
    _text("--account", multiple=True, metavar="ACCOUNT", help="An account of the units, or alone."),
    _text("--region", multiple=True, metavar="REGION", help="The home Region of the trail."),
    _NAME,
    _OUTPUT,
)
_STACK_SET = _combine(
    click.option(
        "--call-as",
        type=click.Choice(["SELF", "DELEGATED_ADMIN"]),
        default="SELF",
        show_default=True,
        help="In the management account, or in one that administers stack sets for it.",
    ),
    click.option("--retain", is_flag=True, help="Keep the stack in an account that leaves the units."),
    click.option(
        "--failure-tolerance", type=int, default=0, show_default=True, help="Accounts that may fail."
    ),
    click.option("--max-concurrent", type=int, default=1, show_default=True, help="Accounts at one time."),
    _URL,
)
_TEMPLATE_FILE = partial(
    _text, "--template-file", metavar="PATH", show_default=True, help="Where the template will be."
)


@click.group()
def rollout() -> None:
    """Write what rolls the template out to many accounts; `template` writes the template itself."""


@rollout.command(name="stack-set")
@_EVERY_WAY
@_STACK_SET
def stack_set_command(output: Path | None, **options: Any) -> None:
    """A CloudFormation template with a stack set: new accounts of the units get it by themselves."""
    _roll_out(lambda found: f"{siblings.stack_set.write_stack_set(found)}\n", output, options)


@rollout.command(name="cfct")
@_EVERY_WAY
@_URL
@_TEMPLATE_FILE(default=f"templates/{_FILE}")
def cfct_command(output: Path | None, template_file: str, **options: Any) -> None:
    """The manifest.yaml of Customizations for AWS Control Tower."""
    _roll_out(lambda found: siblings.manifests.write_cfct(found, template_file), output, options)


@rollout.command(name="lza")
@_EVERY_WAY
@_TEMPLATE_FILE(default=f"cloudformation/{_FILE}")
def lza_command(output: Path | None, template_file: str, **options: Any) -> None:
    """The customizations-config.yaml of Landing Zone Accelerator on AWS."""
    _roll_out(lambda found: siblings.manifests.write_lza(found, template_file), output, options)


@rollout.command(name="terraform")
@_EVERY_WAY
@_STACK_SET
@_TEMPLATE_FILE(default=_FILE)
def terraform_command(output: Path | None, template_file: str, **options: Any) -> None:
    """A stack set in Terraform's JSON syntax."""
    _roll_out(lambda found: siblings.manifests.write_terraform(found, template_file), output, options)


@rollout.command(name="service-catalog")
@click.option("-c", "--context", multiple=True, metavar="KEY=VALUE", help="Of the template for --upload.")
@_NAME
@_URL
@_OUTPUT
def service_catalog_command(name: str, output: Path | None, **options: Any) -> None:
    """A CloudFormation template with a Service Catalog product, which is an Account Factory blueprint too."""
    if options["context"] and not options["upload"]:
        raise click.UsageError("-c is for the template that --upload writes: give it too, or leave -c out")
    with _reporting(), using_cdk():
        upload = _find_upload(options)
        if upload:
            upload.put(template(options["context"]).text + "\n")
        url = upload.url if upload else options["template_url"]
        _write(siblings.manifests.write_service_catalog(name, _DESCRIPTION, url), output)


@contextmanager
def _reporting() -> Iterator[None]:
    """Prints what is wrong with what is asked for, and exits."""
    try:
        yield
    except (CommandError, QueryError) as error:
        print_error(f"{error}\n\nnothing was written")
        sys.exit(1)


def _roll_out(write: Callable[[Rollout], str], output: Path | None, options: dict[str, Any]) -> None:
    """Writes what a tool reads; uploads the template before, where that is asked and nothing is wrong."""
    destination = {name: options.pop(name, None) for name in ("upload", "profile")}
    with _reporting(), using_cdk():
        rollout = _make_rollout(options)
        upload = _find_upload({**options, **destination}, rollout.regions[0])
        if upload:
            rollout = replace(rollout, template_url=upload.url)
        with show_progress("making the rollout"):
            text = write(rollout)
        if upload:
            upload.put(rollout.template.text + "\n")
        _write(text, output)


def _find_upload(options: dict[str, Any], region: str | None = None) -> Upload | None:
    """Where the template is to be put, if somewhere."""
    if options["upload"] and options["template_url"]:
        message = "--upload makes an address, and --template-url names another"
        raise click.UsageError(f"{message}: give one of them")
    return find_upload(options["upload"], options["profile"], region)


def _make_rollout(options: dict[str, Any]) -> Rollout:
    context, given = options.pop("context"), dict(map(split_pair, options.pop("parameter")))
    named = {_ARGUMENTS.get(name, name): value for name, value in options.items()}
    return siblings.targets.Rollout(template=template(context), parameters=given, **named)


def _write(text: str, output: Path | None) -> None:
    if output:
        output.write_text(text, encoding="utf-8")
    else:
        click.echo(text, nl=False)
