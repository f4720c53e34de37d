"""Tree -> text that parses back to the same tree.

Parentheses are written wherever two operators meet: AWS does not document the precedence of `not`,
`and` and `or`.
"""

from __future__ import annotations

from .expressions import KEYWORDS
from .query import Query
from .syntax import (
    And,
    Arithmetic,
    Call,
    Column,
    Comparison,
    Dedup,
    Display,
    Duration,
    Expression,
    Field,
    Fields,
    Filter,
    In,
    Like,
    Limit,
    Negative,
    Not,
    Number,
    Or,
    Parameter,
    Parse,
    Regex,
    Sort,
    SortKey,
    Stage,
    Star,
    Stats,
    String,
)
from .tokens import RULES


def print_query(query: Query) -> str:
    """The query, a stage a line."""
    return "\n| ".join(_stage(stage) for stage in query.stages)


def print_expression(expression: Expression) -> str:
    """A condition or a value."""
    match expression:
        case And(operands=operands):
            return " and ".join(map(_group, operands))
        case Or(operands=operands):
            return " or ".join(map(_group, operands))
        case Not(operand=operand):
            return f"not {_group(operand)}"
        case Comparison(operator=operator, left=left, right=right):
            return f"{_group(left)} {operator} {_group(right)}"
        case In(operand=operand, items=items, negated=negated):
            listed = ", ".join(map(_group, items))
            return f"{_group(operand)} {'not in' if negated else 'in'} [{listed}]"
        case Like(operand=operand, pattern=pattern, negated=negated):
            return f"{_group(operand)} {'not like' if negated else 'like'} {_group(pattern)}"
        case Arithmetic(operator=operator, left=left, right=right):
            return f"{_group(left)} {operator} {_group(right)}"
        case Negative(operand=operand):
            return f"-({print_expression(operand)})"
        case _:
            return _atom(expression)


def print_short(condition: Expression) -> str:
    """A condition with parentheses only around `and`, `or` and `not`, as the examples of AWS have it.

    https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/CWL_QuerySyntax-Filter.html
    """
    match condition:
        case And(operands=operands):
            return " and ".join(map(_group_short, operands))
        case Or(operands=operands):
            return " or ".join(map(_group_short, operands))
        case _:
            return print_expression(condition)


def _group_short(condition: Expression) -> str:
    text = print_short(condition)
    return f"({text})" if isinstance(condition, And | Or | Not) else text


def _group(expression: Expression) -> str:
    """In parentheses, unless it is a single word or call."""
    text = print_expression(expression)
    compound = isinstance(expression, And | Or | Not | Comparison | In | Like | Arithmetic)
    return f"({text})" if compound else text


def _atom(expression: Expression) -> str:
    match expression:
        case Field(name=name):
            return print_name(name)
        case String(value=value):
            return print_text(value)
        case Number(text=text):
            return text
        case Regex(source=source):
            return "/" + source.replace("/", "\\/") + "/"
        case Duration(count=count, unit=unit):
            return f"{count}{unit}"
        case Parameter(name=name):
            return "{{" + name + "}}"
        case Star():
            return "*"
        case Call(name=name, arguments=arguments):
            return f"{name}({', '.join(map(print_expression, arguments))})"
        case _:
            raise TypeError(f"no text for {expression!r}")


def print_text(value: str) -> str:
    """A text as a quoted literal of a query."""
    return '"' + value.replace("\\", "\\\\").replace('"', '\\"') + '"'


def print_name(name: str) -> str:
    """A field name, in backticks where Logs Insights wants them, and where it may look like a number."""
    plain = RULES["NAME"].fullmatch(name) and name.lower() not in KEYWORDS and not name[0].isdigit()
    return name if plain else f"`{name}`"


def _columns(columns: tuple[Column, ...]) -> str:
    return ", ".join(map(_column, columns))


def _column(column: Column) -> str:
    text = print_expression(column.expression)
    return f"{text} as {print_name(column.alias)}" if column.alias else text


def _key(key: SortKey) -> str:
    return f"{_group(key.expression)} {key.direction}"


def _stage(stage: Stage) -> str:
    match stage:
        case Fields(columns=columns):
            return f"fields {_columns(columns)}"
        case Display(columns=columns):
            return f"display {_columns(columns)}"
        case Filter(condition=condition):
            return f"filter {print_expression(condition)}"
        case Stats(aggregates=aggregates, keys=()):
            return f"stats {_columns(aggregates)}"
        case Stats(aggregates=aggregates, keys=keys):
            return f"stats {_columns(aggregates)} by {_columns(keys)}"
        case Sort(keys=keys):
            return f"sort {', '.join(map(_key, keys))}"
        case Limit(count=Parameter() as parameter):
            return f"limit {_atom(parameter)}"
        case Limit(count=count):
            return f"limit {count}"
        case Dedup(keys=keys):
            return f"dedup {', '.join(map(_group, keys))}"
        case Parse(operand=operand, pattern=Regex() as regex, names=names) if names == regex.names:
            return f"parse {_group(operand)} {_atom(regex)}"
        case Parse(operand=operand, pattern=pattern, names=names):
            return f"parse {_group(operand)} {_atom(pattern)} as {', '.join(map(print_name, names))}"
        case _:
            raise TypeError(f"no text for {stage!r}")
