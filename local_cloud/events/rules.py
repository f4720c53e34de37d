"""Rules that EventBridge refuses and MiniStack, or its CloudFormation, takes.

https://docs.aws.amazon.com/eventbridge/latest/APIReference/API_PutRule.html
https://docs.aws.amazon.com/eventbridge/latest/APIReference/API_PutTargets.html
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping
from typing import Any

from ..ministack import load_module
from ..protocol.messages import Parameters, ServiceError


def check_pattern(pattern: Mapping[str, Any] | str) -> None:
    """Refuses a wrong event pattern.

    Raises:
        ServiceError: with the reason.
    """
    text = pattern if isinstance(pattern, str) else json.dumps(pattern)
    if reason := load_module("services.eventbridge")._event_pattern_error(text):
        raise ServiceError("InvalidEventPatternException", f"Event pattern is not valid. Reason: {reason}")


def check_targets(targets: Iterable[Mapping[str, Any]]) -> None:
    """Refuses a state machine without a role to start it.

    Raises:
        ServiceError: with the target.
    """
    for target in targets:
        if target["Arn"].split(":")[2:3] == ["states"] and not target.get("RoleArn"):
            raise ServiceError("ValidationException", f"RoleArn is required for target {target['Arn']}.")


def check_put_targets(put: Callable[[Parameters], Any]) -> Callable[[Parameters], Any]:
    """Returns MiniStack's PutTargets with EventBridge's own refusals."""

    def put_targets(request: Parameters) -> Any:
        try:
            check_targets(request.get("Targets", ()))
        except ServiceError as error:
            refuse = load_module("core.responses").error_response_json
            return refuse(error.code, error.message, error.status)
        return put(request)

    return put_targets
