"""Alarms for controls that no filter pattern can say: the query itself runs on a schedule.

https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/alarm-log.html
https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-cloudwatch-logalarm.html
"""

from __future__ import annotations

from collections.abc import Sequence

from aws_cdk import Aws
from aws_cdk import aws_cloudwatch as cloudwatch
from aws_cdk import aws_iam as iam
from aws_cdk import aws_logs as logs
from constructs import Construct

from .nag import acknowledge_wildcard
from .settings import PREFIX, Fault, SettingsError

# CloudTrail delivers about five minutes late, and a window is looked at once: each run looks at the
# time from INGESTION_DELAY + period to INGESTION_DELAY ago.
INGESTION_DELAY = 900  # seconds
# Regions whose CloudFormation does not know the type.
_WITHOUT = ("cn-", "us-gov-")


class LogAlarm(Construct):
    """Runs a query every period and alarms on the number of events it finds."""

    def __init__(
        self,
        scope: Construct,
        id: str,
        *,
        name: str,
        query: str,
        log_group: logs.ILogGroup,
        role: iam.IRole,
        threshold: int,
        period: int,
        description: str,
        actions: Sequence[str],
    ) -> None:
        super().__init__(scope, id)
        self.alarm = cloudwatch.CfnLogAlarm(
            self,
            "Alarm",
            alarm_name=name,
            alarm_description=description,
            comparison_operator="GreaterThanOrEqualToThreshold",
            threshold=threshold,
            query_results_to_alarm=1,
            query_results_to_evaluate=1,
            treat_missing_data="notBreaching",
            alarm_actions=list(actions),
            scheduled_query_configuration=cloudwatch.CfnLogAlarm.ScheduledQueryConfigurationProperty(
                query_string=query,
                aggregation_expression="count(*)",
                log_group_identifiers=[log_group.log_group_name],
                scheduled_query_role_arn=role.role_arn,
                schedule_configuration=cloudwatch.CfnLogAlarm.ScheduleConfigurationProperty(
                    schedule_expression=_rate(period),
                    start_time_offset=INGESTION_DELAY + period,
                    end_time_offset=INGESTION_DELAY,
                ),
            ),
        )


def check_region(control_id: str, region: str) -> None:
    """Refuses a log alarm where there are none; a Region known only when deployed is not refused.

    Raises:
        SettingsError: naming the control.
    """
    if region.startswith(_WITHOUT):
        message = f"no filter pattern can say {control_id}, and {region} has no log alarms"
        hint = f"set {PREFIX}log-alarms to off, or leave the control out"
        raise SettingsError([Fault(f"{PREFIX}log-alarms", message, hint)])


def query_role(scope: Construct, log_group: logs.ILogGroup) -> iam.Role:
    """A role that CloudWatch Logs takes on to run the queries over one log group."""
    role = iam.Role(scope, "QueryRole", assumed_by=_logs_of_this_account())
    name = log_group.log_group_name
    arn = f"arn:{Aws.PARTITION}:logs:{Aws.REGION}:{Aws.ACCOUNT_ID}:log-group:{name}"
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


def _logs_of_this_account() -> iam.ServicePrincipal:
    conditions = {"StringEquals": {"aws:SourceAccount": Aws.ACCOUNT_ID}}
    return iam.ServicePrincipal("logs.amazonaws.com", conditions=conditions)


def _rate(period: int) -> str:
    minutes = period // 60
    return f"rate({minutes} minute{'s' if minutes > 1 else ''})"
