"""The second engine: what it answers, that it shares nothing with the prover, that both agree."""

from __future__ import annotations

import io
from pathlib import Path

import pytest
from rich.console import Console

from cis_insights import Reading, load_catalogue, parse_pattern, parse_query
from cis_insights.proof.prover import Violation, differs
from dev.smt import check
from dev.smt import decide as smt
from dev.smt.check import Question, Tally

from ..support.read_once import forget_controls
from ..test_architecture import imports

TRANSLATION = (
    "char_sets",
    "languages",
    "query_regex",
    "pattern_regex",
    "values",
    "query_conditions",
    "pattern_conditions",
    "texts",
    "decide",
)


def _question(condition: str, *patterns: str, wrong: Violation = differs) -> Question:
    query = parse_query(f"filter {condition}")
    return Question(query, query.condition, [parse_pattern(text) for text in patterns], wrong)


def _decide(question: Question, violation: smt.Violation = smt.differs) -> smt.Answer:
    return smt.decide(question.condition, [pattern.condition for pattern in question.patterns], violation)


# --- the wall -------------------------------------------------------------------------


@pytest.mark.parametrize("name", TRANSLATION)
def test_the_translation_shares_syntax_trees_and_readings_and_no_other_code(name: str) -> None:
    shared = {
        "cis_insights.logs_insights.syntax",
        "cis_insights.filter_patterns.syntax",
        "cis_insights.reading",
    }
    own = {f"dev.smt.{other}" for other in TRANSLATION}
    path = Path(f"dev/smt/{name}.py")
    tops = ("cis_insights.", "stacks.", "dev.", "cli.", "local_cloud.")
    assert {module for module in imports(path, path.read_text()) if module.startswith(tops)} <= shared | own


@pytest.mark.parametrize(
    "path",
    [
        Path("app.py"),
        *(
            path
            for top in ("cis_insights", "stacks", "cli", "local_cloud", "dev")
            for path in Path(top).rglob("*.py")
        ),
    ],
    ids=str,
)
def test_nothing_else_imports_the_solver(path: Path) -> None:
    modules = set(imports(path, path.read_text()))
    assert "z3" not in modules or path.parent == Path("dev/smt")
    mentions = any(name.startswith("dev.smt") for name in modules)
    assert not mentions or path.parent == Path("dev/smt") or path == Path("dev/cross_check.py")


# --- what it answers ------------------------------------------------------------------

# Each pair that says the same, beside one that differs on an edge, and a value of `a` that shows it.
TWINS = [
    ('a = "q"', r'{ ($.a = "q") || ($.a = %^$^q$% ) }', r'{ ($.a = "q") || ($.a = %^a\{,b$%) }'),
    ("a like /x{0,3}$/", "{ $.a = %x{,3}$% }", "{ $.a = %x{,3}y$% }"),
    ("a like /x{,3}/", r"{ $.a = %x\{,3}% }", "{ $.a = %x{,3}% }"),
    ("a like /^x(?:.|\\n)*y$/", '{ $.a = "x*y" }', '{ $.a = "*x*y" }'),
    ("a like /^x[^x]*y$/", "{ $.a = %^x[^x]*y$% }", '{ $.a = "x*y" }'),
    (r"a like /\d\W\S/", r"{ $.a = %[0-9][^\w][^\x09\x0A\x0C\x0D\x20]% }", r"{ $.a = %\d\W\D% }"),
    ("a like /(?i)^X$/", "{ $.a = %^[Xx]$% }", "{ $.a = %^X$% }"),
    ("a like /(^|x)y/", "{ $.a = %^y|xy% }", "{ $.a = %y|xy% }"),
    ("a like /(?:^x)*$/", "{ $.a = %x*$% }", "{ $.a = %^x*$% }"),
    ("a like /^(?:x$)+/", '{ $.a = "x" }', '{ $.a = "x*" }'),
    ("a like /[^a]/", "{ $.a = %[^a]% }", r"{ $.a = %[\x00-\x60b-\x7F]% }"),
    ('a = "jürgen"', '{ $.a = "jürgen" }', '{ $.a = "jurgen" }'),
    (r'a = "\\u{78}"', r'{ $.a = "\\u{78}" }', '{ $.a = "x" }'),
    ('a like "" or a = "x"', '{ $.a = "**" }', '{ $.a = "*x" }'),
    ("a >= 9007199254740992", "{ $.a >= 9007199254740993 }", "{ $.a = 9007199254740992 }"),
    ("a > 5", "{ $.a >= 5.000000000000001 }", "{ $.a >= 5.000000000000002 }"),
    ("a = 1.5e308", "{ ($.a = 1.5e308) && ($.a <= 1.5e308) }", "{ $.a <= 1.5e308 }"),
    ("a > 0", "{ ($.a >= 5e-324) || ($.a IS TRUE) }", "{ $.a >= 5e-324 }"),
    ("a = 0", "{ ($.a = -0.0) || ($.a IS FALSE) }", "{ $.a = -0.0 }"),
    ('a in [5, "5"]', '{ ($.a = 5) || ($.a = "5") }', "{ $.a = 5 }"),
    ("a = 5", '{ ($.a = 5) && ($.a != "x") }', '{ ($.a = 5) && ($.a != "5.0") }'),
    ('ispresent(a) and a != "x"', '{ $.a != "x" }', '{ ($.a != "x") || ($.a NOT EXISTS) }'),
    ('not ispresent(a) or a != "x"', '{ ($.a NOT EXISTS) || ($.a != "x") }', '{ $.a != "x" }'),
    ("not ispresent(a)", "{ $.a NOT EXISTS }", "{ ($.a NOT EXISTS) || ($.a IS NULL) }"),
    (
        "not (not ispresent(a) or not a < 5)",
        "{ ($.a < 5) || ($.a IS TRUE) || ($.a IS FALSE) }",
        "{ $.a < 5 }",
    ),
]


@pytest.mark.parametrize(("condition", "same", "other"), TWINS)
def test_equal_pairs_are_told_from_those_that_differ_on_an_edge(
    condition: str, same: str, other: str
) -> None:
    assert _decide(_question(condition, same)) == smt.Unsatisfiable()
    answer = _decide(_question(condition, other))
    assert isinstance(answer, smt.Model)
    assert check._violates(_question(condition, other), check.event_of(answer.values), answer.reading)


def test_a_bare_negation_differs_by_one_reading_alone() -> None:
    answer = _decide(_question('a != "x"', '{ $.a != "x" }'))
    assert isinstance(answer, smt.Model)
    assert answer.values.get("a") is None
    assert answer.reading.absent_differs


def test_texts_that_read_as_numbers_are_found_under_their_reading_alone() -> None:
    answer = _decide(_question("a = 5", '{ ($.a = 5) && ($.a != "5.0") }'))
    assert isinstance(answer, smt.Model)
    assert answer.values == {"a": "5.0"}
    assert answer.reading.numeric_text


def test_maps_are_left_out_where_presence_is_asked() -> None:
    assert _decide(_question("ispresent(a)", '{ $.a = "*" }')) == smt.Unsatisfiable()
    assert _decide(_question('ispresent(a) and a = "x"', '{ $.a = "x" }')) == smt.Unsatisfiable()


WORDS = ('a in ["x", "y"]', '{ $.a = "x" }', '{ $.a = "y" }', '{ $.a = "x*" }', '{ $.a = "z" }')


@pytest.mark.parametrize(
    ("violation", "patterns", "found"),
    [
        (smt.differs, WORDS[1:3], False),
        (smt.differs, WORDS[1:4], True),  # "x" is counted twice
        (smt.differs, WORDS[1:2], True),
        (smt.exceeds, WORDS[1:2], False),
        (smt.exceeds, WORDS[3:4], True),
        (smt.exceeds, (WORDS[1], WORDS[1]), True),
        (smt.misses, WORDS[2:4], False),
        (smt.misses, WORDS[3:4], True),
        (smt.overlaps, WORDS[4:], False),
        (smt.overlaps, WORDS[1:2], True),
        (smt.holds, (), True),
    ],
)
def test_it_knows_each_rule_of_the_prover(
    violation: smt.Violation, patterns: tuple[str, ...], *, found: bool
) -> None:
    assert isinstance(_decide(_question(WORDS[0], *patterns), violation), smt.Model) is found


@pytest.mark.parametrize(
    ("condition", "pattern"),
    [
        ("a = b", '{ $.a = "x" }'),
        ('a = "x"', '{ $.a[*] = "x" }'),
        ("a = 5", "{ $.a = 5* }"),
        ('a = 5 or a like "x"', "{ $.a = 5 }"),
        (r"a like /\p{L}/", '{ $.a = "x" }'),
        ('a = "\U0003ffff"', '{ $.a = "x" }'),
    ],
)
def test_what_it_does_not_cover_it_leaves_open(condition: str, pattern: str) -> None:
    assert isinstance(_decide(_question(condition, pattern)), smt.Unknown)


def test_without_time_it_says_nothing_and_brute_force_is_asked(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(check.smt, "decide", lambda *asked: smt.Unknown("out of time"))
    tally = Tally()
    tally.compare(_question('a like "x"', '{ $.a = "*x*" }'), None)
    assert (tally.counts["unknown"], tally.disagreements) == (1, [])
    tally.compare(_question('a like "x"', '{ $.a = "x*" }'), None)
    assert tally.counts["unknown"] == 2
    assert tally.disagreements[0].startswith("the evaluators violate it on {'a': '")


# --- both engines -----------------------------------------------------------------------


def test_it_confirms_all_that_the_prover_answers_on_the_catalogue() -> None:
    forget_controls()
    tally = check.tally_catalogue()
    assert tally.disagreements == []
    assert tally.counts["unknown"] == 0
    assert tally.counts["equivalent"] >= sum(bool(control.patterns) for control in load_catalogue().values())
    assert tally.counts["differ"] >= 1  # what Security Hub's text leaves out is named by an event


def test_it_confirms_what_becomes_of_slips_in_the_catalogue() -> None:
    tally = check.tally_slips([control for control in load_catalogue().values() if control.patterns], step=15)
    assert tally.disagreements == []
    assert tally.counts["unknown"] == 0
    assert tally.counts["differ"] >= 10


def test_the_pairs_are_the_same_in_every_run_and_half_of_them_are_equal() -> None:
    tally = check.tally_pairs(range(100))
    assert tally.disagreements == []
    assert 30 <= tally.counts["equivalent"] <= 70
    assert tally.counts["refused"] <= 5
    assert [str(check.draw_pair(number)) for number in range(20)] == [
        str(check.draw_pair(number)) for number in range(20)
    ]
    assert len({str(check.draw_pair(number)) for number in range(100)}) > 90


def test_a_disagreement_is_told_with_its_event(monkeypatch: pytest.MonkeyPatch) -> None:
    question = _question("a = 5", "{ $.a = 6 }")
    wrong, right = Tally(), Tally()
    wrong.compare(question, None)
    right.add(question)
    assert right.disagreements == []
    assert wrong.disagreements[0].startswith("the prover misses {'a': ")
    monkeypatch.setattr(check.smt, "decide", lambda *asked: smt.Unsatisfiable())
    right.add(question)
    assert right.disagreements[0].startswith("the solver misses {'a': ")
    monkeypatch.setattr(check.smt, "decide", lambda *asked: smt.Model({"a": "x"}, Reading()))
    wrong.compare(question, None)
    assert wrong.disagreements[1].startswith("the solver is wrong about {'a': 'x'}")


def test_an_error_of_the_prover_is_a_disagreement(monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*asked: object) -> None:
        raise OverflowError

    monkeypatch.setattr(check, "find_counterexample", fail)
    tally = Tally()
    tally.add(_question("a = 5", "{ $.a = 5 }"))
    assert tally.disagreements[0].startswith("the prover fails with OverflowError()")


def test_the_check_prints_its_numbers_and_returns_how_often_the_engines_disagree(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(check, "PAIRS", 12)
    monkeypatch.setattr(check, "tally_slips", lambda controls: Tally(disagreements=["one"]))
    out = io.StringIO()
    assert check.check([], Console(file=out, soft_wrap=True)) == 1
    lines = out.getvalue().splitlines()
    assert lines[0].endswith("0 on slips: 1 disagreements")
    assert lines[1].startswith("solver      12 pairs: ")
    assert lines[1].endswith("refused; 0 disagreements; 0 unknown, searched by brute force")
    assert lines[2].strip() == "one"
