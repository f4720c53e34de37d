"""Rules that mute alarms: stored only, each as if it muted from now until it expires.

https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/alarm-mute-rules.html
"""

from __future__ import annotations

from collections.abc import Callable

from ..ministack import get_scope
from ..protocol.messages import Parameters, ServiceError


class MuteRules:
    """The rules of every account and Region.

    Args:
        clock: seconds since 1970.
    """

    def __init__(self, clock: Callable[[], float]) -> None:
        self._clock = clock
        self._rules: dict[tuple[str, str, str], Parameters] = {}

    def put(self, request: Parameters) -> Parameters:
        """PutAlarmMuteRule."""
        account, region = get_scope()
        arn = f"arn:aws:cloudwatch:{region}:{account}:alarm-mute-rule:{request['Name']}"
        rule = {**request, "AlarmMuteRuleArn": arn, "LastUpdatedTimestamp": self._clock(), "Status": "ACTIVE"}
        self._rules[account, region, request["Name"]] = rule
        return {}

    def get(self, request: Parameters) -> Parameters:
        """GetAlarmMuteRule."""
        return self._rules[self._find(request)]

    def list(self, request: Parameters) -> Parameters:
        """ListAlarmMuteRules, by the status that is asked for."""
        own = [one for (*scope, _), one in self._rules.items() if tuple(scope) == get_scope()]
        asked = request.get("Statuses") or ["ACTIVE"]
        return {"AlarmMuteRuleSummaries": [one for one in own if one["Status"] in asked]}

    def delete(self, request: Parameters) -> Parameters:
        """DeleteAlarmMuteRule."""
        del self._rules[self._find(request)]
        return {}

    def _find(self, request: Parameters) -> tuple[str, str, str]:
        key = (*get_scope(), request["AlarmMuteRuleName"])
        if key not in self._rules:
            raise ServiceError("ResourceNotFoundException", f"There is no mute rule {key[2]}.")
        return key
