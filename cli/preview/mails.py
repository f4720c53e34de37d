"""The mails that the alarms would have sent: the alarm's own, and the one that answers it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from cis_insights import QueryError

from .answers import AnswerWriter
from .bodies import PAGE, QUERY_ID, fill_text
from .control_pages import write_event_query
from .values import Row, Values

if TYPE_CHECKING:
    from stacks.deployed_control import DeployedAlarm, DeployedControl, Plan

Drawn = dict[str, Any]
MAILS = 150  # on a page, the newest
ANSWERS = 5  # of them with the answer in words, and the newest of each control


class Mailbox:
    """The mails of a plan's alarms over some values.

    Args:
        account, region: where it would be deployed.
    """

    def __init__(self, plan: Plan, values: Values, *, account: str, region: str) -> None:
        self._values, self._region = values, region
        self._texts = {"AWS::Region": region, "Page": PAGE, "Query": QUERY_ID}
        self._writer = AnswerWriter(plan, account=account, region=region, page=PAGE)
        self._answered: set[str] = set()
        self._raised = sorted(_list_raised(plan, values), key=lambda one: -one[0])

    def draw(self) -> tuple[list[Drawn], int]:
        """The newest mails, and the number of all."""
        drawn = [self._draw_mail(n, *one) for n, one in enumerate(self._raised[:MAILS], 1)]
        return drawn, len(self._raised)

    def _draw_mail(self, number: int, time: int, one: DeployedControl, alarm: DeployedAlarm) -> Drawn:
        rows = self._find_rows(one, alarm, time)
        letters = [self._write_alarm(one, alarm, time)] if not alarm.is_answered_instead else []
        is_newest = one.id not in self._answered
        if rows and (number <= ANSWERS or is_newest) and self._writer.can_answer(one.id):
            self._answered.add(one.id)
            answer = self._writer.write(one, alarm, time, rows)
            letters.append({"kind": "The mail that answers", "subject": answer.subject, "text": answer.text})
        return {
            "number": number,
            "time": time,
            "control": one.id,
            "title": one.title,
            "severity": one.severity,
            "who": ", ".join(dict.fromkeys(row.get("user", "") for row in rows[:3])),
            "letters": letters,
        }

    def _write_alarm(self, one: DeployedControl, alarm: DeployedAlarm, time: int) -> Drawn:
        when = datetime.fromtimestamp(time, UTC).strftime("%A %d %B, %Y %H:%M:%S UTC")
        return {
            "kind": "The alarm's mail",
            "subject": f'ALARM: "{alarm.name}" in {self._region}',
            "text": f"{fill_text(alarm.text, self._texts)}\n\nState change: OK -> ALARM, {when}",
        }

    def _find_rows(self, one: DeployedControl, alarm: DeployedAlarm, raised: int) -> Sequence[Row]:
        """The events of the period that raised an alarm, and of the one before, as an answer asks for them.

        The newest ones reach back only so far: of an older alarm there are none.
        """
        try:
            rows = self._values.read_rows(write_event_query(one)).rows
        except QueryError:
            return ()
        return [row for row in rows if raised - 2 * alarm.period <= _read_time(row) <= raised + 1]


def _list_raised(plan: Plan, values: Values) -> Iterator[tuple[int, DeployedControl, DeployedAlarm]]:
    for one in plan.controls:
        state = values.read_alarm(one.alarm.name) if one.alarm else None
        if state and one.alarm:
            yield from ((time, one, one.alarm) for time in state.raised)


def _read_time(row: Mapping[str, str]) -> float:
    return datetime.fromisoformat(row["@timestamp"]).replace(tzinfo=UTC).timestamp()
