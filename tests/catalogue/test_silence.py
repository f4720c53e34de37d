"""Nothing silences an alarm without a word: each control and each exclusion is put to the prover."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from cis_insights import Catalogue, QueryError, load_catalogue

HEADER = "# title: T\n# severity: low\n# alarm: 1 in 5m\n# why: W.\n# respond: R.\n"
Load = Callable[[str], Catalogue]


@pytest.fixture
def load(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Load:
    """Loads one control file that consists of a header and a query."""
    monkeypatch.chdir(tmp_path)
    Path("own").mkdir()

    def load(query: str) -> Catalogue:
        Path("own/some-control.cwli").write_text(HEADER + query, encoding="utf-8")
        return load_catalogue("own")

    return load


@pytest.fixture(scope="module")
def catalogue() -> Catalogue:
    return load_catalogue()


def _messages(load: Load, query: str) -> list[str]:
    with pytest.raises(QueryError) as caught:
        load(query)
    return [fault.message for fault in caught.value.faults]


def _screen(catalogue: Catalogue, control: str, *conditions: str) -> str:
    with pytest.raises(QueryError) as caught:
        catalogue[control].excluding(conditions)
    return str(caught.value)


# --- controls ---------------------------------------------------------------------------


def test_a_control_that_can_never_fire_is_refused_at_its_filter(load: Load) -> None:
    with pytest.raises(QueryError) as caught:
        load('filter eventName = "CreateTrail" and eventName = "StopLogging"')
    assert str(caught.value) == (
        "own/some-control.cwli:6:1: error: no event can meet this: the alarm would never fire\n"
        '    filter eventName = "CreateTrail" and eventName = "StopLogging"\n'
        "    ~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~^\n"
        "    hint: a field has one value at a time: join alternatives with `or`, or list them with `in`"
    )


NEVER = [
    'filter eventName = "CreateTrail" | filter eventName = "StopLogging"',
    "filter ispresent(errorCode) and not ispresent(errorCode)",
    'filter eventName like /^Create/ and eventName in ["StopLogging", "DeleteTrail"]',
    "filter not ispresent(eventName)",
    'filter errorCode = "a" and errorCode = "b" and strlen(userAgent) > 3',
    'filter tolower(userAgent) = "curl" and userIdentity.type = "Root" and userIdentity.type = "IAMUser"',
    'filter eventName = ""',
]


@pytest.mark.parametrize("query", NEVER)
def test_what_no_record_meets_is_refused(load: Load, query: str) -> None:
    assert _messages(load, query) == ["no event can meet this: the alarm would never fire"]


def test_the_filter_from_which_nothing_is_left_is_the_place(load: Load) -> None:
    with pytest.raises(QueryError) as caught:
        load('filter eventName = "CreateTrail"\n| filter eventName = "StopLogging"\n| limit 1')
    assert [(fault.line, fault.column) for fault in caught.value.faults] == [(7, 3)]


def test_a_control_that_fires_on_every_event_is_refused(load: Load) -> None:
    with pytest.raises(QueryError) as caught:
        load("filter ispresent(eventName) or not ispresent(eventName)")
    assert str(caught.value) == (
        "own/some-control.cwli:6:8: error: every event meets this: the alarm would fire all the time\n"
        "    filter ispresent(eventName) or not ispresent(eventName)\n"
        "           ~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~^\n"
        '    hint: name what is watched: eventName = ".."'
    )


@pytest.mark.parametrize(
    "condition",
    [
        "ispresent(eventName)",
        "ispresent(eventSource) and ispresent(awsRegion)",
        "eventName like /./",
        "eventSource like /amazonaws/",
        'not ispresent(errorCode) or ispresent(errorCode) or userAgent = "x"',
        "ispresent(eventID) or strlen(userAgent) > 3",
    ],
)
def test_what_every_record_meets_is_refused(load: Load, condition: str) -> None:
    assert _messages(load, f"filter {condition}") == [
        "every event meets this: the alarm would fire all the time"
    ]


def test_a_value_that_the_rest_contradicts_is_refused_where_it_is_written(load: Load) -> None:
    with pytest.raises(QueryError) as caught:
        load('filter eventName in ["CreateTrail", "StopLogging"]\n| filter eventName like /^Create/')
    assert str(caught.value) == (
        'own/some-control.cwli:6:37: error: "StopLogging" can never be met here: no event is counted because'
        " of it\n"
        '    filter eventName in ["CreateTrail", "StopLogging"]\n'
        "                                        ~~~~~~~~~~~~^\n"
        "    hint: take it out, or mend what contradicts it"
    )


def test_an_alternative_that_contradicts_itself_is_refused_and_its_parts_are_not(load: Load) -> None:
    query = 'filter errorCode = "a" or (errorCode = "b" and errorCode in ["c", "d"])'
    (message,) = _messages(load, query)
    assert message.startswith('`(errorCode = "b") and (errorCode in ["c", "d"])` can never be met here')


FIRES = [
    'filter eventName = "CreateTrail"',
    'filter eventName = "CreateTrail" and userIdentity.type = "Root" and errorCode = "rare"',
    "filter ispresent(errorCode) and userAgent like /^a{3}[xyz]/",
    "filter ispresent(userIdentity.type)",  # events of services have none
    "filter not ispresent(userAgent)",
    'filter userIdentity.arn like /^arn/ and (not ispresent(userIdentity.arn) or userIdentity.arn != "b")',
    'filter strlen(userAgent) > 3 and errorCode = "a"',
    'filter eventName in ["CreateTrail", "StopLogging"] | filter eventName like /Trail|Logging/',
    "filter eventSource = requestParameters.name",
]


@pytest.mark.parametrize("query", FIRES)
def test_a_control_of_however_few_events_is_fine(load: Load, query: str) -> None:
    assert not load(query).warnings


# --- exclusions -------------------------------------------------------------------------


def test_an_exclusion_after_which_no_event_is_left_is_refused(catalogue: Catalogue) -> None:
    assert _screen(catalogue, "root-account-usage", 'userIdentity.type = "Root"') == (
        "<exclusion>:1:1: error: no event would be left: the alarm of root-account-usage could never fire\n"
        '    userIdentity.type = "Root"\n'
        "    ~~~~~~~~~~~~~~~~~~~~~~~~~^\n"
        "    hint: leave out less; if root-account-usage is not wanted at all, turn the control off"
    )


SILENT = [
    ("unauthorized-api-calls", "ispresent(errorCode)"),
    ("unauthorized-api-calls", "errorCode like /Denied/ or errorCode like /Unauthorized/"),
    ("unauthorized-api-calls", "ispresent(eventTime)"),
    ("monitoring-tampering", "eventName like /./"),
    ("monitoring-tampering", "eventName like /^/"),
    ("monitoring-tampering", "ispresent(userAgent) or not ispresent(userAgent)"),
    ("root-account-usage", "eventSource like /amazonaws/"),
    ("vpc-changes", "eventName like /Vpc/"),
    ("console-login-without-mfa", 'eventName = "ConsoleLogin"'),
]


@pytest.mark.parametrize(("control", "condition"), SILENT)
def test_an_exclusion_of_everything_is_refused(catalogue: Catalogue, control: str, condition: str) -> None:
    assert f"no event would be left: the alarm of {control} could never fire" in _screen(
        catalogue, control, condition
    )


def test_exclusions_that_leave_nothing_together_are_refused_at_the_last(catalogue: Catalogue) -> None:
    screen = _screen(catalogue, "unauthorized-api-calls", "errorCode like /^A/", "ispresent(errorCode)")
    assert "no event would be left" in screen
    assert "    ispresent(errorCode)\n" in screen
    assert catalogue["unauthorized-api-calls"].excluding(["errorCode like /^A/"]).patterns


def test_an_exclusion_of_nothing_is_refused_with_the_nearest_value(catalogue: Catalogue) -> None:
    assert _screen(catalogue, "vpc-changes", 'eventName = "CreateSubnet"') == (
        "<exclusion>:1:1: error: this leaves out nothing: vpc-changes counts no such event\n"
        '    eventName = "CreateSubnet"\n'
        "    ~~~~~~~~~~~~~~~~~~~~~~~~~^\n"
        '    hint: the nearest eventName that it counts is "CreateVpc"'
    )


def test_a_name_in_another_case_is_refused_with_the_right_one(catalogue: Catalogue) -> None:
    assert _screen(catalogue, "vpc-changes", 'eventName = "CreateVPC"') == (
        "<exclusion>:1:13: error: no known service has an event `CreateVPC`\n"
        '    eventName = "CreateVPC"\n'
        "                ~~~~~~~~~~^\n"
        '    hint: did you mean "CreateVpc"? If it is new: eventName like /^CreateVPC$/'
    )


NOTHING = {
    'userAgent = "x" and userAgent = "y"': "this leaves out nothing: vpc-changes counts no such event",
    "not ispresent(eventName)": "this leaves out nothing: vpc-changes counts no such event",
    'eventName in ["CreateVpc", "CreateSubnet"]': '"CreateSubnet" leaves out nothing',
    'userAgent = "ci" or eventName = "RunInstances"': '`eventName = "RunInstances"` leaves out nothing',
}


@pytest.mark.parametrize(("condition", "message"), NOTHING.items())
def test_what_leaves_out_nothing_is_refused(catalogue: Catalogue, condition: str, message: str) -> None:
    assert message in _screen(catalogue, "vpc-changes", condition)


def test_an_exclusion_within_an_earlier_one_is_refused(catalogue: Catalogue) -> None:
    screen = _screen(catalogue, "vpc-changes", "userAgent like /ci/", 'userAgent = "ci-1"')
    assert "<exclusion>:1:1: error: this leaves out nothing that the exclusions before it do not" in screen
    assert catalogue["vpc-changes"].excluding(['userAgent = "ci-1"', "userAgent like /ci/"]).patterns


def test_the_faults_of_all_exclusions_come_out_at_once(catalogue: Catalogue) -> None:
    assert (
        _screen(catalogue, "vpc-changes", "userAgent likes /x/", 'eventName = "CreateVPC"').count("error:")
        == 2
    )
    screen = _screen(catalogue, "vpc-changes", 'eventName = "CreateSubnet"', 'eventName = "DeleteSubnet"')
    assert screen.count("this leaves out nothing: vpc-changes counts no such event") == 2


FINE = [
    ("vpc-changes", "ispresent(errorCode)"),  # calls that failed
    ("vpc-changes", 'eventName = "CreateVpc" and userIdentity.arn like /role\\/ci-/'),
    ("vpc-changes", 'userIdentity.type = "Root"'),
    ("unauthorized-api-calls", 'eventName = "NewerThanTheTable"'),
    ("unauthorized-api-calls", 'errorCode = "AccessDeniedException"'),
    ("root-account-usage", 'eventName in ["ConsoleLogin", "CheckMfa"]'),
]


@pytest.mark.parametrize(("control", "condition"), FINE)
def test_an_exclusion_of_some_events_is_fine(catalogue: Catalogue, control: str, condition: str) -> None:
    assert catalogue[control].excluding([condition]).patterns


def test_failed_calls_can_be_left_out_of_every_control_that_watches_changes(catalogue: Catalogue) -> None:
    changes = [
        one for one in catalogue.values() if one.is_alarm and one.id.endswith(("-changes", "-deleted"))
    ]
    assert len(changes) > 15
    for control in changes:
        left = control.excluding(["ispresent(errorCode)"])
        assert left.patterns
        assert left.exact_pattern == control.exact_pattern


def test_an_exclusion_from_a_log_alarm_is_asked_as_far_as_it_can_be(load: Load) -> None:
    control = load('filter tolower(userAgent) = "curl" and errorCode = "a"')["some-control"]
    with pytest.raises(QueryError, match="no event would be left"):
        control.excluding(['errorCode = "a"'])
    assert control.excluding(["strlen(userAgent) > 3"]).excluded
