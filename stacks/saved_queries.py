"""Queries of the catalogue as saved query definitions, in folders.

https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-logs-querydefinition.html
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from aws_cdk import aws_logs as logs
from constructs import Construct

from cis_insights import Control

from .names import saved_query_name
from .settings import Settings
from .shared_text import SharedText


class SavedQueries(Construct):
    """One query definition for each control and investigation, by its id."""

    def __init__(
        self,
        scope: Construct,
        id: str,
        *,
        controls: Iterable[Control],
        settings: Settings,
        log_group: logs.ILogGroup,
        shared: SharedText,
    ) -> None:
        super().__init__(scope, id)
        self.definitions: Mapping[str, logs.CfnQueryDefinition] = {
            control.id: logs.CfnQueryDefinition(
                self,
                control.id,
                name=saved_query_name(settings, control),
                query_string=shared.text(control.query_text),
                log_group_names=[log_group.log_group_name],
                parameters=_parameters(control) or None,
            )
            for control in controls
        }


def _parameters(control: Control) -> list[logs.CfnQueryDefinition.QueryParameterProperty]:
    return [
        logs.CfnQueryDefinition.QueryParameterProperty(
            name=parameter.name, default_value=parameter.default, description=parameter.description
        )
        for parameter in control.parameters
    ]
