"""Links into the CloudWatch console of the right partition.

Texts hold `${AWS::Region}` and `${Host}`, which CloudFormation fills in. The console's own links
encode the details of a query: a tilde notation, percent-encoded twice with `$` for `%`.
"""

from __future__ import annotations

from functools import cached_property
from urllib.parse import quote

from aws_cdk import Aws, CfnMapping
from constructs import Construct

from .shared_text import Hold, fill

# https://docs.aws.amazon.com/general/latest/gr/ and the consoles of the other partitions
HOSTS = {
    "aws": "console.aws.amazon.com",
    "aws-cn": "console.amazonaws.cn",
    "aws-us-gov": "console.amazonaws-us-gov.com",
}
HOME = "https://${AWS::Region}.${Host}/cloudwatch/home?region=${AWS::Region}#"
LOOK_BACK = 3  # hours that a dashboard shows


class Console(Construct):
    """The console's host, by partition.

    Args:
        hold: see `shared_text`; keeps what all links to saved queries begin with.
    """

    def __init__(self, scope: Construct, id: str, *, hold: Hold | None = None) -> None:
        super().__init__(scope, id)
        self._query_link = hold("QueryLink", fill(QUERY_LINK, Host=self._host)) if hold else None

    def fill(self, text: str, **values: str) -> str:
        """A text with links of this module, as a template says it."""
        if self._query_link and QUERY_LINK in text:
            text, values["Link"] = text.replace(QUERY_LINK, "${Link}"), self._query_link
        return fill(text, Host=self._host, **values) if "${Host}" in text else fill(text, **values)

    @cached_property
    def _host(self) -> str:
        mapping = {partition: {"Host": host} for partition, host in HOSTS.items()}
        return CfnMapping(self, "Hosts", mapping=mapping, lazy=False).find_in_map(Aws.PARTITION, "Host")


def dashboard_link(name: str) -> str:
    """To a dashboard, the last hours of it."""
    return f"{HOME}dashboards/dashboard/{name}?start=PT{LOOK_BACK}H"


def saved_query_link(query_id: str, log_group_name: str | None) -> str:
    """To Logs Insights with a saved query and its log group chosen.

    Args:
        query_id: id of the query definition, or a `${..}` for it.
        log_group_name: its log group; None leaves it to the saved query, which names it as well.
    """
    source = f"~source~(~'{quote(log_group_name, safe='').replace('%', '*')})" if log_group_name else ""
    return QUERY_LINK + _encoded(f"{query_id}{source})")


def _encoded(detail: str) -> str:
    for char, code in (("~", "$257E"), ("'", "$2527"), ("(", "$2528"), (")", "$2529")):
        detail = detail.replace(char, code)
    return detail


# What every link to a saved query begins with.
QUERY_LINK = HOME + "logsV2:logs-insights$3FqueryDetail$3D" + _encoded("~(queryId~'")
