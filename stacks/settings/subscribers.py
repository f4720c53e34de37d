"""Who is notified: subscribers of the topics made here, and existing topics.

https://docs.aws.amazon.com/sns/latest/api/API_Subscribe.html
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass

from .readers import Refused, make_text_reader, read_names, show, suggest_nearest

_SNS_ARN = re.compile(r"arn:aws[\w-]*:sns:[a-z0-9-]+:\d{12}:[\w-]{1,251}(\.fifo|[\w-]{0,5})", re.ASCII)
MAX_ENDPOINT = 2_048  # characters; an address of a million could be cut at a million dots
# https://docs.aws.amazon.com/sns/latest/api/API_Subscribe.html
_ENDPOINTS = {
    "sqs": re.compile(r"arn:aws[\w-]*:sqs:[a-z0-9-]+:\d{12}:[\w-]+"),
    "lambda": re.compile(r"arn:aws[\w-]*:lambda:[a-z0-9-]+:\d{12}:function:[\w-]+(:[\w-]+)?"),
    "https": re.compile(r"https://[^\s,]+"),
    "email": re.compile(r"[^@\s,]+@[^@\s,]+\.[^@\s,]+"),
}


@dataclass(frozen=True, slots=True)
class Subscriber:
    """Who is notified: an SNS protocol and its endpoint; `id` names one that is known only when deployed."""

    protocol: str
    endpoint: str
    id: str = ""


def read_subscribers(value: object) -> tuple[Subscriber, ...]:
    """Texts, or in code `Subscriber` as well."""
    if isinstance(value, list | tuple) and any(isinstance(one, Subscriber) for one in value):
        given: Iterable[object] = value
    else:
        given = read_names(value)
    return tuple(dict.fromkeys(map(_read_subscriber, given)))


def _read_subscriber(one: object) -> Subscriber:
    if isinstance(one, Subscriber):
        return _check_subscriber(one)
    if not isinstance(one, str):
        raise Refused(f"{show(one)} is not a subscriber", _WHO)
    is_text = one.isascii() and one.isprintable() and len(one) <= MAX_ENDPOINT
    for protocol, form in _ENDPOINTS.items():
        if is_text and form.fullmatch(one):
            return Subscriber(protocol, one)
    if is_text and _ENDPOINTS["sqs"].fullmatch(one.removesuffix(".fifo")):
        # https://docs.aws.amazon.com/sns/latest/dg/fifo-message-delivery.html
        hint = "name a standard queue; or subscribe it to a FIFO topic, and name that as topic-arn"
        raise Refused(f"{show(one)} is a FIFO queue, and the topics made here are standard topics", hint)
    raise Refused(f"{show(one)} is not an address that can be notified", _WHO)


def _check_subscriber(one: Subscriber) -> Subscriber:
    """One made in code, as it is."""
    if one.protocol not in PROTOCOLS:
        raise Refused(
            f"{show(one.protocol)} is not a protocol", suggest_nearest(str(one.protocol), PROTOCOLS)
        )
    if (read := _read_subscriber(str(one.endpoint))).protocol != one.protocol:
        raise Refused(f"{show(one.endpoint)} is not for {one.protocol}", f"its protocol is {read.protocol}")
    return one


def read_topics(value: object) -> tuple[str, ...]:
    return tuple(map(_TOPIC, dict.fromkeys(read_names(value))))


PROTOCOLS = tuple(_ENDPOINTS)
_WHO = "write an e-mail address, an https:// address, or the ARN of an SQS queue or a Lambda function"
_TOPIC = make_text_reader(_SNS_ARN, "the ARN of an SNS topic", "arn:aws:sns:eu-west-1:111122223333:security")
