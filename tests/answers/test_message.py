"""What an answer says: for whoever is woken, for machines, and never in an attacker's words."""

from __future__ import annotations

import json

from ..support.answers import GROUP, RAISED, ROW, SETTINGS, event, facts, state, tell
from ..support.mail import LINES, lines, section


def test_the_mail_says_who_did_what_from_where_and_what_to_do() -> None:
    mail = lines()
    assert tuple(mail[:7]) == LINES
    assert mail[7].startswith("First: ")
    assert section(mail, "Still open?") == [
        "aws ec2 describe-security-group-rules --region eu-west-1"
        " --filters Name=group-id,Values=sg-0abcdef1234567890"
    ]
    assert section(mail, "Undo") == [
        "aws ec2 revoke-security-group-ingress --region eu-west-1 --group-id sg-0abcdef1234567890"
        " --security-group-rule-ids sgr-0abcdef1234567890"
    ]
    assert mail[-5] == "All rows, 17:10 to 17:20 UTC:"
    assert mail[-3] == "All that bob@example.com did:"
    assert mail[-1].endswith("Security Hub CloudWatch.10; saved query cis/4.10 Security group changes")


def test_the_subject_is_short_and_says_who_and_where() -> None:
    assert tell()["subject"] == "[medium] 4.10 Security group changes: bob@example.com in prod, eu-west-1"


def test_the_link_opens_the_saved_query_with_the_time_of_the_alarm() -> None:
    link = tell()["answer"]["links"]["rows"]
    assert link == (
        "https://eu-west-1.console.aws.amazon.com/cloudwatch/home?region=eu-west-1"
        "#logsV2:logs-insights$3FqueryDetail$3D$257E$2528end$257E$25272026-03-03T17*3a20*3a06.000Z"
        "$257Estart$257E$25272026-03-03T17*3a10*3a00.000Z$257EtimeType$257E$2527ABSOLUTE$257Etz$257E$2527UTC"
        "$257EqueryId$257E$2527id-of-security-group-changes"
        "$257Esource$257E$2528$257E$2527cloudtrail*2flogs$2529$2529"
    )


def test_the_link_to_a_person_is_there_for_a_plain_name_only() -> None:
    link = tell()["answer"]["links"]["person"]
    assert "like*20*22bob*40example.com*22" in link
    for name in ('x" or 1=1', "bob'", "a~b", "(x)", "a b", "<x>"):
        mail = lines(groups=[{**GROUP, "a_who": name}])
        assert not [line for line in mail if line.startswith("All that")], name


def test_of_many_events_five_are_told_and_all_are_counted() -> None:
    groups = [
        {**GROUP, "a_events": "4980"},
        {**GROUP, "a_name": "RevokeSecurityGroupIngress", "a_events": "15"},
        {**GROUP, "a_who": "eve", "a_events": "5", "a_first": "1772558000000"},
    ]
    mail = lines(rows=[ROW] * 5, groups=groups)
    assert mail[0] == "5,000 events by 2 users, 17:13:20 to 17:19:02 UTC on 3 March 2026"
    assert len([line for line in mail if line.startswith("17:19:02")]) == 5
    start = mail.index("All of them, by user:")
    assert mail[start + 1 : start + 3] == [
        " 4,995  bob@example.com  AuthorizeSecurityGroupIngress (4,980), RevokeSecurityGroupIngress (15)",
        "     5  eve  AuthorizeSecurityGroupIngress (5)",
    ]


def test_of_very_many_people_the_first_are_named_and_the_number_is_at_least_that() -> None:
    groups = [{**GROUP, "a_who": f"user-{number:02}", "a_events": "2"} for number in range(50)]
    mail = lines(rows=[ROW] * 5, groups=groups)
    assert mail[0].startswith("At least 100 events by 50 users, ")
    assert "        and 42 other users" in mail
    assert "by 49 users" in lines(rows=[ROW] * 5, groups=groups[1:])[0]


def test_several_accounts_and_regions_are_named_line_by_line() -> None:
    other = {**ROW, "a_account": "444455556666", "a_region": "us-east-1"}
    groups = [GROUP, {**GROUP, "a_whose": "444455556666"}]
    known = tell(rows=[ROW, other], groups=groups)
    mail = known["text"]["whole"].split("\n")
    assert mail[1] == "Accounts prod (111122223333), 444455556666, Regions eu-west-1, us-east-1"
    assert mail[3].endswith(", in prod eu-west-1")
    assert mail[5].endswith(", in 444455556666 us-east-1")
    assert section(mail, "Still open?")[1].endswith("  # in account 444455556666")
    assert known["subject"].endswith(": bob@example.com in 2 accounts, 2 Regions")


def test_what_is_long_is_cut_for_a_person() -> None:
    mail = lines(rows=[{**ROW, "a_target": "t" * 250, "a_change": "c" * 250}])
    assert mail[4].endswith(f'Ingress "{"t" * 120}\u2026": {"c" * 200}\u2026')
    assert section(mail, "Still open?")[0].endswith("t" * 250)


def test_a_caller_of_another_account_is_called_so() -> None:
    assert " of account 999988887777 from " in lines(rows=[{**ROW, "a_callerAccount": "999988887777"}])[3]


def test_what_was_refused_is_called_so_and_is_not_to_be_undone() -> None:
    mail = lines(rows=[{**ROW, "a_error": "Client.UnauthorizedOperation"}])
    assert mail[4].startswith("          not done (Client[.]UnauthorizedOperation): AuthorizeSecurityGroup")
    assert section(mail, "Undo") == []
    assert len(section(mail, "Still open?")) == 1


def test_a_command_is_for_its_events_and_there_once() -> None:
    created = {**ROW, "a_eventName": "CreateSecurityGroup"}
    undo = section(lines(rows=[ROW, ROW, created]), "Undo")
    assert [line.split()[2] for line in undo] == ["revoke-security-group-ingress", "delete-security-group"]


def test_without_a_column_nothing_is_said_of_it() -> None:
    mail = lines(rows=[{"@timestamp": ROW["@timestamp"]}], groups=[])
    assert mail[1:4] == ["", "17:19:02  somebody", "          an event"]


def test_when_nothing_is_found_it_says_so_with_the_alarm_s_reason() -> None:
    known = tell(rows=[], groups=[])
    assert known["text"]["whole"].split("\n")[:2] == [
        "The alarm went off, and its query finds no event from 17:10 to 17:20 UTC on 3 March 2026.",
        "The alarm's own reason: Threshold Crossed: 1 datapoint [1.0] was greater than the threshold (1.0).",
    ]
    assert known["subject"] == "[medium] 4.10 Security group changes: no event found, prod, eu-west-1"
    assert known["answer"]["kind"] == "nothing-found"


def test_the_closing_message_says_what_came_after_the_first_one() -> None:
    over = event(state("OK", "17:45:05"), RAISED)
    groups = [
        {**GROUP, "a_events": "34", "a_last": "1772559670000"},
        {**GROUP, "a_who": "ci-deploy", "a_events": "2"},
    ]
    known = tell(rows=[ROW] * 5, groups=groups, happened=over)
    mail = known["text"]["whole"].split("\n")
    assert mail[0] == "36 events by 2 users since the message of 17:20 UTC, the last at 17:41:10"
    assert known["subject"] == "[medium] 4.10 Security group changes: over, 36 more events, prod, eu-west-1"
    assert known["answer"]["kind"] == "closing"
    assert "    34  bob@example.com  AuthorizeSecurityGroupIngress (34)" in mail


# --- machines, and chats -------------------------------------------------------------------------


def test_machines_get_the_same_as_json_and_people_the_text() -> None:
    known = tell()
    by_protocol = json.loads(known["message"]["message"])
    assert by_protocol["default"] == known["text"]["whole"]
    assert {name for name in by_protocol if name != "default"} == {"sqs", "https", "lambda"}
    assert json.loads(by_protocol["sqs"]) == {**known["answer"], "text": known["text"]["whole"]}
    assert known["answer"]["rows"][0]["userAgent"] == "console.ec2.amazonaws.com"


def test_a_chat_gets_a_thread_for_a_control_and_day_and_no_markup_of_an_attacker() -> None:
    row = {**ROW, "a_userAgent": "<!channel> `x` ```"}
    told = json.loads(tell(rows=[row])["message"]["chat"])
    assert (told["version"], told["source"]) == ("1.0", "custom")
    assert told["metadata"]["threadId"] == "cis-security-group-changes-2026-03-03"
    block = told["content"]["description"]
    assert block.startswith("```\n") and block.endswith("\n```")
    assert not set(block[4:-4]) & set("`<>")
    assert told["content"]["nextSteps"][0].startswith("`aws ec2 describe-security-group-rules ")
    assert told["content"]["nextSteps"][-1].endswith("|All that this person did>")


def test_every_control_has_what_a_message_needs() -> None:
    _, controls = facts()
    assert SETTINGS.account_names
    for id, control in controls.items():
        assert all(control[name] for name in ("title", "severity", "why", "respond", "savedQuery")), id
        assert control["isPlain"] is True, id
