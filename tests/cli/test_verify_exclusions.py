"""Exclusions that a template declares: read in their form, proven, and nothing where they have another."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from cis_insights.verification.model import DeclaredExclusion
from cli.verify.exclusions import KEY, read_exclusions

from ..support.evidence import DECLARED, VPC
from ..support.set_ups import catalogue
from ..support.verify_files import flat, template, verify, write

WRITTEN = {"condition": DECLARED.condition, "why": DECLARED.why, "owner": "SecOps", "until": "2027-03-31"}


def read(value: Any) -> tuple[DeclaredExclusion, ...]:
    return read_exclusions({"Metadata": {KEY: value}})


def test_what_a_template_declares_is_read() -> None:
    assert read([WRITTEN]) == (DECLARED,)
    assert read([{"condition": "a = 1"}]) == (DeclaredExclusion("a = 1"),)
    assert read([{**WRITTEN, "until": "soon"}])[0].until is None


@pytest.mark.parametrize(
    "value",
    [None, "a", {}, [1], ["a = 1"], [{}], [{"condition": 1}], [{"condition": ""}], [{**WRITTEN, "why": []}]],
    ids=str,
)
def test_what_has_another_form_is_no_exclusion(value: Any) -> None:
    assert read(value) == ()


@pytest.mark.parametrize("resource", [{}, {"Metadata": "a"}, {"Metadata": {"other": [WRITTEN]}}], ids=str)
def test_a_resource_without_any_has_none(resource: Any) -> None:
    assert read_exclusions(resource) == ()


def test_no_more_are_read_than_a_pattern_has_room_for() -> None:
    assert len(read([WRITTEN] * 1_000)) == 100


def test_filters_of_a_template_leave_out_what_it_declares(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr("cli.loading.load_catalogue", lambda *_: catalogue())
    (pattern,) = catalogue()[VPC].excluding([DECLARED.condition]).patterns
    text = template(vpc_changes=pattern.text)
    head = "  VpcChanges:\n    Type: AWS::CloudWatch::Alarm\n"
    declared = text.replace(head, f"{head}    Metadata: {json.dumps({KEY: [WRITTEN]})}\n")
    assert declared != text
    arguments = ("--control", VPC, "--parameter", "Group=trail")
    silent, said = verify(write(text), *arguments), verify(write(declared), *arguments)
    assert (silent.exit_code, said.exit_code) == (1, 0)
    assert "error 4.14 vpc-changes narrower" in flat(silent)
    assert "ok 4.14 vpc-changes excluding" in flat(said)
