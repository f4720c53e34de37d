"""What is said before a drill: the calls, who is paged, who else will notice, and for how long."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from urllib.parse import urlsplit

from cis_insights.errors import printable
from cis_insights.verification.model import Subscription, Topic
from cis_insights.verification.trails import Unanswered

from ..layout import count_noun, wrap
from ..terminal import measure_prose
from .calls import CALLS
from .cleanup import Removal
from .leftovers import is_of_drill
from .marks import Marks
from .plan import DrillPlan
from .trial import Mode, Trial

_OWN_CALLS: Mapping[Mode, str] = {"events": "logs:DeleteLogStream", "notify": "cloudwatch:SetAlarmState"}
ALTERNATIVES = "--notify sets the alarm of a control, --events forges a record of it"


def write_announcement(
    plan: DrillPlan,
    marks: Marks,
    topics: Mapping[str, Topic | None],
    leftovers: Sequence[Removal],
    *,
    tampering: str,
    timeout: int,
) -> str:
    """The whole text, up to the question.

    Args:
        topics: by ARN; what could not be read is left out.
        tampering: the alarm that watches the monitoring itself; empty if there is none.
        timeout: minutes.
    """
    parts = [
        f"{marks.id} in account {marks.account}, {marks.region}",
        "\n".join(_write_calls(plan.list_of("calls"))),
        "\n".join(_write_others(plan.list_of("events"), "forged records, in a log stream of their own:")),
        "\n".join(_write_others(plan.list_of("notify"), "alarms that are set, and set back:")),
        "\n".join(_write_paged(plan, topics)),
        "\n".join(_write_noticed(plan, tampering)),
        "\n".join(_write_faults(plan)),
        "\n".join(_write_undrilled(plan)),
        "\n".join(_write_leftovers(leftovers)),
        f"It usually takes 5 to 15 minutes, and ends after {timeout}; it costs cents.",
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
    alarmed = [one for one in plan.trials if one.was_alarmed]
    if alarmed:
        names = ", ".join(one.target.alarm.name for one in alarmed)
        text = f"in ALARM already, so that no message can follow: {names}"
        yield from wrap_flush(text)
    count = len(plan.trials) - len(alarmed)
    yield f"{count_noun(count, 'alarm')} will go off, and page:"
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


def _write_noticed(plan: DrillPlan, tampering: str) -> Iterator[str]:
    """What the drill itself does is what tampering looks like; it is not excluded anywhere."""
    own = ["sns:Unsubscribe", *(_OWN_CALLS[mode] for mode in plan.modes if mode in _OWN_CALLS)]
    alarm = f"the alarm {tampering} and " if tampering else ""
    text = (
        f"The drill itself calls {' and '.join(own)}, which {alarm}the second path, if there is one, will"
        " report."
    )
    if plan.list_of("calls"):
        text += " A call that you may not make raises unauthorized-api-calls, too."
    yield from wrap_flush(text)


def _write_faults(plan: DrillPlan) -> Iterator[str]:
    """What cannot go well, before anybody waits for it."""
    lines = [f"{one.target.control.id}: {text}" for one in plan.trials for text in one.target.faults]
    if lines:
        yield "known already, from cis-insights verify:"
        for line in lines:
            yield from wrap_hanging(line)


def _write_undrilled(plan: DrillPlan) -> Iterator[str]:
    if plan.undrilled:
        yield "not drilled:"
        for one in plan.undrilled:
            yield from wrap_hanging(f"{one.id}: {one.reason}")
        yield f"  {ALTERNATIVES}"


def wrap_flush(text: str) -> list[str]:
    """Lines of a paragraph, inert."""
    return wrap(printable(text), measure_prose())


def wrap_hanging(text: str) -> list[str]:
    """Lines of an item below a heading, inert."""
    return wrap(printable(text), measure_prose(), first="  ", rest="    ")


def _write_leftovers(leftovers: Sequence[Removal]) -> Iterator[str]:
    if leftovers:
        yield "left by a drill that was killed, or of one that runs now; removed first:"
        yield from (f"  {printable(one.name)}" for one in leftovers)
