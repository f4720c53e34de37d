"""A prescribed text is deployed only where it is proven to be the query."""

from __future__ import annotations

import pytest

from cis_insights import load_catalogue

from ..support.control_files import HEADER, PATTERN, Write, screen_of


def test_a_prescribed_text_is_deployed_as_it_stands_where_it_is_equal(write: Write) -> None:
    folder = write('filter eventName in ["CreateTrail", "DeleteTrail"]', header=HEADER + PATTERN)
    control = load_catalogue(folder)["some-control"]
    assert [pattern.text for pattern in control.patterns] == [PATTERN.removeprefix("# pattern: ").strip()]
    assert control.exact_pattern == control.patterns[0].text


@pytest.mark.parametrize("names", ['"CreateTrail"', '"CreateTrail", "DeleteTrail", "StopLogging"'])
def test_a_prescribed_text_that_is_not_the_query_is_refused_with_an_event(write: Write, names: str) -> None:
    screen = screen_of(write(f"filter eventName in [{names}]", header=HEADER + PATTERN))
    assert "queries/own/1-some-control.cwli:6:12: error: this pattern is not the query: " in screen
    assert '{"eventName": "' in screen


def test_what_a_query_covers_more_is_a_second_disjoint_pattern(write: Write) -> None:
    header = HEADER + PATTERN + "# covers-more: StopLogging, since it hides what follows\n"
    folder = write('filter eventName in ["CreateTrail", "StopLogging", "DeleteTrail"]', header=header)
    control = load_catalogue(folder)["some-control"]
    assert [pattern.text for pattern in control.patterns][1:] == ['{ $.eventName = "StopLogging" }']


def test_covers_more_names_what_it_covers_more(write: Write) -> None:
    header = HEADER + PATTERN + "# covers-more: StopLogging\n"
    folder = write('filter eventName in ["CreateTrail", "StartLogging", "DeleteTrail"]', header=header)
    assert "the query covers `StartLogging` too, which this line does not name" in screen_of(folder)


def test_covers_more_without_anything_more_is_refused(write: Write) -> None:
    header = HEADER + PATTERN + "# covers-more: nothing\n"
    folder = write('filter eventName in ["CreateTrail", "DeleteTrail"]', header=header)
    assert "covers nothing more" in screen_of(folder)


def test_covers_more_does_not_excuse_a_pattern_that_is_wider(write: Write) -> None:
    header = HEADER + PATTERN + "# covers-more: StopLogging\n"
    folder = write('filter eventName in ["CreateTrail", "StopLogging"]', header=header)
    assert 'not within the query: the query does not match {"eventName": "DeleteTrail"}' in screen_of(folder)


def test_a_prescribed_text_is_not_deployed_where_nothing_can_be_proven(write: Write) -> None:
    assert "cannot be proven" in screen_of(write('filter tolower(eventName) = "x"', header=HEADER + PATTERN))


def test_a_twin_in_ciss_words_that_misses_an_event_is_refused(write: Write) -> None:
    header = HEADER + PATTERN.replace("pattern", "cis-pattern")
    assert load_catalogue(write('filter eventName = "CreateTrail"', header=header))[
        "some-control"
    ].cis_pattern
    assert "CIS's text misses an event" in screen_of(write('filter eventName = "StopLogging"', header=header))
