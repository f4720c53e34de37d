"""Templates of the stack, synthesized in the process; one synth for each set of settings."""

from __future__ import annotations

import json
from functools import cache
from pathlib import Path
from typing import Any

from aws_cdk import App
from aws_cdk.assertions import Template

from cis_insights import Catalogue, load_catalogue
from stacks.settings import PREFIX, Settings, read_settings
from stacks.single_template.single_template import SingleTemplate
from stacks.single_template.stack import template
from stacks.stack import CisStack

LOG_GROUP = "aws-controltower/CloudTrailLogs"
BASE = {"log-group-name": LOG_GROUP, "subscribers": "soc@example.com"}
EXCLUDE = r"userIdentity.arn like /role\/ci-/"
Resources = dict[str, dict[str, Any]]


SHIPPED = Path(__file__).parents[1] / "shipped_controls.txt"


@cache
def whole() -> Catalogue:
    """The catalogue of this clone, with what somebody has added to it."""
    return load_catalogue()


@cache
def built_in() -> Catalogue:
    """The catalogue that comes with the package: numbers and names of stacks are those of its controls.

    `python -m tests.support.pin VERSION` writes the ids down; a control that is added changes no test.
    """
    shipped = set(SHIPPED.read_text(encoding="utf-8").split())
    return Catalogue([one for one in whole().values() if not one.is_alarm or one.id in shipped], [])


def built_in_and(folder: Path) -> Catalogue:
    """The same, and the controls of a folder of one's own."""
    return Catalogue([*built_in().values(), *load_catalogue(folder).values()], [])


@cache
def alarms_by_default() -> int:
    """How many controls are deployed unless settings say otherwise."""
    return sum(control.is_alarm and control.default for control in built_in().values())


def settings(catalogue: Catalogue | None = None, **values: object) -> Settings:
    """Settings from context keys, written with _ for -; `control__key` is of one control."""
    own = {key.replace("__", ":").replace("_", "-"): value for key, value in values.items()}
    context = {PREFIX + key: value for key, value in ({**BASE, **own}).items()}
    return read_settings(context, catalogue or built_in())


def stack(catalogue: Catalogue | None = None, **values: object) -> CisStack:
    """The stack with some settings besides the base."""
    chosen = settings(catalogue, **values)
    return CisStack(App(), "CisInsights", settings=chosen, catalogue=catalogue or built_in())


def resources(of: CisStack) -> Resources:
    """Resources of the stack by logical id."""
    found: Resources = Template.from_stack(of).to_json()["Resources"]
    return found


def dashboard(found: Resources, name: str) -> Any:
    """Body of one dashboard, with `${..}` for what is known only when deployed."""
    (body,) = [
        one["DashboardBody"]
        for one in of_type(found, "CloudWatch::Dashboard")
        if one["DashboardName"] == name
    ]
    return json.loads(body["Fn::Sub"][0])


def overview(found: Resources) -> Any:
    """Body of the overview dashboard."""
    return dashboard(found, "cis-overview")


def investigation(catalogue: Catalogue | None = None, **values: object) -> Any:
    """Body of the investigation dashboard."""
    return dashboard(resources(stack(catalogue, **values)), "cis-controls")


def of_type(found: Resources, kind: str) -> list[dict[str, Any]]:
    """Properties of all resources of a type such as `CloudWatch::Alarm`."""
    return [resource["Properties"] for resource in found.values() if resource["Type"] == f"AWS::{kind}"]


@cache
def single(**values: object) -> SingleTemplate:
    """The single template as a value."""
    return template(settings(**values) if values else Settings(log_group_name=""), built_in())


_made: dict[str, SingleTemplate] = {}


def make_template_once(settings: Settings, catalogue: Catalogue) -> SingleTemplate:
    """What `template` returns, remembered by all that it depends on."""
    key = repr((settings, [(control.id, control.query.text) for control in catalogue.values()]))
    if key not in _made:
        _made[key] = template(settings, catalogue)
    return _made[key]


def single_template(**values: object) -> str:
    """The single template as it is written."""
    return single(**values).text


def minified(found: object) -> str:
    """A template as it is given inline."""
    return json.dumps(found, separators=(",", ":"), ensure_ascii=False)


def alarms_of(found: Resources) -> dict[str, dict[str, Any]]:
    """Alarms of controls by name."""
    return {alarm["AlarmName"]: alarm for alarm in list_alarms(found)}


def list_alarms(found: Resources) -> list[dict[str, Any]]:
    """Alarms of controls: what watches the monitoring itself is on metrics of AWS's own."""
    alarms = of_type(found, "CloudWatch::Alarm")
    return [one for one in alarms if not str(one["Namespace"]).startswith("AWS/")]


def patterns_by_metric(found: Resources) -> dict[str, list[str]]:
    """Patterns by the metric they publish to."""
    by_metric: dict[str, list[str]] = {}
    for one in of_type(found, "Logs::MetricFilter"):
        (transformation,) = one["MetricTransformations"]
        by_metric.setdefault(transformation["MetricName"], []).append(one["FilterPattern"])
    return by_metric


def template_of(catalogue: Catalogue | None = None, **values: object) -> dict[str, Any]:
    """The stack's whole template."""
    return dict(Template.from_stack(stack(catalogue, **values)).to_json())
