"""Topics that alarms notify: encrypted, TLS only, open to the alarms of this deployment alone.

https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/Notify_Users_Alarm_Changes.html
https://docs.aws.amazon.com/sns/latest/dg/sns-key-management.html
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from aws_cdk import Acknowledgment, ArnFormat, Aws, CfnResource, Duration, RemovalPolicy, Stack, Validations
from aws_cdk import aws_iam as iam
from aws_cdk import aws_kms as kms
from aws_cdk import aws_sns as sns
from aws_cdk import aws_sqs as sqs
from constructs import Construct

from cis_insights.catalogue.header import Severity

from .key_alias import add_alias
from .names import WATCH, name_rule, name_topic
from .settings import Settings, Subscriber
from .tampering_calls import RULES

_CLOUDWATCH = iam.ServicePrincipal("cloudwatch.amazonaws.com")
_EVENTS = iam.ServicePrincipal("events.amazonaws.com")
_KEPT = Duration.days(14)  # the longest a queue keeps a message
# What SNS learns the failure of. It takes a mail for delivered when it hands it over, and nothing of a
# subscription that is not confirmed can be changed.
_FAILING = ("https", "lambda", "sqs")


class Notifications(Construct):
    """A topic for those who are notified of everything, and one for each severity with others besides.

    A topic depends on its own subscribers alone: routing a severity apart later replaces none.
    """

    def __init__(
        self,
        scope: Construct,
        id: str,
        *,
        settings: Settings,
        topics: Mapping[str, Sequence[Subscriber]],
        key: kms.IKey | None = None,
    ) -> None:
        super().__init__(scope, id)
        self._settings = settings
        arn = settings.key_arn
        self._given = key or (kms.Key.from_key_arn(self, "GivenKey", arn) if arn else None)
        self._key: kms.IKey | None = None
        self.key_alias: str | None = None
        self.undelivered: sqs.Queue | None = None
        self.topics: Mapping[str, sns.Topic] = {
            name: self._make_topic(name, subscribers) for name, subscribers in topics.items()
        }
        self._arns = {name: topic.topic_arn for name, topic in self.topics.items()}
        self.quiet_topic: sns.Topic | None = None
        self.watch_topic: sns.Topic | None = None

    def list_actions(self, severity: Severity) -> list[str]:
        """ARNs of the topics that an alarm of this severity notifies."""
        made = [self._arns[name] for name in ("all", severity) if name in self._arns]
        return [*made, *self._settings.existing_topics(severity)]

    def make_watch_topic(self, subscribers: Iterable[Subscriber], *, has_rules: bool) -> sns.Topic:
        """The topic that says that the monitoring dies: it needs neither the others' key nor their policies.

        SNS encrypts the disks of every topic; a key would be one more thing to disable.
        https://docs.aws.amazon.com/sns/latest/dg/sns-data-encryption.html

        Args:
            has_rules: whether the rules of the second path may publish to it.
        """
        self.watch_topic = topic = self._make_topic(WATCH, subscribers, is_encrypted=False)
        reason = "Without a key: whoever disables that of the alarms must not silence this topic, too."
        Validations.of(topic).acknowledge(Acknowledgment(id="AwsSolutions-SNS2", reason=reason))
        if has_rules:
            topic.add_to_resource_policy(self._allow_rules(topic))
        return topic

    def _allow_rules(self, topic: sns.Topic) -> iam.PolicyStatement:
        names = [name_rule(self._settings, kind) for kind in RULES]
        rules = [
            Stack.of(topic).format_arn(service="events", resource="rule", resource_name=one) for one in names
        ]
        return iam.PolicyStatement(
            principals=[_EVENTS],
            actions=["sns:Publish"],
            resources=[topic.topic_arn],
            conditions={
                "StringEquals": {"aws:SourceAccount": Aws.ACCOUNT_ID},
                "ArnEquals": {"aws:SourceArn": rules},
            },
        )

    @property
    def key_arn(self) -> str | None:
        """Of the key of the topics that are made here."""
        return self._key.key_arn if self._key else None

    @property
    def key_id(self) -> str | None:
        """Id of that key."""
        return self._key.key_id if self._key else None

    def make_chat_topic(self) -> sns.Topic:
        """The topic of channels: they drop what is not written for them, and others cannot read what is."""
        return self._make_topic("chat", (), of_alarms=False)

    def list_quiet_actions(self) -> list[str]:
        """ARN of the topic of the exact twins: an auditor finds a subscriber, nobody is paged."""
        if self.quiet_topic is None:
            self.quiet_topic = self._make_topic("quiet", ())
            self._keep_messages(self.quiet_topic)
        return [self.quiet_topic.topic_arn]

    def _keep_messages(self, topic: sns.Topic) -> None:
        """Subscribes a queue that keeps what the topic says, for an auditor."""
        queue = _make_queue(self, "QuietQueue")
        queue.add_to_resource_policy(
            iam.PolicyStatement(
                principals=[iam.ServicePrincipal("sns.amazonaws.com")],
                actions=["sqs:SendMessage"],
                resources=[queue.queue_arn],
                conditions={"ArnEquals": {"aws:SourceArn": topic.topic_arn}},
            )
        )
        reason = "It keeps the twins' messages for an audit: nobody consumes them, so none can fail."
        Validations.of(queue).acknowledge(Acknowledgment(id="AwsSolutions-SQS3", reason=reason))
        protocol = sns.SubscriptionProtocol.SQS
        sns.Subscription(self, "QuietSubscription", topic=topic, protocol=protocol, endpoint=queue.queue_arn)

    def _make_topic(
        self,
        name: str,
        subscribers: Iterable[Subscriber],
        *,
        of_alarms: bool = True,
        is_encrypted: bool = True,
    ) -> sns.Topic:
        title = name.capitalize()
        topic_name = name_topic(self._settings, name)
        key = self._provide_key() if is_encrypted else None
        topic = sns.Topic(self, title, topic_name=topic_name, master_key=key, enforce_ssl=True)
        if of_alarms:
            topic.add_to_resource_policy(self._allow_publish(topic))
        for subscriber in subscribers:
            self._subscribe(topic, title, subscriber)
        return topic

    def _subscribe(self, topic: sns.Topic, title: str, subscriber: Subscriber) -> None:
        # The endpoint names the construct: adding one to the list replaces no other subscription.
        scope = Construct(self, f"{title}:{subscriber.id or subscriber.endpoint.replace('/', '|')}")
        protocol = sns.SubscriptionProtocol[subscriber.protocol.upper()]
        is_kept = subscriber.protocol in _FAILING
        sns.Subscription(
            scope,
            "Subscription",
            topic=topic,
            protocol=protocol,
            endpoint=subscriber.endpoint,
            dead_letter_queue=self._provide_undelivered() if is_kept else None,
        )
        if subscriber.protocol == "lambda":
            # By its type: importing all of aws_lambda would be a tenth of a synth.
            CfnResource(
                scope,
                "Invoke",
                type="AWS::Lambda::Permission",
                properties={
                    "Action": "lambda:InvokeFunction",
                    "FunctionName": subscriber.endpoint,
                    "Principal": "sns.amazonaws.com",
                    "SourceArn": topic.topic_arn,
                },
            )

    def _provide_undelivered(self) -> sqs.Queue:
        """The dead-letter queue of all subscriptions, open to their topics alone.

        Its key is the queue's own: what is not delivered must not depend on the policy of a given key.
        https://docs.aws.amazon.com/sns/latest/dg/sns-dead-letter-queues.html
        """
        if self.undelivered is None:
            name = f"{self._settings.prefix}-alarms-undelivered"
            self.undelivered = _make_queue(self, "Undelivered", queue_name=name)
            reason = "It is itself the dead-letter queue, of subscriptions."
            Validations.of(self.undelivered).acknowledge(
                Acknowledgment(id="AwsSolutions-SQS3", reason=reason)
            )
        return self.undelivered

    def _make_key(self) -> kms.Key:
        """Stays when the stack goes, but not when the deploy that makes it fails."""
        key = kms.Key(
            self,
            "Key",
            enable_key_rotation=True,
            description=f"{self._settings.prefix}: alarm notifications",
            removal_policy=RemovalPolicy.RETAIN_ON_UPDATE_OR_DELETE,
        )
        self.key_alias = add_alias(key, f"{self._settings.prefix}-alarms")
        return key

    def _allow_publish(self, topic: sns.Topic) -> iam.PolicyStatement:
        """For the alarms of this deployment: their names begin with its prefix."""
        alarms = Stack.of(topic).format_arn(
            service="cloudwatch",
            resource="alarm",
            resource_name=f"{self._settings.prefix}-*",
            arn_format=ArnFormat.COLON_RESOURCE_NAME,
        )
        return iam.PolicyStatement(
            principals=[_CLOUDWATCH],
            actions=["sns:Publish"],
            resources=[topic.topic_arn],
            conditions={
                "StringEquals": {"aws:SourceAccount": Aws.ACCOUNT_ID},
                "ArnLike": {"aws:SourceArn": alarms},
            },
        )

    def _provide_key(self) -> kms.IKey:
        if self._key is None:
            self._key = self._given or self._make_key()
            # The policy of a key of another app stays as it is.
            self._key.add_to_resource_policy(
                iam.PolicyStatement(
                    principals=[_CLOUDWATCH],
                    actions=["kms:Decrypt", "kms:GenerateDataKey*"],
                    resources=["*"],
                    conditions={"StringEquals": {"aws:SourceAccount": Aws.ACCOUNT_ID}},
                )
            )
        return self._key


def _make_queue(scope: Construct, id: str, **props: Any) -> sqs.Queue:
    """A queue that keeps what it is sent for somebody to look at."""
    return sqs.Queue(
        scope,
        id,
        encryption=sqs.QueueEncryption.SQS_MANAGED,
        enforce_ssl=True,
        retention_period=_KEPT,
        **props,
    )
