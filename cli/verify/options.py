"""Options of the command: what is verified, against which benchmark, and how it is printed."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import reduce
from pathlib import Path
from typing import Any

import click

from cis_insights.errors import printable

from ..error_handling import OutputFile
from ..shared_options import own_queries_option, profile_option

FORMS = ("text", "json", "github", "sarif")
DEFAULT_VERSION = "5.0.0"  # as the setting `benchmark-version`


@dataclass(frozen=True, slots=True, kw_only=True)
class VerifyOptions:
    """What to verify, and how to print it."""

    files: tuple[Path, ...]
    profile: str | None
    region: str | None
    version: str  # of the benchmark
    folders: tuple[Path, ...]  # of own controls
    only: tuple[str, ...]  # ids of controls; empty: all of the benchmark
    parameters: Mapping[str, str]  # of templates, in place of their defaults
    form: str  # one of FORMS
    html: Path | None  # where the evidence goes
    drill: Path | None  # that the evidence cites
    organization: bool  # every account of it
    role: str  # that is assumed in each
    confirm: str | None  # a subscription by its token, or by the address in its mail
    topic: str | None  # of that subscription
    matcher: bool  # ask AWS's own matcher instead
    output: Path | None  # where its result goes

    @property
    def is_evidence(self) -> bool:
        """Whether somebody files what comes out."""
        return self.html is not None or self.form == "json"


_OPTIONS: tuple[Callable[[Callable[..., None]], Callable[..., None]], ...] = (
    click.argument("files", nargs=-1, metavar="[FILE]...", type=click.Path(path_type=Path)),
    profile_option,
    click.option("--region", metavar="REGION", help="Of the account; else the usual one."),
    click.option(
        "--benchmark-version",
        "version",
        default=DEFAULT_VERSION,
        show_default=True,
        metavar="VERSION",
        help="Of the CIS benchmark, whose controls have to hold.",
    ),
    own_queries_option,
    click.option("--control", "only", multiple=True, metavar="ID", help="Only these have to hold."),
    click.option(
        "--parameter", multiple=True, metavar="NAME=VALUE", help="Of the templates; else its default."
    ),
    click.option("--format", "form", type=click.Choice(FORMS), default="text", show_default=True),
    click.option("--html", type=OutputFile(), metavar="FILE", help="Write the evidence as a page, too."),
    click.option(
        "--drill",
        type=click.Path(path_type=Path, exists=True, dir_okay=False),
        metavar="FILE",
        help="A drill that the evidence cites: what `drill -o` has written.",
    ),
    click.option("--organization", is_flag=True, help="Verify every account; needs --role."),
    click.option("--role", default="", metavar="NAME", help="A role to assume in each account."),
    click.option(
        "--confirm",
        metavar="TOKEN",
        help="Confirm a subscription such that no forwarded mail can end it; TOKEN or the mail's address.",
    ),
    click.option("--topic-arn", "topic", metavar="ARN", help="Of the subscription to confirm."),
    click.option("--matcher", is_flag=True, help="Ask AWS's own matcher about every pattern instead."),
    click.option("-o", "--output", type=OutputFile(), metavar="FILE", help="Keep what --matcher finds."),
    click.option("--json", "is_json", is_flag=True, help="As --format json: one document."),
)


def verify_options(command: Callable[..., None]) -> Callable[..., None]:
    """Gives a command its options."""
    return reduce(lambda done, option: option(done), reversed(_OPTIONS), command)


def parse_options(*, is_json: bool, form: str, parameter: tuple[str, ...], **options: Any) -> VerifyOptions:
    """The options of the command line as one value.

    Raises:
        click.UsageError: where they do not belong together.
    """
    if options["files"] and (options["profile"] or options["region"]):
        raise click.UsageError("--profile and --region are of an account: leave them out with files")
    if options["output"] and not options["matcher"]:
        raise click.UsageError("--output is of --matcher")
    if bool(options["organization"]) != bool(options["role"]):
        raise click.UsageError("--organization and --role NAME belong together")
    for name in ("matcher", "organization", "confirm"):
        if options[name] and options["files"]:
            raise click.UsageError(f"--{name} asks AWS: leave out the files")
    form = "json" if is_json else form
    is_evidence = options["html"] or form == "json"
    if options["drill"] and (options["files"] or options["organization"] or not is_evidence):
        raise click.UsageError("--drill is of the evidence of one account: --html FILE or --json")
    if options["organization"] and (options["html"] or form in ("github", "sarif")):
        raise click.UsageError("--organization prints text or --json: verify one account for a page")
    parameters = dict(map(_read_parameter, parameter))
    if parameters and not options["files"]:
        raise click.UsageError("--parameter is of templates: name their files")
    return VerifyOptions(form=form, parameters=parameters, **options)


def _read_parameter(text: str) -> tuple[str, str]:
    name, equals, value = text.partition("=")
    if not (name and equals):
        raise click.UsageError(f"{printable(text)!r} is not NAME=VALUE")
    return name, value
