"""`cis-insights`: look at a catalogue before anything is deployed."""

from __future__ import annotations

import gc
import json
import sys
from pathlib import Path
from typing import Any

import click

from cis_insights import Catalogue, QueryError
from cis_insights.catalogue import built_in
from cis_insights.catalogue.control_file import EXTENDED
from cis_insights.errors import screen

from .backtest.options import backtest_options, parse_options, use_ids
from .destination import Destination, upload_option
from .drill.options import drill_options
from .drill.options import parse_options as parse_drill_options
from .error_handling import CommandError, Commands, OutputFile, extras, find_named
from .layout import align, count_noun
from .loading import PROVING, load, report_faults
from .preview.options import PreviewOptions, preview_options
from .prove import choose, describe_proof
from .rollout import rollout
from .shared_options import context_option, control_option, profile_option
from .template import find_upload, template
from .terminal import measure_prose, measure_width, print_error, print_text, show_progress
from .verify.options import parse_options as parse_verify_options
from .verify.options import verify_options

# Objects that are made before cycles among them are looked for: most live to the end of a command.
GC_THRESHOLD = 100_000
_FOLDERS = click.argument("folders", nargs=-1, type=click.Path(path_type=Path))


@click.group(cls=Commands, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="cis-insights")
def main() -> None:
    """CIS monitoring for AWS from Logs Insights queries.

    Without FOLDERS the commands look at the queries that come with this package.
    """
    gc.set_threshold(GC_THRESHOLD)


@main.command()
@_FOLDERS
def check(folders: tuple[Path, ...]) -> None:
    """Say everything that is wrong with the control files in FOLDERS."""
    catalogue = load(folders)
    if catalogue.warnings:
        print_error(f"{screen(catalogue.warnings)}\n")
    click.echo(f"{_list_defaults(catalogue)}\n")
    alarms = sum(control.is_alarm for control in catalogue.values())
    warned = f", {count_noun(len(catalogue.warnings), 'warning')}" if catalogue.warnings else ""
    found = f"{count_noun(alarms, 'control')} and {count_noun(len(catalogue) - alarms, 'investigation')}"
    click.echo(f"{found}: no faults{warned}")


@main.command()
@context_option
@click.option("--json", "as_json", is_flag=True, help="Print one JSON document, with all texts.")
@_FOLDERS
def plan(folders: tuple[Path, ...], context: tuple[str, ...], *, as_json: bool) -> None:
    """Say what would be deployed, control by control: alarms, filters, whom they notify, costs.

    Settings are those of the cdk.json in this folder, and of -c before them; without any, the
    defaults. Says what Security Hub would find, and each setting that has no effect.
    """
    from .plan_report import build_report  # noqa: PLC0415
    from .plan_report import draw_screen as plan_screen  # noqa: PLC0415
    from .plan_settings import plan_folders  # noqa: PLC0415

    try:
        with show_progress(PROVING):
            found = build_report(plan_folders(folders, context))
    except CommandError as error:
        print_error(f"{error}\n\nnothing can be deployed")
        sys.exit(1)
    except QueryError as error:
        report_faults(error.faults)
        sys.exit(1)
    if as_json:
        click.echo(json.dumps(found, indent=2))
    else:
        print_text(plan_screen(found, measure_prose()))


@main.command(name="prove")
@control_option
@_FOLDERS
def prove_command(folders: tuple[Path, ...], only: tuple[str, ...]) -> None:
    """Prove that query and filter patterns agree on every event; show an event where they do not."""
    try:
        catalogue = load(folders)
    except click.exceptions.Exit:
        click.echo("\nnot proven: see above", err=True)
        raise
    chosen = choose(catalogue, only)
    with show_progress(PROVING, total=len(chosen)) as advance:
        proofs = [describe_proof(control, advance) for control in chosen]
    for text, _ in proofs:
        print_text(text)
    sys.exit(0 if all(holds for _, holds in proofs) else 1)


@main.command(name="new")
@click.argument("id", metavar="ID")
@click.option(
    "--folder", type=click.Path(path_type=Path), help="Of your own; else queries/extended of a clone."
)
def new_command(id: str, folder: Path | None) -> None:
    """Write a control to edit, with an event that it finds and one that it does not.

    ID is lower-case words joined by hyphens. Nothing is ever overwritten.
    """
    from .new import write_control  # noqa: PLC0415

    click.echo(write_control(id, folder))


@main.command(name="test")
@control_option
@click.option("--json", "as_json", is_flag=True, help="Print one JSON document.")
@_FOLDERS
def test_command(folders: tuple[Path, ...], only: tuple[str, ...], *, as_json: bool) -> None:
    """Try recorded events against the controls in FOLDERS; say which condition is not met, and why.

    A folder holds its events itself: events/ID/match/*.json has to be found by the control ID,
    events/ID/nomatch/*.json must not. Query, patterns and SQL are asked alike. Without FOLDERS, the
    controls and events of a clone.
    """
    from .test.command import run_events  # noqa: PLC0415

    catalogue = load(folders)
    sys.exit(run_events(catalogue, folders, find_named(catalogue, only), is_json=as_json))


@main.command(name="backtest")
@backtest_options
def backtest_command(folders: tuple[Path, ...], context: tuple[str, ...], **options: Any) -> None:
    """Say how often each alarm would have fired on recorded CloudTrail events, when, and for whom.

    PATH is a file as CloudTrail delivers it, the output of lookup-events, an export of Logs Insights
    (JSON or CSV) or of CloudWatch Logs, whatever it is called, a folder of such, s3://bucket/prefix, or
    the log group itself: logs://GROUP. Where that is too much for one machine, --athena counts in a
    table. What settings exclude already (cdk.json, -c) is left out.

    What is broken is named and the rest counted; so is a file of more than 256 MiB, unpacked, and a
    line of more than 2 MiB. Exits with 1 if a file could not be read, or nothing was counted.
    """
    parsed = parse_options(**options)
    with extras("aws", "sql"):
        from .backtest.command import backtest  # noqa: PLC0415
        from .backtest.tried import read_settings  # noqa: PLC0415

        with show_progress(PROVING):
            planned = read_settings(folders, context)
        catalogue = planned.catalogue if planned else load((built_in(), *folders) if folders else ())
        sys.exit(backtest(catalogue, use_ids(parsed, catalogue), planned.plan.settings if planned else None))


@main.command(name="preview")
@preview_options
def preview_command(folders: tuple[Path, ...], **options: Any) -> None:
    """Draw the dashboards as one HTML page, without a network: what your last month would have looked like.

    PATH is CloudTrail's files, as the back-test takes them: a file, a folder, s3://bucket/prefix. Without
    any, the page shows a made-up week. With --account it shows the dashboards as they are deployed, from
    GetDashboard, GetMetricData, DescribeAlarms and the queries, whose price is said before they run.

    The page asks nobody for anything: alarms, their mails, each control with query, pattern and events.
    """
    parsed = PreviewOptions(**options)
    with extras("preview"):
        from .preview.command import preview  # noqa: PLC0415

        sys.exit(preview((built_in(), *folders) if folders else (), parsed))


@main.command(name="doctor")
@profile_option
@click.option("--region", metavar="REGION", help="The Region to deploy in; else the usual one.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON document.")
def doctor_command(profile: str | None, region: str | None, *, as_json: bool) -> None:
    """Find the trails of an account, and the settings that watch what they record; changes nothing.

    Asks sts:GetCallerIdentity, cloudtrail:DescribeTrails, GetTrailStatus and GetEventSelectors, and
    logs:DescribeLogGroups. Exits with 0 if there is exactly one log group to watch, in
    this Region.
    """
    with extras("aws"):
        from .doctor.command import doctor  # noqa: PLC0415

    sys.exit(doctor(profile=profile, region=region, as_json=as_json))


@main.command(name="verify")
@verify_options
def verify_command(folders: tuple[Path, ...], **options: Any) -> None:
    """Prove that CIS monitoring works in an account, whoever set it up; only --confirm changes anything.

    Starts from the account's trails: for each control of the benchmark, every metric filter on their
    log groups is proven to count its events, or an event is shown that it does not; then alarm, topic,
    key and subscriptions. With FILE it says the same of templates of CloudFormation, the CDK's too, and
    of `terraform show -json`, without an account. Exits with 0 only if everything holds.
    """
    parsed = parse_verify_options(folders=folders, **options)
    catalogue = load((built_in(), *folders) if folders else ())
    from .verify.command import verify  # noqa: PLC0415

    sys.exit(verify(catalogue, parsed))


@main.command(name="drill")
@drill_options
def drill_command(folders: tuple[Path, ...], **options: Any) -> None:
    """Set off the alarms on purpose, and see whether record, metric, alarm, message and answer follow.

    Finds what is deployed, whoever set it up. By default it makes real calls that fail and change
    nothing, one for each control where there is one, marked in the user agent. Says beforehand who
    will be paged, asks, and leaves nothing behind, not even after Ctrl-C. Exits with 0 only if every
    control that was drilled went through all steps.
    """
    parsed = parse_drill_options(folders=folders, **options)
    catalogue = load((built_in(), *folders) if folders else ())
    with extras("aws"):
        from .drill.command import drill  # noqa: PLC0415

    sys.exit(drill(catalogue, parsed))


@main.command(name="template")
@click.option("-o", "--output", type=OutputFile(), help="Write to FILE.", metavar="FILE")
@context_option
@upload_option
@profile_option
@click.option("--region", metavar="REGION", help="Of the credentials' partition; else the usual one.")
def template_command(
    output: Path | None,
    context: tuple[str, ...],
    upload: Destination | None,
    profile: str | None,
    region: str | None,
) -> None:
    """Write one CloudFormation template that deploys as it is: its inputs are parameters, it has no assets.

    Needs the extra `cdk` and Node. Settings that change what there is (exclusions, thresholds,
    controls) are said here; whatever differs between accounts is a parameter of the template.

    With --upload it goes into a bucket, and its URL to standard output: what `TemplateURL`, stack
    sets, Terraform and Service Catalog take. Asks s3:ListBucket for the bucket's Region, and
    s3:PutObject. Without --upload and -o the template goes to standard output.
    """
    try:
        found = find_upload(upload, profile, region)
        text = template(context).text + "\n"
        if found:
            found.put(text)
    except (CommandError, QueryError) as error:
        print_error(f"{error}\n\nno template was written")
        sys.exit(1)
    if output:
        output.write_text(text, encoding="utf-8")
    if found:
        click.echo(found.url)
    elif not output:
        click.echo(text, nl=False)


main.add_command(rollout)


def _list_defaults(catalogue: Catalogue) -> str:
    """Each control: whether it is deployed where no setting names it, and why."""
    controls = [control for control in catalogue.values() if control.is_alarm]
    rows = [(one.id, "on" if one.default else "off", one.default_because) for one in controls]
    lines = align(rows, measure_width()) if rows else []
    if groups := {control.group for control in controls if not control.default}:
        also = "cis-insights:extended, or " if EXTENDED in groups else ""
        lines.append(f"off: turned on by {also}the line # default: on")
    return "\n".join(lines)


if __name__ == "__main__":
    main()
