"""The commands of a query, parsed to stages. Each function's docstring is its production.

https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/CWL_QuerySyntax.html
"""

from __future__ import annotations

import re
from collections.abc import Callable

from ..errors import Span
from .expressions import (
    parameter_of,
    parse_condition,
    parse_expression,
    parse_names,
    parse_operand,
    regex_of,
    unquote,
)
from .syntax import (
    NOWHERE,
    Column,
    Dedup,
    Display,
    Expression,
    Field,
    Fields,
    Filter,
    Limit,
    Parse,
    Regex,
    Sort,
    SortKey,
    Stage,
    Stats,
    String,
)
from .tokens import Tokenizer

# https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/CWL_QuerySyntax-Limit.html
MAX_LIMIT = 100_000

# Forms of `parse` that are not a pattern.
# https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/CWL_QuerySyntax-Parse.html
PARSE_MODES = ("logfmt", "csv", "json", "multi")

_ROWS = re.compile(r"[0-9]{1,6}")
_STRANGE_NAME = re.compile(r"\(\?P?<(?![=!]|\w+>)([^>]*)>")


def _span_from(tokenizer: Tokenizer, start: int) -> Span:
    """The span from `start` to the last character read that is not white space."""
    return Span(start, start + len(tokenizer.text[start : tokenizer.position].rstrip()))


def _columns(tokenizer: Tokenizer) -> tuple[Column, ...]:
    """columns = expression ["as" name] ("," expression ["as" name])*"""
    columns = [_column(tokenizer)]
    while tokenizer.take("COMMA"):
        columns.append(_column(tokenizer))
    return tuple(columns)


def _column(tokenizer: Tokenizer) -> Column:
    start = tokenizer.position
    expression = parse_condition(tokenizer)
    alias = None
    if tokenizer.word("as"):
        if quoted := tokenizer.check("STRING"):
            hint = f"write: as `{quoted.text[1:-1]}`"
            raise tokenizer.error("a name is written in backticks, not in quotes", quoted.span, hint)
        alias = tokenizer.expect("NAME", expected="a name after 'as'").text.replace("`", "")
    return Column(expression, alias, _span_from(tokenizer, start))


def _fields(tokenizer: Tokenizer, start: int) -> Stage:
    """fields = "fields" columns"""
    return Fields(_columns(tokenizer), _span_from(tokenizer, start))


def _display(tokenizer: Tokenizer, start: int) -> Stage:
    """display = "display" columns"""
    return Display(_columns(tokenizer), _span_from(tokenizer, start))


def _filter(tokenizer: Tokenizer, start: int) -> Stage:
    """filter = ("filter" | "where") condition"""
    return Filter(parse_condition(tokenizer), _span_from(tokenizer, start))


def _stats(tokenizer: Tokenizer, start: int) -> Stage:
    """stats = "stats" columns ["by" columns]"""
    aggregates = _columns(tokenizer)
    keys = _columns(tokenizer) if tokenizer.word("by") else ()
    if token := tokenizer.word("offset"):
        hint = "ask for the earlier time with a query of its own"
        raise tokenizer.error("'offset' is not supported here", token.span, hint)
    return Stats(aggregates, keys, _span_from(tokenizer, start))


def _sort(tokenizer: Tokenizer, start: int) -> Stage:
    """sort = "sort" ["by"] key ["asc" | "desc"] ("," key ["asc" | "desc"])*"""
    tokenizer.word("by")
    keys = [_sort_key(tokenizer)]
    while tokenizer.take("COMMA"):
        keys.append(_sort_key(tokenizer))
    return Sort(tuple(keys), _span_from(tokenizer, start))


def _sort_key(tokenizer: Tokenizer) -> SortKey:
    start = tokenizer.position
    expression = parse_expression(tokenizer)
    word = tokenizer.word("asc", "desc")
    descending = word is not None and word.text.lower() == "desc"
    return SortKey(expression, "desc" if descending else "asc", _span_from(tokenizer, start))


def _limit(tokenizer: Tokenizer, start: int) -> Stage:
    """limit = "limit" ["any"] (number | parameter)"""
    tokenizer.word("any")
    if parameter := tokenizer.take("PARAMETER"):
        return Limit(parameter_of(parameter), _span_from(tokenizer, start))
    token = tokenizer.expect("NUMBER", expected="a number of rows")
    if not _ROWS.fullmatch(token.text) or not 1 <= int(token.text) <= MAX_LIMIT:
        raise tokenizer.error("a number of rows from 1 to 100,000", token.span, "write: limit 100")
    return Limit(int(token.text), _span_from(tokenizer, start))


def _dedup(tokenizer: Tokenizer, start: int) -> Stage:
    """dedup = "dedup" field ("," field)*"""
    keys = [parse_expression(tokenizer)]
    while tokenizer.take("COMMA"):
        keys.append(parse_expression(tokenizer))
    return Dedup(tuple(keys), _span_from(tokenizer, start))


def _parse(tokenizer: Tokenizer, start: int) -> Stage:
    """parse = "parse" [field] (glob "as" names | regex ["as" names])"""
    operand = _parse_operand(tokenizer)
    token = tokenizer.expect(
        "STRING", "REGEX", expected='a pattern such as "user=* " or /user=(?<user>\\S+)/'
    )
    if token.kind == "REGEX":
        regex = regex_of(tokenizer, token)
        names = _name_groups(tokenizer, regex)
        _refuse_modes(tokenizer)
        return Parse(operand, regex, names, _span_from(tokenizer, start))
    glob = String(unquote(token.text), token.span)
    if not tokenizer.word("as"):
        raise tokenizer.unexpected("'as' and a name for each *")
    names = parse_names(tokenizer)
    if len(names) != glob.value.count("*"):
        message = f"{glob.value.count('*')} * in the pattern and {len(names)} names"
        raise tokenizer.error(message, token.span, "give a name for each *")
    return Parse(operand, glob, names, _span_from(tokenizer, start))


def _parse_operand(tokenizer: Tokenizer) -> Expression:
    """The field that `parse` reads; `@message` if none is named."""
    pattern = tokenizer.check("STRING", "REGEX")
    operand = Field("@message", NOWHERE) if pattern else parse_operand(tokenizer)
    _refuse_modes(tokenizer)
    return operand


def _refuse_modes(tokenizer: Tokenizer) -> None:
    if token := tokenizer.word(*PARSE_MODES):
        message = f"'parse .. {token.text.lower()}' is not supported here"
        raise tokenizer.error(message, token.span, "write a text with a * for each value, or /(?<a>\\S+)/")


def _name_groups(tokenizer: Tokenizer, regex: Regex) -> tuple[str, ...]:
    """names = ["as" name ("," name)*], one for each group, where the groups have none of their own"""
    names = parse_names(tokenizer) if tokenizer.word("as") else ()
    if strange := _STRANGE_NAME.search(regex.source):
        message = f"the name of a group is letters, digits and _, not {strange[1]}"
        raise tokenizer.error(message, regex.span, "write: /(?<user>\\S+)/")
    if regex.names and names not in ((), regex.names):
        hint = f"leave out: as {', '.join(names)}"
        raise tokenizer.error("the groups of the regular expression have other names", regex.span, hint)
    if regex.names:
        return regex.names
    if names and not regex.groups:
        hint = f"put what {names[0]} is to hold in ( ), or write a text with a * for it"
        raise tokenizer.error("the regular expression has no group to name", regex.span, hint)
    if names and len(names) != len(regex.groups):
        message = f"{len(regex.groups)} groups in the regular expression and {len(names)} names"
        raise tokenizer.error(message, regex.span, "give a name for each (..)")
    if not names:
        raise tokenizer.error("the regular expression names no group", regex.span, "write: /(?<user>\\S+)/")
    return names


COMMANDS: dict[str, Callable[[Tokenizer, int], Stage]] = {
    "fields": _fields,
    "filter": _filter,
    "where": _filter,
    "stats": _stats,
    "sort": _sort,
    "limit": _limit,
    "display": _display,
    "dedup": _dedup,
    "parse": _parse,
}
