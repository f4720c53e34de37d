"""A deploy never asks CloudWatch Logs for more metric filters at once than it makes in a second."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from ..support.synth import (
    EXCLUDE,
    Resources,
    built_in_and,
    resources,
    single_template,
    stack,
)

PER_SECOND = 5  # https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/cloudwatch_limits_cwl.html
OWN = "# title: T\n# severity: low\n# alarm: 1 in 5m\n# why: W.\n# respond: R.\n"
EVERYTHING: dict[str, object] = {
    "extended": "all",
    "cis_twins": "on",
    "unauthorized-api-calls__exclude": EXCLUDE,
}


def made_at_once(found: Resources) -> list[set[str]]:
    """Filters that CloudFormation begins together, step by step, where each takes as long as any other."""
    waiting = {name: _needs(one) for name, one in found.items() if one["Type"].endswith("MetricFilter")}
    steps = []
    while waiting:
        ready = {name for name, needs in waiting.items() if not needs & waiting.keys()}
        assert ready, "filters that wait for each other"
        steps.append(ready)
        waiting = {name: needs for name, needs in waiting.items() if name not in ready}
    return steps


def _needs(resource: dict[str, Any]) -> set[str]:
    needs = resource.get("DependsOn", [])
    return {needs} if isinstance(needs, str) else set(needs)


def single() -> Resources:
    found: Resources = json.loads(single_template())["Resources"]
    return found


def own_controls(folder: Path, count: int) -> Path:
    for number in range(count):
        (folder / f"own-{number}.cwli").write_text(f'{OWN}filter eventName = "x{number}"')
    return folder


def test_one_is_made_at_a_time_in_each_folder_of_controls() -> None:
    assert [len(step) for step in made_at_once(resources(stack()))] == [*[2] * 6, *[1] * 10]


def test_the_single_template_is_as_slow() -> None:
    assert max(map(len, made_at_once(single()))) == 2


def test_everything_turned_on_and_forty_controls_of_one_s_own_are_within_the_quota(tmp_path: Path) -> None:
    catalogue = built_in_and(own_controls(tmp_path, 40))
    before = made_at_once(resources(stack(**EVERYTHING)))
    steps = made_at_once(resources(stack(catalogue, **EVERYTHING)))
    assert sum(map(len, steps)) == sum(map(len, before)) + 40
    assert max(map(len, steps)) == 3 < PER_SECOND


def test_without_the_order_all_would_be_made_at_once() -> None:
    """The twin: it is the order that keeps them apart."""
    assert [len(step) for step in made_at_once(_loose(resources(stack())))] == [22]


def _loose(found: Resources) -> Resources:
    return {
        name: {key: value for key, value in one.items() if key != "DependsOn"} for name, one in found.items()
    }


def test_a_control_less_changes_the_order_of_one_filter_and_nothing_that_is_deployed() -> None:
    before, after = (resources(stack(**chosen)) for chosen in ({}, {"controls_off": "vpc-changes"}))
    filters = {name for name, one in after.items() if one["Type"].endswith("MetricFilter")}
    assert {name: before[name] for name in filters} == {name: after[name] for name in filters}
    after = resources(stack(controls_off="network-acl-changes"))
    filters &= after.keys()
    assert len([name for name in filters if before[name] != after[name]]) == 1
    assert {name: _loose(before)[name] for name in filters} == {name: _loose(after)[name] for name in filters}
