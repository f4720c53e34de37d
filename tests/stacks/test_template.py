"""What is synthesized passes the linters of the field, in every partition."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import pytest
from aws_cdk import App, Stack, Validations
from aws_cdk import aws_logs as logs
from aws_cdk import aws_sqs as sqs
from cdk_nag import AwsSolutionsChecks

from cis_insights import Catalogue
from stacks.monitoring import CisMonitoring
from stacks.stack import CisStack

from ..support.linting import MAIN, OTHER_PARTITIONS, find_faults
from ..support.synth import (
    built_in_and,
    settings,
)

LOG_ALARM = (
    "# title: T\n# severity: low\n# alarm: 1 in 5m\n# why: W.\n# respond: R.\n"
    'filter tolower(userAgent) = "curl"\n'
)
EVERYTHING: dict[str, object] = {
    "extended": "all",
    "cis_twins": "on",
    "subscribers": "soc@example.com,https://example.com/x,arn:aws:sqs:eu-west-1:111122223333:q,"
    "arn:aws:lambda:eu-west-1:111122223333:function:f",
    "subscribers_critical": "pager@example.com",
    "topic_arn": "arn:aws:sns:eu-west-1:111122223333:central",
    "tags": "team=soc",
    "unauthorized-api-calls__exclude": 'sourceIPAddress = "192.0.2.1"',
}
# A template without links.
BARE: dict[str, object] = {"log_group_name": "x" * 512, "dashboards": "off", "controls": "log-alarm"}
SETS: dict[str, dict[str, object]] = {"least": {}, "everything": EVERYTHING}


@pytest.fixture(scope="module")
def catalogue(tmp_path_factory: pytest.TempPathFactory) -> Catalogue:
    folder = tmp_path_factory.mktemp("own")
    (folder / "log-alarm.cwli").write_text(LOG_ALARM)
    return built_in_and(folder)


def _synthesized(
    values: dict[str, object], catalogue: Catalogue, folder: Path, *, nag: bool = False
) -> list[str]:
    app = App(outdir=str(folder))
    CisStack(app, "CisInsights", settings=settings(catalogue, **values), catalogue=catalogue)
    if nag:
        Validations.of(app).add_plugins(AwsSolutionsChecks(verbose=True))
    app.synth()
    return [path.read_text() for path in sorted(folder.glob("*.template.json"))]


def _lint(templates: Sequence[str], regions: Sequence[str]) -> list[str]:
    return [fault for template in templates for fault in find_faults(template, regions)]


@pytest.mark.parametrize("values", [*SETS.values(), BARE], ids=[*SETS.keys(), "bare"])
def test_cfn_lint_finds_nothing(values: dict[str, object], catalogue: Catalogue, tmp_path: Path) -> None:
    assert _lint(_synthesized(values, catalogue, tmp_path), MAIN) == []


def test_a_log_group_that_is_named_when_it_is_deployed_is_in_no_text_but_by_reference(tmp_path: Path) -> None:
    app = App(outdir=str(tmp_path))
    theirs = Stack(app, "Theirs")
    CisMonitoring(theirs, "Cis", log_group=logs.LogGroup(theirs, "Trail"), settings=settings())
    app.synth()
    templates = [path.read_text() for path in sorted(tmp_path.glob("*.template.json"))]
    assert _lint(templates, MAIN) == []
    assert not any("Token[" in text or "Token*" in text or "*7B" in text for text in templates)


@pytest.mark.parametrize("values", SETS.values(), ids=SETS.keys())
def test_cfn_lint_finds_nothing_in_other_partitions(
    values: dict[str, object], catalogue: Catalogue, tmp_path: Path
) -> None:
    """There are no log alarms in China and GovCloud, and a setting to leave them out."""
    templates = _synthesized({**values, "log_alarms": "off"}, catalogue, tmp_path)
    assert _lint(templates, OTHER_PARTITIONS) == []


@pytest.mark.parametrize("values", SETS.values(), ids=SETS.keys())
def test_cdk_nag_s_aws_solutions_finds_nothing_that_is_not_answered(
    values: dict[str, object], catalogue: Catalogue, tmp_path: Path
) -> None:
    _synthesized(values, catalogue, tmp_path, nag=True)  # raises ValidationFailed otherwise


def test_cdk_nag_is_really_asked(tmp_path: Path) -> None:
    app = App(outdir=str(tmp_path))
    sqs.Queue(Stack(app, "Bad"), "Queue")
    Validations.of(app).add_plugins(AwsSolutionsChecks(verbose=True))
    with pytest.raises(RuntimeError, match="ValidationFailed"):
        app.synth()


def test_two_syntheses_are_the_same_byte_by_byte(catalogue: Catalogue, tmp_path: Path) -> None:
    first = _synthesized(EVERYTHING, catalogue, tmp_path / "a")
    assert first == _synthesized(EVERYTHING, catalogue, tmp_path / "b")
