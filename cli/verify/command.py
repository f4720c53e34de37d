"""The command: reads, verifies and prints."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import UTC, datetime

import click

from cis_insights import Catalogue
from cis_insights.errors import printable
from cis_insights.verification.verifier import Verification
from cis_insights.verification.verifier import verify as verify_setup

from ..error_handling import extras
from ..terminal import print_text, show_progress
from .annotations import write_github, write_sarif
from .document import Evidence, build_document, write_document
from .evidence import write_evidence
from .options import VerifyOptions
from .screen import draw_screen
from .unreadable import Unreadable


def verify(catalogue: Catalogue, options: VerifyOptions) -> int:
    """Prints what it finds.

    Returns:
        The exit status: 0 if everything holds.
    """
    _check(catalogue, options)
    if options.matcher or options.organization or options.confirm:
        with extras("aws"):
            from . import session  # noqa: PLC0415
        if options.confirm:
            return session.confirm(options)
        return (session.ask_matcher if options.matcher else session.verify_all)(catalogue, options)
    evidence = _collect(catalogue, options)
    if options.html:
        options.html.write_text(write_evidence(build_document(evidence)), encoding="utf-8")
    if text := _FORMS[options.form](evidence):
        (print_text if options.form == "text" else click.echo)(text)
    return 0 if evidence.found.holds else 1


_FORMS: Mapping[str, Callable[[Evidence], str]] = {
    "text": lambda evidence: draw_screen(evidence.found),
    "json": lambda evidence: write_document(build_document(evidence)).removesuffix("\n"),
    "github": lambda evidence: write_github(evidence.found),
    "sarif": lambda evidence: write_sarif(evidence.found),
}


def _collect(catalogue: Catalogue, options: VerifyOptions) -> Evidence:
    """Verifies files, or the account of the credentials.

    Raises:
        click.ClickException: where that cannot be done.
    """
    if options.files:
        found = _verify_files(catalogue, options)
        return Evidence(found=found, now=datetime.now(UTC), files=tuple(map(str, options.files)))
    with extras("aws"):
        from .session import collect_here  # noqa: PLC0415
    return collect_here(catalogue, options)


def _check(catalogue: Catalogue, options: VerifyOptions) -> None:
    versions = sorted({known for control in catalogue.values() for known in control.cis})
    if options.version not in versions:
        message = f"{printable(options.version)!r} is not a version of the benchmark: {', '.join(versions)}"
        raise click.BadParameter(message, param_hint="--benchmark-version")
    if unknown := [name for name in options.only if name not in catalogue]:
        message = f"no control is called {printable(', '.join(unknown))}"
        raise click.BadParameter(message, param_hint="--control")


def _verify_files(catalogue: Catalogue, options: VerifyOptions) -> Verification:
    """Verifies what files would deploy.

    Raises:
        click.ClickException: if a file cannot be read.
    """
    with extras("templates"):
        from .files import read_files  # noqa: PLC0415  # cfn-lint takes a second
    try:
        with show_progress("reading the files"):
            setup = read_files(options.files, options.parameters)
    except Unreadable as error:
        raise click.ClickException(str(error)) from None
    with show_progress("verifying what they deploy"):
        return verify_setup(setup, catalogue, options.version, None, options.only)
