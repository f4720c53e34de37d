"""States in JSONata, where MiniStack's interpreter differs from AWS's.

https://docs.aws.amazon.com/step-functions/latest/dg/transforming-data.html
https://docs.aws.amazon.com/step-functions/latest/dg/workflow-variables.html
"""

from __future__ import annotations

from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

from ..ministack import load_module
from .limits import check_size

State = dict[str, Any]
Evaluate = Callable[..., Any]
TIMEOUT = 20_000  # milliseconds of an expression, by the clock


def build_replacements() -> dict[str, Any]:
    """Replacements of functions of MiniStack's Step Functions, by name."""
    states = load_module("services.stepfunctions")
    return {
        "_apply_jsonata_output": _limit(states._apply_jsonata_output),
        "_apply_output_path": _evaluate_output(states._apply_output_path),
        "_apply_state_assign": assign,
        "_execute_choice": _add_default(states._execute_choice),
        "_evaluate_jsonata_choice_rule": evaluate_condition,
        "jsonata": _give_time(states.jsonata),
    }


def _give_time(library: Any) -> Any:
    """The library with TIMEOUT in place of AWS's second, which a busy machine exceeds."""

    def create(expression: str, **_: Any) -> Any:
        return library.Jsonata.jsonata(expression, timeout=TIMEOUT)

    return SimpleNamespace(Jsonata=SimpleNamespace(jsonata=create), utils=library.utils)


def _is_jsonata(state: State, context: State | None) -> bool:
    return bool(load_module("services.stepfunctions")._state_query_language(state, context) == "JSONata")


def _limit(apply: Evaluate) -> Evaluate:
    """The Output of a state may not be too large."""

    def apply_output(state: State, *arguments: Any, **named: Any) -> Any:
        output = apply(state, *arguments, **named)
        check_size(output, state.get("Type", ""))
        return output

    return apply_output


def _evaluate_output(apply: Evaluate) -> Evaluate:
    """A Succeed state has an Output, too: MiniStack only knows the OutputPath of JSONPath."""

    def apply_output_path(state: State, value: Any, context: State | None = None) -> Any:
        if not _is_jsonata(state, context):
            return apply(state, value, context)
        return load_module("services.stepfunctions")._apply_jsonata_output(
            state, value, context, default=value
        )

    return apply_output_path


def assign(
    state: State, given: Any, context: State | None, result: Any = None, error_output: Any = None
) -> None:
    """All expressions of an Assign see the variables as they were before it."""
    if context is None or not _is_jsonata(state, context):
        return
    evaluate, variables = load_module("services.stepfunctions")._apply_jsonata_template, context["variables"]
    variables |= {
        name: evaluate(template, given, context, result=result, error_output=error_output)
        for name, template in state.get("Assign", {}).items()
    }


def _add_default(execute: Evaluate) -> Evaluate:
    """Assign and Output of a Choice state apply if it takes its Default."""

    def execute_choice(state: State, given: Any, context: State | None = None) -> Any:
        if _is_jsonata(state, context) and "Default" in state:
            otherwise: State = {"Condition": True, "Next": state["Default"]}
            otherwise |= {name: state[name] for name in ("Assign", "Output") if name in state}
            state = {**state, "Choices": [*state["Choices"], otherwise]}
        return execute(state, given, context)

    return execute_choice


def evaluate_condition(rule: State, given: Any, context: State | None) -> bool:
    """The Condition of a rule must be a Boolean."""
    states = load_module("services.stepfunctions")
    return bool(states._jsonata_state_field(rule, "Condition", "boolean", given, context))
