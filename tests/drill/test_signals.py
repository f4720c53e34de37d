"""Signals that end a drill clean up as Ctrl-C does; what was ignored before stays ignored."""

from __future__ import annotations

import os
import signal
from collections.abc import Iterator

import pytest

from cli.drill.run import _ending_like_ctrl_c


@pytest.fixture(params=["SIGTERM", "SIGHUP"])
def number(request: pytest.FixtureRequest) -> Iterator[signal.Signals]:
    found = signal.Signals[request.param]
    before = signal.getsignal(found)
    yield found
    signal.signal(found, before)


def test_a_signal_to_end_is_like_ctrl_c(number: signal.Signals) -> None:
    before = signal.getsignal(number)
    with pytest.raises(KeyboardInterrupt), _ending_like_ctrl_c():
        os.kill(os.getpid(), number)
    assert signal.getsignal(number) is before


def test_what_is_ignored_stays_ignored(number: signal.Signals) -> None:
    signal.signal(number, signal.SIG_IGN)
    with _ending_like_ctrl_c():
        os.kill(os.getpid(), number)
    assert signal.getsignal(number) is signal.SIG_IGN
