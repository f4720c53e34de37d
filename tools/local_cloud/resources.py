"""Types of CloudFormation that MiniStack has no handler for, as calls to the services they belong to.

A handler takes the properties of a resource and returns its physical id and its attributes.
https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from .query_definitions import QueryDefinitions

Properties = dict[str, Any]
Created = tuple[str, dict[str, Any]]
Handlers = dict[str, Callable[..., Any]]


def lower(value: Any) -> Any:
    """Properties with the names of the API: `QueryString` -> `queryString`, at any depth."""
    if isinstance(value, Mapping):
        return {name[0].lower() + name[1:]: lower(item) for name, item in value.items()}
    return [lower(item) for item in value] if isinstance(value, list) else value


def query_definition(definitions: QueryDefinitions) -> Handlers:
    """AWS::Logs::QueryDefinition: Ref and QueryDefinitionId are the id; every change is in place."""

    def create(logical_id: str, properties: Properties, stack_name: str) -> Created:
        identifier = definitions.put(lower(properties))["queryDefinitionId"]
        return identifier, {"QueryDefinitionId": identifier}

    def update(identifier: str, old: Properties, new: Properties, stack_name: str) -> Created:
        definitions.put({**lower(new), "queryDefinitionId": identifier})
        return identifier, {"QueryDefinitionId": identifier}

    def delete(identifier: str, properties: Properties) -> None:
        definitions.delete({"queryDefinitionId": identifier})

    return {"create": create, "update": update, "delete": delete}
