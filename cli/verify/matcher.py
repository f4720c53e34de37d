"""AWS's own matcher as the judge of ours: TestMetricFilter, which is free and changes nothing.

https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_TestMetricFilter.html
"""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from cis_insights import Catalogue, Pattern
from cis_insights.reading import Event, Reading
from cis_insights.verification.probes import PROBES, READINGS, find_explanations, list_events
from cis_insights.verification.proofs import prepare_subject

from .annotations import find_version

MAX_MESSAGES = 50  # a call
# https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/cloudwatch_limits_cwl.html: 5 calls a second
PAUSE = 0.21  # seconds
Match = Callable[[Pattern, Sequence[Event]], list[bool]]


@dataclass(frozen=True, slots=True)
class Answer:
    """What AWS's matcher says of an event, and under which readings ours says the same."""

    about: str  # a control's id, or what a probe asks
    pattern: str
    event: Event
    matches: bool
    readings: tuple[Reading, ...]


@dataclass(frozen=True, slots=True)
class Judgement:
    """All answers, and what they come to."""

    patterns: int
    answers: tuple[Answer, ...]  # on the events of the controls
    probes: tuple[Answer, ...]

    @property
    def readings(self) -> tuple[Reading, ...]:
        """The readings that every answer allows which any reading explains."""
        explained = [one.readings for one in (*self.answers, *self.probes) if one.readings]
        return tuple(one for one in READINGS if all(one in readings for readings in explained))

    @property
    def differences(self) -> tuple[Answer, ...]:
        """Answers that no reading explains."""
        return tuple(one for one in (*self.answers, *self.probes) if not one.readings)


def ask_aws(client: Any) -> Match:
    """AWS's matcher, asked as often as it may be.

    Args:
        client: of boto3, for `logs`.
    """

    def match(pattern: Pattern, events: Sequence[Event]) -> list[bool]:
        found: list[bool] = []
        for start in range(0, len(events), MAX_MESSAGES):
            messages = [json.dumps(event) for event in events[start : start + MAX_MESSAGES]]
            answer = client.test_metric_filter(filterPattern=pattern.text, logEventMessages=messages)
            numbers = {one["eventNumber"] for one in answer["matches"]}
            found += [number in numbers for number in range(1, len(messages) + 1)]
            time.sleep(PAUSE)
        return found

    return match


def judge(catalogue: Catalogue, match: Match, progress: Callable[[int, int], None]) -> Judgement:
    """Asks of every pattern on every event, and of the probes.

    Args:
        progress: called with the number of patterns that are done, and of all.
    """
    subjects = [prepare_subject(one) for one in catalogue.values() if one.patterns]
    events = list_events(subjects)
    asked = [(one.control.id, pattern, events) for one in subjects for pattern in one.control.patterns]
    probes = [(one.about, one.pattern, list(one.events)) for one in PROBES]
    answers: list[list[Answer]] = []
    for number, (about, pattern, messages) in enumerate([*asked, *probes]):
        progress(number, len(asked) + len(probes))
        answers.append(list(_judge_pattern(about, pattern, messages, match)))
    flat = [one for part in answers[: len(asked)] for one in part]
    return Judgement(len(asked), tuple(flat), tuple(one for part in answers[len(asked) :] for one in part))


def _judge_pattern(about: str, pattern: Pattern, events: Sequence[Event], match: Match) -> Iterator[Answer]:
    for event, matches in zip(events, match(pattern, events), strict=True):
        yield Answer(about, pattern.text, event, matches, tuple(find_explanations(pattern, event, matches)))


def draw_judgement(found: Judgement) -> str:
    """What a person reads: agreement, differences, readings."""
    total = len(found.answers) + len(found.probes)
    lines = [
        f"{found.patterns} patterns on {len(found.answers) // max(found.patterns, 1)} events,"
        f" and {len(found.probes)} probes of what AWS does not document",
        f"{total - len(found.differences)} of {total} answers as this package's matcher gives them",
    ]
    for one in found.differences:
        lines += [
            f"  differs: {one.about}",
            f"    {one.pattern}",
            f"    {json.dumps(one.event)}: {_say(one)}",
        ]
    lines += ["readings that hold:", *(f"  {_describe(one)}" for one in found.readings)]
    return "\n".join(lines if found.readings else [*lines, "  none"])


def _say(one: Answer) -> str:
    return "AWS counts it" if one.matches else "AWS does not count it"


def _describe(reading: Reading) -> str:
    null = "an explicit null is present" if reading.null_exists else "an explicit null is absent"
    text = "numbers equal text that reads as one" if reading.numeric_text else "numbers and text differ"
    return f"{null}; {text}"


def write_judgement(found: Judgement, region: str) -> str:
    """The result file: no account, nothing of one; probes whole, of the controls what differs."""
    document = {
        "cis_insights": find_version(),
        "region": region,
        "patterns": found.patterns,
        "answers": len(found.answers),
        "readings": [_write_reading(one) for one in found.readings],
        "differences": [_write_answer(one) for one in found.differences],
        "probes": [_write_answer(one) for one in found.probes],
    }
    return json.dumps(document, indent=2) + "\n"


def _write_answer(one: Answer) -> dict[str, Any]:
    return {
        "about": one.about,
        "pattern": one.pattern,
        "event": one.event,
        "aws": one.matches,
        "explained_by": [_write_reading(each) for each in one.readings],
    }


def _write_reading(reading: Reading) -> dict[str, bool]:
    return {"null_exists": reading.null_exists, "numeric_text": reading.numeric_text}
