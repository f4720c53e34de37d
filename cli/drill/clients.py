"""Clients of boto3 whose every call has the drill's name in its user agent."""

from __future__ import annotations

from functools import partial
from typing import Any

from botocore.config import Config  # type: ignore[import-untyped]  # botocore has no types


class Clients:
    """One client for each service, in one Region.

    https://botocore.amazonaws.com/v1/documentation/api/latest/reference/config.html (user_agent_extra)
    """

    def __init__(self, session: Any, region: str, id: str) -> None:
        retries = {"mode": "standard", "total_max_attempts": 5}
        config = Config(user_agent_extra=id, retries=retries)
        self._make = partial(session.client, region_name=region, config=config)
        self._made: dict[str, Any] = {}

    def __call__(self, service: str) -> Any:
        """The client of a service."""
        if service not in self._made:
            self._made[service] = self._make(service)
        return self._made[service]
