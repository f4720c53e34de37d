"""One requirement of the evidence: what is asked for, what is deployed, the proof, and who is notified."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from .document import Document
from .findings_table import write_findings
from .page import block, block_json, facts, format_time, heading, link, mark, section, table, text

EXCLUSION_HEADS = ("Condition", "Why", "Owner", "Until")
_RELATIONS = {
    "exact": "the prescribed text, character by character; proven to count exactly the events of the query",
    "equal": "other words; proven to count exactly the events of the query",
    "wider": "proven to count every event of the query, and others",
    "excluding": "proven to count exactly the events of the query, but for those of the declared exclusions",
    "narrower": "an event of the query is not counted",
    "different": "an event of the query is not counted, and others are",
    "open": "not decided",
}
# AWS records no ConfirmSubscription of whoever opens the link in a mail.
# https://docs.aws.amazon.com/sns/latest/dg/logging-using-cloudtrail.html
_UNRECORDED = "confirmed; not with credentials in the last 90 days, and AWS records no date of a mail's link"


def name_control(one: Document) -> str:
    """Section and title."""
    return f"{one['section'] or ''} {one['title']}".strip()


def mark_control(one: Document) -> str:
    """The verdict, and whether something is left out on purpose."""
    count = len(one["exclusions"])
    more = f' <span class="warning">with {count} exclusion{"s" * (count > 1)}</span>' if count else ""
    return mark(one["holds"]) + more


def write_control(one: Document) -> str:
    """The section of a requirement."""
    return section(
        one["id"],
        name_control(one),
        facts("Requirement", _list_facts(one)),
        heading("Findings", write_findings([each for each in one["findings"] if each["level"] != "ok"])),
        heading("Exclusions", _write_exclusions(one["exclusions"])),
        *map(_write_metric, one["metrics"]),
        heading("Last drill", _write_drill(one)),
    )


def _list_facts(one: Document) -> Iterable[tuple[str, str]]:
    hub = f"{one['security_hub']}: {one['security_hub_says']}" if one["security_hub"] else ""
    yield "Verdict", mark_control(one)
    yield "Why", text(one["why"])
    yield "Security Hub", text(hub)
    for standard in dict.fromkeys(each["standard"] for each in one["requirements"]):
        rows = [each for each in one["requirements"] if each["standard"] == standard]
        yield standard, "<br>".join(map(_describe_related, rows))
    if one["unmapped"]:
        yield "Not mapped", text(f"{', '.join(one['unmapped'])}: neither source maps the check itself")
    whole = link(f"query-{one['id']}", "The whole query, with what it shows of each event")
    yield "Query", f"{block(one['asks_for'])}{whole}"


def _describe_related(one: Document) -> str:
    return text(f"{', '.join(one['numbers'])} ({one['source']}, {one['check']})")


def _write_metric(one: Document) -> str:
    proof = _RELATIONS[one["agreement"]] + (f": {one['reason']}" if one["reason"] else "")
    rows = [
        *((f"Filter {number}", _write_filter(each)) for number, each in enumerate(one["filters"], 1)),
        ("Proof", text(proof)),
        ("Not counted", block_json(one["missed"])),
        ("Counted besides", block_json(one["extra"])),
        ("Counted twice", block_json(one["counted_twice"])),
    ]
    metric = heading(f"Metric {one['metric']}", facts("Metric filters, and the proof", rows))
    return "\n".join([metric, *map(_write_alarm, one["alarms"])])


def _write_filter(one: Document) -> str:
    since = f", since {format_time(one['created'])}" if one["created"] else ""
    return text(f"{one['name']}, on the log group {one['log_group_name']}{since}") + block(one["pattern"])


def _write_alarm(one: Document) -> str:
    state = f"{one['state']}, since {format_time(one['state_since'])}" if one["state_since"] else one["state"]
    rows = [
        ("ARN", text(one["arn"])),
        ("Fires", text(_describe_condition(one))),
        ("Text", block(one["text"] or "")),
        ("Actions", "on" if one["actions_enabled"] else "off"),
        ("State", text(state or "")),
        ("Last fired", text(_describe_firing(one["fired"]))),
        ("Changed", text(format_time(one["configured"]))),
        ("Stack", text(one["stack"] or "")),
    ]
    people = [
        (
            text(f"{each['protocol']} {each['endpoint']}"),
            text(each["arn"]),
            text(_describe_confirmation(each)),
        )
        for each in one["notified"]
    ]
    notified = table("Who is notified", ("Subscriber", "Subscription", "Confirmed"), people, "people")
    return heading(
        f"Alarm {one['name']}", facts("Metric alarm", rows), notified or "<p>It notifies nobody.</p>"
    )


def _describe_condition(one: Document) -> str:
    condition = f"{one['statistic']} of {one['period']} seconds, {one['comparison']} {one['threshold']:g}"
    periods = f"{one['datapoints_to_alarm']} of {one['evaluation_periods']} periods"
    return f"{condition}, in {periods}; missing data: {one['missing_data']}"


def _describe_firing(one: Document | None) -> str:
    """When it went to ALARM, and what became of its actions."""
    if one is None:
        return ""
    if one["time"] is None:
        return f"not in its history, which goes back to {format_time(one['history_since'])}"
    failed = f", {one['failed']} failed" if one["failed"] else ""
    return f"{format_time(one['time'])}; {one['succeeded']} of its actions succeeded{failed}"


def _describe_confirmation(one: Document) -> str:
    if not one["arn"]:
        return "in a file: nothing is subscribed yet"
    ends = {True: "; only AWS credentials can end it", False: "; whoever has a mail can end it", None: ""}
    more = ends[one["needs_credentials_to_end"]]
    if one["confirmed"]:
        return f"on {format_time(one['confirmed'])} (CloudTrail){more}"
    return (_UNRECORDED if one["is_looked_up"] else "confirmed; when was not looked up") + more


def _write_exclusions(exclusions: Sequence[Document]) -> str:
    """What does not count, as the deployed template declares it."""
    return table("Events that do not count", EXCLUSION_HEADS, map(list_exclusion, exclusions))


def list_exclusion(one: Document) -> Sequence[str]:
    """An exclusion as a row under `EXCLUSION_HEADS`."""
    missing = '<span class="warning">not said</span>'
    rest = (text(one[key]) if one[key] else missing for key in ("why", "owner", "until"))
    return block(one["condition"]), *rest


def _write_drill(one: Document) -> str:
    """What the drill that is cited has shown; or why there is nothing."""
    found = [_write_drilled(each) for each in one["drill"]]
    if one["undrilled"]:
        found.append(f"<p>{text('Not drilled: ' + one['undrilled'])}</p>")
    return "".join(found)


def _write_drilled(one: Document) -> str:
    steps = [
        f"{name} {f'after {seconds:g} s' if seconds is not None else 'not seen'}"
        for name, seconds in one["steps"].items()
    ]
    level, verdict = ("ok", "complete") if one["complete"] else ("error", "incomplete")
    rows = [
        ("Outcome", f'<span class="{level}">{verdict}</span>'),
        ("What", text(one["what"] or "")),
        ("Steps", text(", ".join(steps))),
        ("Reason", text(one["reason"] or "")),
    ]
    return facts(f"Mode {one['mode']}", rows)
