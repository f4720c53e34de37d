"""A query: its stages, and the condition that its filter stages put on one event."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

from ..errors import Fault, NotCompilable, Span
from ..reading import Event, Reading
from .evaluate import Predicate, compile_predicate
from .normal_form import is_too_big, substitute
from .syntax import And, Column, Dedup, Display, Expression, Field, Fields, Filter, Limit, Parse, Stage, Stats

_LIKELY = Reading()


@dataclass(frozen=True, slots=True)
class Query:
    """The stages of one query, and the text they were read from."""

    stages: tuple[Stage, ...]
    text: str = field(default="", compare=False, repr=False)
    path: str = field(default="<query>", compare=False, repr=False)
    comments: tuple[Span, ...] = field(default=(), compare=False, repr=False)
    _predicates: dict[Reading, Predicate] = field(default_factory=dict, compare=False, repr=False)

    def matches(self, event: Event, reading: Reading = _LIKELY) -> bool:
        """Whether an event meets every filter stage that precedes the first `stats`.

        Args:
            event: one CloudTrail record.
            reading: of what AWS does not document.

        Raises:
            NotCompilable: if a filter cannot be decided on one event.
        """
        if reading not in self._predicates:
            self._predicates[reading] = compile_predicate(self.condition, reading, self.text, self.path)
        return self._predicates[reading](event)

    @property
    def condition(self) -> Expression:
        """The conjunction of those filter stages, over the fields of the raw event."""
        conditions: list[Expression] = []
        columns = _Columns(self)
        waiting = len(list(self.early_filters()))
        for stage in self.stages:
            if len(conditions) == waiting:  # what comes behind the last filter decides nothing
                break
            if isinstance(stage, Filter):
                conditions.append(columns.resolve(stage.condition))
            columns.define(stage)
        condition = conditions[0] if len(conditions) == 1 else And(tuple(conditions), self.span)
        if is_too_big(condition):
            message = "columns made of columns: the whole condition has too many parts"
            raise self.not_compilable(condition.span, message, "compare fields of the record")
        return condition

    @property
    def is_decidable(self) -> bool:
        """Whether the condition is one on the fields of an event; not where it asks what `parse` cuts out."""
        try:
            return bool(self.condition)
        except NotCompilable:
            return False

    @property
    def span(self) -> Span:
        """From the first stage to the last."""
        return self.stages[0].span.to(self.stages[-1].span) if self.stages else Span(0, 0)

    def early_filters(self) -> Iterator[Filter]:
        """The filter stages that precede any `stats`."""
        for stage in self.stages:
            if isinstance(stage, Stats):
                return
            if isinstance(stage, Filter):
                yield stage

    def late_filter(self) -> Filter | None:
        """The first filter after stats, limit or dedup, which no longer sees every single event."""
        late = False
        for stage in self.stages:
            if late and isinstance(stage, Filter):
                return stage
            late = late or isinstance(stage, Stats | Limit | Dedup)
        return None

    def not_compilable(self, span: Span, message: str, hint: str = "") -> NotCompilable:
        """The error for a place of this query that no filter pattern can express."""
        return NotCompilable(Fault(message, span, self.text, hint, self.path))


class _Columns:
    """Names that earlier stages define, and their expressions over the raw event."""

    def __init__(self, query: Query) -> None:
        self.query = query
        self.defined: dict[str, Expression | None] = {}

    def define(self, stage: Stage) -> None:
        match stage:
            case Fields(columns=columns) | Display(columns=columns):
                self.defined |= {column.alias: self._value(column) for column in columns if column.alias}
            case Parse(names=names):
                self.defined |= dict.fromkeys(names)
            case _:
                pass

    def _value(self, column: Column) -> Expression | None:
        try:
            return self.resolve(column.expression)
        except NotCompilable:
            return None

    def resolve(self, expression: Expression) -> Expression:
        return substitute(expression, self._field)

    def _field(self, mention: Field) -> Expression:
        value = self.defined.get(mention.name, mention)
        if value is None:
            message = f"`{mention.name}` is made by `parse`, which a condition on one event cannot follow"
            raise self.query.not_compilable(mention.span, message, "compare the field it is cut from")
        return value
