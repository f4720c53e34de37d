"""A control that names an attack shows it: each simulation is tried against a recorded event of its call."""

from __future__ import annotations

import gzip
import json
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from cis_insights import Control, load_catalogue
from cis_insights.catalogue.attacks import SIMULATIONS, TECHNIQUES
from dev.coverage import UNCAUGHT
from dev.cross_check import CORPUS

from ..support.control_files import HEADER, Write, screen_of
from ..support.investigations import query_of

EVENTS = Path(__file__).parents[1] / "events"
CATALOGUE = load_catalogue()
LISTED = [(control, one) for control in CATALOGUE.values() for one in control.stratus]

every_listed = pytest.mark.parametrize(
    ("control", "simulation"), LISTED, ids=[f"{control.id}-{one}" for control, one in LISTED]
)


def call_of(event: dict[str, Any]) -> str:
    return f"{str(event.get('eventSource')).removesuffix('.amazonaws.com')}:{event.get('eventName')}"


@cache
def calls_of(control_id: str) -> frozenset[str]:
    """The calls of the events that a control's folder says it matches."""
    return frozenset(call_of(json.loads(path.read_text())) for path in (EVENTS / control_id).glob("match/*"))


def is_shown(control_id: str, simulation: str) -> bool:
    return not calls_of(control_id).isdisjoint(SIMULATIONS[simulation])


@every_listed
def test_a_simulation_that_is_listed_is_matched_by_an_event_of_its_call(
    control: Control, simulation: str
) -> None:
    assert is_shown(control.id, simulation)


def test_a_simulation_of_another_call_is_not_matched() -> None:
    assert is_shown("cloudtrail-changes", "aws.defense-evasion.cloudtrail-stop")
    assert not is_shown("cloudtrail-changes", "aws.defense-evasion.cloudtrail-event-selectors")


def test_each_simulation_is_caught_or_it_is_said_why_not() -> None:
    caught = {simulation for _, simulation in LISTED}
    assert caught.isdisjoint(UNCAUGHT)
    assert caught | {*UNCAUGHT} == {*SIMULATIONS}


def test_each_control_of_cis_names_a_technique_and_each_technique_is_named() -> None:
    cis = [control for control in CATALOGUE.values() if control.group == "cis"]
    assert [control.id for control in cis if not control.attack] == []
    assert {one for control in CATALOGUE.values() for one in control.attack} == {*TECHNIQUES}


@cache
def recorded() -> dict[str, list[dict[str, Any]]]:
    """The recorded events of each simulation."""
    found: dict[str, list[dict[str, Any]]] = {}
    for simulation, event in _labelled():
        found.setdefault(simulation, []).append(event)
    return found


def _labelled() -> Iterator[tuple[str, dict[str, Any]]]:
    with gzip.open(CORPUS, "rt", encoding="utf-8") as lines:
        for line in lines:
            record = json.loads(line) if "technique" in line else {}
            if isinstance(record.get("label"), dict):
                yield str(record["label"].get("technique")), record["event"]


def attacks_of(simulation: str) -> list[dict[str, Any]]:
    """The recorded events of a simulation that are its attack, and not what prepares it."""
    return [event for event in recorded().get(simulation, ()) if call_of(event) in SIMULATIONS[simulation]]


@pytest.mark.skipif(not CORPUS.is_file(), reason="the recorded simulations are not at hand")
def test_recorded_simulations_are_matched_by_the_controls_that_list_them() -> None:
    missed = [
        (control.id, simulation)
        for control, simulation in LISTED
        if (events := attacks_of(simulation)) and not any(map(query_of(control).matches, events))
    ]
    assert missed == []
    assert len(recorded()) > 30


@pytest.mark.skipif(not CORPUS.is_file(), reason="the recorded simulations are not at hand")
def test_what_is_said_not_to_be_caught_is_not_caught() -> None:
    alarms = [control for control in CATALOGUE.values() if control.is_alarm]
    caught = [
        (simulation, control.id)
        for simulation in UNCAUGHT
        for event in attacks_of(simulation)
        for control in alarms
        if control.query.matches(event)
    ]
    assert caught == []


def test_a_technique_that_there_is_not_is_refused_with_the_nearest(write: Write) -> None:
    screen = screen_of(write('filter eventName = "CreateTrail"', header=HEADER + "# attack: T1562.08\n"))
    assert screen == (
        "queries/own/1-some-control.cwli:6:11: error: `attack` does not know `T1562.08`:"
        " did you mean T1562.008?\n"
        "    # attack: T1562.08\n"
        "              ~~~~~~~^\n"
        "    hint: write: # attack: T1562.008, T1098.001"
    )


@pytest.mark.parametrize(
    ("line", "message"),
    [
        (
            "# stratus: aws.defense-evasion.cloudtrail-stopp",
            "`stratus` does not know `aws.defense-evasion.cloudtrail-stopp`:"
            " did you mean aws.defense-evasion.cloudtrail-stop?",
        ),
        ("# stratus: zzz", "error: `stratus` does not know `zzz`\n"),
        ("# attack: T1133, T1133", "`attack` names one of them twice"),
        ("# attack: T1133,", "`attack` does not know ``"),
    ],
)
def test_an_attack_that_is_not_known_is_refused(write: Write, line: str, message: str) -> None:
    assert message in screen_of(write('filter eventName = "CreateTrail"', header=HEADER + line + "\n"))


def test_attacks_are_there_for_whoever_reads_a_control(write: Write) -> None:
    header = HEADER + "# attack: T1562.008,T1133\n# stratus: aws.defense-evasion.cloudtrail-stop\n"
    control = load_catalogue(write('filter eventName = "StopLogging"', header=header))["some-control"]
    assert control.attack == ("T1562.008", "T1133")
    assert control.stratus == ("aws.defense-evasion.cloudtrail-stop",)
    assert load_catalogue(write('filter eventName = "StopLogging"'))["some-control"].attack == ()
