"""The bodies of the dashboards with some sets of settings, each built once."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import cache
from typing import Any

from stacks.dashboards import build_control_queries, build_investigation, build_overview
from stacks.deployed_control import Plan

from .planned import plan_with

BUILD: dict[str, Callable[[Plan], dict[str, Any]]] = {
    "overview": build_overview,
    "investigation": build_investigation,
    "queries": build_control_queries,
}
SETS: dict[str, dict[str, object]] = {
    "one": {"controls": "vpc-changes"},
    "default": {},
    "benchmark": {"extended": "none"},
    "all": {"extended": "all", "cis_twins": "on"},
    "organization": {"trail": "organization", "extended": "all"},
    "prefix": {"prefix": "a" * 60, "namespace": "Own/Space"},
    "bare": {"heartbeat": "off", "second_path": "off", "answers": "off", "investigations": "off"},
}
Body = dict[str, Any]


@cache
def planned(which: str) -> Plan:
    """What is deployed with one of the sets of settings."""
    return plan_with(**SETS[which])


@cache
def body(dashboard: str, which: str = "default") -> Body:
    """A dashboard of it."""
    return BUILD[dashboard](planned(which))


def titled(found: Body, start: str) -> list[Any]:
    """Properties of the widgets whose titles begin so."""
    properties = (one["properties"] for one in found["widgets"])
    return [one for one in properties if one.get("title", "").startswith(start)]


def logs(found: Body) -> Iterator[Any]:
    """The properties of the widgets that ask a query."""
    return (one["properties"] for one in found["widgets"] if one["type"] == "log")
