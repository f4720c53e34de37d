"""Stages of a query -> a chain of common table expressions, one a stage.

Each row keeps its place in `#row`: a stage that does not sort leaves the order as it is. Without
a sort the newest event comes first, as in the console.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from sqlglot import exp

from ..limits import MAX_FIELDS
from ..logs_insights.normal_form import fields_of
from ..logs_insights.printer import print_expression
from ..logs_insights.query import Query
from ..logs_insights.syntax import (
    Call,
    Column,
    Dedup,
    Display,
    Expression,
    Field,
    Fields,
    Filter,
    Limit,
    Parameter,
    Parse,
    Sort,
    SortKey,
    Stage,
    Stats,
)
from .aggregates import Totals
from .conditions import Translator, reachable
from .cuts import cut_by
from .events import ROW, find_fields, select_events
from .fields import as_column
from .functions import ABSENT
from .times import TIME, period
from .values import (
    Sql,
    SqlValue,
    any_of,
    call,
    case,
    copy,
    equal,
    is_null,
    of_text,
    size_of,
    string,
    unsupported,
)

# https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/CWL_QuerySyntax-Limit.html
DEFAULT_LIMIT = 10_000
MAX_STAGES = 60  # ours, as the next
MAX_NAMES = 50  # of one `parse`
MAX_KEPT = 60  # long values that get columns: each is a level of DuckDB's plan
SHORT = 40  # nodes: up to so many a value is repeated where it is used
NAMED = 8  # nodes of a value that is another column, or a field


def to_sql(query: Query) -> str:
    """The SQL of a query over the table `log`: columns message, ts, stream, grp, ingested, ptr.

    The answer has one text column for each column of the query, in order, and `@ptr`.

    Raises:
        QueryError: at a part that cannot be run locally.
    """
    return Chain(query).whole().sql("duckdb", copy=False)


class Chain(Translator):
    """The stages of a query over log events as CloudWatch stores them."""

    def __init__(self, query: Query) -> None:
        super().__init__(query, self._column)
        self.shown: list[str] = []
        self.fixed = False  # whether only the columns of a `stats` are left
        self._kept = 0  # long values that have columns
        _check_size(query)
        first, self.columns = select_events(find_fields(query))
        self.steps: list[exp.Select] = [first]

    def whole(self) -> exp.Select:
        """All stages, and the columns that the console would show."""
        for stage in self.query.stages:
            self.stage(stage)
        if not any(isinstance(stage, Limit) for stage in self.query.stages):
            self._step_where(_up_to(DEFAULT_LIMIT))
        names = self.shown or ["@timestamp", "@message"]
        names += [] if self.fixed or "@ptr" in names else ["@ptr"]
        final = exp.select(*(self._as(self.column(name).as_text, name) for name in names))
        final.from_(self._last(), copy=False).order_by(ROW.copy(), copy=False)
        for number, step in enumerate(self.steps):
            final.with_(_name(number), as_=step, copy=False)
        return final

    def stage(self, stage: Stage) -> None:
        """Appends one stage."""
        match stage:
            case Filter(condition=condition):
                self._step_where(self.condition(condition))
            case Fields(columns=columns):
                self._define(columns)
                self.shown = list(dict.fromkeys([*self.shown, *map(_title, columns)]))
            case Display(columns=columns):
                self._define(columns)
                self.shown = list(dict.fromkeys(map(_title, columns)))
            case Parse():
                self._parse(stage)
            case Stats(aggregates=aggregates, keys=keys):
                self._stats(aggregates, keys)
            case Sort(keys=keys):
                self._sort(keys)
            case Limit(count=Parameter() as parameter):
                self.value(parameter)  # refused: it has no value here
            case Limit(count=int(count)):
                self._number_rows([ROW.copy()])
                self._step_where(_up_to(count))
            case Dedup(keys=keys):
                self._dedup(keys)
            case _:
                raise TypeError(f"no SQL for {stage}")

    def value(self, node: Expression) -> SqlValue:
        """As for every expression; and `bin`, which looks at the event's time."""
        match node:
            case Call(name="bin") if not self.fixed:
                return self._bin(node)
            case Call() if self.fixed and print_expression(node) in self.columns:
                return self.columns[print_expression(node)]
            case Call():
                return self._keep(super().value(node))
            case _:
                return super().value(node)

    def _keep(self, value: SqlValue) -> SqlValue:
        """A long value as columns: what uses it several times repeats its name, not its SQL."""
        if value.condition or self._kept >= MAX_KEPT or size_of(value) <= SHORT:
            return value
        self._kept += 1
        name = f"#{self._kept}"
        self._step(self._select().select(*self._store([(name, value)]), copy=False))
        return self.columns.pop(name)

    def _bin(self, node: Call) -> SqlValue:
        """`bin(5m)`: the beginning of the period an event falls into."""
        value = period(TIME, *node.arguments) if len(node.arguments) == 1 else None
        if value is None:
            raise unsupported(self.query, node, "bin takes one period", "write: bin(5m)")
        return value

    # --- rows -----------------------------------------------------------------------

    def _column(self, name: str) -> SqlValue:
        return self.columns.get(name, ABSENT)

    def _select(self) -> exp.Select:
        return exp.select(exp.Star()).from_(self._last(), copy=False)

    def _last(self) -> exp.Table:
        """The rows of the last step."""
        return exp.Table(this=exp.to_identifier(_name(len(self.steps) - 1)))

    def _step(self, select: exp.Select) -> None:
        self.steps.append(select)

    def _step_where(self, condition: Sql) -> None:
        self._step(self._select().where(condition, copy=False))

    def _as(self, sql: Sql, name: str) -> Sql:
        return exp.alias_(copy(sql), name, quoted=True, copy=False)

    def _store(self, values: Iterable[tuple[str, SqlValue]]) -> list[Sql]:
        """Columns that hold values, under unused names; and the values as read from them."""
        stored: list[Sql] = []
        for number, (name, value) in enumerate(values):
            key = f"{len(self.steps)}_{number}"
            parts = {f"t{key}": value.text, f"n{key}": value.number}
            stored += [self._as(sql, alias) for alias, sql in parts.items() if not is_null(sql)]
            text, amount = (as_column(sql, alias) for alias, sql in parts.items())
            self.columns[name] = SqlValue(text, amount, is_time=value.is_time)
        return stored

    # --- stages ---------------------------------------------------------------------

    def _define(self, columns: Iterable[Column]) -> None:
        named = [column for column in columns if column.alias or not isinstance(column.expression, Field)]
        values = {_title(column): self.value(column.expression) for column in named}
        long = {name: value for name, value in values.items() if size_of(value) > NAMED}
        if long:
            self._step(self._select().select(*self._store(long.items()), copy=False))
        short = {name: value for name, value in values.items() if name not in long}
        self.columns |= {name: replace(value, is_map=None) for name, value in short.items()}

    def _parse(self, stage: Parse) -> None:
        if len(stage.names) > MAX_NAMES:
            message = f"more than {MAX_NAMES} names cannot be cut out locally"
            raise unsupported(self.query, stage, message, "cut out the others in another parse")
        text = self._keep(of_text(self.value(stage.operand).as_text)).text
        source, groups = cut_by(stage)
        found = call("regexp_matches", text, string(source))
        values = []
        for name, group in groups:
            expression, number = reachable(source, group)
            part = call("regexp_extract", text, string(expression), exp.Literal.number(number))
            values.append((name, of_text(case((found, part)))))
        self._step(self._select().select(*self._store(values), copy=False))
        for name, _ in values:  # `filter ms > 100` is of a number
            cut = self.columns[name]
            self.columns[name] = SqlValue(cut.text, cut.as_number, is_spelt=True)

    def _stats(self, aggregates: Iterable[Column], keys: Iterable[Column]) -> None:
        keyed = [(_title(column), self.value(column.expression)) for column in keys]
        totals = Totals(self)
        for column in aggregates:
            totals.named[_title(column)] = totals.value(column.expression)
        parts = [part for _, value in keyed for part in (value.text, value.number)]
        source = self._last()
        self.columns = {}
        unnumbered = self._as(exp.Literal.number(0), "#row")
        select = exp.select(unnumbered, *self._store([*keyed, *totals.named.items()]))
        select.from_(source, copy=False).group_by(*(part.copy() for part in parts), copy=False)
        self._step(select)
        self.fixed, self.shown = True, [*(name for name, _ in keyed), *totals.named]
        self._number_rows([part for name, _ in keyed for part in _sorted(self.columns[name], desc=False)])

    def _sort(self, keys: Iterable[SortKey]) -> None:
        order = [
            part for key in keys for part in _sorted(self.value(key.expression), desc=key.direction == "desc")
        ]
        self._number_rows([*order, ROW.copy()])

    def _number_rows(self, order: list[Sql]) -> None:
        window = exp.Window(this=call("row_number"), order=exp.Order(expressions=order) if order else None)
        numbered = exp.Star(replace=[self._as(window, "#row")])
        self._step(exp.select(numbered).from_(self._last(), copy=False))

    def _dedup(self, keys: Iterable[Expression]) -> None:
        """The first row of each combination; one with a null is never a duplicate."""
        values = [self.value(key).as_text for key in keys]
        order = exp.Order(expressions=[ROW.copy()])
        place = exp.Window(
            this=call("row_number"), partition_by=[value.copy() for value in values], order=order
        )
        inner = self._select().select(self._as(place, "#place"), copy=False)
        first = equal(exp.column("#place", quoted=True), exp.Literal.number(1))
        missing = [exp.Is(this=exp.Paren(this=value.copy()), expression=exp.Null()) for value in values]
        placed = exp.select(exp.Star()).from_(inner.subquery("placed", copy=False), copy=False)
        self._step(placed.where(any_of(first, *missing), copy=False))


def _check_size(query: Query) -> None:
    """Refuses what takes DuckDB minutes to plan, or more levels than it has."""
    if len(query.stages) > MAX_STAGES:
        stage = query.stages[MAX_STAGES]
        raise unsupported(query, stage, f"more than {MAX_STAGES} stages cannot be run locally", "use fewer")
    fields = list({field.name: field for field in fields_of(query.stages)}.values())
    if len(fields) > MAX_FIELDS:
        message = f"more than {MAX_FIELDS} fields cannot be looked at locally"
        raise unsupported(query, fields[MAX_FIELDS], message, "ask for fewer")


def _name(number: int) -> str:
    return f"stage_{number}"


def _title(column: Column) -> str:
    if column.alias:
        return column.alias
    match column.expression:
        case Field(name=name):
            return name
        case expression:
            return print_expression(expression)


def _up_to(count: int) -> Sql:
    return exp.LTE(this=ROW.copy(), expression=exp.Literal.number(count))


def _sorted(value: SqlValue, *, desc: bool) -> list[Sql]:
    """Numbers in their order, then texts; what is absent comes last."""
    return [
        exp.Ordered(this=part.copy(), desc=desc, nulls_first=False) for part in (value.as_number, value.text)
    ]
