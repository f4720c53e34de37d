"""Executions of state machines: MiniStack's interpreter, with tasks, waits and errors as on AWS.

https://docs.aws.amazon.com/step-functions/latest/dg/concepts-amazon-states-language.html
"""

from __future__ import annotations

import secrets
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from contextvars import ContextVar
from typing import Any

from ..ministack import get_scope, load_module
from ..protocol.messages import Parameters, ServiceError
from ..protocol.roles import may_assume
from . import jsonata
from .limits import match_error
from .tasks import Session, Tasks

_SERVICE = "states.amazonaws.com"
_PATIENCE = 5.0  # seconds until an execution has noticed that the cloud stops
_METRICS = {
    "RUNNING": "ExecutionsStarted",
    "SUCCEEDED": "ExecutionsSucceeded",
    "FAILED": "ExecutionsFailed",
    "ABORTED": "ExecutionsAborted",
    "TIMED_OUT": "ExecutionsTimedOut",
}
_SESSION: ContextVar[Session] = ContextVar("session")


class _Stopped(BaseException):
    """The cloud stops: past MiniStack's handling of exceptions, to the end of the execution's thread."""


class Executions:
    """The running executions of a local cloud.

    Args:
        tasks: runs the task states.
        count_metric: adds one to a metric, given its namespace, name and dimensions.
        wait_scale: by which waits and the intervals of retries are multiplied.
    """

    def __init__(
        self, tasks: Tasks, count_metric: Callable[[str, str, dict[str, str]], None], wait_scale: float
    ) -> None:
        self._tasks, self._count_metric, self._scale = tasks, count_metric, wait_scale
        self._stopping = threading.Event()
        self._threads: set[threading.Thread] = set()

    def build_replacements(self) -> dict[str, Any]:
        """Replacements of functions of MiniStack's Step Functions, by name."""
        states = load_module("services.stepfunctions")
        return {
            **jsonata.build_replacements(),
            "_run_execution": self._run_in_session(states._run_execution),
            "_run_sub_machine": _end_quietly(states._run_sub_machine),
            "_invoke_resource": self._run_task,
            "_scaled_sleep": self._wait,
            "_error_matches": match_error,
            "_emit_execution_status_event": self._count(states._emit_execution_status_event),
            "_create_state_machine": _check_role(states._create_state_machine),
            "_update_state_machine": _check_role(states._update_state_machine),
        }

    def stop(self) -> None:
        """Ends all executions."""
        self._stopping.set()
        for thread in [*self._threads]:
            thread.join(_PATIENCE)

    def _run_in_session(self, run: Callable[[str], None]) -> Callable[[str], None]:
        def run_execution(arn: str) -> None:
            self._threads.add(threading.current_thread())
            try:
                with suppress(_Stopped), _open_session(arn):
                    run(arn)
            finally:
                self._threads.discard(threading.current_thread())

        return run_execution

    def _run_task(self, resource: str, arguments: Any) -> Parameters:
        self._wait(0)
        return self._tasks.run(_SESSION.get(), resource, arguments)

    def _wait(self, seconds: float) -> None:
        """Waits; ends the thread of the execution when the cloud stops."""
        if self._stopping.wait(seconds * self._scale):
            raise _Stopped

    def _count(self, emit: Callable[[Parameters], None]) -> Callable[[Parameters], None]:
        """https://docs.aws.amazon.com/step-functions/latest/dg/procedure-cw-metrics.html"""

        def emit_status(execution: Parameters) -> None:
            emit(execution)
            dimensions = {"StateMachineArn": execution["stateMachineArn"]}
            self._count_metric("AWS/States", _METRICS[execution["status"]], dimensions)

        return emit_status


def _end_quietly(run: Callable[..., Any]) -> Callable[..., Any]:
    """Branches and iterations have threads of their own; they end without a traceback."""

    def run_branch(*arguments: Any, **named: Any) -> Any:
        with suppress(_Stopped):
            return run(*arguments, **named)
        return None

    return run_branch


@contextmanager
def _open_session(execution: str) -> Iterator[None]:
    """Assumes the role of an execution's state machine meanwhile."""
    states, sts = load_module("services.stepfunctions"), load_module("services.sts")
    machine = states._state_machines[states._executions[execution]["stateMachineArn"]]
    key = f"ASIA{secrets.token_hex(8).upper()}"
    role, name = machine["roleArn"].rpartition("/")[2], secrets.token_hex(16)
    arn = f"arn:aws:sts::{get_scope()[0]}:assumed-role/{role}/{name}"
    credentials = {"SecretAccessKey": secrets.token_hex(20), "SessionToken": secrets.token_hex(20)}
    sts.register_session(key, {**credentials, "Arn": arn, "UserId": f"AROA{role.upper()[:16]}:{name}"})
    token = _SESSION.set(Session(machine["roleArn"], arn, key))
    try:
        yield
    finally:
        _SESSION.reset(token)
        sts._sessions.pop(key, None)


def check_trust(role: str, machine: str) -> None:
    """Refuses a role that does not trust Step Functions for a state machine, by its ARN.

    Raises:
        ServiceError: as CreateStateMachine answers.
    """
    if not may_assume(role, _SERVICE, machine):
        message = (
            f"Neither the global service principal {_SERVICE}, nor the regional one is authorized to assume"
        )
        raise ServiceError("AccessDeniedException", f"{message} the provided role.")


def _write_arn(name: str) -> str:
    account, region = get_scope()
    return f"arn:aws:states:{region}:{account}:stateMachine:{name}"


def _check_role(put: Callable[[Parameters], Any]) -> Callable[[Parameters], Any]:
    """Returns MiniStack's CreateStateMachine or UpdateStateMachine with the check of the role."""

    def put_state_machine(request: Parameters) -> Any:
        try:
            if "roleArn" in request:
                check_trust(request["roleArn"], request.get("stateMachineArn") or _write_arn(request["name"]))
        except ServiceError as error:
            refuse = load_module("core.responses").error_response_json
            return refuse(error.code, error.message, error.status)
        return put(request)

    return put_state_machine
