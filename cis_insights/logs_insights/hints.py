"""Hints for common mistakes in queries: operators and words of other languages.

They are looked up where the text no longer fits the grammar.
"""

from __future__ import annotations

OPERATORS: dict[str, str] = {
    "&&": "Logs Insights writes it: and",
    "||": "Logs Insights writes it: or",
    "==": "Logs Insights writes it: =",
    "<>": "Logs Insights writes it: !=",
    "~=": 'Logs Insights writes it: like "text", or like /regular expression/',
    "!~": 'Logs Insights writes it: not like "text", or not like /regular expression/',
    "--": "a comment begins with #",
    "//": "a comment begins with #",
    "-": "a name with - in it is written in backticks: `detail-type`",
    "*": "name the fields; a query without fields shows @timestamp and @message",
    "|": "a command comes before each |",
    ";": "nothing comes after a query",
    "\u201c": 'a text is written in straight quotes: "text"',
    "\u2018": "a text is written in straight quotes: 'text'",
    '"': 'close the string with " on the same line',
    "'": "close the string with ' on the same line",
    "/": "close the regular expression with / on the same line; a / in it is written \\/",
    ")": "remove it, or open its parenthesis further left",
    "{{": "a parameter stands for a value, for the number of limit, or within quotes",
    "`": "close the field name with ` on the same line",
}

WORDS: dict[str, str] = {
    "is": "write: ispresent(a), or not ispresent(a)",
    "exists": "write: ispresent(a)",
    "between": "write: a >= 1 and a <= 5",
    "contains": 'write: a like "text"',
    "matches": "write: a like /regular expression/",
    "like": 'write: a like "text", or: a like /regular expression/',
    "when": 'write: case(a = 1, "one", a = 2, "two", "more"), or if(a = 1, "one", "more")',
    "group": "write: by",
    "having": "write another command: | filter n > 5",
    "order": "write another command: | sort a desc",
}

# Functions of other languages, in lower case.
FUNCTIONS: dict[str, str] = (
    dict.fromkeys(("dc", "dcount", "distinct", "distinct_count", "uniq"), "write: count_distinct(a)")
    | dict.fromkeys(("countif", "count_if", "sumif", "sum_if"), "write: sum(if(a = 1, 1, 0))")
    | dict.fromkeys(("p50", "p90", "p95", "p99"), "write: pct(a, 95)")
    | dict.fromkeys(("length", "len", "char_length"), "write: strlen(a)")
    | dict.fromkeys(("ifnull", "nvl"), "write: coalesce(a, b)")
    | dict.fromkeys(("regexp_extract", "regex_extract", "extract"), "write: | parse a /(?<b>\\S+)/")
    | {
        "ago": "a query has no range of time: give it where the query is run",
        "contains": 'write: a like "text"',
        "date_trunc": "write: bin(1h), or datefloor(a, 1h)",
        "first": "write: earliest(a)",
        "isnotnull": "write: ispresent(a)",
        "isnull": "write: not ispresent(a)",
        "last": "write: latest(a)",
        "lower": "write: tolower(a)",
        "mean": "write: avg(a)",
        "span": "write: bin(5m)",
        "substring": "write: substr(a, 0, 5)",
        "upper": "write: toupper(a)",
    }
)

# Commands of the other languages of the console, and of none of Logs Insights' own.
# https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/CWL_AnalyzeLogData_SQL.html
# https://docs.aws.amazon.com/opensearch-service/latest/developerguide/supported-ppl.html
OTHER_LANGUAGES: dict[str, str] = dict.fromkeys(("select", "with"), "SQL") | dict.fromkeys(
    (
        "describe eval eventstats fieldsummary fillnull flatten grok patterns rare rename search top"
        " trendline"
    ).split(),
    "PPL",
)
