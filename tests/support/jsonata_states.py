"""Evaluates an expression as Step Functions does: JSONata without `$eval`, with `$parse`, never undefined.

https://docs.aws.amazon.com/step-functions/latest/dg/transforming-data.html
"""

from __future__ import annotations

import json
from functools import cache
from typing import Any

from jsonata import Jsonata


class Undefined(Exception):
    """An expression without a value: Step Functions ends the state with States.QueryEvaluationError."""


def evaluate(expression: str, **variables: Any) -> Any:
    """The value of `{% .. %}`.

    Args:
        variables: of the state machine, by name; `states` holds input, result and context.
    """
    assert expression.startswith("{%") and expression.endswith("%}"), expression
    body = expression[2:-2]
    value = _compiled(body).evaluate(None, variables)
    if value is None and not _compiled(f"$exists(({body}))").evaluate(None, variables):
        raise Undefined(body)
    return json.loads(json.dumps(value))


@cache
def _compiled(body: str) -> Any:
    compiled = Jsonata.jsonata(body)
    compiled.register_lambda("parse", json.loads)
    compiled.register_lambda("eval", _refuse)
    return compiled


def _refuse(*arguments: object) -> object:
    raise AssertionError("Step Functions has no $eval")
