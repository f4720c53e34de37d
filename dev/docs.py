"""`make docs`: writes the generated parts of the pages anew; a test holds the pages to them."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from cis_insights import Control, load_catalogue
from cis_insights.catalogue.header_lines import KEYS, HeaderKey
from cli.drill.calls import CALLS, UNCALLABLE

from . import ROOT
from .coverage import list_caught, list_uncaught
from .mutants import find_first_filter, list_mutants, select_prescribed

Parts = Mapping[str, Callable[[], str]]


def list_parts() -> dict[str, Parts]:
    """The pages with generated parts; functions that write them, by their marks."""
    sys.path.insert(0, str(ROOT))  # stacks is a package of the clone
    from .settings_table import write_settings_table  # noqa: PLC0415

    return {
        "README.md": {
            "costs": write_costs,
            "controls": write_controls,
            "extended": write_extended,
            "investigations": write_investigations,
            "settings": write_settings_table,
            "proof": write_proof,
        },
        "docs/controls.md": {"header": write_header},
        "docs/coverage.md": {"caught": write_caught, "uncaught": write_uncaught},
        "docs/drill.md": {"calls": write_calls},
    }


def write_parts(page: str, text: str) -> str:
    """Writes each part of a page anew between its marks."""
    for name, part in list_parts()[page].items():
        begin, end = f"<!-- {name} -->\n", f"<!-- /{name} -->"
        if text.count(begin) != 1 or text.count(end) != 1:
            raise ValueError(f"{page} does not mark {name} once")
        before, _, rest = text.partition(begin)
        text = f"{before}{begin}{part()}\n{end}{rest.partition(end)[2]}"
    return text


def write_costs() -> str:
    """Writes the costs of a month; see docs/decisions/0012."""
    from stacks import costs  # noqa: PLC0415

    alarms = sum(control.is_alarm and control.default for control in load_catalogue().values())
    one, dashboards = costs.METRIC + costs.ALARM, 3 * costs.DASHBOARD
    itself = costs.ALARM * costs.ANSWER_ALARMS + costs.WATCH
    month = one * alarms + costs.KEY + itself
    each, watched, alone, whole = map(costs.format_dollars, (one, itself, month, month + dashboards))
    return f"""\
**What it costs** (us-east-1 list prices): {alarms} metrics and alarms at {each}, a KMS key at $1, the alarms
on the monitoring itself at {watched}, and three dashboards at $3 where the free ones are used up: about
{alone} a month, {whole} with the dashboards. An [answer](docs/answers.md) costs about $0.001, a query
$0.005 for each gigabyte it scans: the overview dashboard scans nothing, the investigation five times at
each load, the one with each control's own query {alarms} times ([which shows what](docs/dashboards.md))."""


def write_controls() -> str:
    """Writes the table of the benchmark's controls."""
    rows = [
        (
            _format_sections(control),
            f"[`{control.id}`]({control.path})",
            control.title,
            control.security_hub or "-",
            control.severity,
            " + ".join(str(len(pattern.text)) for pattern in control.patterns),
        )
        for control in _select_controls("cis")
    ]
    return _format_table(
        (
            "CIS 1.2 / 3.0 to 5.0 / 6.0 and later",
            "id",
            "watches",
            "Security Hub",
            "severity",
            "filter, characters",
        ),
        rows,
    )


def write_extended() -> str:
    """Writes the table of the controls beyond the benchmark."""
    rows = [
        (f"[`{control.id}`]({control.path})", control.title, "on" if control.default else "off")
        for control in _select_controls("extended")
    ]
    return _format_table(("id", "watches", "by default"), rows)


def write_header() -> str:
    """Writes the table of header lines, from their one declaration."""
    rows = [
        (f"`# {one.key}:`", one.form.replace("|", "\\|"), one.default, one.meaning + _format_scope(one))
        for one in KEYS
    ]
    return _format_table(("line", "form", "without it", "meaning"), rows)


def _format_scope(key: HeaderKey) -> str:
    several = "; several lines" if key.repeats else ""
    match key.kinds:
        case ("control",):
            return several
        case ("investigation",):
            return f"{several} (investigations only)"
        case _:
            return f"{several} (investigations too)"


def write_caught() -> str:
    """Writes the table of techniques and simulations that controls catch."""
    rows = list(list_caught(load_catalogue().values()))
    return _format_table(("control", "kind", "techniques", "simulations"), rows)


def write_uncaught() -> str:
    """Writes the table of simulations that nothing here catches."""
    return _format_table(("simulation", "calls", "why"), list(list_uncaught()))


def write_calls() -> str:
    """Writes the table of how each control is drilled."""
    rows = [
        (f"{control.cis.get('5.0.0', '')} `{control.id}`".strip(), *_describe_call(control.id))
        for control in load_catalogue().values()
        if control.is_alarm
    ]
    return _format_table(("control", "`--calls`", "ends in"), rows)


def _describe_call(id: str) -> tuple[str, str]:
    """The call of a control, and its error; or why there is none."""
    call = CALLS.get(id)
    if call is None:
        return "no", UNCALLABLE.get(id, "no harmless call is known for it")
    return f"[{call}]({call.page})", " or ".join(f"`{one}`" for one in call.errors or ("AccessDenied",))


def write_investigations() -> str:
    """Writes the list of saved queries without an alarm."""
    return "\n".join(
        f"- [{control.title}]({control.path}): {control.why}" for control in _select_controls("investigate")
    )


def write_proof() -> str:
    """Writes the description of `make proof`."""
    controls = select_prescribed(load_catalogue().values())
    slips = sum(len(list(list_mutants(find_first_filter(control).condition))) for control in controls)
    return f"""\
- `make proof` prints in numbers where query, pattern, SQL and prover disagree on recorded and generated
  events (nowhere), and confirms the prover by Z3. It tries every single slip in every control that has a
  prescribed text, {slips:,} in all: each is refused or changes nothing.
  `.venv/bin/python -m dev.cross_check PATH` takes events of your own."""


def _select_controls(group: str) -> list[Control]:
    return [control for control in load_catalogue().values() if control.group == group]


def _format_sections(control: Control) -> str:
    return " / ".join(control.cis.get(version, "-") for version in ("1.2.0", "5.0.0", "6.0.0"))


def _format_table(header: tuple[str, ...], rows: Sequence[tuple[str, ...]]) -> str:
    lines = [header, ("---",) * len(header), *rows]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def reprint_events(folder: Path) -> None:
    """Writes every recorded event in one format, so that diffs show changes only."""
    for path in folder.rglob("*.json"):
        text = json.dumps(json.loads(path.read_text(encoding="utf-8")), indent=2) + "\n"
        if text != path.read_text(encoding="utf-8"):
            path.write_text(text, encoding="utf-8")


def renew_columns(folder: Path) -> None:
    """Writes the common columns of every control file as they are now."""
    from .columns import renew  # noqa: PLC0415  # needs DuckDB

    for path in folder.rglob("*.cwli"):
        text = path.read_text(encoding="utf-8")
        if renew(text) != text:
            path.write_text(renew(text), encoding="utf-8")


if __name__ == "__main__":
    renew_columns(ROOT / "queries")
    for name in list_parts():
        page = ROOT / name
        page.write_text(write_parts(name, page.read_text(encoding="utf-8")), encoding="utf-8")
    reprint_events(ROOT / "tests" / "events")
