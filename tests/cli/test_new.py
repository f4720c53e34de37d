"""`cis-insights new`: files that read, fit each other and lie where they belong; nothing is overwritten."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from cis_insights import catalogue, load_catalogue
from cli.main import main

ROOT = Path(__file__).parents[2]


@pytest.fixture(autouse=True)
def _elsewhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


def _run(*arguments: str) -> Result:
    return CliRunner().invoke(main, arguments)


def _files(folder: Path) -> list[str]:
    return sorted(path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file())


def test_it_writes_a_control_and_two_events_and_says_what_comes_next(tmp_path: Path) -> None:
    result = _run("new", "open-doors", "--folder", "controls")
    assert (result.exit_code, result.output) == (
        0,
        "controls/open-doors.cwli\n"
        "controls/events/open-doors/match/0-demo.json\n"
        "controls/events/open-doors/nomatch/another-call.json\n"
        "\n"
        "Edit the query and both events, then:\n"
        "  cis-insights check controls\n"
        "  cis-insights test controls --control open-doors\n"
        'Deploy it with "cis-insights:query-folders": ["controls"] in cdk.json.\n',
    )
    assert _files(tmp_path) == sorted(result.output.split("\n")[:3])


def test_what_it_writes_is_a_control_that_is_on_and_whose_events_are_found_as_they_should_be() -> None:
    _run("new", "open-doors", "--folder", "controls")
    control = load_catalogue("controls")["open-doors"]
    assert (control.title, control.default, control.severity) == ("Open doors", True, "medium")
    assert len(control.patterns) == 1
    assert _run("check", "controls").output == (
        "open-doors  on  # default: on\n\n1 control and 0 investigations: no faults\n"
    )
    assert _run("test", "controls").exit_code == 0


def test_events_of_two_controls_have_ids_of_their_own_and_the_same_control_the_same() -> None:
    for folder, id in (("a", "one"), ("a", "two"), ("b", "one")):
        _run("new", id, "--folder", folder)
    ids = {path: json.loads(path.read_text())["eventID"] for path in Path().rglob("*.json")}
    assert len(set(ids.values())) == 4
    assert ids[Path("a/events/one/match/0-demo.json")] == ids[Path("b/events/one/match/0-demo.json")]


@pytest.fixture
def clone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder that is laid out as a clone is, and that the command takes for one."""
    root = tmp_path / "clone"
    for folder in ("queries/cis", "queries/extended", "tests/events"):
        (root / folder).mkdir(parents=True)
    (root / "queries/cis/14-vpc-changes.cwli").touch()
    for module in ("cli.new", "cli.test.event_files"):
        monkeypatch.setattr(f"{module}.built_in", lambda: root / "queries")
    monkeypatch.chdir(root)
    return root


@pytest.mark.parametrize("options", [(), ("--folder", "queries/extended")])
def test_in_a_clone_the_files_go_where_its_own_are(clone: Path, options: tuple[str, ...]) -> None:
    result = _run("new", "open-doors", *options)
    assert (result.exit_code, result.output) == (
        0,
        "queries/extended/open-doors.cwli\n"
        "tests/events/open-doors/match/0-demo.json\n"
        "tests/events/open-doors/nomatch/another-call.json\n"
        "\n"
        "Edit the query and both events, then:\n"
        "  cis-insights check\n"
        "  cis-insights test --control open-doors\n",
    )
    assert "queries/extended/open-doors.cwli" in _files(clone)


def test_without_a_clone_a_folder_has_to_be_named(clone: Path) -> None:
    (clone / "tests/events").rmdir()
    result = _run("new", "open-doors")
    assert (result.exit_code, result.stderr) == (
        2,
        "Error: without a clone, a control needs a folder of yours\n    hint: add: --folder my-controls\n",
    )


FORM = "is not a control's id: lower-case words joined by -, at most 60 characters"
REFUSED = {
    "Open_Doors": f"'Open_Doors' {FORM}\n    hint: write open-doors",
    "16-open-doors": f"'16-open-doors' {FORM}\n    hint: write open-doors",
    "../x": f"'../x' {FORM}\n    hint: write x",
    "\u202e": f"'\\u202e' {FORM}\n    hint: write my-control",
    "taken": "the id taken is taken by controls/7-taken.cwli\n    hint: choose another, or edit that file",
    "has-events": "controls/events/has-events is there already\n"
    "    hint: nothing was written: choose another id",
}


@pytest.mark.parametrize("id", REFUSED)
def test_an_id_that_does_not_fit_or_is_taken_is_refused_and_nothing_written(id: str, tmp_path: Path) -> None:
    (tmp_path / "controls/events/has-events").mkdir(parents=True)
    (tmp_path / "controls/7-taken.cwli").write_text("mine")
    before = _files(tmp_path)
    result = _run("new", id, "--folder", "controls")
    assert (result.exit_code, result.stdout, result.stderr) == (2, "", f"Error: {REFUSED[id]}\n")
    assert _files(tmp_path) == before
    assert (tmp_path / "controls/7-taken.cwli").read_text() == "mine"


def test_the_id_of_a_built_in_control_is_taken() -> None:
    result = _run("new", "vpc-changes", "--folder", "controls")
    assert result.exit_code == 2
    assert "the id vpc-changes is taken by " in result.stderr
    assert str(catalogue.built_in() / "cis" / "14-vpc-changes.cwli") in result.stderr
    assert not Path("controls").exists()


def test_a_longest_id_is_taken_and_one_longer_is_not() -> None:
    assert _run("new", "a" * 60, "--folder", "controls").exit_code == 0
    assert _run("new", "a" * 61, "--folder", "controls").exit_code == 2


def test_a_folder_of_investigations_and_a_file_are_no_place_for_a_control(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    assert _run("new", "open-doors", "--folder", "investigate").stderr == (
        "Error: what is in a folder called investigate has no alarm\n"
        "    hint: controls, which have an alarm, go into a folder of another name\n"
    )
    assert _run("new", "open-doors", "--folder", "file").stderr == (
        "Error: file is a file\n    hint: name a folder of control files\n"
    )
