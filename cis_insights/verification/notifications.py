"""Whether an alarm's message reaches anybody: topic, its policy and key, and confirmed subscriptions.

https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/Notify_Users_Alarm_Changes.html
https://docs.aws.amazon.com/sns/latest/dg/sns-key-management.html
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from .findings import Finding, Level
from .model import Key, MetricAlarm, SetUp, Subscription, Topic
from .policies import Request, evaluate
from .trails import Unanswered

_CLOUDWATCH = "cloudwatch.amazonaws.com"
_ALLOW = "allow cloudwatch.amazonaws.com sns:Publish in the topic's policy (aws:SourceArn: the alarm's)"
_ALLOW_KEY = (
    "allow cloudwatch.amazonaws.com kms:Decrypt and kms:GenerateDataKey* in the policy of the topic's key"
)
_OWN_KEY = (
    "https://docs.aws.amazon.com/sns/latest/dg/sns-key-management.html: CloudWatch needs a customer's key"
)


@dataclass(frozen=True, slots=True)
class Route:
    """Where one action of an alarm leads."""

    action: str
    subscriptions: tuple[Subscription, ...]  # that are confirmed
    findings: tuple[Finding, ...]
    is_known: bool = True  # whether it could be read who is subscribed


def follow_action(alarm: MetricAlarm, action: str, setup: SetUp) -> Route:
    """Where an action leads, and what keeps its message from arriving."""
    if "${" in action:
        return Route(action, (), (_report_unread(action, setup),), is_known=False)
    if ":sns:" not in action:
        return Route(action, (Subscription(protocol="action", endpoint=action, arn="arn:"),), ())
    if action not in setup.topics:
        return Route(action, (), (_report_unread(action, setup),), is_known=False)
    topic = setup.topics[action]
    if topic is None:
        text = f"the alarm {alarm.name} notifies the topic {_get_name(action)}, which does not exist"
        return Route(action, (), (Finding("error", text, "give it the ARN of a topic that exists"),))
    found = (*_check_policy(topic, alarm, setup), *_check_subscriptions(topic, setup))
    subscriptions = topic.subscriptions
    known = () if isinstance(subscriptions, Unanswered) else subscriptions
    confirmed = tuple(one for one in known if one.is_confirmed or not setup.is_deployed)
    return Route(action, confirmed, found, is_known=not isinstance(subscriptions, Unanswered))


def _report_unread(action: str, setup: SetUp) -> Finding:
    """A topic that was not read: of files it may be anybody's."""
    where = "could not be read" if setup.is_deployed else "is not in these files"
    text = f"the topic {_get_name(action)} {where}: who is notified is not known"
    return Finding("warning" if setup.is_deployed else "ok", text)


def _get_name(arn: str) -> str:
    return arn.rsplit(":", 1)[-1]


def _check_policy(topic: Topic, alarm: MetricAlarm, setup: SetUp) -> Iterator[Finding]:
    """Whether CloudWatch may publish, and use the key."""
    account = alarm.arn.split(":")[4] if alarm.arn.count(":") > 4 else ""
    context = {"aws:SourceArn": alarm.arn, "aws:SourceAccount": account, "aws:SourceOwner": account}
    text = f"the policy of the topic {_get_name(topic.arn)} does not let the alarm {alarm.name} publish"
    if isinstance(topic.policy, Unanswered):
        yield _report_unanswered(topic.policy)
    elif topic.policy is not None:
        answer = evaluate(topic.policy, Request(_CLOUDWATCH, "sns:Publish", topic.arn, context))
        yield from _report_answer(answer, text, _ALLOW, topic)
    yield from _check_key(topic, context)


def _check_key(topic: Topic, context: dict[str, str]) -> Iterator[Finding]:
    key = topic.key
    if isinstance(key, Unanswered):
        yield _report_unanswered(key)
    elif isinstance(key, Key):
        if isinstance(key.policy, Unanswered):
            yield _report_unanswered(key.policy)
        elif key.policy is None:
            text = f"CloudWatch cannot use the key of the topic {_get_name(topic.arn)}, which is AWS's own"
            yield Finding("error", text, _OWN_KEY, source=topic.source)
        else:
            yield from _check_key_policy(topic, key, context)


def _check_key_policy(topic: Topic, key: Key, context: dict[str, str]) -> Iterator[Finding]:
    if not key.is_kept:
        text = f"the key of the topic {_get_name(topic.arn)} will be deleted: messages are dropped"
        hint = f"aws kms cancel-key-deletion --key-id {key.id} && aws kms enable-key --key-id {key.id}"
        yield Finding("error", text, hint, source=topic.source)
    elif not key.is_enabled:
        text = f"the key of the topic {_get_name(topic.arn)} is disabled"
        yield Finding("error", text, f"aws kms enable-key --key-id {key.id}", source=topic.source)
    text = f"the key of the topic {_get_name(topic.arn)} does not let CloudWatch use it: messages are dropped"
    actions = ("kms:Decrypt", "kms:GenerateDataKey")
    answers = {evaluate(key.policy, Request(_CLOUDWATCH, action, key.id, context)) for action in actions}  # type: ignore[arg-type]
    worst = "denied" if "denied" in answers else "open" if "open" in answers else "allowed"
    yield from _report_answer(worst, text, _ALLOW_KEY, topic)


def _report_answer(answer: str, text: str, hint: str, topic: Topic) -> Iterator[Finding]:
    if answer == "denied":
        yield Finding("error", text, hint, source=topic.source)
    elif answer == "open":
        yield Finding("warning", f"not decided: whether {text}", hint, source=topic.source)


def _check_subscriptions(topic: Topic, setup: SetUp) -> Iterator[Finding]:
    name, subscriptions = _get_name(topic.arn), topic.subscriptions
    if isinstance(subscriptions, Unanswered):
        yield _report_unanswered(subscriptions)
        return
    subscribe = f"aws sns subscribe --topic-arn {topic.arn} --protocol email --notification-endpoint ADDRESS"
    if not subscriptions:
        level: Level = "error" if setup.is_deployed else "warning"
        where = "" if setup.is_deployed else " in these files"
        yield Finding(level, f"the topic {name} has no subscriber{where}", subscribe, source=topic.source)
    if setup.is_deployed:
        yield from _check_confirmations(name, subscriptions)


def _check_confirmations(name: str, subscriptions: Sequence[Subscription]) -> Iterator[Finding]:
    level: Level = "warning" if any(one.is_confirmed for one in subscriptions) else "error"
    for one in subscriptions:
        if not one.is_confirmed:
            state = "was deleted" if one.arn == "Deleted" else "is not confirmed"
            hint = "open the mail of AWS Notifications; it is valid for two days, then subscribe again"
            yield Finding(level, f"the subscription of {one} to {name} {state}", hint)
        elif one.is_authenticated is False and one.protocol == "email":
            text = f"anybody to whom a mail is forwarded can end the subscription of {one} to {name}"
            yield Finding(
                "warning", text, "cis-insights verify --confirm TOKEN, with a new subscription's token"
            )


def _report_unanswered(unanswered: Unanswered) -> Finding:
    return Finding("warning", f"{unanswered.call} was refused: {unanswered.reason}", "ask with other rights")
