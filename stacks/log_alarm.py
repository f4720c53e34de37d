"""Alarms for controls that no filter pattern can say: the query itself runs on a schedule.

https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/alarm-log.html
https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-cloudwatch-logalarm.html
"""

from __future__ import annotations

from collections.abc import Sequence

from aws_cdk import Aws, Stack
from aws_cdk import aws_cloudwatch as cloudwatch
from aws_cdk import aws_iam as iam
from constructs import Construct

from cis_insights import Control

from .deployed_control import INGESTION_DELAY, DeployedAlarm
from .nag_acknowledgements import acknowledge_wildcard
from .settings import PREFIX, SettingFault, SettingsError

# Regions whose CloudFormation does not know the type.
_WITHOUT = ("cn-", "us-gov-")


class LogAlarms:
    """The log alarms of one log group; the role that runs their queries is made with the first."""

    def __init__(self, scope: Construct, log_group_name: str) -> None:
        self._scope, self._log_group_name = scope, log_group_name
        self._role: iam.Role | None = None

    def add(
        self, alarm: DeployedAlarm, control: Control, text: str, actions: Sequence[str]
    ) -> cloudwatch.CfnLogAlarm:
        """Runs a control's query every period and alarms on the number of events it finds.

        Raises:
            SettingsError: where the Region has no log alarms.
        """
        _check_region(control.id, Stack.of(self._scope).region)
        self._role = self._role or _make_query_role(self._scope, self._log_group_name)
        return cloudwatch.CfnLogAlarm(
            Construct(self._scope, alarm.id),
            "Alarm",
            alarm_name=alarm.name,
            alarm_description=text,
            comparison_operator="GreaterThanOrEqualToThreshold",
            threshold=alarm.threshold,
            query_results_to_alarm=1,
            query_results_to_evaluate=1,
            treat_missing_data="notBreaching",
            alarm_actions=list(actions),
            scheduled_query_configuration=cloudwatch.CfnLogAlarm.ScheduledQueryConfigurationProperty(
                query_string=control.query_text,
                aggregation_expression="count(*)",
                log_group_identifiers=[self._log_group_name],
                scheduled_query_role_arn=self._role.role_arn,
                schedule_configuration=cloudwatch.CfnLogAlarm.ScheduleConfigurationProperty(
                    schedule_expression=_write_rate(alarm.period),
                    start_time_offset=INGESTION_DELAY + alarm.period,
                    end_time_offset=INGESTION_DELAY,
                ),
            ),
        )


def _check_region(control_id: str, region: str) -> None:
    """Refuses a log alarm where there are none; a Region known only when deployed is not refused."""
    if region.startswith(_WITHOUT):
        message = f"no filter pattern can say {control_id}, and {region} has no log alarms"
        hint = f"set {PREFIX}log-alarms to off, or leave the control out"
        raise SettingsError([SettingFault(f"{PREFIX}log-alarms", message, hint)])


def _make_query_role(scope: Construct, log_group_name: str) -> iam.Role:
    """A role that CloudWatch Logs takes on to run the queries over one log group."""
    role = iam.Role(scope, "QueryRole", assumed_by=_trust_logs())
    arn = f"arn:{Aws.PARTITION}:logs:{Aws.REGION}:{Aws.ACCOUNT_ID}:log-group:{log_group_name}"
    role.add_to_policy(iam.PolicyStatement(actions=["logs:StartQuery"], resources=[arn, f"{arn}:*"]))
    # These take no log group:
    # https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazoncloudwatchlogs.html
    reads = ["logs:StopQuery", "logs:GetQueryResults", "logs:DescribeLogGroups"]
    role.add_to_policy(iam.PolicyStatement(actions=reads, resources=["*"]))
    acknowledge_wildcard(
        role, "*", "Of StopQuery, GetQueryResults and DescribeLogGroups: they take no log group."
    )
    acknowledge_wildcard(role, f"{arn}:*", "The streams of one log group.")
    return role


def _trust_logs() -> iam.ServicePrincipal:
    conditions = {"StringEquals": {"aws:SourceAccount": Aws.ACCOUNT_ID}}
    return iam.ServicePrincipal("logs.amazonaws.com", conditions=conditions)


def _write_rate(period: int) -> str:
    minutes = period // 60
    return f"rate({minutes} minute{'s' if minutes > 1 else ''})"
