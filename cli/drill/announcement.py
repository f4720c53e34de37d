"""What is said before a drill: the calls, who is paged, who else will notice, and for how long."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from textwrap import wrap
from urllib.parse import urlsplit

from cis_insights.errors import printable
from cis_insights.verification.model import Subscription, Topic
from cis_insights.verification.trails import Unanswered

from .calls import CALLS
from .cleanup import Removal
from .leftovers import is_of_drill
from .marks import Marks
from .plan import DrillPlan
from .trial import Trial

WIDTH = 80
_TAMPERING = "monitoring-tampering"
_OWN_CALLS = "sns:Unsubscribe, and what it does to alarms and log streams,"


def write_announcement(
    plan: DrillPlan,
    marks: Marks,
    topics: Mapping[str, Topic | None],
    leftovers: Sequence[Removal],
    timeout: int,
) -> str:
    """The whole text, up to the question.

    Args:
        topics: by ARN; what could not be read is left out.
        timeout: minutes.
    """
    parts = [
        f"{marks.id} in account {marks.account}, {marks.region}",
        "\n".join(_write_calls(plan.list_of("calls"))),
        "\n".join(_write_others(plan.list_of("events"), "forged records, in a log stream of their own:")),
        "\n".join(_write_others(plan.list_of("notify"), "alarms that are set, and set back:")),
        "\n".join(_write_paged(plan, topics)),
        "\n".join(_write_noticed()),
        "\n".join(_write_undrilled(plan)),
        "\n".join(_write_leftovers(leftovers)),
        f"Usually 5 to 15 minutes, {timeout} at most; it costs cents.",
    ]
    return "\n\n".join(part for part in parts if part)


def _write_calls(trials: Sequence[Trial]) -> Iterator[str]:
    if trials:
        yield "calls that fail, with that name in their user agent; what they name does not exist:"
        width = max(len(one.target.name) for one in trials)
        for one in trials:
            times = f" {one.count} times" if one.count > 1 else ""
            yield f"  {one.target.name:{width}}  {CALLS[one.target.control.id]}{times}"


def _write_others(trials: Sequence[Trial], head: str) -> Iterator[str]:
    if trials:
        yield head
        width = max(len(one.target.name) for one in trials)
        for one in trials:
            yield f"  {one.target.name:{width}}  {printable(one.target.alarm.name)}"


def _write_paged(plan: DrillPlan, topics: Mapping[str, Topic | None]) -> Iterator[str]:
    alarms = len({one.target.alarm.arn for one in plan.trials})
    yield f"{alarms} alarm{'s' if alarms > 1 else ''} will go off, and page:"
    for arn in plan.topics:
        yield f"  {printable(arn.rsplit(':', 1)[-1])}: {_list_people(topics.get(arn))}"
    for action in dict.fromkeys(each for one in plan.trials for each in one.target.alarm.actions):
        if ":sns:" not in action:
            yield f"  action {printable(action)}"
    yield "  The drill's own queue is subscribed to these topics, and removed."


def _list_people(topic: Topic | None) -> str:
    if topic is None or isinstance(topic.subscriptions, Unanswered):
        return "who is subscribed may not be read"
    people = [one for one in topic.subscriptions if one.is_confirmed and not is_of_drill(one.endpoint)]
    return ", ".join(map(_describe, people)) or "nobody"


def _describe(one: Subscription) -> str:
    """An address of https may hold a key: its host is enough."""
    host = urlsplit(one.endpoint).hostname if one.protocol in ("http", "https") else None
    return printable(f"{one.protocol} {host or one.endpoint}")


def _write_noticed() -> Iterator[str]:
    text = (
        f"{_OWN_CALLS} are what the control {_TAMPERING} and the second path report: they will, if they"
        " are deployed. A call that is denied also raises unauthorized-api-calls."
    )
    yield from wrap(text, WIDTH)


def _write_undrilled(plan: DrillPlan) -> Iterator[str]:
    if plan.undrilled:
        yield "not drilled:"
        for one in plan.undrilled:
            text = printable(f"{one.id}: {one.reason}")
            yield from wrap(text, WIDTH, initial_indent="  ", subsequent_indent="    ")


def _write_leftovers(leftovers: Sequence[Removal]) -> Iterator[str]:
    if leftovers:
        yield "left by a drill that was killed, or of one that runs now; removed first:"
        yield from (f"  {printable(one.name)}" for one in leftovers)
