"""Queries of the catalogue as saved query definitions, in folders.

https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-logs-querydefinition.html
"""

from __future__ import annotations

from aws_cdk import aws_logs as logs
from constructs import Construct

from cis_insights import Control

from .names import name_saved_query
from .settings import Settings
from .substitution import fill
from .tokens import escape


class SavedQueries(Construct):
    """Query definitions of controls and investigations, by id."""

    def __init__(self, scope: Construct, id: str, *, settings: Settings) -> None:
        super().__init__(scope, id)
        self._settings = settings
        self.definitions: dict[str, logs.CfnQueryDefinition] = {}

    def save(self, control: Control) -> logs.CfnQueryDefinition:
        """The query definition of one control or investigation."""
        definition = self.definitions[control.id] = logs.CfnQueryDefinition(
            self,
            control.id,
            name=name_saved_query(self._settings, control),
            query_string=fill(escape(control.query_text)),
            log_group_names=[self._settings.log_group_name],
            parameters=_list_parameters(control) or None,
        )
        return definition


def _list_parameters(control: Control) -> list[logs.CfnQueryDefinition.QueryParameterProperty]:
    return [
        logs.CfnQueryDefinition.QueryParameterProperty(
            name=parameter.name, default_value=parameter.default, description=parameter.description
        )
        for parameter in control.parameters
    ]
