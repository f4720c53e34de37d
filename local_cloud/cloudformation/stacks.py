"""The stack that made a resource: MiniStack asks for its name only.

https://docs.aws.amazon.com/AWSCloudFormation/latest/APIReference/API_DescribeStackResources.html
"""

from __future__ import annotations

from ..ministack import load_module
from ..protocol.messages import Parameters, ServiceError


def describe_stack_resources(request: Parameters) -> Parameters:
    """DescribeStackResources, by the name of the stack or by what one of its resources is called."""
    physical, logical = request.get("PhysicalResourceId"), request.get("LogicalResourceId")
    for stack in load_module("services.cloudformation")._stacks.values():
        made = stack.get("_resources", {})
        is_named = request.get("StackName") in (stack["StackName"], stack["StackId"])
        if is_named or any(one.get("PhysicalResourceId") == physical for one in made.values() if physical):
            return {"StackResources": [_describe(stack, id) for id in made if logical in (None, id)]}
    name = request.get("StackName")
    message = f"Stack with id {name} does not exist" if name else f"Stack for {physical} does not exist"
    raise ServiceError("ValidationError", message)


def _describe(stack: Parameters, id: str) -> Parameters:
    made = stack["_resources"][id]
    names = ("PhysicalResourceId", "ResourceType", "ResourceStatus", "Timestamp")
    found = {name: made[name] for name in names if made.get(name)}
    return {"StackName": stack["StackName"], "StackId": stack["StackId"], "LogicalResourceId": id, **found}
