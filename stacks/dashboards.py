"""Two dashboards: one that costs nothing to load, and one that runs the queries when it is opened."""

from __future__ import annotations

import json
from collections.abc import Collection, Iterator, Mapping, Sequence
from itertools import count
from typing import Any

from cis_insights import Query
from cis_insights.catalogue.columns import WHO
from cis_insights.catalogue.header import SEVERITIES
from cis_insights.errors import printable
from cis_insights.logs_insights.parser import MAX_QUERY
from cis_insights.logs_insights.printer import print_expression
from cis_insights.logs_insights.syntax import Display, Fields, Or, Stats

from .deployed_control import DeployedControl
from .links import LOOK_BACK
from .names import name_investigation
from .settings import PREFIX, SettingFault, Settings, SettingsError
from .tokens import escape
from .widgets import (
    Widget,
    lay_out,
    make_alarms,
    make_counts,
    make_query,
    make_text,
    make_text_variable,
)

# By column, regular expressions that match everything: a dashboard variable puts what somebody types
# in their place.
ANY = {"account": "[0-9]?", "region": "[a-z]?", "user": "[!-~]?"}
Placeholders = Mapping[str, str]
_RANKED = (("user", "by user"), ("sourceIPAddress", "by source address"), ("account", "by account"))
_RANKED_PER_ACCOUNT = (
    ("account", "by account"),
    ("account, user", "by account and user"),
    ("account, sourceIPAddress", "by account and source address"),
)
_ROWS = 50
_EXCLUSIONS = 20  # that the overview lists
# What `${Alarm}` stands for in the overview.
ALARM_ARN = "arn:${AWS::Partition}:cloudwatch:${AWS::Region}:${AWS::AccountId}:alarm:"


def build_overview(controls: Sequence[DeployedControl], settings: Settings) -> dict[str, Any]:
    """Body of the overview: alarm states by severity and event counts by control, no log data.

    Returns:
        JSON with `${Alarm}` for what an alarm's ARN begins with, and pseudo parameters of AWS.
    """
    return {"widgets": lay_out(_list_overview_widgets(controls, settings))}


def build_investigation(
    controls: Sequence[DeployedControl], settings: Settings, log_group_name: str
) -> dict[str, Any]:
    """Body of the investigation dashboard: what was done by whom, then a table for each control.

    Raises:
        SettingsError: if a query would be longer than Logs Insights takes.
    """
    fixed = json.dumps(
        _list_investigation_widgets(controls, settings, log_group_name, {}), ensure_ascii=False
    )
    placeholders = {column: repeat_until_unused(anything, fixed) for column, anything in ANY.items()}
    return {
        "start": f"-PT{LOOK_BACK}H",
        "variables": _build_variables(placeholders),
        "widgets": lay_out(_list_investigation_widgets(controls, settings, log_group_name, placeholders)),
    }


def repeat_until_unused(anything: str, text: str) -> str:
    """`anything`, repeated until it occurs nowhere in a text: a variable replaces it in the whole body."""
    lowered = text.lower()  # AWS does not say that upper case and lower case differ
    return next(repeated for times in count(1) if (repeated := anything * times) not in lowered)


def _list_overview_widgets(controls: Sequence[DeployedControl], settings: Settings) -> list[Widget]:
    widgets = [make_text(_write_overview_text(settings))]
    for severity in reversed(SEVERITIES):
        arns = ["${Alarm}" + one.alarm.name for one in controls if one.alarm and one.severity == severity]
        widgets += make_alarms(severity.capitalize(), arns)
    counted = [(one.alarm, one.title) for one in controls if one.alarm and not one.alarm.is_log_alarm]
    metrics = [(alarm.name, escape(title)) for alarm, title in counted]
    if metrics:
        title = "Events of all accounts of the trail" if settings.spans_accounts else "Events"
        widgets.append(make_counts(title, settings.namespace, metrics))
    return widgets + _list_exclusions(controls)


def _write_overview_text(settings: Settings) -> str:
    asked = "Who did it, and in which account" if settings.spans_accounts else "Who did it"
    if not settings.investigations:
        return f"**CIS monitoring.** {asked}: the saved query that each alarm names."
    link = f"#dashboards/dashboard/{name_investigation(settings)}"
    return f"**CIS monitoring.** {asked}: [the investigation dashboard]({link}), which runs queries."


def _list_exclusions(controls: Sequence[DeployedControl]) -> list[Widget]:
    """A list of what does not count, if anything is excluded."""
    lines = [
        f"- {one.title}: {printable(' '.join(str(excluded.exclusion).split()))}"
        for one in controls
        for excluded in one.exclusions
    ]
    if not lines:
        return []
    shown = lines[:_EXCLUSIONS]
    more = [f"- and {len(lines) - _EXCLUSIONS} more: `cis-insights plan`"] if len(lines) > _EXCLUSIONS else []
    return [make_text(escape("\n".join(["**Not counted**\n", *shown, *more])), height=2 + len(shown))]


def _list_investigation_widgets(
    controls: Sequence[DeployedControl], settings: Settings, log_group_name: str, placeholders: Placeholders
) -> list[Widget]:
    """Who, from where and in which account over all controls; then a table for each control."""
    source = f"SOURCE '{log_group_name}' | "
    rankings = list(_make_rankings(controls, settings, source, _write_narrowing(ANY, placeholders)))
    widgets = [make_text(_write_cost(len(controls) + len(rankings)), height=3), *rankings]
    for one in controls:
        narrowed = _write_narrowing(_list_columns(one.control.query), placeholders)
        query = _check_length(f"{source}{escape(one.control.query_text)}{narrowed}\n| limit {_ROWS}")
        widgets.append(make_query(escape(one.title), query))
    return widgets


def _make_rankings(
    controls: Sequence[DeployedControl], settings: Settings, source: str, narrowed: str
) -> Iterator[Widget]:
    """Counts the events of all controls by who, where from and in which account.

    A control that asks what `parse` cuts out of a field has its own table only.
    """
    controls = [one for one in controls if one.control.query.is_decidable]
    if not controls:
        return
    for column, title in _RANKED_PER_ACCOUNT if settings.spans_accounts else _RANKED:
        ranked = f"{narrowed}\n| stats count(*) as events by {column}\n| sort events desc\n| limit 20"
        queries = list(_split_to_fit(controls, source, ranked))
        for number, query in enumerate(queries, 1):
            which = f" ({number} of {len(queries)})" if len(queries) > 1 else ""
            yield make_query(f"Events of all controls {title}{which}", query, width=8, height=6)


def _split_to_fit(controls: Sequence[DeployedControl], source: str, rest: str) -> Iterator[str]:
    """Queries of the events of all controls: one, or as many as it takes for each to be short enough."""
    query, middle = source + _write_union(controls) + rest, len(controls) // 2
    if len(query) <= MAX_QUERY or not middle:
        yield _check_length(query)
    else:
        yield from _split_to_fit(controls[:middle], source, rest)
        yield from _split_to_fit(controls[middle:], source, rest)


def _write_narrowing(columns: Collection[str], placeholders: Placeholders) -> str:
    """A filter for the boxes at the top; a column that the query does not have would leave no rows."""
    tests = [f"{column} like /{anything}/" for column, anything in placeholders.items() if column in columns]
    return "\n| filter " + " and ".join(tests) if tests else ""


def _list_columns(query: Query) -> set[str]:
    """The names that a query gives to its columns."""
    names: set[str] = set()
    for stage in query.stages:
        match stage:
            case Fields(columns=columns):
                names |= {column.alias for column in columns if column.alias}
            case Display(columns=columns):
                names &= {column.alias or getattr(column.expression, "name", "") for column in columns}
            case Stats():
                return set()  # what is counted is not narrowed behind it
            case _:
                pass
    return names


def _check_length(query: str) -> str:
    if len(query) > MAX_QUERY:
        message = f"a query of the dashboard has {len(query):,} characters; Logs Insights takes {MAX_QUERY:,}"
        raise SettingsError(
            [SettingFault(f"{PREFIX}dashboards", message, "turn it off, or leave out some controls")]
        )
    return query


def _build_variables(placeholders: Placeholders) -> list[dict[str, Any]]:
    return [
        make_text_variable(column, column.capitalize(), _escape_literal(text), text)
        for column, text in placeholders.items()
    ]


def _escape_literal(text: str) -> str:
    """A regular expression that matches this text."""
    return "".join(f"\\{char}" if char in "[]?" else char for char in text)


def _write_cost(widgets: int) -> str:
    return (
        f"**This dashboard runs {widgets} Logs Insights queries at each load**, over the time chosen above;"
        f" AWS bills each gigabyte scanned (about $0.005) for each of them: keep the time short."
        f" Account, region and user narrow the rows, not what is scanned."
    )


def _write_union(controls: Sequence[DeployedControl]) -> str:
    """A query of all controls' events with the columns that say who."""
    conditions = [one.control.query.condition for one in controls]
    union = conditions[0] if len(conditions) == 1 else Or(tuple(conditions))
    return f"filter {escape(print_expression(union))}\n{WHO}"
