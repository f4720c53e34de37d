"""Excluding noise from a control: query and patterns change together, the exact text stays."""

from __future__ import annotations

import pytest

from cis_insights import ALL_READINGS, Catalogue, Equivalent, NotCompilable, QueryError, load_catalogue, prove

CI = {"userIdentity": {"arn": "arn:aws:sts::111122223333:assumed-role/ci-deploy/build"}}
DENIED = {"errorCode": "AccessDenied"}


@pytest.fixture(scope="module")
def catalogue() -> Catalogue:
    return load_catalogue()


def test_an_exclusion_goes_into_query_and_patterns_alike(catalogue: Catalogue) -> None:
    control = catalogue["unauthorized-api-calls"].excluding([r"userIdentity.arn like /role\/ci-/"])
    assert prove(control.query, control.patterns) == Equivalent()
    assert (
        "\n| filter (not ispresent(userIdentity.arn)) or (userIdentity.arn not like /role\\/ci-/)\n"
        in control.query_text
    )
    for reading in ALL_READINGS:
        for event, counted in ((DENIED, True), (DENIED | CI, False), (CI, False)):
            assert control.query.matches(event, reading) is counted
            assert any(pattern.matches(event, reading) for pattern in control.patterns) is counted


def test_the_exact_text_stays_and_is_no_longer_what_is_counted(catalogue: Catalogue) -> None:
    control = catalogue["unauthorized-api-calls"]
    excluded = control.excluding(['sourceIPAddress = "192.0.2.1"'])
    assert excluded.exact_pattern == control.exact_pattern == control.patterns[0].text
    assert excluded.exact_pattern not in [pattern.text for pattern in excluded.patterns]
    assert control.excluding([]) is control


@pytest.mark.parametrize(
    ("condition", "hidden", "seen"),
    [
        ('userIdentity.type = "AWSService"', {"userIdentity": {"type": "AWSService"}}, {}),
        (
            'eventName = "HeadBucket" and sourceIPAddress = "a"',
            {"eventName": "HeadBucket", "sourceIPAddress": "a"},
            {"eventName": "HeadBucket", "sourceIPAddress": "b"},
        ),
        ("not ispresent(userIdentity.arn)", {}, {"userIdentity": {"arn": "x"}}),
        ('ispresent(userAgent) and userAgent != "cli"', {"userAgent": "sdk"}, {"userAgent": "cli"}),
        ('userAgent in ["a", "b"]', {"userAgent": "b"}, {"userAgent": "c"}),
    ],
)
def test_an_exclusion_hides_what_it_says_and_no_more(
    catalogue: Catalogue, condition: str, hidden: dict[str, object], seen: dict[str, object]
) -> None:
    control = catalogue["unauthorized-api-calls"].excluding([condition])
    for reading in ALL_READINGS:
        assert not control.query.matches(DENIED | hidden, reading)
        assert control.query.matches(DENIED | seen, reading)
    assert prove(control.query, control.patterns) == Equivalent()


def test_several_exclusions_and_a_control_that_covers_more(catalogue: Catalogue) -> None:
    control = catalogue["security-group-changes"].excluding(['userAgent = "a"', 'sourceIPAddress = "b"'])
    assert prove(control.query, control.patterns) == Equivalent()
    assert control.query.matches({"eventName": "ModifySecurityGroupRules"})
    assert not control.query.matches({"eventName": "ModifySecurityGroupRules", "sourceIPAddress": "b"})


REFUSED = {
    "userIdentity.arn likes /x/": "expected",
    'userAgent != "x"': "AWS does not say whether this is true",
    'userAgent = "ci*"': "`*` in a literal is an asterisk",
    'userAgent = "x" | limit 1': "expected",
    'userAgent = "x" or': "expected",
    "": "expected",
}


@pytest.mark.parametrize(("condition", "message"), REFUSED.items())
def test_a_wrong_exclusion_is_refused_under_its_own_text(
    catalogue: Catalogue, condition: str, message: str
) -> None:
    with pytest.raises(QueryError) as caught:
        catalogue["unauthorized-api-calls"].excluding([condition])
    assert message in caught.value.faults[0].message
    assert caught.value.faults[0].text == condition


def test_an_exclusion_that_no_pattern_can_say_is_refused(catalogue: Catalogue) -> None:
    with pytest.raises(NotCompilable, match="a pattern compares one field with constants"):
        catalogue["unauthorized-api-calls"].excluding(['tolower(userAgent) = "ci"'])
