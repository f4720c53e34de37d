"""Looks for the steps of the chain until all were seen or the time is over."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError  # type: ignore[import-untyped]

from cis_insights.verification.trails import Unanswered

from ..doctor.trails import ask
from .answers import SCHEMA
from .calls import DENIED
from .clients import Clients
from .mailbox import Mailbox
from .marks import Marks
from .trial import Trial

_LONGEST = 5.0  # seconds between two looks
_PERIOD = 60  # seconds; a datapoint of a metric filter is of a minute
# Ours: by which the clock of this machine may differ from AWS's. What was counted before is subtracted; of
# alarms none was in ALARM, so that a narrower bound is enough not to see an older transition.
_SKEW, _MARGIN = timedelta(minutes=5), timedelta(seconds=10)


def wait(trials: Sequence[Trial], look: Callable[[], None], timeout: float) -> None:
    """Looks, at first often and then every few seconds, until nothing more is to come.

    Args:
        timeout: seconds.
    """
    start = time.monotonic()
    while not all(one.is_done for one in trials):
        look()
        passed = time.monotonic() - start
        if passed >= timeout or all(one.is_done for one in trials):
            return
        time.sleep(min(_LONGEST, 0.3 + passed / 20, timeout - passed))


class Watch:
    """Where the steps of some trials are looked for.

    Args:
        begun: before anything was called, with a time zone.
    """

    def __init__(
        self, clients: Clients, marks: Marks, mailbox: Mailbox, trials: Sequence[Trial], begun: datetime
    ) -> None:
        self._clients, self._marks, self._mailbox = clients, marks, mailbox
        self._trials, self._begun = trials, begun
        for one in trials:
            self._close(one)
        before = ask(self._read_sums) if self._list_waiting("counted") else {}
        self._before = {} if isinstance(before, Unanswered) else before

    def _close(self, trial: Trial) -> None:
        """What cannot be looked at is said at once."""
        if "counted" in trial.expected and trial.target.metric.dimensions:
            trial.unseen["counted"] = "its metric has dimensions"
        closed = [self._mailbox.closed[arn] for arn in trial.target.topics if arn in self._mailbox.closed]
        if not trial.target.topics:
            closed = ["its alarm notifies no topic"]
        if closed and len(closed) >= len(trial.target.topics):
            trial.unseen |= {step: closed[0] for step in ("notified", "answered") if step in trial.expected}

    def look(self) -> None:
        """Looks once for everything that is not there yet."""
        self._ask("recorded", self._find_records)
        self._ask("counted", self._compare_sums)
        self._ask("alarmed", self._find_transitions)
        self._read_messages()

    def _list_waiting(self, step: str) -> list[Trial]:
        return [one for one in self._trials if step in one.missing and not one.failure]

    def _ask(self, step: str, find: Callable[[Sequence[Trial]], Iterator[Trial]]) -> None:
        """One look for one step; who may not look does not wait for it."""
        waiting = self._list_waiting(step)
        with _keeping_refusals(waiting, step):
            for one in list(find(waiting)) if waiting else ():
                one.see(step, time.monotonic())

    def _find_records(self, waiting: Sequence[Trial]) -> Iterator[Trial]:
        """https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_FilterLogEvents.html"""
        for group in {one.target.log_group.name for one in waiting}:
            pages = (
                self._clients("logs")
                .get_paginator("filter_log_events")
                .paginate(
                    logGroupName=group,
                    filterPattern=f'{{ $.userAgent = "*{self._marks.id}*" }}',
                    startTime=int((self._begun - _SKEW).timestamp() * 1_000),
                )
            )
            events = (json.loads(one["message"]) for page in pages for one in page["events"])
            found = {(one.get("eventSource"), one.get("eventName"), one.get("eventID")) for one in events}
            names = {(source, name) for source, name, _ in found} | {("", id) for *_, id in found}
            yield from (one for one in waiting if one.target.log_group.name == group and one.record in names)

    def _compare_sums(self, waiting: Sequence[Trial]) -> Iterator[Trial]:
        sums = self._read_sums()
        for one in waiting:
            id = one.target.control.id
            if sums.get(id, 0) > self._before.get(id, 0):
                yield one

    def _read_sums(self) -> dict[str, float]:
        """What each metric counted from shortly before the drill on, by control.

        https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_GetMetricData.html
        """
        waiting = self._list_waiting("counted")
        queries = [_ask_sum(f"m{number}", one) for number, one in enumerate(waiting)]
        pages = (
            self._clients("cloudwatch")
            .get_paginator("get_metric_data")
            .paginate(
                MetricDataQueries=queries,
                StartTime=self._begun.replace(second=0, microsecond=0) - _SKEW,
                EndTime=datetime.now(UTC) + _SKEW,
            )
        )
        sums: dict[str, float] = {}
        for found in (one for page in pages for one in page["MetricDataResults"]):
            id = waiting[int(found["Id"][1:])].target.control.id
            sums[id] = sums.get(id, 0) + sum(found["Values"])
        return sums

    def _find_transitions(self, waiting: Sequence[Trial]) -> Iterator[Trial]:
        """From the history: an alarm that was set comes back before anybody looks.

        https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_DescribeAlarmHistory.html
        """
        pages = (
            self._clients("cloudwatch")
            .get_paginator("describe_alarm_history")
            .paginate(HistoryItemType="StateUpdate", StartDate=self._begun.replace(microsecond=0) - _MARGIN)
        )
        items = [one for page in pages for one in page["AlarmHistoryItems"]]
        alarmed = {one["AlarmName"] for one in items if _is_to_alarm(one.get("HistoryData", ""))}
        yield from (one for one in waiting if one.target.alarm.name in alarmed)

    def _read_messages(self) -> None:
        with _keeping_refusals(self._trials, "notified", "answered"):
            for message in self._mailbox.receive():
                for one in self._trials:
                    _deliver(message, one, time.monotonic())


@contextmanager
def _keeping_refusals(trials: Sequence[Trial], *steps: str) -> Iterator[None]:
    """A refusal is why steps cannot be seen; any other error passes, as of the network: it is asked again."""
    try:
        yield
    except BotoCoreError:
        return
    except ClientError as error:
        if error.response["Error"]["Code"] in DENIED:
            for one in trials:
                one.unseen |= {step: str(error) for step in one.missing if step in steps}


def _ask_sum(id: str, trial: Trial) -> Mapping[str, Any]:
    metric = trial.target.metric
    named = {"Namespace": metric.namespace, "MetricName": metric.name}
    return {"Id": id, "MetricStat": {"Metric": named, "Period": _PERIOD, "Stat": "Sum"}}


def _is_to_alarm(data: str) -> bool:
    try:
        return bool(json.loads(data)["newState"]["stateValue"] == "ALARM")
    except (ValueError, KeyError, TypeError):
        return False


def _deliver(message: Mapping[str, Any], trial: Trial, now: float) -> None:
    """A message of CloudWatch's own, or an answer, to the trial that it is about."""
    arn = trial.target.alarm.arn
    match message:
        case {"AlarmArn": about, "NewStateValue": "ALARM"} if about == arn:
            trial.see("alarmed", now)
            trial.see("notified", now)
        case {"schema": str(schema), "kind": kind, "alarm": {"arn": about}} if about == arn:
            if schema.startswith(SCHEMA) and kind != "closing":
                _read_answer(message, trial, now)
        case _:
            return  # of another alarm, or another kind


def _read_answer(message: Mapping[str, Any], trial: Trial, now: float) -> None:
    """An answer that says nothing is one only where there was no event."""
    kind = message.get("kind")
    if kind == "answer" or (kind == "nothing-found" and trial.mode == "notify"):
        trial.see("answered", now)
    elif "answered" in trial.missing:
        problem = message.get("problem")
        cause = f": {problem.get('cause')}" if isinstance(problem, Mapping) else ""
        trial.failure = f"the answer says nothing ({kind}{cause})"
