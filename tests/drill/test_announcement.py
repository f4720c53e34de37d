"""What is said before anything is called."""

from __future__ import annotations

from dataclasses import replace

from cis_insights.verification.model import Subscription
from cli.drill.announcement import write_announcement
from cli.drill.cleanup import Removal

from ..support.drills import MARKS, plan
from ..support.set_ups import TOPIC, topic, with_alarm

PEOPLE = (
    Subscription(protocol="email", endpoint="soc@example.com", arn=f"{TOPIC}:1"),
    Subscription(
        protocol="https", endpoint="https://events.pagerduty.com/integration/KEY/enqueue", arn="arn:"
    ),
    Subscription(protocol="email", endpoint="late@example.com", arn="PendingConfirmation"),
    Subscription(protocol="sqs", endpoint=f"arn:aws:sqs:eu-west-1:111122223333:{MARKS.id}", arn="arn:"),
)


def test_the_whole_text() -> None:
    setup = with_alarm("route-table-changes", threshold=3)
    found = plan("vpc-changes", "route-table-changes", "root-account-usage", setup=setup)
    old = Removal("the queue cis-insights-drill-0", "aws ..", lambda: None)
    topics = {TOPIC: topic(subscriptions=PEOPLE)}
    text = write_announcement(found, MARKS, topics, [old], tampering="cis-monitoring-tampering", timeout=20)
    assert (
        text
        == f"""\
{MARKS.id} in account 111122223333, eu-west-1

calls that fail, with that name in their user agent; what they name does not exist:
  4.13 route-table-changes  ec2 DeleteRouteTable 3 times
  4.14 vpc-changes          ec2 DeleteVpc

2 alarms will go off, and page:
  alarms: email soc@example.com, https events.pagerduty.com
  The drill's own queue is subscribed to these topics, and removed.

The drill itself calls sns:Unsubscribe, which the alarm cis-monitoring-tampering
and the second path, if there is one, will report. A call that you may not make
raises unauthorized-api-calls, too.

not drilled:
  root-account-usage: it takes the root user's own sign-in or access key, which
    a drill must not need
  --notify sets the alarm of a control, --events forges a record of it

left by a drill that was killed, or of one that runs now; removed first:
  the queue cis-insights-drill-0

It usually takes 5 to 15 minutes, and ends after 20; it costs cents."""
    )


def test_forged_records_and_states_are_named_as_such() -> None:
    setup = with_alarm("vpc-changes", state="ALARM", actions=(TOPIC, "arn:aws:ssm:eu-west-1:1:opsitem:1"))
    found = plan("vpc-changes", setup=setup, modes=("events",))
    text = write_announcement(found, MARKS, {}, [], tampering="", timeout=1)
    assert text.split("\n\n")[1:4] == [
        "forged records, in a log stream of their own:\n  4.14 vpc-changes  vpc-changes",
        "in ALARM already, so that no message can follow: vpc-changes\n"
        "0 alarms will go off, and page:\n"
        "  alarms: who is subscribed may not be read\n"
        "  action arn:aws:ssm:eu-west-1:1:opsitem:1\n"
        "  The drill's own queue is subscribed to these topics, and removed.",
        "The drill itself calls sns:Unsubscribe and logs:DeleteLogStream, which the\n"
        "second path, if there is one, will report.",
    ]
    set_only = plan("vpc-changes", modes=("notify",))
    text = write_announcement(set_only, MARKS, {}, [], tampering="", timeout=1)
    assert "alarms that are set, and set back:\n  4.14 vpc-changes  vpc-changes" in text
    assert "sns:Unsubscribe and cloudwatch:SetAlarmState, which" in text


def test_what_cannot_go_well_is_said_before_anybody_waits() -> None:
    found = plan("vpc-changes", setup=with_alarm("vpc-changes", actions_enabled=False))
    text = write_announcement(found, MARKS, {}, [], tampering="", timeout=1)
    assert (
        "known already, from cis-insights verify:\n"
        "  vpc-changes: the actions of the alarm vpc-changes are off\n\n" in text
    )
    sound = write_announcement(plan("vpc-changes"), MARKS, {}, [], tampering="", timeout=1)
    assert "known already" not in sound


def test_names_of_others_are_inert() -> None:
    evil = replace(PEOPLE[0], endpoint="a\x1b[2J@example.com")
    found = plan("vpc-changes")
    text = write_announcement(
        found, MARKS, {TOPIC: topic(subscriptions=(evil,))}, [], tampering="\x1b[31m", timeout=1
    )
    assert "\x1b" not in text
    assert "email a\ufffd[2J@example.com" in text
