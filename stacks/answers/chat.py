"""Slack and Microsoft Teams: a channel of Amazon Q Developer that reads one topic, and may do nothing.

The workspace or tenant is authorised once, in the console of Amazon Q Developer in chat applications.
https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-chatbot-slackchannelconfiguration.html
https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-chatbot-microsoftteamschannelconfiguration.html
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from aws_cdk import Aws, Stack
from aws_cdk import aws_chatbot as chatbot
from aws_cdk import aws_iam as iam
from aws_cdk import aws_sns as sns
from constructs import Construct

from ..settings import PREFIX, SettingFault, Settings, SettingsError

# Without any the service uses AdministratorAccess.
# https://docs.aws.amazon.com/chatbot/latest/adminguide/understanding-permissions.html
_GUARDRAIL = "CloudWatchReadOnlyAccess"
# https://docs.aws.amazon.com/general/latest/gr/chatbot.html
_WITHOUT = ("cn-", "us-gov-")


class Chat(Construct):
    """The channels that settings name, subscribed to one topic."""

    def __init__(self, scope: Construct, id: str, *, settings: Settings, topic: sns.ITopic) -> None:
        super().__init__(scope, id)
        _check_region(Stack.of(self).region)
        self._shared = self._share(settings, topic)
        if settings.slack_channel:
            chatbot.CfnSlackChannelConfiguration(
                self,
                "Slack",
                configuration_name=f"{settings.prefix}-answers-slack",
                slack_workspace_id=settings.slack_workspace or "",
                slack_channel_id=settings.slack_channel,
                **self._shared,
            )
        if settings.teams_channel:
            chatbot.CfnMicrosoftTeamsChannelConfiguration(
                self,
                "Teams",
                configuration_name=f"{settings.prefix}-answers-teams",
                teams_tenant_id=settings.teams_tenant or "",
                team_id=settings.teams_team or "",
                teams_channel_id=settings.teams_channel,
                **self._shared,
            )

    def _share(self, settings: Settings, topic: sns.ITopic) -> Mapping[str, Any]:
        """What all channels have: a role without any permission, and a guardrail that reads only."""
        role = iam.Role(self, "Role", assumed_by=iam.ServicePrincipal("chatbot.amazonaws.com"))
        return {
            "iam_role_arn": role.role_arn,
            "guardrail_policies": [f"arn:{Aws.PARTITION}:iam::aws:policy/{_GUARDRAIL}"],
            "sns_topic_arns": [topic.topic_arn],
            "logging_level": "ERROR",
        }


def _check_region(region: str) -> None:
    """Refuses a channel where there is no such service; a Region known only when deployed is not refused."""
    if region.startswith(_WITHOUT):
        message = f"{region} has no Amazon Q Developer in chat applications"
        raise SettingsError([SettingFault(f"{PREFIX}slack-channel", message, "leave the channels out")])
