"""Answers that are found once, whoever asks for them at the same time."""

from __future__ import annotations

from collections.abc import Callable, Hashable
from concurrent.futures import Future
from threading import Lock
from typing import Generic, TypeVar

Question = TypeVar("Question", bound=Hashable)
Answer = TypeVar("Answer")


class Once(Generic[Question, Answer]):
    """A memoized function, in single flight: called once for each argument; threads that ask meanwhile wait.

    Raises:
        Exception: what the function raised, each time.
    """

    def __init__(self, find: Callable[[Question], Answer]) -> None:
        self._find, self._lock = find, Lock()
        self._answers: dict[Question, Future[Answer]] = {}

    def __call__(self, question: Question) -> Answer:
        with self._lock:
            is_new = question not in self._answers
            answer = self._answers.setdefault(question, Future())
        if is_new:
            try:
                answer.set_result(self._find(question))
            except BaseException as error:
                answer.set_exception(error)
                raise
        return answer.result()
