"""The README shows what is so."""

from __future__ import annotations

import ast
import json
import re
from datetime import date
from pathlib import Path

import pytest
from aws_cdk import App, Stack

from cis_insights import Equivalent, prove
from dev.docs import list_parts, write_parts
from stacks.plan import plan
from stacks.settings import PREFIX, read_settings

from ..support.synth import BASE, built_in

README = Path("README.md").read_text()


def _blocks(language: str) -> list[str]:
    blocks = re.findall(rf"^( *)```{language}\n(.*?)^ *```", README, re.DOTALL | re.MULTILINE)
    return [re.sub(rf"^{indent}", "", block, flags=re.MULTILINE) for indent, block in blocks]


@pytest.mark.parametrize("page", list_parts())
def test_the_generated_parts_of_a_page_are_up_to_date(page: str) -> None:
    text = Path(page).read_text(encoding="utf-8")
    assert write_parts(page, text) == text, "run: make docs"


def test_the_settings_it_shows_are_read_compiled_and_proven() -> None:
    shown = [json.loads("{" + block.rstrip().rstrip(",") + "}") for block in _blocks("json")]
    assert len(shown) == 3
    context = {PREFIX + key: value for key, value in BASE.items()}
    for settings in shown:
        context |= settings
    found = plan(built_in(), read_settings(context, built_in()), today=date(2027, 1, 1)).controls
    (denied,) = [one for one in found if one.control.id == "unauthorized-api-calls"]
    assert denied.alarm
    assert denied.alarm.threshold == 20
    assert len(denied.control.excluded) == 2
    assert prove(denied.control.query, denied.control.patterns) == Equivalent()
    (vpc,) = [one for one in found if one.control.id == "vpc-changes"]
    failed = {"eventName": "CreateVpc", "errorCode": "AccessDenied"}
    (twin,) = vpc.twins
    assert twin.patterns == (built_in()["vpc-changes"].exact_pattern,)
    assert built_in()["vpc-changes"].query.matches(failed)
    assert not vpc.control.query.matches(failed)
    assert vpc.control.query.matches({"eventName": "CreateVpc"})


def test_the_construct_it_shows_runs() -> None:
    (code,) = _blocks("python")
    scope = {"self": Stack(App(), "Theirs")}
    exec(compile(ast.parse(code), "README.md", "exec"), scope)  # noqa: S102


def test_its_links_lead_somewhere() -> None:
    for link in re.findall(r"\]\(([^)#:]+)\)", README):
        assert Path(link).exists(), link
