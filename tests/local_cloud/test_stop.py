"""What runs when the local cloud stops."""

from __future__ import annotations

import threading
import time

from local_cloud import LocalCloud

from ..support.machines import make_machine, make_role


def test_executions_end_when_it_stops() -> None:
    wait = {"Wait": {"Type": "Wait", "Seconds": 60, "End": True}}
    branches = [{"StartAt": "Wait", "States": wait}, {"StartAt": "Wait", "States": wait}]
    states = {"Both": {"Type": "Parallel", "Branches": branches, "End": True}}
    with LocalCloud() as running:
        machine = make_machine(running, "waiting", states, make_role(running, "waiting", "states"))
        running.client("stepfunctions").start_execution(stateMachineArn=machine)
        before = threading.active_count()
        started = time.monotonic()
    assert time.monotonic() - started < 3
    assert threading.active_count() < before
