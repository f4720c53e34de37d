"""`cis-insights verify --matcher`: another matcher's answers are compared, and readings told apart."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

import pytest

from cis_insights import Pattern, Reading
from cis_insights.reading import Event
from cis_insights.verification.probes import PROBES, list_events
from cis_insights.verification.proofs import prepare_subject
from cli.verify.matcher import PAUSE, Judgement, Match, ask_aws, draw_judgement, judge, write_judgement

from ..support.set_ups import catalogue

ROOT = "root-account-usage"
SOME: Any = {name: catalogue()[name] for name in (ROOT, "console-login-without-mfa")}


def under(reading: Reading) -> Match:
    """A matcher that reads what AWS leaves open in one way."""

    def match(pattern: Pattern, events: Sequence[Event]) -> list[bool]:
        return [pattern.matches(event, reading) for event in events]

    return match


def judged(match: Match) -> Judgement:
    return judge(SOME, match, lambda done, total: None)


@pytest.mark.parametrize(
    "reading",
    [Reading(null_exists=null, numeric_text=text) for null in (False, True) for text in (False, True)],
)
def test_the_reading_that_a_matcher_follows_is_the_one_that_holds(reading: Reading) -> None:
    found = judged(under(reading))
    assert found.readings == (reading,)
    assert found.differences == ()


def test_a_matcher_that_no_reading_explains_is_shown_with_the_event() -> None:
    def match(pattern: Pattern, events: Sequence[Event]) -> list[bool]:
        return [
            pattern.matches(event) or (event == {"a": "y"} and "IS NULL" in pattern.text) for event in events
        ]

    found = judged(match)
    text = draw_judgement(found).splitlines()
    assert [one.event for one in found.differences] == [{"a": "y"}]
    assert text[2:5] == [
        "  differs: IS NULL on what is absent, null, text",
        "    { $.a IS NULL }",
        '    {"a": "y"}: AWS counts it',
    ]
    assert text[-2:] == ["readings that hold:", "  an explicit null is absent; numbers and text differ"]


def test_the_events_tell_every_comparison_of_the_patterns_apart() -> None:
    """Each leaf, taken away or turned round, changes the answer on some event."""
    subjects = [prepare_subject(one) for one in SOME.values()]
    events = list_events(subjects)
    for one in subjects:
        for pattern in one.control.patterns:
            answers = {pattern.matches(event) for event in events}
            assert answers == {True, False}
            for leaf in pattern.leaves:
                (path,) = [leaf.selector.path]
                assert any(path and path.split(".")[0] in event for event in events), path


def test_the_probes_tell_every_reading_apart() -> None:
    assert len({one.about for one in PROBES}) == len(PROBES) >= 10
    by_reading = {
        tuple(one.pattern.matches(event, reading) for one in PROBES for event in one.events)
        for reading in (Reading(null_exists=a, numeric_text=b) for a in (False, True) for b in (False, True))
    }
    assert len(by_reading) == 4


def test_what_is_kept_names_no_account() -> None:
    document = json.loads(write_judgement(judged(under(Reading())), "eu-west-1"))
    assert document["readings"] == [{"null_exists": False, "numeric_text": False}]
    assert document["patterns"] == 2
    assert document["differences"] == []
    assert {one["about"] for one in document["probes"]} == {one.about for one in PROBES}
    assert set(document) == {
        "cis_insights", "region", "patterns", "answers", "readings", "differences", "probes"
    }  # fmt: skip


class _Logs:
    """TestMetricFilter, and when it was called."""

    def __init__(self) -> None:
        self.calls: list[int] = []

    def test_metric_filter(self, *, filterPattern: str, logEventMessages: list[str]) -> Any:  # noqa: N803
        self.calls.append(len(logEventMessages))
        numbers = [number for number, one in enumerate(logEventMessages, 1) if json.loads(one)["n"] % 2]
        return {"matches": [{"eventNumber": number} for number in numbers]}


def test_fifty_messages_a_call_and_five_calls_a_second(monkeypatch: pytest.MonkeyPatch) -> None:
    pauses: list[float] = []
    monkeypatch.setattr("cli.verify.matcher.time.sleep", pauses.append)
    logs = _Logs()
    events = [{"n": number} for number in range(120)]
    answers = ask_aws(logs)(catalogue()[ROOT].patterns[0], events)
    assert logs.calls == [50, 50, 20]
    assert answers == [bool(number % 2) for number in range(120)]
    assert pauses == [PAUSE] * 3
    assert 1 / PAUSE < 5
