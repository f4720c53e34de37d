"""Field indexes of log groups: PutIndexPolicy, DescribeIndexPolicies, DeleteIndexPolicy.

https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/CloudWatchLogs-Field-Indexing.html
"""

from __future__ import annotations

import json
import time
from typing import Any

from ..ministack import load_module
from ..protocol.messages import Parameters, ServiceError

MAX_FIELDS = 20


class IndexPolicies:
    """The index policy of each log group that has one; stored only, as queries here need no index."""

    def __init__(self) -> None:
        self._stored: Any = load_module("core.responses").AccountRegionScopedDict()

    def put(self, request: Parameters) -> Parameters:
        """PutIndexPolicy: `policyDocument` is JSON with `Fields`, `FieldsV2` or both."""
        group = _resolve_group(request["logGroupIdentifier"])
        document = request["policyDocument"]
        if len(json.loads(document).get("Fields", [])) > MAX_FIELDS:
            raise ServiceError("LimitExceededException", f"more than {MAX_FIELDS} fields")
        self._stored[group] = {
            "logGroupIdentifier": load_module("services.cloudwatch_logs")._make_group_arn_no_star(group),
            "lastUpdateTime": int(time.time() * 1000),
            "policyDocument": document,
            "source": "LOG_GROUP",
        }
        return {"indexPolicy": self._stored[group]}

    def describe(self, request: Parameters) -> Parameters:
        """DescribeIndexPolicies of some log groups."""
        groups = [_resolve_group(identifier) for identifier in request["logGroupIdentifiers"]]
        return {"indexPolicies": [self._stored[group] for group in groups if group in self._stored]}

    def delete(self, request: Parameters) -> Parameters:
        """DeleteIndexPolicy."""
        self._stored.pop(_resolve_group(request["logGroupIdentifier"]), None)
        return {}

    def replace(self, group: str, policies: list[Parameters]) -> None:
        """Replaces a log group's policies by those of a template; there is at most one."""
        self._stored.pop(group, None)
        for policy in policies:
            self.put({"logGroupIdentifier": group, "policyDocument": json.dumps(policy)})


def _resolve_group(identifier: str) -> str:
    """The name of an existing log group, from its name or ARN."""
    name = identifier.rsplit(":log-group:", maxsplit=1)[-1].removesuffix(":*")
    if name not in load_module("services.cloudwatch_logs")._log_groups:
        raise ServiceError("ResourceNotFoundException", "The specified log group does not exist.")
    return name
