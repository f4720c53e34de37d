"""Links into the CloudWatch console of the right partition, as texts.

They hold `${AWS::Region}` and `${Page}`, which CloudFormation fills in. The console's own links
encode the details of a query: a tilde notation, percent-encoded twice with `$` for `%`.
"""

from __future__ import annotations

from urllib.parse import quote

PAGE = "/cloudwatch/home?region="
HOME = "https://${AWS::Region}.${Page}${AWS::Region}#"
LOOK_BACK = 3  # hours that a dashboard shows


def link_dashboard(name: str) -> str:
    """To a dashboard, the last hours of it."""
    return f"{HOME}dashboards/dashboard/{name}?start=PT{LOOK_BACK}H"


def link_saved_query(query_id: str, log_group_name: str | None) -> str:
    """To Logs Insights with a saved query and its log group chosen.

    Args:
        query_id: id of the query definition, or a `${..}` for it.
        log_group_name: its log group; None leaves it to the saved query, which names it as well.
    """
    source = f"~source~(~'{quote(log_group_name, safe='').replace('%', '*')})" if log_group_name else ""
    return QUERY_LINK + _encode(f"{query_id}{source})")


def _encode(detail: str) -> str:
    for char, code in (("~", "$257E"), ("'", "$2527"), ("(", "$2528"), (")", "$2529")):
        detail = detail.replace(char, code)
    return detail


# What every link to a saved query begins with.
QUERY_LINK = HOME + "logsV2:logs-insights$3FqueryDetail$3D" + _encode("~(queryId~'")
