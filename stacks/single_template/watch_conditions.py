"""What of the watch depends on parameters: whom it notifies, and which key and roles it reports calls on."""

from __future__ import annotations

from collections.abc import Callable

from aws_cdk import Aws, Fn

from ..monitoring import CisMonitoring

Choose = Callable[[str, str, str], str]  # by a condition's name: the value if it holds, and if not
_NOT_A_NAME = "/"  # in place of a role that is not made
_NOT_A_KEY = "-/-"  # no id ends in what is behind the slash


def notify_watchers(
    monitoring: CisMonitoring, topics: list[tuple[str, str]], choose: Choose, *, of_watch: list[str]
) -> None:
    """Of silence, failures and tampering.

    Args:
        topics: ARNs, each with the name of its condition.
        of_watch: ARNs, notified where the watch's own topic fails.
    """
    actions = [choose(condition, arn, Aws.NO_VALUE) for condition, arn in topics]
    if monitoring.heartbeat:
        monitoring.heartbeat.notify(actions)
    if monitoring.delivery_alarms:
        monitoring.delivery_alarms.notify(actions, of_watch=of_watch)
    if monitoring.second_path:
        monitoring.second_path.notify(topics)


def report_access(
    monitoring: CisMonitoring, choose: Choose, key_arn: str, key_condition: str, answers_condition: str
) -> None:
    """Lets the second path report calls on the topics' key and the answers' roles, as far as there are some.

    Args:
        key_arn: the parameter's value.
        key_condition: on which a key is made: MakesKey, or another that implies it.
        answers_condition: on which the roles are made; empty where they are in any case.
    """
    if not monitoring.second_path:
        return
    roles = monitoring.answers.role_names if monitoring.answers else []
    if answers_condition:
        roles = [choose(answers_condition, one, _NOT_A_NAME) for one in roles]
    made, is_always = monitoring.key_id or "", key_condition == "MakesKey"
    arn = key_arn if is_always else choose("MakesKey", _NOT_A_KEY, key_arn)
    key = choose(key_condition, made, Fn.select(1, Fn.split("/", arn)))
    monitoring.second_path.watch(keys=[key], roles=roles)
