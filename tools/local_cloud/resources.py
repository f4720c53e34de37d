"""Types of CloudFormation that MiniStack has no handler for, as calls to the services they belong to.

A handler takes the properties of a resource and returns its physical id and its attributes.
https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from .emulator import module
from .gateway import call_ministack
from .query_definitions import QueryDefinitions
from .trails import Trails

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


def trail(trails: Trails) -> Handlers:
    """AWS::CloudTrail::Trail: Ref is the name; a change of the name makes another trail."""

    def create(logical_id: str, properties: Properties, stack_name: str) -> Created:
        name = properties.get("TrailName") or _generated(stack_name, logical_id)
        created = trails.create({"Name": name, **_trail_request(properties)})
        _configure(trails, name, properties)
        return name, {"Arn": created["TrailARN"], "SnsTopicArn": created.get("SnsTopicARN", "")}

    def update(name: str, old: Properties, new: Properties, stack_name: str) -> Created:
        if new.get("TrailName", name) != name:
            created = create(name, new, stack_name)
            delete(name, old)
            return created
        updated = trails.update({"Name": name, **_trail_request(new)})
        _configure(trails, name, new)
        return name, {"Arn": updated["TrailARN"], "SnsTopicArn": updated["SnsTopicARN"]}

    def delete(name: str, properties: Properties) -> None:
        call_ministack("cloudtrail", "_delete_trail", {"Name": name})

    return {"create": create, "update": update, "delete": delete}


_TRAIL_RENAMED = {"KMSKeyId": "KmsKeyId", "Tags": "TagsList"}
_TRAIL_APART = ("TrailName", "IsLogging", "EventSelectors", "AdvancedEventSelectors", "InsightSelectors")


def _trail_request(properties: Properties) -> Properties:
    return {
        _TRAIL_RENAMED.get(name, name): value
        for name, value in properties.items()
        if name not in _TRAIL_APART
    }


def _configure(trails: Trails, name: str, properties: Properties) -> None:
    """What has calls of its own: selectors, and whether the trail logs."""
    for selectors in ("EventSelectors", "AdvancedEventSelectors"):
        if properties.get(selectors):
            request = {"TrailName": name, selectors: properties[selectors]}
            call_ministack("cloudtrail", "_put_event_selectors", request)
    if "InsightSelectors" in properties:
        trails.put_insight_selectors({"TrailName": name, "InsightSelectors": properties["InsightSelectors"]})
    logging = _true(properties["IsLogging"])
    call_ministack("cloudtrail", "_start_logging" if logging else "_stop_logging", {"Name": name})


def _true(value: Any) -> bool:
    return str(value).lower() == "true"


def _generated(stack_name: str, logical_id: str) -> str:
    name: str = module("services.cloudformation.provisioners")._physical_name(stack_name, logical_id)
    return name
