"""Clients of boto3 that answer what they are given, and note what they are asked."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any

from botocore.exceptions import ClientError

from cli.drill.clients import Clients


def refuse(code: str) -> ClientError:
    """An error of AWS."""
    return ClientError({"Error": {"Code": code, "Message": "not you"}}, "Call")


class FakeAws(Clients):
    """All services at once: answers by the names of boto3's methods; an error is raised.

    Args:
        answers: what a method returns, {} unless it is named.
    """

    def __init__(self, **answers: Mapping[str, Any] | Exception | Callable[..., Any]) -> None:
        self.calls: list[tuple[str, Mapping[str, Any]]] = []
        self._answers = answers

    def __call__(self, service: str) -> Any:
        return self

    def __getattr__(self, name: str) -> Callable[..., Any]:
        return lambda **given: self._answer(name, given)

    def get_paginator(self, name: str) -> Any:
        return _Paginator(lambda **given: self._answer(name, given))

    def _answer(self, name: str, given: Mapping[str, Any]) -> Any:
        self.calls.append((name, given))
        answer = self._answers.get(name, {})
        if isinstance(answer, Exception):
            raise answer
        return answer(**given) if callable(answer) else answer


class _Paginator:
    def __init__(self, ask: Callable[..., Any]) -> None:
        self._ask = ask

    def paginate(self, **given: Any) -> Iterator[Any]:
        yield self._ask(**given)
