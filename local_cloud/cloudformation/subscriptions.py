"""Subscriptions that SNS refuses and MiniStack takes.

https://docs.aws.amazon.com/sns/latest/dg/fifo-message-delivery.html
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from ..ministack import load_module
from ..protocol.messages import Parameters
from .resources import Created, Handlers, Properties

_REFUSED = "Invalid parameter: Endpoint Reason: FIFO SQS Queues can not be subscribed to standard SNS topics"


def _is_refused(topic: str, protocol: str, endpoint: str) -> bool:
    """A FIFO queue takes messages of FIFO topics only."""
    return protocol == "sqs" and endpoint.endswith(".fifo") and not topic.endswith(".fifo")


def check_subscriptions(subscribe: Callable[[Parameters], Any]) -> Callable[[Parameters], Any]:
    """Returns MiniStack's Subscribe with SNS's own refusals."""

    def subscribe_checked(request: Parameters) -> Any:
        sns = load_module("services.sns")
        topic, protocol, endpoint = (sns._p(request, name) for name in ("TopicArn", "Protocol", "Endpoint"))
        if _is_refused(topic, protocol, endpoint):
            return sns._error("InvalidParameter", _REFUSED, 400)
        return subscribe(request)

    return subscribe_checked


def handle_subscription(handlers: Handlers) -> Handlers:
    """AWS::SNS::Subscription, which MiniStack creates without its Subscribe."""

    def create(logical_id: str, properties: Properties, stack_name: str) -> Created:
        if _is_refused(*(str(properties.get(name, "")) for name in ("TopicArn", "Protocol", "Endpoint"))):
            raise ValueError(_REFUSED)
        created: Created = handlers["create"](logical_id, properties, stack_name)
        return created

    return {**handlers, "create": create}
