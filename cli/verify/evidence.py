"""The evidence for an auditor: a front, a summary, and a section for each trail and each requirement.

It is made of the document that `--json` prints and of nothing else, and has the SHA-256 of it.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator, Sequence

from .control_section import EXCLUSION_HEADS, list_exclusion, mark_control, name_control, write_control
from .document import Document, write_document
from .findings_table import write_findings
from .page import block, block_json, facts, format_time, heading, link, section, table, text, write_page

OLD = 90  # days after which a drill is said to be old; ours: a quarter
_HOLDS = (
    "A requirement holds if each event that it asks for is recorded by a trail, delivered to a log group,"
    " counted by a metric filter there, and raises an alarm that notifies a confirmed subscriber."
)
_PROVEN = (
    "Proven means: a prover has searched for an event on which query and filter differ, under every reading"
    " of what AWS does not document, and there is none. Where there is one, it is shown. Everything else is"
    " what AWS answered to calls that only read, at the time above."
)
_NOT_EXAMINED = (
    "Not examined: whether anybody reads the messages, what was so before that time, and whether delivered"
    " files of the trail are unchanged (aws cloudtrail validate-logs says that)."
)


def write_evidence(document: Document) -> str:
    """The page of a document of `build_document`."""
    body = [
        "<header>",
        _write_front(document),
        "</header>",
        _write_contents(document),
        "<main>",
        _write_summary(document),
        *(
            section(f"trail-{number}", f"Trail {one['name']}", _write_trail(one))
            for number, one in _number(document["trails"])
        ),
        *(write_control(one) for one in document["controls"]),
        _write_others(document),
        _write_queries(document),
        _write_method(document),
        "</main>",
    ]
    return write_page(_write_title(document), body)


def _write_title(document: Document) -> str:
    return f"CIS monitoring of {_describe_place(document)}, {format_time(document['verified'])}"


def _describe_place(document: Document) -> str:
    if not document["account"]:
        return "files"
    alias = f" ({document['account_alias']})" if document["account_alias"] else ""
    return f"account {document['account']}{alias}, {document['region']}"


def _write_front(document: Document) -> str:
    digest = hashlib.sha256(write_document(document).encode()).hexdigest()
    trails = [f"{one['name']}, to the log group {one['log_group_name'] or '-'}" for one in document["trails"]]
    rows = [
        ("Account", text(document["account"] or "")),
        ("Account alias", text(document["account_alias"] or "")),
        ("Region", text(document["region"] or "")),
        ("Files", _lines(document["files"])),
        ("Trails", _lines(trails) or ("" if document["files"] else "none")),
        ("Benchmark", text(f"CIS AWS Foundations {document['benchmark_version']}, monitoring")),
        ("Verified", text(format_time(document["verified"]))),
        ("By", text(document["caller"] or "")),
        ("With", text(document["generator"])),
        ("Drill", _describe_drill(document)),
        ("Warnings", _link_warnings(document)),
        ("Not read", _lines(document["notes"])),
        ("SHA-256", text(f"{digest}, of what --json printed in the same run")),
    ]
    head = f"<h1>{text(_write_title(document))}</h1>"
    return f"{head}\n{_write_verdict(document)}\n{facts('What was examined, when and by whom', rows)}"


def _link_warnings(document: Document) -> str:
    """The places that have warnings."""
    places = [
        *((f"trail-{number}", f"Trail {one['name']}", one) for number, one in _number(document["trails"])),
        *((one["id"], one["section"] or one["title"], one) for one in document["controls"]),
        ("others", "Other findings", document),
    ]
    warned = (
        link(id, name)
        for id, name, one in places
        if any(each["level"] == "warning" for each in one["findings"])
    )
    return ", ".join(warned) or "none"


def _lines(values: Iterable[object]) -> str:
    return "<br>".join(map(text, values))


def _write_verdict(document: Document) -> str:
    required = [one for one in document["controls"] if one["section"]]
    short = [one["section"] for one in required if not one["holds"]]
    said = f"{len(required) - len(short)} of {len(required)} requirements hold"
    if excluding := [one["section"] for one in required if one["exclusions"]]:
        said += f", {len(excluding)} of them with exclusions"
    if short:
        said += f"; {len(short)} fall{'s' * (len(short) == 1)} short: {', '.join(short)}"
    elif not document["holds"]:
        said += ", but what they rest on falls short: see the trails and the other findings"
    return f'<p class="verdict {"ok" if document["holds"] else "error"}">{text(said)}.</p>'


def _describe_drill(document: Document) -> str:
    drill = document["drill"]
    if drill is None:
        return "" if document["files"] else "none is cited (--drill FILE)"
    age = f"{drill['age_days']} days ago" if drill["age_days"] else "today"
    said = text(f"{drill['id']}, {drill['mode']}, {format_time(drill['finished'])}, {age}")
    old = f' <span class="warning">older than {OLD} days</span>' if drill["age_days"] > OLD else ""
    return said + old


def _write_contents(document: Document) -> str:
    places = [
        ("summary", "Summary"),
        *((f"trail-{number}", f"Trail {one['name']}") for number, one in _number(document["trails"])),
        *((one["id"], "Requirements") for one in document["controls"][:1]),
        *([("others", "Other findings")] if document["findings"] else []),
        ("queries", "Queries"),
        ("method", "Method, sources and signatures"),
    ]
    items = "\n".join(f"<li>{link(id, title)}</li>" for id, title in places)
    return f'<nav aria-label="Contents"><ul>{items}</ul></nav>'


def _number(items: Sequence[Document]) -> Iterator[tuple[int, Document]]:
    return enumerate(items, 1)


def _write_summary(document: Document) -> str:
    controls = document["controls"]
    short = [
        (_name(one), text(each["text"]), text(each.get("hint", "")))
        for one in controls
        for each in one["findings"]
        if each["level"] == "error"
    ]
    excluded = [(_name(one), *list_exclusion(each)) for one in controls for each in one["exclusions"]]
    heads = ("Requirement", "Verdict", "Alarm", "Notified", "Last drill")
    return section(
        "summary",
        "Summary",
        table("Every requirement", heads, map(_write_row, controls), "summary"),
        heading("What falls short", table("Errors", ("Requirement", "Finding", "To mend it"), short)),
        heading("What is excluded", table("On purpose", ("Requirement", *EXCLUSION_HEADS), excluded)),
    )


def _name(one: Document) -> str:
    return link(one["id"], one["section"] or one["id"])


def _write_row(one: Document) -> Sequence[str]:
    working = [each for each in one["metrics"] if each["works"]]
    alarms = [alarm for each in working or one["metrics"][:1] for alarm in each["alarms"]]
    people = {f"{each['protocol']} {each['endpoint']}" for alarm in alarms for each in alarm["notified"]}
    return (
        link(one["id"], name_control(one)),
        mark_control(one),
        _lines(alarm["name"] for alarm in alarms) or "none",
        _lines(sorted(people)) or "nobody",
        _sum_up_drill(one["drill"]),
    )


def _sum_up_drill(drilled: Sequence[Document]) -> str:
    if not drilled:
        return "-"
    return "complete" if any(one["complete"] for one in drilled) else "incomplete"


def _write_trail(one: Document) -> str:
    days, known = one["log_group_retention_days"], one["log_group_is_known"]
    kept = f"{days} days" if days else "for ever" if known else "not known"
    rows = [
        ("ARN", text(one["arn"] or "")),
        ("Home Region", text(one["home_region"])),
        ("Logging", _say(one["is_logging"], "on", "stopped")),
        ("All Regions", _say(one["is_multi_region"])),
        ("Global services", _say(one["includes_global_services"])),
        ("Organization trail", _say(one["is_organization"])),
        ("Log file validation", _say(one["validates_files"])),
        ("Bucket", text(one["bucket"] or "")),
        ("KMS key", text(one["key"] or "none")),
        ("Event selectors", "".join(map(block_json, one["selectors"] or ()))),
        ("Log group", text(one["log_group_name"] or "none")),
        ("Log group keeps", text(kept)),
        ("Log group's key", text(one["log_group_key"] or ("none" if known else "not known"))),
        ("Delivered last", text(format_time(one["delivered"]))),
    ]
    return facts("Settings", rows) + heading("Findings", write_findings(one["findings"]))


def _say(value: bool | None, yes: str = "yes", no: str = "no") -> str:
    return "" if value is None else yes if value else no


def _write_others(document: Document) -> str:
    found = write_findings(document["findings"])
    return section("others", "Other findings", found) if found else ""


def _write_queries(document: Document) -> str:
    """All queries as they are saved: they show who did it, from where and to what."""
    parts = [
        f'<div id="query-{text(one["id"])}">{heading(name_control(one), block(one["query"]))}</div>'
        for one in document["controls"]
    ]
    return section("queries", "Queries", *parts)


def _write_method(document: Document) -> str:
    sources = [(text(one["name"]), text(one["reference"])) for one in document["sources"]]
    lines = [(name, "", "", "") for name in ("Prepared by", "Reviewed by")]
    return section(
        "method",
        "Method, sources and signatures",
        *(f"<p>{text(one)}</p>" for one in (_HOLDS, _PROVEN, _NOT_EXAMINED)),
        table("Who maps requirements of other standards", ("Source", "Where"), sources),
        table("Signatures", ("", "Name", "Date", "Signature"), lines, "signed"),
    )
