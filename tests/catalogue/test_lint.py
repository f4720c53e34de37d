"""What is wrong with the query of a control: unguarded negatives, slips in fields, literals and functions."""

from __future__ import annotations

import pytest

from cis_insights import QueryError, load_catalogue

from ..support.control_files import Write, messages_of, screen_of


def test_an_unguarded_negative_is_refused_with_both_guarded_forms(write: Write) -> None:
    assert screen_of(write('filter eventName = "Decrypt"\n    and userAgent != "ci"')) == (
        "queries/own/1-some-control.cwli:7:9: error: AWS does not say whether this is true on an event"
        " without `userAgent`\n"
        '        and userAgent != "ci"\n'
        "            ~~~~~~~~~~~~~~~~^\n"
        '    hint: write (ispresent(userAgent) and userAgent != "ci"),'
        ' or (not ispresent(userAgent) or userAgent != "ci") if such events count'
    )


GUARDED = [
    'ispresent(userAgent) and userAgent != "ci"',
    'not ispresent(userAgent) or userAgent != "ci"',
    "userAgent like /^x/ and userAgent not like /ci/",
    'not (userAgent = "ci") and ispresent(userAgent)',
    'not (ispresent(userAgent) and userAgent = "ci")',
    'ispresent(userAgent) and (userAgent not in ["ci", "cd"] or errorCode = "x")',
]
UNGUARDED = [
    'userAgent != "ci"',
    'ispresent(errorCode) and userAgent != "ci"',
    'not (userAgent = "ci")',
    'userAgent not in ["ci"]',
    'userAgent not like "ci"',
    'not ispresent(userAgent) and eventName = "CreateTrail" or userAgent != "ci"',
    'ispresent(userAgent) or userAgent != "ci"',
    'coalesce(userAgent, errorCode) = "x" and userAgent != "ci"',
]


@pytest.mark.parametrize("condition", GUARDED)
def test_a_guarded_negative_is_fine(write: Write, condition: str) -> None:
    assert load_catalogue(write(f"filter {condition}"))["some-control"].patterns


@pytest.mark.parametrize("condition", UNGUARDED)
def test_a_negative_without_its_guard_is_not(write: Write, condition: str) -> None:
    assert "AWS does not say whether this is true" in messages_of(write(f"filter {condition}"))[0]


def test_a_glob_in_a_literal_is_refused_with_the_regular_expression_it_was_meant_to_be(write: Write) -> None:
    assert screen_of(write('filter errorCode in ["*UnauthorizedOperation", "AccessDenied*"]')) == (
        "queries/own/1-some-control.cwli:6:22: error: `*` in a literal is an asterisk: this finds nothing\n"
        '    filter errorCode in ["*UnauthorizedOperation", "AccessDenied*"]\n'
        "                         ~~~~~~~~~~~~~~~~~~~~~~~^\n"
        "    hint: a wildcard is a regular expression here: like /UnauthorizedOperation$/\n\n"
        "queries/own/1-some-control.cwli:6:48: error: `*` in a literal is an asterisk: this finds nothing\n"
        '    filter errorCode in ["*UnauthorizedOperation", "AccessDenied*"]\n'
        "                                                   ~~~~~~~~~~~~~~^\n"
        "    hint: a wildcard is a regular expression here: like /^AccessDenied/"
    )


def test_a_value_without_quotes_is_refused(write: Write) -> None:
    assert screen_of(write("filter eventSource = s3.amazonaws.com")) == (
        "queries/own/1-some-control.cwli:6:22: error:"
        " `s3.amazonaws.com` without quotes is the name of a field\n"
        "    filter eventSource = s3.amazonaws.com\n"
        "                         ~~~~~~~~~~~~~~~^\n"
        '    hint: write: "s3.amazonaws.com"'
    )


def test_a_slip_in_a_field_is_an_error_with_the_field_that_was_meant(write: Write) -> None:
    assert screen_of(write('filter userIdentiy.type = "Root" | fields userIdentity.userNmae')) == (
        "queries/own/1-some-control.cwli:6:8: error: no CloudTrail record has a field `userIdentiy.type`\n"
        '    filter userIdentiy.type = "Root" | fields userIdentity.userNmae\n'
        "           ~~~~~~~~~~~~~~~^\n"
        "    hint: did you mean `userIdentity.type`?\n\n"
        "queries/own/1-some-control.cwli:6:43: error: no CloudTrail record has a field"
        " `userIdentity.userNmae`\n"
        '    filter userIdentiy.type = "Root" | fields userIdentity.userNmae\n'
        "                                              ~~~~~~~~~~~~~~~~~~~~^\n"
        "    hint: did you mean `userIdentity.userName`?"
    )


@pytest.mark.parametrize(
    ("name", "near"),
    [
        ("eventname", "eventName"),
        ("sourceIpAddress", "sourceIPAddress"),
        ("errorCod", "errorCode"),
        ("requestParameter.bucketName", "requestParameters.bucketName"),
        ("@timestmp", "@timestamp"),
    ],
)
def test_the_field_that_was_meant_is_named(write: Write, name: str, near: str) -> None:
    assert f"hint: did you mean `{near}`?" in screen_of(
        write(f'filter eventName = "CreateTrail" | fields {name}')
    )


@pytest.mark.parametrize("name", ["userIdentity.sessionContext.sessionIssuer.tags", "somethingNew", "usrArn"])
def test_a_field_that_is_like_no_other_may_be_new_and_is_a_warning(write: Write, name: str) -> None:
    (warning,) = load_catalogue(write(f'filter eventName = "CreateTrail" | fields {name}')).warnings
    assert warning.message == f"no CloudTrail record has a field `{name}`"


@pytest.mark.parametrize(
    "name", ["requestParameters.anything.0.at.all", "userIdentity.sessionContext", "@message"]
)
def test_fields_of_records_are_no_warning(write: Write, name: str) -> None:
    assert not load_catalogue(write(f'filter eventName = "CreateTrail" | fields {name}')).warnings


@pytest.mark.parametrize(
    "condition", ["ispresent(requestParameters)", "not ispresent(userIdentity)", 'resources = "x"']
)
def test_a_map_as_a_whole_is_refused_and_its_keys_are_not(write: Write, condition: str) -> None:
    (message,) = messages_of(write(f"filter {condition}"))
    assert message.endswith("is a map: nothing documented is true of it as a whole")
    assert load_catalogue(write("filter ispresent(requestParameters.name)"))


def test_a_comment_behind_text_is_refused(write: Write) -> None:
    assert messages_of(write('filter eventName = "CreateTrail" # why')) == ["a comment after a query's text"]
    assert load_catalogue(write('filter eventName = "CreateTrail"\n# why\n| sort @timestamp desc'))


def test_two_fields_that_may_be_missing_are_one_fault_and_its_hint_deals_with_both(write: Write) -> None:
    text = "userIdentity.arn != requestParameters.roleArn"
    folder = write(f"filter {text}")
    with pytest.raises(QueryError) as caught:
        load_catalogue(folder)
    (fault,) = caught.value.faults
    assert fault.message == (
        "AWS does not say whether this is true on an event without `userIdentity.arn` or"
        " `requestParameters.roleArn`"
    )
    guarded = f"(ispresent(userIdentity.arn) and ispresent(requestParameters.roleArn) and {text})"
    assert guarded in str(fault.hint)
    assert load_catalogue(write(f"filter {guarded}"))


SLIPS = {
    'filter lowr(eventName) = "x"': "Logs Insights has no function lowr",
    'filter eventName = "CreateTrail" | fields coalese(a, b)': "Logs Insights has no function coalese",
    'filter eventName = "CreateTrail" | fields coalesce()': "coalesce does not take 0 arguments",
    'filter eventName = "CreateTrail" | fields if(a, b, c, d) as e': "if does not take 4 arguments",
    'filter eventName = "CreateTrail" | limit 0': "a number of rows from 1 to 100,000",
    'filter eventName = "CreateTrail" | limit 100001': "a number of rows from 1 to 100,000",
    "filter eventName like /x(/": "the regular expression is not valid",
    'filter eventName = "Logout" | parse eventID /(?<s>x/ | fields s': "the regular expression is not valid",
}


@pytest.mark.parametrize(("query", "message"), SLIPS.items())
def test_a_slip_in_any_stage_is_refused_although_the_filter_is_fine(
    write: Write, query: str, message: str
) -> None:
    assert any(message in found for found in messages_of(write(query)))
