"""Logs Insights text -> stages. Handwritten; each function's docstring is its production.

https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/CWL_QuerySyntax.html
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from difflib import get_close_matches
from io import StringIO

from ..errors import Fault, QueryError, Span, find_lone_surrogate
from .commands import COMMANDS
from .expressions import parse_condition
from .function_names import AGGREGATES
from .hints import OTHER_LANGUAGES
from .normal_form import MAX_LEVELS, is_too_big
from .query import Query
from .syntax import Dedup, Filter, Limit, Sort, Stage, Stats
from .tokens import Tokenizer

# https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/cloudwatch_limits_cwl.html
MAX_QUERY = 10_000
# https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/CWL_QuerySyntax-Stats.html#CWL_QuerySyntax-stats-multi
MAX_STATS = 10

# Documented commands that answer no question a control asks: refused by name, with what to do instead.
UNSUPPORTED: dict[str, str] = dict.fromkeys(
    (
        "pattern diff anomaly unmask unnest expand lookup join estimate filterindex addtotals accum"
        " appendcols autoregress cidrlookup countfrequent filldown fillmissing logcompare outlier"
        " json relevantfields sessionize"
    ).split(),
    "it runs in CloudWatch only; here run fields, filter, parse, stats, sort, limit, dedup, display",
) | {
    "head": "AWS replaced it; write: limit 100",
    "tail": "AWS replaced it; write: limit 100",
    "source": "leave it out: which log groups are read is not part of a query here",
}
_RESYNC = re.compile(r'"(?:[^"\\\n]|\\.)*"|\'(?:[^\'\\\n]|\\.)*\'|#[^\n]*|\|')


def parse_query(text: str, path: str = "<query>") -> Query:
    """Reads a whole query.

    Raises:
        QueryError: with one fault for each stage that cannot be read.
    """
    tokenizer = _tokenizer(text, path)
    stages, faults = _stages(tokenizer)
    faults = faults or [tokenizer.error(*wrong).faults[0] for wrong in find_misplaced(stages)]
    if faults:
        raise QueryError(faults)
    return Query(tuple(stages), text, path, tuple(tokenizer.comments))


def parse_filter(text: str, path: str = "<condition>") -> Query:
    """Reads a condition alone, as a query of one filter stage.

    Raises:
        QueryError: where the text is not a condition, or goes on after one.
    """
    tokenizer = _tokenizer(text, path)
    condition = parse_condition(tokenizer)
    tokenizer.expect("END", expected="'and', 'or', or the end of the condition")
    stage = _check_size(tokenizer, Filter(condition, condition.span))
    return Query((stage,), text, path, tuple(tokenizer.comments))


def find_misplaced(stages: Sequence[Stage]) -> Iterator[tuple[str, Span, str]]:
    """Message, place and hint for each stage that AWS does not accept at its place.

    https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/CWL_QuerySyntax-Dedup.html
    """
    totals = [place for place, stage in enumerate(stages) if isinstance(stage, Stats)]
    for place, stage in enumerate(stages):
        if isinstance(stage, Sort | Limit) and len(totals) > 1 and place < totals[-1]:
            hint = "put it at the end of the query"
            yield "sort and limit come after the last of several stats", stage.span, hint
        elif place in totals[MAX_STATS:]:
            yield f"a query has up to {MAX_STATS} stats", stage.span, "leave one out"
        elif not isinstance(stage, Limit) and any(isinstance(other, Dedup) for other in stages[:place]):
            yield "only limit may come after dedup", stage.span, "put dedup at the end of the query"


def _tokenizer(text: str, path: str) -> Tokenizer:
    start = _count_header(text)  # the lines in front of the query are not part of what is saved
    if len(text) - start > MAX_QUERY:
        message = f"the query has {len(text) - start:,} characters; Logs Insights takes {MAX_QUERY:,}"
        raise QueryError(
            Fault(message, Span(start + MAX_QUERY, start + MAX_QUERY + 1), text, "shorten it", path)
        )
    if span := find_lone_surrogate(text):
        message = f"the character U+{ord(text[span.start]):04X} is not text"
        raise QueryError(Fault(message, span, text, "save it as UTF-8", path))
    return Tokenizer(text, path=path)


def _count_header(text: str) -> int:
    """Characters of the comment lines and empty lines that a text begins with."""
    start = 0
    for line in StringIO(text):
        if not line.startswith("#") and not line.isspace():
            break
        start += len(line)
    return start


def _check_size(tokenizer: Tokenizer, stage: Stage) -> Stage:
    if is_too_big(stage):
        message = f"more than {MAX_LEVELS} levels of operators and functions"
        raise tokenizer.error(message, stage.span, "split the expression")
    return stage


def _stages(tokenizer: Tokenizer) -> tuple[list[Stage], list[Fault]]:
    """query = stage ("|" stage)*"""
    stages: list[Stage] = []
    faults: list[Fault] = []
    while True:
        try:
            stages.append(_check_size(tokenizer, _stage(tokenizer)))
            if tokenizer.take("END"):
                return stages, faults
            _pipe(tokenizer)
        except QueryError as error:
            faults += error.faults
            if not _skip_to_next_stage(tokenizer):
                return stages, faults


def _pipe(tokenizer: Tokenizer) -> None:
    """ "|", where the query does not end"""
    word = tokenizer.check("WORD")
    if word and word.text.lower() in {*COMMANDS, *UNSUPPORTED}:
        raise tokenizer.error("a '|' belongs between two commands", word.span, f"write: | {word.text}")
    tokenizer.expect("PIPE", expected="'|' and another stage, or the end of the query")


def _skip_to_next_stage(tokenizer: Tokenizer) -> bool:
    """Error recovery: skips to the next `|` that a stage follows, so that all stages report faults."""
    for match in _RESYNC.finditer(tokenizer.text, tokenizer.position):
        if match.group() == "|":
            # A bar at the beginning of a line is not part of a regular expression.
            begins_line = not tokenizer.text[: match.start()].rpartition("\n")[2].strip()
            tokenizer.position = match.end()
            tokenizer.skip()
            if begins_line or tokenizer.peek_word(*COMMANDS):
                return True
    return False


def _stage(tokenizer: Tokenizer) -> Stage:
    """stage = fields | display | filter | stats | sort | limit | dedup | parse"""
    start = tokenizer.position
    token = tokenizer.check("WORD")
    name = token.text.lower() if token else ""
    if token and name in UNSUPPORTED:
        raise tokenizer.error(f"the command '{name}' is not supported here", token.span, UNSUPPORTED[name])
    if token and name in OTHER_LANGUAGES:
        message = f"'{token.text}' is a command of {OTHER_LANGUAGES[name]}, another query language"
        raise tokenizer.error(message, token.span, "write it in Logs Insights QL: fields, filter, stats")
    if token and name in AGGREGATES:
        raise tokenizer.error(
            f"'{token.text}' is not a command", token.span, f"write: stats {token.text}(..)"
        )
    near = get_close_matches(name, COMMANDS, 1) if token and name not in COMMANDS else []
    if token and near:
        raise tokenizer.error(f"there is no stage '{token.text}'", token.span, f"did you mean {near[0]}?")
    if name not in COMMANDS:
        raise tokenizer.unexpected("a stage (" + ", ".join(COMMANDS) + ")")
    tokenizer.take("WORD")
    return COMMANDS[name](tokenizer, start)
