"""A catalogue is whole and proven, or it says everything that is wrong with it."""

from __future__ import annotations

from pathlib import Path

import pytest

from cis_insights import NotCompilable, QueryError, load_catalogue
from cis_insights.catalogue import built_in

from ..support.control_files import HEADER, PATTERN, Write, messages_of, screen_of


def test_the_built_in_catalogue_has_the_fifteen_controls_in_order() -> None:
    catalogue = load_catalogue()
    cis = [control for control in catalogue.values() if control.group == "cis"]
    assert [control.number for control in cis] == list(range(1, 16))
    assert all(control.patterns and not control.not_compilable for control in cis)
    assert not catalogue.warnings


def test_a_file_is_a_control_and_nothing_else_is_needed(write: Write) -> None:
    catalogue = load_catalogue(write('filter eventName = "CreateTrail"'))
    control = catalogue["some-control"]
    assert (control.number, control.group, control.path) == (1, "own", "queries/own/1-some-control.cwli")
    assert (control.threshold, control.period, control.severity) == (1, 300, "low")
    assert [pattern.text for pattern in control.patterns] == ['{ $.eventName = "CreateTrail" }']
    assert control.query_text == 'filter eventName = "CreateTrail"'


def test_every_fault_of_every_file_comes_out_of_one_run(write: Write) -> None:
    write("filter eventName = ", "own/a.cwli")
    write('filter eventName == "x"', "own/b.cwli", header=HEADER.replace("severity: low", "severity: hihg"))
    write('filter eventName = "CreateTrail"', "own/B.cwli")
    folder = write('filter eventName = "CreateTrail"', "other/a.cwli")
    paths = [line.split(":")[0] for line in screen_of(folder).splitlines() if ": error: " in line]
    assert {*paths} == {"queries/own/a.cwli", "queries/own/b.cwli", "queries/own/B.cwli"}
    assert len(paths) == 5  # own/a has two: its id, and its text


HEADERS = {
    "# title: T\n": "`severity`",
    HEADER.replace("severity", "severty"): "`severty` is not a header of this kind of file",
    HEADER + "# title: again\n": "`title` is here twice",
    HEADER.replace("1 in 5m", "one in 5m"): "`alarm` is a number of events and a period of at most a day",
    HEADER.replace("1 in 5m", "1 in 25h"): "`alarm` is a number of events and a period of at most a day",
    HEADER + "# cis: 4.1\n": "`cis` is a list of version=section",
    HEADER + "# security-hub: 10\n": "`security-hub` names one control",
    HEADER + "# default: yes\n": "`default` is on or off",
    HEADER + "# no key here\n": "a header line is `# key: value`",
    HEADER + "# pattern: { $.eventName = }\n": "error: ",
    HEADER.replace("W.", "W" * 300): "`why` takes at most 200 printable characters",
    HEADER.replace("W.", ""): "`why` is empty",
    HEADER + "# parameter: p = x | y\n": "`parameter` is not a header of this kind of file",
}


@pytest.mark.parametrize(("header", "message"), HEADERS.items())
def test_a_wrong_header_is_refused(write: Write, header: str, message: str) -> None:
    assert message in screen_of(write('filter eventName = "CreateTrail"', header=header))


def test_a_wrong_header_is_underlined_where_it_is_wrong(write: Write) -> None:
    assert screen_of(write('filter eventName = "CreateTrail"', header=HEADER.replace("low", "hihg"))) == (
        "queries/own/1-some-control.cwli:2:13: error: `severity` is one of low, medium, high, critical\n"
        "    # severity: hihg\n"
        "                ~~~^\n"
        "    hint: write: # severity: medium"
    )


def test_one_id_in_two_folders_is_refused(write: Write) -> None:
    write('filter eventName = "CreateTrail"', "own/1-some-control.cwli")
    folder = write('filter eventName = "CreateTrail"', "zoo/2-some-control.cwli")
    assert messages_of(folder) == ["the id `some-control` is that of two files"]
    assert "queries/own/1-some-control.cwli has it already" in screen_of(folder)


def test_an_own_control_may_not_take_a_built_in_id(write: Write) -> None:
    folder = write('filter eventName = "CreateTrail"', "own/vpc-changes.cwli")
    with pytest.raises(QueryError, match="the id `vpc-changes` is that of two files"):
        load_catalogue(built_in(), folder)


@pytest.mark.parametrize("name", ["own/Some.cwli", "own/some_control.cwli", "own/-x.cwli", "own/1-.cwli"])
def test_a_name_that_is_no_slug_is_refused(write: Write, name: str) -> None:
    assert messages_of(write('filter eventName = "CreateTrail"', name)) == ["this is not a control's name"]


def test_bytes_that_are_no_text_and_files_that_are_too_long_are_refused(write: Write) -> None:
    folder = write("", "own/a.cwli")
    (folder / "own/a.cwli").write_bytes(b"filter a = \xff")
    (folder / "own/b.cwli").write_bytes(b"#" * 70_000)
    assert messages_of(folder) == ["byte 11 is not UTF-8", "more than 65,536 bytes"]


def test_a_link_out_of_the_folder_is_refused(write: Write, tmp_path: Path) -> None:
    secret = tmp_path / "secret.cwli"
    secret.write_text("filter a = 1")
    folder = write('filter eventName = "CreateTrail"')
    (folder / "own" / "link.cwli").symlink_to(secret)
    assert messages_of(folder) == ["this link leads out of the folder"]


def test_a_folder_that_is_not_there_is_named(tmp_path: Path) -> None:
    assert messages_of(tmp_path / "nowhere") == ["there is no such folder"]


def test_a_file_instead_of_a_folder_is_said_to_be_one(write: Write) -> None:
    folder = write('filter eventName = "CreateTrail"')
    assert screen_of(folder / "own/1-some-control.cwli") == (
        "queries/own/1-some-control.cwli: error: this is a file\n    hint: name a folder of .cwli files"
    )


def test_a_file_that_is_no_control_is_a_warning(write: Write) -> None:
    folder = write('filter eventName = "CreateTrail"')
    (folder / "own/2-other.txt").write_text("filter a = 1")
    (folder / "own/notes.md").write_text("notes")
    (warning,) = load_catalogue(folder).warnings
    assert str(warning) == (
        "queries/own/2-other.txt: warning: this file is not read\n    hint: a control's name ends in .cwli"
    )


@pytest.mark.parametrize("key", ["# security-hub: CloudWatch.16\n", "# cis: 5.0.0=4.1\n"])
def test_two_files_that_claim_the_same_place_of_a_standard_are_refused(write: Write, key: str) -> None:
    write('filter eventName = "CreateTrail"', "own/a.cwli", header=HEADER + key)
    folder = write('filter eventName = "StopLogging"', "own/b.cwli", header=HEADER + key)
    (message,) = messages_of(folder)
    assert message.endswith("is claimed by queries/own/a.cwli too")


def test_a_text_that_is_not_security_hubs_is_refused_even_if_it_is_the_query(write: Write) -> None:
    header = HEADER + "# security-hub: CloudWatch.5\n" + PATTERN
    screen = screen_of(write('filter eventName in ["CreateTrail", "DeleteTrail"]', header=header))
    assert "this is not the text that Security Hub's CloudWatch.5 asks for" in screen
    assert "($.eventName=StopLogging)}" in screen


def test_a_control_without_a_filter_is_refused_and_an_investigation_is_not(write: Write) -> None:
    assert messages_of(write("fields eventName")) == ["a control with an alarm needs a filter"]
    folder = write("fields eventName", "investigate/some-control.cwli", header="# title: T\n# why: W.\n")
    (folder / "own/1-some-control.cwli").unlink()
    control = load_catalogue(folder)["some-control"]
    assert (control.is_alarm, control.patterns) == (False, ())


def test_parameters_are_declared_and_used(write: Write) -> None:
    header = "# title: T\n# why: W.\n# parameter: who = root | a name\n"
    folder = write('filter userIdentity.arn like "{{whom}}"', "investigate/q.cwli", header=header)
    assert messages_of(folder) == [
        "`whom` is not a declared parameter",
        "the parameter `who` is declared and not used",
    ]
    folder = write('filter userIdentity.arn like "{{who}}"', "investigate/q.cwli", header=header)
    assert [parameter.default for parameter in load_catalogue(folder)["q"].parameters] == ["root"]


def test_a_query_no_pattern_can_say_becomes_a_log_alarm_and_says_why(write: Write) -> None:
    control = load_catalogue(write('filter tolower(userAgent) = "curl"'))["some-control"]
    assert control.is_alarm
    assert control.patterns == ()
    assert isinstance(control.not_compilable, NotCompilable)
    assert str(control.not_compilable).splitlines()[0] == (
        "queries/own/1-some-control.cwli:6:8: error:"
        " a pattern compares one field with constants and nothing else"
    )
