"""States in JSONata, where the interpreter needed corrections."""

from __future__ import annotations

from typing import Any

import pytest

from local_cloud import LocalCloud

from ..support.machines import make_machine, make_role, run

States = dict[str, dict[str, Any]]


@pytest.fixture(scope="module")
def role(cloud: LocalCloud) -> str:
    return make_role(cloud, "plain", "states")


def _choose(condition: object) -> States:
    return {
        "Choose": {
            "Type": "Choice",
            "Choices": [{"Condition": condition, "Output": "chosen", "Assign": {"way": 1}, "Next": "End"}],
            "Default": "End",
            "Output": "default",
            "Assign": {"way": 2},
        },
        "End": {"Type": "Succeed", "Output": "{% [$states.input, $way] %}"},
    }


CASES: dict[str, tuple[States, object]] = {
    "succeed-has-an-output": ({"End": {"Type": "Succeed", "Output": "{% $states.input.a + 1 %}"}}, 2),
    "succeed-passes-its-input": ({"End": {"Type": "Succeed"}}, {"a": 1}),
    "assignments-see-the-variables-before-them": (
        {
            "One": {"Type": "Pass", "Assign": {"x": 1, "y": 2}, "Next": "Two"},
            "Two": {"Type": "Pass", "Assign": {"x": "{% $y %}", "y": "{% $x %}"}, "Next": "End"},
            "End": {"Type": "Succeed", "Output": "{% [$x, $y] %}"},
        },
        [2, 1],
    ),
    "an-output-sees-the-variables-before-its-assignments": (
        {
            "One": {"Type": "Pass", "Assign": {"x": 1}, "Next": "Two"},
            "Two": {"Type": "Pass", "Assign": {"x": 2}, "Output": "{% $x %}", "Next": "End"},
            "End": {"Type": "Succeed", "Output": "{% [$states.input, $x] %}"},
        },
        [1, 2],
    ),
    "a-rule-is-chosen": (_choose("{% $states.input.a = 1 %}"), ["chosen", 1]),
    "a-default-has-its-own-output": (_choose("{% $states.input.a = 2 %}"), ["default", 2]),
}


@pytest.mark.parametrize("name", CASES)
def test_a_state_answers_as_documented(cloud: LocalCloud, role: str, name: str) -> None:
    states, output = CASES[name]
    assert run(cloud, make_machine(cloud, name, states, role), {"a": 1})["output"] == output


@pytest.mark.parametrize(
    ("name", "states"),
    [
        ("condition", _choose("{% $states.input.a %}")),
        ("undefined", {"End": {"Type": "Succeed", "Output": "{% $states.input.b %}"}}),
    ],
)
def test_what_jsonata_cannot_answer_is_an_error(
    cloud: LocalCloud, role: str, name: str, states: States
) -> None:
    found = run(cloud, make_machine(cloud, f"wrong-{name}", states, role), {"a": 1})
    assert found["error"] == "States.QueryEvaluationError"
