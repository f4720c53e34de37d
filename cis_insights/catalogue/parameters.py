"""Parameters of saved queries: `{{name}}`, replaced in the query's text before it runs.

https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/CWL_Insights-Saving-Queries.html#CWL_Insights-Parameterized-Queries
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from ..errors import Fault, QueryError, Span
from ..logs_insights.parser import parse_query
from ..logs_insights.query import Query
from .header import QueryParameter


def default_faults(query: Query, parameters: Iterable[QueryParameter]) -> Iterator[Fault]:
    """A fault for each default that makes the query unreadable, at the line that declares it."""
    for parameter in parameters:
        placeholder, default = rf"\{{\{{\s*{parameter.name}\s*\}}\}}", parameter.default.replace("\\", r"\\")
        try:
            parse_query(re.sub(placeholder, default, query.text), query.path)
        except QueryError as error:
            message = f"with the default of `{parameter.name}` this query cannot be read"
            span = _declaration(query.text, parameter.name)
            yield Fault(f"{message}: {error.faults[0].message}", span, query.text, _hint(error), query.path)


def _hint(error: QueryError) -> str:
    return error.faults[0].hint or "the default takes the parameter's place as it is written"


def _declaration(text: str, name: str) -> Span:
    """The default of a parameter in its header line; the name where there is none."""
    found = re.search(rf"^#\s*parameter:\s*({name}\s*=[^|\n]*)", text, re.MULTILINE)
    if not found:
        return Span(0, 0)
    start = found.end(1) - len(found[1].partition("=")[2].lstrip())
    end = found.start(1) + len(found[1].rstrip())
    return Span(start, end) if start < end else Span(found.start(1), end)
