"""Conditions and values of a stage, by precedence: or, and, not, comparison, + -, * / %, ^, unary."""

from __future__ import annotations

import re
from math import isinf

from ..errors import Span
from .syntax import (
    And,
    Arithmetic,
    Call,
    Comparison,
    Duration,
    Expression,
    Field,
    In,
    Like,
    Negative,
    Not,
    Number,
    Or,
    Parameter,
    Regex,
    Star,
    String,
)
from .tokens import Token, Tokenizer

# Ours: hostile text gets an error and not a RecursionError.
MAX_DEPTH = 40
MAX_STEPS = 60

_OPERATORS = ("SUM", "PRODUCT", "POWER")  # from the loosest to the tightest
KEYWORDS = frozenset({"and", "or", "not", "in", "like", "as", "by"})

_ESCAPE = re.compile(r"\\(.)", re.DOTALL)
_CLOSED = re.compile(r"\\.|\[\^?\]?(?:\\.|[^\]\\])*\]")  # an escape, or a class of a regular expression


def unquote(text: str) -> str:
    """A quoted literal's value: `\\"` and `\\\\` undone."""
    return _ESCAPE.sub(r"\1", text[1:-1])


def parse_condition(tokenizer: Tokenizer, depth: int = 0) -> Expression:
    """condition = conjunction ("or" conjunction)*"""
    if depth > MAX_DEPTH:
        span = Span(tokenizer.position, tokenizer.position + 1)
        raise tokenizer.error(f"more than {MAX_DEPTH} levels deep", span, "write fewer parentheses")
    operands = [_conjunction(tokenizer, depth)]
    while tokenizer.word("or"):
        operands.append(_conjunction(tokenizer, depth))
    return operands[0] if len(operands) == 1 else Or(tuple(operands), _around(operands))


def _conjunction(tokenizer: Tokenizer, depth: int) -> Expression:
    """conjunction = negation ("and" negation)*"""
    operands = [_negation(tokenizer, depth)]
    while tokenizer.word("and"):
        operands.append(_negation(tokenizer, depth))
    return operands[0] if len(operands) == 1 else And(tuple(operands), _around(operands))


def _negation(tokenizer: Tokenizer, depth: int) -> Expression:
    """negation = ("not" | "!")* comparison"""
    signs: list[Token] = []
    while token := tokenizer.word("not") or tokenizer.take("BANG"):
        signs.append(token)
        if len(signs) > MAX_DEPTH:
            raise tokenizer.error(
                f"more than {MAX_DEPTH} times 'not'", token.span, "write it once, or not at all"
            )
    condition = _comparison(tokenizer, depth)
    for sign in reversed(signs):
        condition = Not(condition, sign.span.to(condition.span))
    return condition


def _comparison(tokenizer: Tokenizer, depth: int) -> Expression:
    """comparison = sum [COMPARE sum | ["not"] "in" list | ["not"] "like" text | "=~" text]"""
    left = _sum(tokenizer, depth)
    if token := tokenizer.take("COMPARE"):
        right = _sum(tokenizer, depth)
        return Comparison(token.text, left, right, left.span.to(right.span))
    if tokenizer.take("MATCH"):
        text = _like_operand(tokenizer)
        return Like(left, text, False, left.span.to(text.span))
    if not tokenizer.peek_word("not", "in", "like"):
        return left
    negated = _take_not(tokenizer)
    if tokenizer.word("in"):
        items, end = _list(tokenizer, depth)
        return In(left, items, negated, left.span.to(end))
    if tokenizer.word("like"):
        text = _like_operand(tokenizer)
        return Like(left, text, negated, left.span.to(text.span))
    if negated:
        raise tokenizer.unexpected("'in' or 'like' after 'not'")
    return left


def _take_not(tokenizer: Tokenizer) -> bool:
    return tokenizer.word("not") is not None


def _like_operand(tokenizer: Tokenizer) -> String | Regex | Parameter:
    """text = string | regex | parameter"""
    if token := tokenizer.take("STRING"):
        return String(unquote(token.text), token.span)
    if token := tokenizer.take("PARAMETER"):
        return parameter_of(token)
    return _regex(tokenizer)


def parameter_of(token: Token) -> Parameter:
    """`{{name}}`, with or without space around the name."""
    return Parameter(token.text[2:-2].strip(), token.span)


def _regex(tokenizer: Tokenizer) -> Regex:
    return regex_of(tokenizer, tokenizer.expect("REGEX", expected='a "text" or a /regular expression/'))


def regex_of(tokenizer: Tokenizer, token: Token) -> Regex:
    """The expression between two slashes; nothing in it is left open, and nothing follows it."""
    source = token.text[1:-1]
    if "[" in _CLOSED.sub("", source):
        message = "this regular expression ends within [ ]"
        raise tokenizer.error(message, token.span, "a / in it is written \\/, within [ ] too")
    if tokenizer.text[token.span.end : token.span.end + 1].isalpha():
        span = Span(token.span.end, token.span.end + 1)
        raise tokenizer.error("a regular expression has no flags after it", span, "write: /(?i)text/")
    return Regex(source.replace("\\/", "/"), token.span)


def _list(tokenizer: Tokenizer, depth: int) -> tuple[tuple[Expression, ...], Span]:
    """list = "[" sum ("," sum)* "]" """
    if bracket := tokenizer.take("OPEN"):
        hint = "a subquery cannot be run here" if tokenizer.peek_word("source") else 'write: in ["a", "b"]'
        raise tokenizer.error("a list of values is written in [ ]", bracket.span, hint)
    tokenizer.expect("OPEN_LIST", expected="'[' and a list of values")
    items = [_sum(tokenizer, depth)]
    while tokenizer.take("COMMA"):
        items.append(_sum(tokenizer, depth))
    end = tokenizer.expect("CLOSE_LIST", expected="',' and another value, or ']'")
    return tuple(items), end.span


def parse_expression(tokenizer: Tokenizer, depth: int = 0) -> Expression:
    """expression = sum"""
    return _sum(tokenizer, depth)


def parse_operand(tokenizer: Tokenizer) -> Expression:
    """operand = primary; what `parse` reads from, where a `/` begins a regular expression"""
    return _primary(tokenizer, 0)


def _sum(tokenizer: Tokenizer, depth: int, loosest: int = 0) -> Expression:
    """sum = unary (operator unary)*; precedence climbing: what binds tighter is read first"""
    left = _unary(tokenizer, depth)
    links = 0
    while token := tokenizer.take(*_OPERATORS[loosest:]):
        links += 1
        if links > MAX_DEPTH:
            raise tokenizer.error(
                f"more than {MAX_DEPTH} operators in a row", token.span, "split the expression"
            )
        right = _sum(tokenizer, depth, _OPERATORS.index(token.kind) + 1)
        left = Arithmetic(token.text, left, right, left.span.to(right.span))
    return left


def _unary(tokenizer: Tokenizer, depth: int) -> Expression:
    """unary = ["-"] primary; `-5` is a number, `-(-5)` is not"""
    token = tokenizer.check("SUM")
    if token is None or token.text != "-":
        return _primary(tokenizer, depth)
    tokenizer.take("SUM")
    operand = _primary(tokenizer, depth)
    if isinstance(operand, Number) and not operand.text.startswith("-"):
        return Number("-" + operand.text, token.span.to(operand.span))
    return Negative(operand, token.span.to(operand.span))


def _primary(tokenizer: Tokenizer, depth: int) -> Expression:
    """primary = "(" condition ")" | string | parameter | duration | number | call | field"""
    if tokenizer.take("OPEN"):
        inner = parse_condition(tokenizer, depth + 1)
        tokenizer.expect("CLOSE", expected="')'")
        return inner
    if token := tokenizer.take("STRING", "PARAMETER", "DURATION", "NUMBER"):
        if token.kind == "NUMBER" and isinf(float(token.text)):
            hint = "a double-precision number has at most 309 digits"
            raise tokenizer.error("this number is too large", token.span, hint)
        return _literal(token)
    if tokenizer.peek_word(*KEYWORDS):
        raise tokenizer.unexpected("a field, a value or a function")
    name = tokenizer.expect("NAME", expected="a field, a value or a function")
    if tokenizer.take("OPEN"):
        return _call(tokenizer, name, depth)
    return _field(tokenizer, name)


def _field(tokenizer: Tokenizer, name: Token) -> Field:
    """A field by its dotted name, however it is written."""
    dotted = name.text.replace("`", "").replace("[", ".").replace("]", "")
    if dotted.count(".") >= MAX_STEPS:
        raise tokenizer.error(f"a field of more than {MAX_STEPS} steps", name.span, "no record goes so deep")
    return Field(dotted, name.span)


def _literal(token: Token) -> Expression:
    match token.kind:
        case "STRING":
            return String(unquote(token.text), token.span)
        case "PARAMETER":
            return parameter_of(token)
        case "DURATION":
            unit = token.text.lstrip("0123456789")
            return Duration(int(token.text.removesuffix(unit)), unit.lstrip(), token.span)
        case "NUMBER":
            return Number(token.text, token.span)
        case _:
            raise TypeError(f"no literal is written as {token.kind}")


def _call(tokenizer: Tokenizer, name: Token, depth: int) -> Expression:
    """call = name "(" ["*" | argument ("," argument)*] ")" """
    arguments: list[Expression] = []
    if star := tokenizer.take("STAR"):
        arguments.append(Star(star.span))
    elif not tokenizer.check("CLOSE"):
        arguments.append(_argument(tokenizer, depth))
        while tokenizer.take("COMMA"):
            arguments.append(_argument(tokenizer, depth))
    if arguments == [Field("distinct")] and not tokenizer.check("CLOSE"):
        raise tokenizer.error("a function has no 'distinct'", arguments[0].span, "write: count_distinct(a)")
    end = tokenizer.expect("CLOSE", expected="',' and another argument, or ')'")
    return Call(name.text.lower(), tuple(arguments), name.span.to(end.span))


def _argument(tokenizer: Tokenizer, depth: int) -> Expression:
    """argument = regex | condition"""
    if tokenizer.check("REGEX"):
        return _regex(tokenizer)
    return parse_condition(tokenizer, depth + 1)


def parse_names(tokenizer: Tokenizer) -> tuple[str, ...]:
    """names = name ("," name)*"""
    names = [tokenizer.expect("NAME", expected="a name").text]
    while tokenizer.take("COMMA"):
        names.append(tokenizer.expect("NAME", expected="a name").text)
    return tuple(name.replace("`", "") for name in names)


def _around(operands: list[Expression]) -> Span:
    return operands[0].span.to(operands[-1].span)
