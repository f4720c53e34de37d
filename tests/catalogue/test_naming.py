"""A control is called by its id, its section of the benchmark or Security Hub's number."""

from __future__ import annotations

import pytest

from cis_insights import load_catalogue
from cis_insights.catalogue.naming import BENCHMARK_VERSION, UnknownControl, find_control, find_controls

CATALOGUE = load_catalogue()
ALARMS = [control for control in CATALOGUE.values() if control.is_alarm]


@pytest.mark.parametrize("name", ["vpc-changes", "4.14", "CloudWatch.14", "cloudwatch.14"])
def test_a_control_has_three_names(name: str) -> None:
    assert find_control(CATALOGUE, name).id == "vpc-changes"


def test_every_name_of_every_control_means_that_control_and_no_other() -> None:
    for control in ALARMS:
        names = [control.id, control.cis.get(BENCHMARK_VERSION), control.security_hub]
        assert {find_control(CATALOGUE, name).id for name in names if name} == {control.id}


def test_a_section_is_one_of_the_version_that_is_set() -> None:
    assert find_control(CATALOGUE, "3.14", "1.2.0").id == "vpc-changes"
    assert find_control(CATALOGUE, "5.14", "6.0.0").id == "vpc-changes"


def test_names_of_one_control_are_one() -> None:
    assert find_controls(CATALOGUE, ["4.14", "vpc-changes", "4.15"]) == (
        "vpc-changes",
        "organizations-changes",
    )
    assert find_controls(CATALOGUE, []) == ()


HINTS = {
    ("vpc-chages", "5.0.0"): "did you mean vpc-changes?",
    ("3.14", "5.0.0"): "3.14 of 1.2.0 is vpc-changes, 4.14 in 5.0.0",
    ("4.15", "1.2.0"): "4.15 of 5.0.0 is organizations-changes, not in 1.2.0: write organizations-changes",
    ("CloudWatch.24", "5.0.0"): "did you mean CloudWatch.4?",
}


@pytest.mark.parametrize(("name", "version"), HINTS, ids=str)
def test_a_name_that_means_none_is_refused_with_the_nearest(name: str, version: str) -> None:
    with pytest.raises(UnknownControl, match=f"there is no control '{name}'") as caught:
        find_control(CATALOGUE, name, version)
    assert caught.value.hint == HINTS[name, version]


def test_a_name_like_no_other_is_refused_with_all_there_are() -> None:
    with pytest.raises(UnknownControl) as caught:
        find_control(CATALOGUE, "zzz")
    assert caught.value.hint.startswith("one of: unauthorized-api-calls, 4.1, CloudWatch.2, ")
    assert all(control.id in caught.value.hint for control in ALARMS)


def test_an_investigation_is_not_a_control() -> None:
    with pytest.raises(UnknownControl):
        find_control(CATALOGUE, "root-timeline")
