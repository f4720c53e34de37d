"""The state machine that answers alarms, the rule that starts it, and alarms that depend on neither.

https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/cloudwatch-and-eventbridge.html
https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-stepfunctions-statemachine.html
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from aws_cdk import Acknowledgment, ArnFormat, Aws, Stack, Validations
from aws_cdk import aws_cloudwatch as cloudwatch
from aws_cdk import aws_events as events
from aws_cdk import aws_iam as iam
from aws_cdk import aws_stepfunctions as stepfunctions
from constructs import Construct

from ..failure_alarm import make_failure_alarm
from ..nag_acknowledgements import acknowledge_actions, acknowledge_wildcard
from .alarm_names import FAILED, NOT_STARTED, TIMED_OUT, name_answer_alarm, name_machine
from .permissions import ASKS, ENCRYPTS, PUBLISHES, READS
from .state_machine import define_state_machine

_ALARM_TEXT = (
    "The mail that answers does not get out: an execution of the state machine {name} {what}. The alarms"
    " themselves are not affected. First: open the execution in the console of Step Functions, or the rule"
    " {rule} in EventBridge; its error says what it may not do."
)


@dataclass(frozen=True, slots=True, kw_only=True)
class AnswerRoute:
    """Whom the answers notify, and what that takes."""

    topic_arns: Sequence[str]
    key_arn: str | None = None  # of the topics that are made here
    has_others: bool = False  # topics of somebody else, whose key is not known
    alarm_actions: Sequence[str] = ()  # of the alarms on failed answers


class Answers(Construct):
    """Answers every alarm of one deployment.

    Args:
        prefix: begins the names of the alarms, and of what is made here.
        deployment: what the state machine knows of the deployment; tokens are taken as they are.
        controls: what it knows of each control, by id.
        log_group_name: whose events it asks for.
        route: whom it notifies.
    """

    def __init__(
        self,
        scope: Construct,
        id: str,
        *,
        prefix: str,
        deployment: Mapping[str, object],
        controls: Mapping[str, object],
        log_group_name: str,
        route: AnswerRoute,
    ) -> None:
        super().__init__(scope, id)
        self._name = name_machine(prefix)
        self._rule_name = f"{prefix}-ask"  # at most 64 characters
        self._prefix = prefix
        self.role = self._make_role(log_group_name)
        self._allow_to_publish(route)
        machine = define_state_machine(deployment, controls, Aws.PARTITION)
        self.state_machine = stepfunctions.CfnStateMachine(
            self,
            "StateMachine",
            state_machine_name=self._name,
            role_arn=self.role.role_arn,
            definition_string=Stack.of(self).to_json_string(machine),
        )
        self.state_machine.node.add_dependency(self.role.node.find_child("DefaultPolicy"))
        self._acknowledge()
        self.rule = self._make_rule()
        self.alarms = self._make_alarms(route.alarm_actions)

    def _make_role(self, log_group_name: str) -> iam.Role:
        """A role that runs queries over one log group; docs/answers.md says why it may do what it may do."""
        machine = self._format_arn("states", "stateMachine")
        role = iam.Role(self, "Role", assumed_by=_make_principal("states.amazonaws.com", machine))
        group = self._format_arn("logs", "log-group", log_group_name)
        role.add_to_policy(iam.PolicyStatement(actions=ASKS, resources=[group, f"{group}:*"]))
        acknowledge_wildcard(role, f"{group}:*", "The streams of one log group.")
        role.add_to_policy(iam.PolicyStatement(actions=READS, resources=["*"]))
        reason = "Of GetQueryResults and DescribeQueryDefinitions: they take no log group."
        acknowledge_wildcard(role, "*", reason)
        return role

    def _allow_to_publish(self, route: AnswerRoute) -> None:
        """SNS uses a topic's key as whoever publishes."""
        allow = self.role.add_to_policy
        allow(iam.PolicyStatement(actions=PUBLISHES, resources=list(route.topic_arns)))
        reason = "As SNS asks for it of who publishes to an encrypted topic."
        acknowledge_actions(self.role, ENCRYPTS[0], reason)
        if route.key_arn:
            allow(iam.PolicyStatement(actions=ENCRYPTS, resources=[route.key_arn]))
        if route.has_others:
            keys = Stack.of(self).format_arn(service="kms", resource="key", resource_name="*")
            through = [f"sns.{Aws.REGION}.{suffix}" for suffix in ("amazonaws.com", Aws.URL_SUFFIX)]
            conditions = {"StringEquals": {"kms:ViaService": through}}
            allow(iam.PolicyStatement(actions=ENCRYPTS, resources=[keys], conditions=conditions))
            acknowledge_wildcard(self.role, keys, "Through SNS only: the key of a topic of somebody else.")

    def _make_rule(self) -> events.CfnRule:
        """Changes to ALARM, and from ALARM to OK, of this deployment's alarms."""
        service = _make_principal("events.amazonaws.com", self._format_arn("events", "rule", self._rule_name))
        self.starter = starter = iam.Role(self, "Starter", assumed_by=service)
        machine = self.state_machine.attr_arn
        starter.add_to_policy(iam.PolicyStatement(actions=["states:StartExecution"], resources=[machine]))
        return events.CfnRule(
            self,
            "Rule",
            name=self._rule_name,
            description=f"{self._prefix}: alarms to answer",
            event_pattern={
                "source": ["aws.cloudwatch"],
                "detail-type": ["CloudWatch Alarm State Change"],
                "account": [Aws.ACCOUNT_ID],
                "detail": {
                    "alarmName": [{"prefix": f"{self._prefix}-"}],
                    "$or": [
                        {"state": {"value": ["ALARM"]}},
                        {"state": {"value": ["OK"]}, "previousState": {"value": ["ALARM"]}},
                    ],
                },
            },
            targets=[
                events.CfnRule.TargetProperty(id="Answers", arn=machine, role_arn=starter.role_arn),
            ],
        )

    @property
    def role_names(self) -> list[str]:
        """Names of its roles."""
        return [self.role.role_name, self.starter.role_name]

    def _format_arn(self, service: str, resource: str, name: str = "") -> str:
        """The ARN of something in this account and Region; of what is made here by its name."""
        form = ArnFormat.SLASH_RESOURCE_NAME if service == "events" else ArnFormat.COLON_RESOURCE_NAME
        return Stack.of(self).format_arn(
            service=service, resource=resource, resource_name=name or self._name, arn_format=form
        )

    def _make_alarms(self, actions: Sequence[str]) -> list[cloudwatch.CfnAlarm]:
        """CloudWatch notifies by itself: no part of it goes through what may have failed.

        https://docs.aws.amazon.com/step-functions/latest/dg/procedure-cw-metrics.html
        https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-monitoring.html
        """
        machine = {"StateMachineArn": self.state_machine.attr_arn}
        failures: tuple[tuple[str, tuple[str, str], Mapping[str, str]], ...] = (
            (FAILED, ("AWS/States", "ExecutionsFailed"), machine),
            (TIMED_OUT, ("AWS/States", "ExecutionsTimedOut"), machine),
            (NOT_STARTED, ("AWS/Events", "FailedInvocations"), {"RuleName": self._rule_name}),
        )
        return [
            make_failure_alarm(
                self,
                "".join(word.capitalize() for word in ending.split("-")),
                name=name_answer_alarm(self._prefix, ending),
                text=_ALARM_TEXT.format(name=self._name, rule=self._rule_name, what=ending.replace("-", " ")),
                metric=metric,
                dimensions=dimensions,
                actions=actions,
            )
            for ending, metric, dimensions in failures
        ]

    def _acknowledge(self) -> None:
        reasons = {
            "AwsSolutions-SF1": "The history of an execution is kept for 90 days, and shows every state.",
            "AwsSolutions-SF2": "It calls AWS's own services only; its history shows each call and its time.",
        }
        for id, reason in reasons.items():
            Validations.of(self.state_machine).acknowledge(Acknowledgment(id=id, reason=reason))


def _make_principal(name: str, source_arn: str) -> iam.ServicePrincipal:
    """A service, and for whom it takes on a role.

    https://docs.aws.amazon.com/step-functions/latest/dg/procedure-create-iam-role.html
    https://docs.aws.amazon.com/eventbridge/latest/userguide/cross-service-confused-deputy-prevention.html
    """
    return iam.ServicePrincipal(
        name,
        conditions={
            "StringEquals": {"aws:SourceAccount": Aws.ACCOUNT_ID},
            "ArnLike": {"aws:SourceArn": source_arn},
        },
    )
