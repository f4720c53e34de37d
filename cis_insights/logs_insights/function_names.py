"""The names of Logs Insights' functions, in lower case, and the fault for any other name.

https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/CWL_QuerySyntax-operations-functions.html
"""

from __future__ import annotations

from difflib import get_close_matches

from .hints import FUNCTIONS

# Functions of one event.
SCALARS = frozenset(
    (
        "abs ceil floor round greatest least log sqrt coalesce concat if case isblank isempty"
        " ispresent isnumeric tonumber toint tolong todouble tostring ltrim rtrim trim tolower toupper strlen"
        " messagesize strcontains startswith endswith replace substr md5 sha256 isvalidip isvalidipv4"
        " isvalidipv6 isipinsubnet isipv4insubnet isipv6insubnet ipv4tonumber isprivateip"
    ).split()
)
# Functions of `stats`.
AGGREGATES = frozenset(
    (
        "avg count count_distinct countdistinct max min pct percentile stddev sum values variance median topk"
        " earliest latest sortsfirst sortslast rate count_over_time sum_over_time"
    ).split()
)
# Times, structures, encodings, and functions that depend on when a query runs.
OTHERS = frozenset(
    (
        "bin datefloor dateceil frommillis tomillis parsedate formatdate strftime now querystarttime"
        " queryendtime querytimerange histogram haversine jsonparse jsonstringify jsonarraysize"
        " jsonarraycontains split regexreplace urlencode urldecode base64encode base64decode hextoascii"
        " hextodec dectohex ispublicip isreservedip"
    ).split()
)
FUNCTION_NAMES = SCALARS | AGGREGATES | OTHERS


def describe_unknown(name: str) -> tuple[str, str]:
    """The message and the hint for an unknown function."""
    near = nearest_function(name)
    hint = f"did you mean {near}?" if near else FUNCTIONS.get(name, "see Logs Insights' functions")
    return f"Logs Insights has no function {name}", hint


def nearest_function(name: str) -> str:
    """The function that a name misspells, or nothing."""
    if name in FUNCTIONS:
        return ""
    return next(iter(get_close_matches(name, sorted(FUNCTION_NAMES), 1, 0.7)), "")
