"""`make docs`: writes the generated parts of README.md, docs and queries anew; tests hold them."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from cis_insights import Control, load_catalogue

from . import ROOT
from .coverage import list_caught, list_uncaught
from .mutants import find_first_filter, list_mutants, select_prescribed

README = ROOT / "README.md"
COVERAGE = ROOT / "docs" / "coverage.md"
Parts = Mapping[str, Callable[[], str]]


def list_parts() -> dict[str, Callable[[], str]]:
    """Functions that write the parts, by their marks in the README."""
    sys.path.insert(0, str(ROOT))  # stacks is a package of the clone
    from .settings_table import write_settings_table  # noqa: PLC0415

    return {
        "costs": write_costs,
        "controls": write_controls,
        "extended": write_extended,
        "investigations": write_investigations,
        "settings": write_settings_table,
        "proof": write_proof,
    }


def list_coverage_parts() -> Parts:
    """The parts of docs/coverage.md."""
    caught = ("control", "kind", "techniques", "simulations")
    return {
        "caught": lambda: _format_table(caught, list(list_caught(load_catalogue().values()))),
        "uncaught": lambda: _format_table(("simulation", "calls", "why"), list(list_uncaught())),
    }


def write_parts(text: str, parts: Parts | None = None) -> str:
    """Writes each part anew between its marks: those of the README, or of another page."""
    for name, part in (parts or list_parts()).items():
        begin, end = f"<!-- {name} -->\n", f"<!-- /{name} -->"
        if text.count(begin) != 1 or text.count(end) != 1:
            raise ValueError(f"the page does not mark {name} once")
        before, _, rest = text.partition(begin)
        text = f"{before}{begin}{part()}\n{end}{rest.partition(end)[2]}"
    return text


def write_costs() -> str:
    """Writes the costs of a month; see docs/decisions/0012."""
    from stacks import costs  # noqa: PLC0415

    alarms = sum(control.is_alarm and control.default for control in load_catalogue().values())
    one, both = costs.METRIC + costs.ALARM, 2 * costs.DASHBOARD
    failing = costs.ANSWER_ALARMS * costs.ALARM
    month = one * alarms + costs.KEY + failing
    each, answers, alone, whole = map(costs.format_dollars, (one, failing, month, month + both))
    return f"""\
**What it costs** (us-east-1 list prices): {alarms} metrics and alarms at {each}, a KMS key at $1, alarms
on failed answers at {answers}, and two dashboards at $3 where the three free ones are used up: about {alone}
a month, {whole} with the dashboards. An [answer](docs/answers.md) to an alarm costs about $0.001, a query
$0.005 for each gigabyte it scans; the overview dashboard scans nothing, the investigation dashboard runs
{alarms + 3} queries at each load and says so."""


def write_controls() -> str:
    """Writes the table of the benchmark's controls."""
    rows = [
        (
            _format_sections(control),
            f"[{control.title}]({control.path})",
            control.security_hub or "-",
            control.severity,
            " + ".join(str(len(pattern.text)) for pattern in control.patterns),
        )
        for control in _select_controls("cis")
    ]
    return _format_table(
        ("CIS 1.2 / 3.0 to 5.0 / 6.0 and later", "control", "Security Hub", "severity", "filter, characters"),
        rows,
    )


def write_extended() -> str:
    """Writes the table of the controls beyond the benchmark."""
    rows = [
        (f"[`{control.id}`]({control.path})", control.title, "on" if control.default else "off")
        for control in _select_controls("extended")
    ]
    return _format_table(("id", "watches", "by default"), rows)


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
    README.write_text(write_parts(README.read_text(encoding="utf-8")), encoding="utf-8")
    COVERAGE.write_text(
        write_parts(COVERAGE.read_text(encoding="utf-8"), list_coverage_parts()), encoding="utf-8"
    )
    reprint_events(ROOT / "tests" / "events")
