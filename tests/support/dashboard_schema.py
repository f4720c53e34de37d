"""The body of a dashboard, as AWS documents it, as a JSON schema: what else is in one is a mistake.

https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/CloudWatch-Dashboard-Body-Structure.html
https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/cloudwatch_dashboard_variables.html
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from cfnlint.jsonschema import StandardValidator

Schema = Mapping[str, Any]
_TEXT: Schema = {"type": "string", "minLength": 1}
_FLAG: Schema = {"type": "boolean"}
_NUMBER: Schema = {"type": "number"}
_COLOUR: Schema = {"type": "string", "pattern": "^#[0-9A-F]{6}$"}
_PERIOD: Schema = {"enum": [300, 600, 900, 1800, 3600, 86400]}


def _object(required: str, **properties: Schema) -> Schema:
    return {
        "type": "object",
        "required": required.split(),
        "properties": properties,
        "additionalProperties": False,
    }


def _list(items: Schema, least: int, most: int) -> Schema:
    return {"type": "array", "items": items, "minItems": least, "maxItems": most}


_LINE = _object("value", label=_TEXT, value=_NUMBER, color=_COLOUR)
_OPTIONS = _object(
    "",
    expression=_TEXT,
    id={"type": "string", "pattern": "^[a-z][A-Za-z0-9_]*$"},
    label=_TEXT,
    color=_COLOUR,
    visible=_FLAG,
    period=_PERIOD,
)
_METRIC: Schema = {
    "type": "array",
    "minItems": 1,
    "maxItems": 2 + 2 * 30 + 1,
    "items": {"anyOf": [_TEXT, _OPTIONS]},
}
_METRIC_WIDGET: Schema = {
    **_object(
        "title region view stat period metrics",
        title=_TEXT,
        region=_TEXT,
        view={"enum": ["timeSeries", "singleValue"]},
        stat={"const": "Sum"},
        period=_PERIOD,
        metrics=_list(_METRIC, 1, 500),
        stacked=_FLAG,
        start={"type": "string", "pattern": "^-P"},
        sparkline=_FLAG,
        setPeriodToTimeRange=_FLAG,
        singleValueFullPrecision=_FLAG,
        annotations=_object("horizontal", horizontal=_list(_LINE, 0, 100)),
        yAxis=_object("left", left=_object("min", min=_NUMBER)),
    ),
    # https://docs.aws.amazon.com/cdk/api/v2/docs/aws-cdk-lib.aws_cloudwatch.SingleValueWidgetProps.html
    "not": {"required": ["sparkline", "setPeriodToTimeRange"]},
}
_QUERY: Schema = {"type": "string", "pattern": "^SOURCE '", "maxLength": 10_000}
_PROPERTIES = {
    "text": _object("markdown", markdown=_TEXT),
    "metric": _METRIC_WIDGET,
    "log": _object(
        "title region view query",
        title=_TEXT,
        region=_TEXT,
        view={"enum": ["table", "timeSeries"]},
        query=_QUERY,
    ),
    "alarm": _object(
        "alarms title",
        title=_TEXT,
        alarms=_list(_TEXT, 1, 100),
        sortBy={"enum": ["default", "stateUpdatedTimestamp", "timestamp"]},
        states=_list({"enum": ["ALARM", "INSUFFICIENT_DATA", "OK"]}, 1, 3),
    ),
}


def _widget(kind: str) -> Schema:
    return _object(
        "type x y width height properties",
        type={"const": kind},
        x={"type": "integer", "minimum": 0, "maximum": 23},
        y={"type": "integer", "minimum": 0},
        width={"type": "integer", "minimum": 1, "maximum": 24},
        height={"type": "integer", "minimum": 1, "maximum": 1000},
        properties=_PROPERTIES[kind],
    )


_VARIABLE = _object(
    "type pattern inputType id label defaultValue visible",
    type={"const": "pattern"},
    pattern=_TEXT,
    inputType={"enum": ["input", "select", "radio"]},
    id={"type": "string", "maxLength": 32},
    label={"type": "string", "maxLength": 30},
    defaultValue={"type": "string", "maxLength": 255},
    visible=_FLAG,
)
BODY = _object(
    "widgets",
    start={"type": "string", "pattern": "^-PT"},
    periodOverride={"enum": ["auto", "inherit"]},
    variables=_list(_VARIABLE, 0, 25),
    widgets=_list({"anyOf": [_widget(kind) for kind in _PROPERTIES]}, 0, 500),
)


def find_mistakes(body: object) -> Iterator[str]:
    """Where a body is not what AWS documents."""
    for error in StandardValidator(BODY).iter_errors(body):
        yield f"{'/'.join(map(str, error.path))}: {error.message}"
