"""Functions of Logs Insights in SQL.

https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/CWL_QuerySyntax-operations-functions.html
"""

from __future__ import annotations

from collections.abc import Callable

from sqlglot import exp

from ..limits import MAX_PLACES, MAX_TEXT
from ..logs_insights.addresses import IPV4, IPV6, PRIVATE, Network, network_of
from .times import from_millis, to_millis
from .values import (
    Builder,
    Sql,
    SqlValue,
    Unsupported,
    all_of,
    any_of,
    call,
    case,
    case_value,
    cast,
    contains,
    equal,
    first_present,
    from_boolean,
    negated,
    not_null,
    null_as_false,
    number,
    of_number,
    of_text,
    read_number,
    string,
)


def _on_number(name: str) -> Builder:
    return lambda value: of_number(call(name, value.as_number))


def _whole(value: SqlValue) -> SqlValue:
    return of_number(call("trunc", value.as_number))


def _positive(name: str, *, zero: bool) -> Builder:
    """`log` and `sqrt` are absent where they are not defined."""

    def build(value: SqlValue) -> SqlValue:
        amount = value.as_number
        kind = exp.GTE if zero else exp.GT
        return of_number(case((kind(this=amount, expression=number(0)), call(name, amount))))

    return build


def _on_text(name: str, *more: Sql) -> Builder:
    return lambda value, *_: of_text(call(name, value.as_text, *more))


def _hashed(name: str) -> Builder:
    """Of the text's UTF-8."""
    return lambda value: of_text(call(name, call("encode", value.as_text)))


def _bytes(value: SqlValue) -> SqlValue:
    """How long the text's UTF-8 is; DuckDB and Athena have no function of one name for it."""
    digits = call("length", call("hex", call("encode", value.as_text)))
    return of_number(exp.Div(this=digits, expression=number(2)))


def _trimmed(name: str) -> Builder:
    """White space, or each of the characters of a second text, taken off."""
    return lambda value, chars=_WHITE: of_text(call(name, value.as_text, chars.as_text))


def _found(test: Callable[[Sql, Sql], Sql]) -> Builder:
    """1 or 0; absent where either text is."""

    def build(text: SqlValue, part: SqlValue) -> SqlValue:
        known = all_of(not_null(text.as_text), not_null(part.as_text))
        one = case((test(text.as_text, part.as_text), number(1)), default=number(0))
        return of_number(case((known, one)))

    return build


def _known(text: SqlValue, condition: Sql) -> SqlValue:
    """1 or 0; absent where the text is."""
    return of_number(case((not_null(text.as_text), case((condition, number(1)), default=number(0)))))


def _starts(text: Sql, part: Sql) -> Sql:
    return call("starts_with", text, part)


def _ends(text: Sql, part: Sql) -> Sql:
    return equal(call("right", text, call("length", part)), part)


def _contains(text: SqlValue, part: SqlValue, ignore_case: SqlValue | None = None) -> SqlValue:
    plain = _found(contains)(text, part)
    if ignore_case is None:
        return plain
    lower = _found(contains)(of_text(call("lower", text.as_text)), of_text(call("lower", part.as_text)))
    return case_value([(ignore_case.truth, lower)], plain)


def _concat(*values: SqlValue) -> SqlValue:
    return of_text(call("concat", *(value.as_text for value in values)))


def _if(condition: SqlValue, then: SqlValue, otherwise: SqlValue | None = None) -> SqlValue:
    return case_value([(condition.truth, then)], otherwise or ABSENT)


def _case(*values: SqlValue) -> SqlValue:
    pairs = list(zip(values[::2], values[1::2], strict=False))
    default = values[-1] if len(values) % 2 else ABSENT
    return case_value([(condition.truth, value) for condition, value in pairs], default)


def _substr(text: SqlValue, start: SqlValue, length: SqlValue | None = None) -> SqlValue:
    begin = exp.Add(this=_characters(start), expression=exp.Literal.number(1))
    counted = [] if length is None else [_characters(length)]
    return of_text(call("substr", text.as_text, begin, *counted))


def _characters(value: SqlValue) -> Sql:
    """How many characters a number says; null where there is none."""
    return _whole_within(value, 0, MAX_TEXT)


def _whole_within(value: SqlValue, least: int, most: int) -> Sql:
    amount = value.as_number
    if (known := read_number(amount)) is not None:
        return exp.Literal.number(int(min(max(known, least), most)))
    within = case(
        (exp.LT(this=amount, expression=number(least)), number(least)),
        (exp.GT(this=amount, expression=number(most)), number(most)),
        default=amount,
    )
    return cast(call("trunc", within), "INTEGER")


def _round(value: SqlValue, digits: SqlValue | None = None) -> SqlValue:
    places = [] if digits is None else [_whole_within(digits, -MAX_PLACES, MAX_PLACES)]
    return of_number(call("round", value.as_number, *places))


def _replace(text: SqlValue, old: SqlValue, new: SqlValue) -> SqlValue:
    """The empty text is nowhere; engines do not agree on it."""
    whole, part = text.as_text, old.as_text
    if isinstance(part, exp.Literal) and part.this:
        return of_text(call("replace", whole, part, new.as_text))
    replaced = call("replace", whole, call("nullif", part, string("")), new.as_text)
    unchanged = all_of(equal(part, string("")), not_null(new.as_text))
    return of_text(case((unchanged, whole), default=replaced))


def _empty(value: SqlValue) -> SqlValue:
    return from_boolean(any_of(negated(value.present), null_as_false(equal(value.text, string("")))))


def _blank(value: SqlValue) -> SqlValue:
    blank = null_as_false(equal(call("trim", value.text, string(" \t\n\r\f\v")), string("")))
    return from_boolean(any_of(negated(value.present), blank))


def _in_subnet(address: SqlValue, subnet: SqlValue) -> SqlValue:
    network = network_of(subnet.text.this) if isinstance(subnet.text, exp.Literal) else None
    if network is None:
        raise Unsupported("only a network that the query spells can be looked at locally")
    return _known(address, _within(address.as_text, network))


def _within(address: Sql, network: Network) -> Sql:
    """Between the first address of a network and its last, as numbers or as 32 hexadecimal digits."""
    first, last = int(network[0]), int(network[-1])
    if network.version == 4:
        return all_of(_is_ip(4, address), _between(_address(address), number(first), number(last)))
    bounds = string(f"{first:032x}"), string(f"{last:032x}")
    return all_of(_is_ip(6, address), _between(_digits(address), *bounds))


def _between(value: Sql, first: Sql, last: Sql) -> Sql:
    return exp.Between(this=value, low=first, high=last)


def _is_ip(version: int, text: Sql) -> Sql:
    return call("regexp_matches", text, string(IPV4 if version == 4 else IPV6))


def _valid_ip(*versions: int) -> Builder:
    return lambda value: _known(value, any_of(*(_is_ip(version, value.as_text) for version in versions)))


def _digits(address: Sql) -> Sql:
    """An IPv6 address as 32 hexadecimal digits: `::` filled with groups of 0, each group with zeros."""
    begun = call("regexp_replace", call("lower", address), string("^::"), string("0::"))
    ended = call("regexp_replace", begun, string("::$"), string("::0"))
    digits = call("length", call("replace", ended, string(":"), string("")))
    colons = exp.Paren(this=exp.Sub(this=call("length", ended), expression=digits))
    groups = exp.Paren(this=exp.Sub(this=exp.Literal.number(8), expression=colons))
    length = exp.Mul(this=groups, expression=exp.Literal.number(2))
    zeros = call("concat", string(":"), call("substr", string("0:" * 8), exp.Literal.number(1), length))
    whole = call("split", call("replace", ended, string("::"), zeros), string(":"))
    padded = call("lpad", exp.column("part"), exp.Literal.number(4), string("0"))
    each = exp.Lambda(this=padded, expressions=[exp.to_identifier("part")])
    return call("array_to_string", call("list_transform", whole, each), string(""))


def _number_of(sql: Sql) -> Sql:
    return exp.TryCast(this=sql.copy(), to=exp.DataType.build("DOUBLE"))


def _address(text: Sql) -> Sql:
    """The number of an IPv4 address."""
    total: Sql = number(0)
    for part in range(4):
        octet = _number_of(call("split_part", text, string("."), exp.Literal.number(part + 1)))
        shifted = exp.Mul(this=octet, expression=number(256 ** (3 - part)))
        total = exp.Add(this=total, expression=shifted)
    return exp.Paren(this=total)


def _number_of_ip(address: SqlValue) -> SqlValue:
    text = address.as_text
    return of_number(case((_is_ip(4, text), _address(text))))


def _private(address: SqlValue) -> SqlValue:
    return _known(address, any_of(*(_within(address.as_text, network) for network in PRIVATE)))


def _extreme(name: str, last: str) -> Builder:
    """Of the numbers that there are; `last` is chosen only where there is no other."""

    def build(*values: SqlValue) -> SqlValue:
        amounts = [value.as_number for value in values]
        filled = [call("coalesce", amount, cast(string(last), "DOUBLE")) for amount in amounts]
        return of_number(case((any_of(*map(not_null, amounts)), call(name, *filled))))

    return build


_WHITE = of_text(string(" \t\n\r\f\v"))
ABSENT = of_text(exp.Null())
FUNCTIONS: dict[str, Builder] = {
    "abs": _on_number("abs"),
    "ceil": _on_number("ceil"),
    "floor": _on_number("floor"),
    "round": _round,
    "log": _positive("ln", zero=False),
    "sqrt": _positive("sqrt", zero=True),
    "greatest": _extreme("greatest", "-Infinity"),
    "least": _extreme("least", "Infinity"),
    "coalesce": lambda *values: first_present(list(values)),
    "concat": _concat,
    "if": _if,
    "case": _case,
    "isblank": _blank,
    "isempty": _empty,
    "ispresent": lambda value: from_boolean(value.present),
    "isnumeric": lambda value: from_boolean(not_null(value.as_number)),
    "tonumber": lambda value: of_number(value.as_number),
    "frommillis": from_millis,
    "tomillis": to_millis,
    "toint": _whole,
    "tolong": _whole,
    "todouble": lambda value: of_number(value.as_number),
    "tostring": lambda value: of_text(value.as_text),
    "ltrim": _trimmed("ltrim"),
    "rtrim": _trimmed("rtrim"),
    "trim": _trimmed("trim"),
    "tolower": _on_text("lower"),
    "toupper": _on_text("upper"),
    "strlen": lambda value: of_number(call("length", value.as_text)),
    "messagesize": _bytes,
    "strcontains": _contains,
    "startswith": _found(_starts),
    "endswith": _found(_ends),
    "md5": _hashed("md5"),
    "sha256": _hashed("sha256"),
    "replace": _replace,
    "substr": _substr,
    "isvalidip": _valid_ip(4, 6),
    "isvalidipv4": _valid_ip(4),
    "isvalidipv6": _valid_ip(6),
    "ipv4tonumber": _number_of_ip,
    "isprivateip": _private,
    "isipv4insubnet": _in_subnet,
    "isipv6insubnet": _in_subnet,
    "isipinsubnet": _in_subnet,
}
