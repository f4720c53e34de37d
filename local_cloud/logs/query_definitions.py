"""Saved queries of Logs Insights: PutQueryDefinition, DescribeQueryDefinitions, DeleteQueryDefinition.

https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_PutQueryDefinition.html
"""

from __future__ import annotations

import re
import time
import uuid
from typing import Any

from cis_insights.logs_insights.parser import MAX_QUERY

from ..ministack import load_module
from ..protocol.messages import Parameters, ServiceError

MAX_DEFINITIONS = 1_000  # a Region and account
MAX_PARAMETERS = 20
MAX_RESULTS = 1_000
_PARAMETER = re.compile(r"[A-Za-z_][A-Za-z0-9_]{0,127}")
_KEPT = ("name", "queryString", "queryLanguage", "logGroupNames", "parameters")


class QueryDefinitions:
    """The saved queries of every account and Region."""

    def __init__(self) -> None:
        self._stored: Any = load_module("core.responses").AccountRegionScopedDict()

    def put(self, request: Parameters) -> Parameters:
        """Creates a definition, or replaces the one of `queryDefinitionId`."""
        _check(request)
        identifier = request.get("queryDefinitionId") or str(uuid.uuid4())
        if request.get("queryDefinitionId") and identifier not in self._stored:
            raise ServiceError("ResourceNotFoundException", "The specified query definition does not exist.")
        if len(self._stored) >= MAX_DEFINITIONS and identifier not in self._stored:
            raise ServiceError("LimitExceededException", "Resource limit exceeded.")
        kept = {name: request[name] for name in _KEPT if request.get(name)}
        self._stored[identifier] = {
            "queryLanguage": "CWLI",
            **kept,
            "queryDefinitionId": identifier,
            "lastModified": int(time.time() * 1000),
        }
        return {"queryDefinitionId": identifier}

    def describe(self, request: Parameters) -> Parameters:
        """Lists definitions by name; `queryDefinitionNamePrefix`, `maxResults` and `nextToken` as on AWS."""
        prefix, limit = request.get("queryDefinitionNamePrefix", ""), request.get("maxResults", MAX_RESULTS)
        if not 1 <= limit <= MAX_RESULTS:
            raise ServiceError("InvalidParameterException", f"maxResults must be 1 to {MAX_RESULTS}")
        language = request.get("queryLanguage")
        found = [
            item
            for item in sorted(self._stored.values(), key=_get_sort_key)
            if item["name"].startswith(prefix) and language in (None, item["queryLanguage"])
        ]
        start = _find_position(request.get("nextToken"), found)
        page = found[start : start + limit]
        more = {"nextToken": page[-1]["queryDefinitionId"]} if start + limit < len(found) else {}
        return {"queryDefinitions": page, **more}

    def is_named(self, name: str) -> bool:
        """Whether a definition has this name."""
        return any(item["name"] == name for item in self._stored.values())

    def delete(self, request: Parameters) -> Parameters:
        """Removes one definition."""
        if self._stored.pop(request.get("queryDefinitionId"), None) is None:
            raise ServiceError("ResourceNotFoundException", "The specified query definition does not exist.")
        return {"success": True}

    def find_text(self, identifier: str) -> str | None:
        """The text of a definition; None where there is none."""
        found = self._stored.get(identifier)
        return str(found["queryString"]) if found else None

    def get_defaults(self, query: str) -> dict[str, str]:
        """The default values of the parameters of the saved query with this text, if there is one."""
        found = (item for item in self._stored.values() if item["queryString"] == query)
        definition: Parameters = next(found, {})
        parameters = definition.get("parameters", [])
        return {item["name"]: item["defaultValue"] for item in parameters if "defaultValue" in item}


def _get_sort_key(definition: Parameters) -> tuple[str, str]:
    return definition["name"], definition["queryDefinitionId"]


def _find_position(token: str | None, found: list[Parameters]) -> int:
    """Where the page after the definition named by `token` begins."""
    if token is None:
        return 0
    after = [number for number, item in enumerate(found, start=1) if item["queryDefinitionId"] == token]
    if not after:
        raise ServiceError("InvalidParameterException", "The specified nextToken is invalid.")
    return after[0]


def _check(request: Parameters) -> None:
    name, query = request.get("name", ""), request.get("queryString", "")
    if not 1 <= len(name) <= 255:
        raise ServiceError("InvalidParameterException", "name must be 1 to 255 characters")
    if not 1 <= len(query) <= MAX_QUERY:
        raise ServiceError("InvalidParameterException", f"queryString must be 1 to {MAX_QUERY} characters")
    parameters = request.get("parameters", [])
    if len(parameters) > MAX_PARAMETERS:
        raise ServiceError("InvalidParameterException", f"more than {MAX_PARAMETERS} parameters")
    for parameter in parameters:
        if not _PARAMETER.fullmatch(parameter["name"]):
            raise ServiceError("InvalidParameterException", f"not a parameter's name: {parameter['name']!r}")
