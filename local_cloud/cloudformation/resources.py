"""Types of CloudFormation that MiniStack lacks, or knows in part, as calls to their services.

A handler takes the properties of a resource and returns its physical id and its attributes.
https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from ..cloudtrail.trails import Trails
from ..cloudwatch.log_alarms import LogAlarms
from ..logs.index_policies import IndexPolicies
from ..logs.query_definitions import QueryDefinitions
from ..ministack import load_module
from ..protocol.gateway import call_ministack
from ..protocol.messages import ServiceError, load_service_model
from . import buckets

Properties = dict[str, Any]
Created = tuple[str, dict[str, Any]]
Handlers = dict[str, Callable[..., Any]]


def lower_names(value: Any) -> Any:
    """Properties with the names of the API: `QueryString` -> `queryString`, at any depth."""
    if isinstance(value, Mapping):
        return {name[0].lower() + name[1:]: lower_names(item) for name, item in value.items()}
    return [lower_names(item) for item in value] if isinstance(value, list) else value


def convert_types(value: Any, shape: Any) -> Any:
    """Converts properties to the types of the API: templates may write numbers and booleans as text."""
    match shape.type_name:
        case "structure":
            return {
                name: convert_types(item, shape.members[name])
                for name, item in value.items()
                if name in shape.members
            }
        case "list":
            return [convert_types(item, shape.member) for item in value]
        case "integer" | "long":
            return int(value)
        case "double" | "float":
            return float(value)
        case "boolean":
            return str(value).lower() == "true"
        case _:
            return value


def handle_query_definition(definitions: QueryDefinitions) -> Handlers:
    """AWS::Logs::QueryDefinition: Ref and QueryDefinitionId are the id; every change is in place."""

    def create(logical_id: str, properties: Properties, stack_name: str) -> Created:
        if definitions.is_named(properties["Name"]):
            raise _already_exists("Query definition", properties["Name"])
        identifier = definitions.put(lower_names(properties))["queryDefinitionId"]
        return identifier, {"QueryDefinitionId": identifier}

    def update(identifier: str, old: Properties, new: Properties, stack_name: str) -> Created:
        definitions.put({**lower_names(new), "queryDefinitionId": identifier})
        return identifier, {"QueryDefinitionId": identifier}

    def delete(identifier: str, properties: Properties) -> None:
        definitions.delete({"queryDefinitionId": identifier})

    return {"create": create, "update": update, "delete": delete}


def handle_trail(trails: Trails) -> Handlers:
    """AWS::CloudTrail::Trail: Ref is the name; a change of the name makes another trail."""

    def create(logical_id: str, properties: Properties, stack_name: str) -> Created:
        name = properties.get("TrailName") or _generate_name(stack_name, logical_id)
        created = trails.create({"Name": name, **_build_trail_request(properties)})
        _configure(trails, name, properties)
        return name, {"Arn": created["TrailARN"], "SnsTopicArn": created.get("SnsTopicARN", "")}

    def update(name: str, old: Properties, new: Properties, stack_name: str) -> Created:
        if new.get("TrailName", name) != name:
            created = create(name, new, stack_name)
            delete(name, old)
            return created
        updated = trails.update({"Name": name, **_build_trail_request(new)})
        _configure(trails, name, new)
        return name, {"Arn": updated["TrailARN"], "SnsTopicArn": updated["SnsTopicARN"]}

    def delete(name: str, properties: Properties) -> None:
        call_ministack("cloudtrail", "_delete_trail", {"Name": name})

    return {"create": create, "update": update, "delete": delete}


def handle_log_alarm(log_alarms: LogAlarms) -> Handlers:
    """AWS::CloudWatch::LogAlarm: Ref is the name; a change of the name makes another alarm."""

    def create(logical_id: str, properties: Properties, stack_name: str) -> Created:
        name = properties.get("AlarmName") or _generate_name(stack_name, logical_id)
        log_alarms.put({**convert_types(properties, _get_log_alarm_shape()), "AlarmName": name})
        return name, {"Arn": log_alarms.make_arn(name)}

    def update(name: str, old: Properties, new: Properties, stack_name: str) -> Created:
        if new.get("AlarmName", name) != name:
            created = create(name, new, stack_name)
            delete(name, old)
            return created
        return create(name, {**new, "AlarmName": name}, stack_name)

    def delete(name: str, properties: Properties) -> None:
        log_alarms.delete([name])

    return {"create": create, "update": update, "delete": delete}


def _get_log_alarm_shape() -> Any:
    return load_service_model("monitoring").operation_model("PutLogAlarm").input_shape


def handle_dashboard(handlers: Handlers) -> Handlers:
    """AWS::CloudWatch::Dashboard: a new dashboard never replaces another of the same name."""

    def create(logical_id: str, properties: Properties, stack_name: str) -> Created:
        if (name := properties.get("DashboardName")) in load_module("services.cloudwatch")._dashboards:
            raise _already_exists("Dashboard", str(name))
        created: Created = handlers["create"](logical_id, properties, stack_name)
        return created

    return {**handlers, "create": create}


def _already_exists(kind: str, name: str) -> ServiceError:
    """CloudFormation creates before it deletes, so a name cannot move from one resource to another."""
    return ServiceError("AlreadyExistsException", f"{kind} '{name}' already exists")


def handle_topic(handlers: Handlers) -> Handlers:
    """AWS::SNS::Topic, which MiniStack makes without its key."""
    return _run_after(handlers, _encrypt)


def _encrypt(arn: str, properties: Properties) -> None:
    attributes = load_module("services.sns")._topics[arn]["attributes"]
    attributes.pop("KmsMasterKeyId", None)
    if properties.get("KmsMasterKeyId"):
        attributes["KmsMasterKeyId"] = properties["KmsMasterKeyId"]


def handle_log_group(handlers: Handlers, policies: IndexPolicies) -> Handlers:
    """AWS::Logs::LogGroup, which MiniStack makes without its index policies."""

    def index(name: str, properties: Properties) -> None:
        policies.replace(name, properties.get("FieldIndexPolicies", []))

    return _run_after(handlers, index)


def handle_bucket(handlers: Handlers) -> Handlers:
    """AWS::S3::Bucket, which MiniStack makes without its encryption, lifecycle and access logs."""
    return _run_after(handlers, buckets.configure)


def _run_after(handlers: Handlers, after: Callable[[str, Properties], None]) -> Handlers:
    """MiniStack's handlers; `after` runs after each creation and update."""

    def create(logical_id: str, properties: Properties, stack_name: str) -> Created:
        created: Created = handlers["create"](logical_id, properties, stack_name)
        after(created[0], properties)
        return created

    def update(name: str, old: Properties, new: Properties, *rest: Any) -> Created:
        updated: Created = handlers["update"](name, old, new, *rest)
        after(updated[0], new)
        return updated

    return {**handlers, "create": create, "update": update}


_TRAIL_RENAMED = {"KMSKeyId": "KmsKeyId", "Tags": "TagsList"}
_TRAIL_APART = ("TrailName", "IsLogging", "EventSelectors", "AdvancedEventSelectors", "InsightSelectors")


def _build_trail_request(properties: Properties) -> Properties:
    return {
        _TRAIL_RENAMED.get(name, name): value
        for name, value in properties.items()
        if name not in _TRAIL_APART
    }


def _configure(trails: Trails, name: str, properties: Properties) -> None:
    """Makes the separate calls: selectors, and StartLogging or StopLogging."""
    for selectors in ("EventSelectors", "AdvancedEventSelectors"):
        if properties.get(selectors):
            request = {"TrailName": name, selectors: properties[selectors]}
            call_ministack("cloudtrail", "_put_event_selectors", request)
    if "InsightSelectors" in properties:
        trails.put_insight_selectors({"TrailName": name, "InsightSelectors": properties["InsightSelectors"]})
    logging = _is_true(properties["IsLogging"])
    call_ministack("cloudtrail", "_start_logging" if logging else "_stop_logging", {"Name": name})


def _is_true(value: Any) -> bool:
    return str(value).lower() == "true"


def _generate_name(stack_name: str, logical_id: str) -> str:
    name: str = load_module("services.cloudformation.provisioners")._physical_name(stack_name, logical_id)
    return name
