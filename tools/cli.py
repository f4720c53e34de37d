"""`cis-insights`: look at a catalogue before anything is deployed."""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import click
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from cis_insights import Catalogue, Control, Equivalent, Fault, QueryError, load_catalogue, prove
from cis_insights.catalogue import built_in
from cis_insights.errors import printable, screen

from .backtest.options import backtest_options, parse_options
from .commands import Commands, OutputFile
from .rollout_command import rollout

BENCHMARK = "5.0.0"  # whose section numbers `plan` shows
_FOLDERS = click.argument("folders", nargs=-1, type=click.Path(path_type=Path))


@click.group(cls=Commands, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="cis-insights")
def main() -> None:
    """CIS monitoring for AWS from Logs Insights queries.

    Without FOLDERS the commands look at the queries that come with this package.
    """


@main.command()
@_FOLDERS
def check(folders: tuple[Path, ...]) -> None:
    """Say everything that is wrong with the control files in FOLDERS."""
    catalogue = _load(folders)
    if catalogue.warnings:
        click.echo(f"{screen(catalogue.warnings)}\n", err=True)
    alarms = sum(control.is_alarm for control in catalogue.values())
    warned = f", {_many(len(catalogue.warnings), 'warning')}" if catalogue.warnings else ""
    found = f"{_many(alarms, 'control')} and {_many(len(catalogue) - alarms, 'investigation')}"
    click.echo(f"{found}: no faults{warned}")


@main.command()
@click.option("--json", "as_json", is_flag=True, help="Print one JSON document.")
@_FOLDERS
def plan(folders: tuple[Path, ...], *, as_json: bool) -> None:
    """Say what each control becomes, and what Security Hub says."""
    controls = [_planned(control) for control in _load(folders).values() if control.is_alarm]
    if as_json:
        click.echo(json.dumps({"controls": controls}, indent=2))
        return
    table = Table("control", "CIS", "severity", "alarm", "filters", "Security Hub", box=None, pad_edge=False)
    for row in controls:
        filters = str(len(row["patterns"])) if row["patterns"] else "log alarm"
        hub = " ".join(filter(None, (row["security_hub"], row["security_hub_says"])))
        cis = row["cis"].get(BENCHMARK, "-")
        table.add_row(row["id"], cis, row["severity"], row["alarm"], filters, escape(hub))
    _console().print(table)
    for row in controls:
        if row["not_compilable"]:
            click.echo(f"\n{row['not_compilable']}")


@main.command(name="prove")
@click.option("--control", "only", multiple=True, metavar="ID", help="Prove only these.")
@_FOLDERS
def prove_command(folders: tuple[Path, ...], only: tuple[str, ...]) -> None:
    """Prove that query and filter patterns agree on every event; show an event where they do not."""
    try:
        catalogue = _load(folders)
    except click.exceptions.Exit:
        click.echo("\nnot proven: see above", err=True)
        raise
    unknown = [name for name in only if name not in catalogue]
    if unknown:
        message = f"no control is called {printable(', '.join(unknown))}"
        raise click.BadParameter(message, param_hint="--control")
    failed = [control.id for control in _chosen(catalogue, only) if not _proven(control)]
    sys.exit(1 if failed else 0)


@main.command(name="backtest")
@backtest_options
def backtest_command(folders: tuple[Path, ...], **options: Any) -> None:
    """Say how often each alarm would have fired on recorded CloudTrail events, and for whom.

    PATH is a file as CloudTrail delivers it (.json.gz), an export (.jsonl, .jsonl.gz), a folder of
    such, or s3://bucket/prefix. Where that is too much for one machine, --athena counts in a table.
    What is broken is named and the rest counted; so is a file of more than 256 MiB, unpacked, and a
    line of more than 2 MiB.
    """
    parsed = parse_options(**options)
    catalogue = _load((built_in(), *folders) if folders else ())
    with _extras("aws", "sql"):
        from .backtest.command import backtest  # noqa: PLC0415

    sys.exit(backtest(catalogue, parsed))


@main.command(name="doctor")
@click.option("--profile", metavar="NAME", help="Of the credentials; else the usual ones.")
@click.option("--region", metavar="REGION", help="The Region to deploy in; else the usual one.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON document.")
def doctor_command(profile: str | None, region: str | None, *, as_json: bool) -> None:
    """Find the trails of an account, and the settings that watch what they record; changes nothing.

    Asks sts:GetCallerIdentity, cloudtrail:DescribeTrails, GetTrailStatus and GetEventSelectors, and
    logs:DescribeLogGroups. Exits with 0 if there is exactly one log group to watch, in
    this Region.
    """
    with _extras("aws"):
        from .doctor.command import doctor  # noqa: PLC0415

    sys.exit(doctor(profile=profile, region=region, as_json=as_json))


@main.command(name="template")
@click.option("-o", "--output", type=OutputFile(), help="Write to FILE.", metavar="FILE")
@click.option("-c", "--context", multiple=True, metavar="KEY=VALUE", help="A setting, as the app reads it.")
def template_command(output: Path | None, context: tuple[str, ...]) -> None:
    """Write one CloudFormation template that deploys as it is: its inputs are parameters, it has no assets.

    Needs the extra `cdk` and Node. Settings that change what there is (exclusions, thresholds,
    controls) are said here; whatever differs between accounts is a parameter of the template.
    """
    from .template import MAX_INLINE, TemplateError, template  # noqa: PLC0415  # takes seconds

    try:
        text = template(context)
    except (TemplateError, QueryError) as error:
        click.echo(f"{error}\n\nno template was written", err=True)
        sys.exit(1)
    if (size := len(text.encode())) > MAX_INLINE:
        click.echo(
            f"{size:,} bytes: more than the {MAX_INLINE:,} that fit inline; give it by its URL", err=True
        )
    if output:
        output.write_text(text + "\n", encoding="utf-8")
    else:
        click.echo(text)


main.add_command(rollout)


@contextmanager
def _extras(*names: str) -> Iterator[None]:
    """Says what to install where a library is missing."""
    try:
        yield
    except ModuleNotFoundError as error:
        hint = f"    hint: pip install 'cis-insights[{','.join(names)}]'"
        click.echo(f"error: there is no module {error.name}\n{hint}", err=True)
        sys.exit(1)


def _chosen(catalogue: Catalogue, only: tuple[str, ...]) -> list[Control]:
    return [
        control for control in catalogue.values() if control.is_alarm and (not only or control.id in only)
    ]


def _proven(control: Control) -> bool:
    if control.not_compilable:
        click.echo(
            f"{control.id}: log alarm, no pattern to prove: {control.not_compilable.faults[0].message}"
        )
        return True
    start = time.perf_counter()
    answer = prove(control.query, control.patterns)
    milliseconds = (time.perf_counter() - start) * 1000
    filters = f"{len(control.patterns)} filter{'s' if len(control.patterns) > 1 else ''}"
    click.echo(f"{control.id}: {answer} ({filters}, {milliseconds:.0f} ms)")
    return isinstance(answer, Equivalent)


def _planned(control: Control) -> dict[str, Any]:
    """What `plan --json` says of a control."""
    reason = control.not_compilable
    return {
        "id": control.id,
        "title": control.title,
        "path": control.path,
        "severity": control.severity,
        "cis": dict(control.cis),
        "on_by_default": control.default,
        "alarm": f"{control.threshold} in {control.period // 60}m",
        "threshold": control.threshold,
        "period": control.period,
        "patterns": [pattern.text for pattern in control.patterns],
        "regexes": sum("%" in pattern.text for pattern in control.patterns),
        "covers_more": control.covers_more,
        "security_hub": control.security_hub,
        "security_hub_says": _security_hub(control),
        "not_compilable": str(reason) if reason else None,
    }


def _security_hub(control: Control) -> str:
    if control.security_hub is None:
        return ""
    exact = control.exact_pattern in [pattern.text for pattern in control.patterns]
    return "exact text" if exact else "fails: not the exact text"


def _load(folders: tuple[Path, ...]) -> Catalogue:
    try:
        return load_catalogue(*folders)
    except QueryError as error:
        _report(error.faults)
        raise click.exceptions.Exit(1) from None


def _report(faults: tuple[Fault, ...]) -> None:
    click.echo(screen(faults), err=True)
    errors = sum(fault.severity == "error" for fault in faults)
    click.echo(f"\n{_many(errors, 'error')}, {_many(len(faults) - errors, 'warning')}", err=True)


def _many(count: int, noun: str) -> str:
    return f"{count} {noun}{'' if count == 1 else 's'}"


def _console() -> Console:
    console = Console(highlight=False)
    if not console.is_terminal:
        console.width = 140  # a log keeps its lines
    return console


if __name__ == "__main__":
    main()
