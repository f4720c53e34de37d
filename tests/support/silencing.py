"""Ways to silence a deployment on the local cloud: what does it, what `verify` says, and who is notified."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

from local_cloud import LocalCloud

from .deployed_stack import Stack
from .monitored import allow

GROUP = "cis-cloudtrail"  # of the new trail, and its name
ALARMS, WATCH = "cis-alarms", "cis-alarms-watch"
CALLS = "Tampering with the monitoring cis: "
NEEDS = "Tampering with what the monitoring cis needs, a key, a role, a bucket or the log group: "
GONE, CHANGED = "which is gone", "which is not as it was deployed"


@dataclass
class Deployed:
    """A new trail and its monitoring, one queue that is notified, and a clock."""

    cloud: LocalCloud
    stack: Stack
    url: str  # of the template
    now: list[float] = field(default_factory=list)

    def _take(self) -> Iterator[dict[str, Any]]:
        sqs = self.client("sqs")
        queue = sqs.get_queue_url(QueueName="on-call")["QueueUrl"]
        while messages := sqs.receive_message(QueueUrl=queue, MaxNumberOfMessages=10).get("Messages", []):
            for one in messages:
                sqs.delete_message(QueueUrl=queue, ReceiptHandle=one["ReceiptHandle"])
                yield json.loads(one["Body"])

    def receive(self) -> list[tuple[str, str]]:
        """Topic, and subject or first line, of each message since the last time."""
        return [
            (
                one["TopicArn"].rpartition(":")[2],
                one.get("Subject") or one["Message"].split("\n")[0].strip('"'),
            )
            for one in self._take()
        ]

    def receive_texts(self) -> list[str]:
        """The texts of the second path since the last time; others have a subject."""
        return [one["Message"] for one in self._take() if not one.get("Subject")]

    def wait(self, minutes: int) -> None:
        """Lets time pass, and alarms return."""
        self.now[0] += 60 * minutes
        self.cloud.evaluate_alarms()

    def restore(self) -> None:
        """`cdk deploy --revert-drift`, as the CDK CLI calls CloudFormation."""
        names = {"StackName": self.stack.name, "ChangeSetName": f"revert-{int(self.now[0])}"}
        template = {"TemplateURL": self.url, "Capabilities": ["CAPABILITY_IAM"]}
        self.stack.formation.create_change_set(**names, **template, DeploymentMode="REVERT_DRIFT")
        waiting = {"Delay": 0.05, "MaxAttempts": 200}
        self.stack.formation.get_waiter("change_set_create_complete").wait(**names, WaiterConfig=waiting)
        self.stack.formation.execute_change_set(**names)
        waiter = self.stack.formation.get_waiter("stack_update_complete")
        waiter.wait(StackName=self.stack.name, WaiterConfig=waiting)

    def client(self, name: str) -> Any:
        return self.cloud.client(name)

    def find_id(self, logical: str) -> str:
        """Physical id of the resource whose logical id begins so."""
        pages = self.stack.formation.get_paginator("list_stack_resources").paginate(StackName=self.stack.name)
        found = [one for page in pages for one in page["StackResourceSummaries"]]
        return next(
            one["PhysicalResourceId"] for one in found if one["LogicalResourceId"].startswith(logical)
        )

    @property
    def names(self) -> list[str]:
        found = self.stack.cloudwatch.describe_alarms(AlarmNamePrefix="cis-")["MetricAlarms"]
        return [one["AlarmName"] for one in found]


@dataclass(frozen=True)
class Way:
    """A way to silence it; `undo` puts it back, in place of a deploy that reverts the drift."""

    do: Callable[[Deployed], Any]
    found: str  # by verify, one line
    said: tuple[str, str]  # by which topic, and what
    undo: Callable[[Deployed], Any] | None = None


def _set_pattern(deployed: Deployed) -> None:
    named = {"logGroupName": GROUP, "filterNamePrefix": "cis-s3-bucket-policy-changes"}
    (one,) = deployed.stack.logs.describe_metric_filters(**named)["metricFilters"]
    kept = {key: one[key] for key in ("filterName", "logGroupName", "metricTransformations")}
    pattern = '{ $.eventSource = "s3.amazonaws.com" && $.eventName = "PutBucketAcl" }'
    deployed.stack.logs.put_metric_filter(**kept, filterPattern=pattern)


def put_alarm(deployed: Deployed, name: str, **values: Any) -> None:
    (one,) = deployed.stack.cloudwatch.describe_alarms(AlarmNames=[name])["MetricAlarms"]
    asked = ("AlarmName", "Namespace", "MetricName", "Statistic", "Period", "EvaluationPeriods", "Threshold")
    more = ("ComparisonOperator", "TreatMissingData", "AlarmActions", "AlarmDescription")
    kept = {key: one[key] for key in (*asked, *more)}
    deployed.stack.cloudwatch.put_metric_alarm(**{**kept, **values})


def _unsubscribe(deployed: Deployed, topic: str) -> None:
    arn = deployed.stack.outputs["TopicAll" if topic == ALARMS else "TopicWatch"]
    (one,) = deployed.stack.sns.list_subscriptions_by_topic(TopicArn=arn)["Subscriptions"]
    deployed.stack.sns.unsubscribe(SubscriptionArn=one["SubscriptionArn"])


def set_policy(deployed: Deployed, topic: str, policy: str = '{"Statement": []}') -> None:
    arn = deployed.stack.outputs["TopicAll" if topic == ALARMS else "TopicWatch"]
    attributes = {"TopicArn": arn, "AttributeName": "Policy", "AttributeValue": policy}
    deployed.stack.sns.set_topic_attributes(**attributes)


def _delete_rule(deployed: Deployed, name: str) -> None:
    events = deployed.client("events")
    ids = [one["Id"] for one in events.list_targets_by_rule(Rule=name)["Targets"]]
    events.remove_targets(Rule=name, Ids=ids)
    events.delete_rule(Name=name)


def _close_key(deployed: Deployed) -> None:
    root = allow({"AWS": f"arn:aws:iam::{deployed.cloud.account}:root"}, "kms:*")
    deployed.client("kms").put_key_policy(KeyId=_key(deployed), PolicyName="default", Policy=root)


def _key(deployed: Deployed) -> str:
    return deployed.find_id("CisNotificationsKey")


def delete_role_policy(deployed: Deployed) -> None:
    role, iam = deployed.find_id("TrailRole"), deployed.client("iam")
    (name,) = iam.list_role_policies(RoleName=role)["PolicyNames"]
    iam.delete_role_policy(RoleName=role, PolicyName=name)


def _reopen_key(deployed: Deployed) -> None:
    deployed.client("kms").cancel_key_deletion(KeyId=_key(deployed))
    deployed.client("kms").enable_key(KeyId=_key(deployed))


def _mute(deployed: Deployed) -> None:
    deployed.stack.cloudwatch.put_alarm_mute_rule(
        Name="holidays",
        Rule={"Schedule": {"Expression": "at(2027-01-15T08:00)", "Duration": "P7D"}},
        MuteTargets={"AlarmNames": ["cis-root-account-usage"]},
    )


# The others are tried by `make test-all`.
EVERY_TIME = ("all alarm actions off", "the key disabled", "a rule deleted, the one that would report it")
TAMPERING = (ALARMS, 'ALARM: "cis-monitoring-tampering" in US East (N. Virginia)')
MADE = "the stack CisInsights made the"
WAYS: dict[str, Way] = {
    "all alarm actions off": Way(
        lambda at: at.stack.cloudwatch.disable_alarm_actions(AlarmNames=at.names),
        "the actions of the alarm cis-root-account-usage are off",
        (WATCH, f"{CALLS}DisableAlarmActions (monitoring.amazonaws.com)"),
        lambda at: at.stack.cloudwatch.enable_alarm_actions(AlarmNames=at.names),
    ),
    "a filter deleted": Way(
        lambda at: at.stack.logs.delete_metric_filter(logGroupName=GROUP, filterName="cis-vpc-changes"),
        f"{MADE} filter cis-vpc-changes, {GONE}",
        (WATCH, f"{CALLS}DeleteMetricFilter (logs.amazonaws.com)"),
    ),
    "a pattern that counts less": Way(
        _set_pattern,
        "the filter cis-s3-bucket-policy-changes: an event is not counted",
        (WATCH, f"{CALLS}PutMetricFilter (logs.amazonaws.com)"),
    ),
    "an alarm deleted": Way(
        lambda at: at.stack.cloudwatch.delete_alarms(AlarmNames=["cis-config-changes"]),
        f"{MADE} alarm cis-config-changes, {GONE}",
        (WATCH, f"{CALLS}DeleteAlarms (monitoring.amazonaws.com)"),
    ),
    "a threshold of a thousand": Way(
        lambda at: put_alarm(at, "cis-vpc-changes", Threshold=1_000),
        f"{MADE} alarm cis-vpc-changes, {CHANGED}",
        (WATCH, f"{CALLS}PutMetricAlarm (monitoring.amazonaws.com)"),
    ),
    "an alarm that notifies somebody else": Way(
        lambda at: put_alarm(
            at, "cis-vpc-changes", AlarmActions=[at.stack.sns.create_topic(Name="x")["TopicArn"]]
        ),
        f"{MADE} alarm cis-vpc-changes, {CHANGED}",
        (WATCH, f"{CALLS}PutMetricAlarm (monitoring.amazonaws.com)"),
    ),
    "an alarm muted": Way(
        _mute,
        "the mute rule holidays mutes the alarm cis-root-account-usage",
        (WATCH, f"{CALLS}PutAlarmMuteRule (monitoring.amazonaws.com)"),
        lambda at: at.stack.cloudwatch.delete_alarm_mute_rule(AlarmMuteRuleName="holidays"),
    ),
    "the subscription of the alarms removed": Way(
        lambda at: _unsubscribe(at, ALARMS),
        "the topic cis-alarms has no subscriber",
        (WATCH, f"{CALLS}Unsubscribe (sns.amazonaws.com)"),
    ),
    "the subscription of the watch removed": Way(
        lambda at: _unsubscribe(at, WATCH), "the topic cis-alarms-watch has no subscriber", TAMPERING
    ),
    "the policy of the alarms' topic emptied": Way(
        lambda at: set_policy(at, ALARMS),
        "the policy of the topic cis-alarms does not let the alarm cis-root-account-usage publish",
        (WATCH, f"{CALLS}SetTopicAttributes (sns.amazonaws.com)"),
    ),
    "the policy of the watch's topic emptied": Way(
        lambda at: set_policy(at, WATCH),
        "the policy of the topic cis-alarms-watch does not let the rules cis-api, cis-cfn, cis-key, cis-off"
        " publish",
        TAMPERING,
    ),
    "the key disabled": Way(
        lambda at: at.client("kms").disable_key(KeyId=_key(at)),
        "the key of the topic cis-alarms is disabled",
        (WATCH, f"{NEEDS}DisableKey (kms.amazonaws.com)"),
        lambda at: at.client("kms").enable_key(KeyId=_key(at)),
    ),
    "the key to be deleted": Way(
        lambda at: at.client("kms").schedule_key_deletion(KeyId=_key(at)),
        "the key of the topic cis-alarms will be deleted",
        (WATCH, f"{NEEDS}ScheduleKeyDeletion (kms.amazonaws.com)"),
        _reopen_key,
    ),
    "the key closed": Way(
        _close_key,
        "the key of the topic cis-alarms does not let CloudWatch use it: messages are dropped",
        (WATCH, f"{NEEDS}PutKeyPolicy (kms.amazonaws.com)"),
    ),
    "a rule disabled": Way(
        lambda at: at.client("events").disable_rule(Name="cis-off"),
        "the rule cis-off is disabled",
        (WATCH, f"{CALLS}DisableRule (events.amazonaws.com)"),
        lambda at: at.client("events").enable_rule(Name="cis-off"),
    ),
    "a rule deleted, the one that would report it": Way(
        lambda at: _delete_rule(at, "cis-api"), f"{MADE} rule cis-api, {GONE}", TAMPERING
    ),
    "the answers deleted": Way(
        lambda at: at.client("stepfunctions").delete_state_machine(
            stateMachineArn=at.find_id("CisAnswersStateMachine")
        ),
        ":stateMachine:cis-answers, which is gone",
        (WATCH, f"{CALLS}DeleteStateMachine (states.amazonaws.com)"),
    ),
    "logs kept for a day": Way(
        lambda at: at.stack.logs.put_retention_policy(logGroupName=GROUP, retentionInDays=1),
        f"{MADE} log group cis-cloudtrail, {CHANGED}",
        (WATCH, f"{CALLS}PutRetentionPolicy (logs.amazonaws.com)"),
    ),
    "the trail stopped": Way(
        lambda at: at.stack.cloudtrail.stop_logging(Name=GROUP),
        "is stopped",
        (WATCH, f"{CALLS}StopLogging (cloudtrail.amazonaws.com)"),
        lambda at: at.stack.cloudtrail.start_logging(Name=GROUP),
    ),
    "a right taken from the trail's role": Way(
        delete_role_policy,
        "cannot deliver to CloudWatch Logs: InvalidCloudWatchLogsLogGroupArnException: Access denied.",
        (WATCH, f"{NEEDS}DeleteRolePolicy (iam.amazonaws.com)"),
    ),
}
