"""A strict reader of Amazon States Language with JSONata: what the answers' state machine uses, and no more.

Variables of a branch stay in it, every output is at most 262,144 bytes, and an error goes to the first
retrier or catcher that names it, as AWS documents; waits take no time.
https://docs.aws.amazon.com/step-functions/latest/dg/workflow-variables.html
https://docs.aws.amazon.com/step-functions/latest/dg/concepts-error-handling.html
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from jsonata.jexception import JException

from .jsonata_states import Undefined, evaluate

MAX_BYTES = 262_144
Call = Callable[[str, Any], Any]


class StateError(Exception):
    """An error by its name, with its cause."""

    def __init__(self, name: str, cause: str = "") -> None:
        super().__init__(name, cause)
        self.name, self.cause = name, cause


@dataclass(slots=True)
class Execution:
    """One execution: its input, what it waited, and the states that it came through."""

    input: Any
    call: Call  # of AWS: `service:action` and its arguments
    states: list[str] = field(default_factory=list)
    waited: int = 0

    def run(self, machine: Mapping[str, Any], given: Any, variables: Mapping[str, Any]) -> Any:
        """The output of a machine or of a branch.

        Raises:
            StateError: if it fails.
        """
        own, name = dict(variables), machine["StartAt"]
        while name:
            state = machine["States"][name]
            self.states.append(name)
            if state["Type"] == "Succeed":
                return given
            given, name = self._step(state, given, own)
            assert len(json.dumps(given).encode()) <= MAX_BYTES, name
        return given

    def _step(self, state: Mapping[str, Any], given: Any, own: dict[str, Any]) -> tuple[Any, str | None]:
        try:
            return self._attempt(state, given, own)
        except StateError as error:
            for catcher in state.get("Catch", ()):
                if _names(catcher, error.name):
                    told = {"input": given, "errorOutput": {"Error": error.name, "Cause": error.cause}}
                    return self._fill(catcher["Output"], own, **told), catcher["Next"]
            raise

    def _attempt(self, state: Mapping[str, Any], given: Any, own: dict[str, Any]) -> tuple[Any, str | None]:
        match state["Type"]:
            case "Choice":
                for rule in state["Choices"]:
                    if self._fill(rule["Condition"], own, input=given) is True:
                        return given, rule["Next"]
                return given, state["Default"]
            case "Fail":
                raise StateError(state["Error"], self._fill(state["Cause"], own, input=given))
            case "Wait":
                self.waited += state["Seconds"]
                result = given
            case "Pass":
                result = given
            case "Task":
                result = self._task(state, given, own)
            case "Map":
                items = self._fill(state["Items"], own, input=given)
                assert isinstance(items, list)
                result = [self.run(state["ItemProcessor"], item, own) for item in items]
            case "Parallel":
                result = [self.run(branch, given, own) for branch in state["Branches"]]
        told = {"input": given, "result": result}
        output = self._fill(state["Output"], own, **told) if "Output" in state else result
        own |= {name: self._fill(value, own, **told) for name, value in state.get("Assign", {}).items()}
        return output, state.get("Next")

    def _task(self, state: Mapping[str, Any], given: Any, own: Mapping[str, Any]) -> Any:
        arguments = self._fill(state["Arguments"], own, input=given)
        attempts = [retrier["MaxAttempts"] for retrier in state["Retry"]]
        while True:
            try:
                return self.call(state["Resource"].split("aws-sdk:")[1], arguments)
            except StateError as error:
                number = next(
                    (place for place, one in enumerate(state["Retry"]) if _names(one, error.name)), None
                )
                if number is None or attempts[number] == 0:
                    raise
                attempts[number] -= 1

    def _fill(self, value: Any, own: Mapping[str, Any], **states: Any) -> Any:
        match value:
            case str() if value.startswith("{%") and value.endswith("%}"):
                states["context"] = {"Execution": {"Input": self.input}}
                try:
                    return evaluate(value, states=states, **own)
                except (JException, Undefined, ValueError) as error:
                    raise StateError("States.QueryEvaluationError", str(error)) from None
            case Mapping():
                return {name: self._fill(one, own, **states) for name, one in value.items()}
            case list():
                return [self._fill(one, own, **states) for one in value]
            case _:
                return value


def _names(rule: Mapping[str, Any], error: str) -> bool:
    """Whether a retrier or catcher is for an error."""
    for name in rule["ErrorEquals"]:
        if name == error or (name == "States.ALL" and error != "States.DataLimitExceeded"):
            return True
        if name == "States.TaskFailed" and not error.startswith("States."):
            return True
    return False
