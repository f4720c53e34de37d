"""`make docs`: writes the generated parts of the pages anew; a test holds the pages to them."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Sequence
from pathlib import Path

from cis_insights import Control, load_catalogue
from cis_insights.catalogue.header import KEYS, HeaderKey

from .mutants import first_filter, mutants, with_prescribed_pattern

ROOT = Path(__file__).resolve().parent.parent
Parts = dict[str, Callable[[], str]]


def generated() -> dict[str, Parts]:
    """The pages with generated parts; each part by the name that marks it."""
    sys.path.insert(0, str(ROOT))  # stacks is a package of the clone
    from .settings_table import settings_table  # noqa: PLC0415

    return {
        "README.md": {
            "costs": costs_paragraph,
            "controls": controls_table,
            "extended": extended_table,
            "investigations": investigations,
            "settings": settings_table,
            "proof": proof,
        },
        "docs/controls.md": {"header": header_table},
    }


def written(page: str, text: str) -> str:
    """The text of a page with each part between its marks as it should be."""
    for name, part in generated()[page].items():
        begin, end = f"<!-- {name} -->\n", f"<!-- /{name} -->"
        if text.count(begin) != 1 or text.count(end) != 1:
            raise ValueError(f"{page} does not mark {name} once")
        before, _, rest = text.partition(begin)
        text = f"{before}{begin}{part()}\n{end}{rest.partition(end)[2]}"
    return text


def costs_paragraph() -> str:
    """What a month costs; see docs/decisions/0012."""
    from stacks import costs  # noqa: PLC0415

    alarms = sum(control.is_alarm and control.default for control in load_catalogue().values())
    one, both = costs.METRIC + costs.ALARM, 2 * costs.DASHBOARD
    month = one * alarms + costs.KEY
    each, alone, whole = map(costs.format_dollars, (one, month, month + both))
    return f"""\
**What it costs** (us-east-1 list prices): {alarms} metrics and alarms at {each}, a KMS key at $1, and two
dashboards at $3 where the three free ones are used up: about {alone} a month, {whole} with the
dashboards. A saved query costs $0.005 for each gigabyte it scans; the overview dashboard scans nothing, the
investigation dashboard runs {alarms + 3} queries at each load and says so."""


def controls_table() -> str:
    """The controls of the benchmark."""
    rows = [
        (
            _sections(control),
            f"[`{control.id}`]({control.path})",
            control.title,
            control.security_hub or "-",
            control.severity,
            " + ".join(str(len(pattern.text)) for pattern in control.patterns),
        )
        for control in _controls("cis")
    ]
    return _table(
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


def extended_table() -> str:
    """The controls beyond the benchmark."""
    rows = [
        (f"[`{control.id}`]({control.path})", control.title, "on" if control.default else "off")
        for control in _controls("extended")
    ]
    return _table(("id", "watches", "by default"), rows)


def header_table() -> str:
    """The header lines of a control file, from their one declaration."""
    rows = [
        (f"`# {one.key}:`", one.form.replace("|", "\\|"), one.default, one.meaning + _scope(one))
        for one in KEYS
    ]
    return _table(("line", "form", "without it", "meaning"), rows)


def _scope(key: HeaderKey) -> str:
    several = "; several lines" if key.repeats else ""
    match key.kinds:
        case ("control",):
            return several
        case ("investigation",):
            return f"{several} (investigations only)"
        case _:
            return f"{several} (investigations too)"


def investigations() -> str:
    """The questions that are saved without an alarm."""
    return "\n".join(
        f"- [{control.title}]({control.path}): {control.why}" for control in _controls("investigate")
    )


def proof() -> str:
    """What `make proof` tries."""
    controls = with_prescribed_pattern(load_catalogue().values())
    slips = sum(len(list(mutants(first_filter(control).condition))) for control in controls)
    return f"""\
- `make proof` prints in numbers how every documented case of AWS's pages comes out, where query, pattern, SQL
  and prover disagree on recorded and generated events (nowhere), and what hostile input ends in. It tries
  every single slip in every control that has a prescribed text, {slips:,} in all: each is refused or changes
  nothing. `.venv/bin/python -m dev.cross_check PATH` takes events of your own."""


def _controls(group: str) -> list[Control]:
    return [control for control in load_catalogue().values() if control.group == group]


def _sections(control: Control) -> str:
    return " / ".join(control.cis.get(version, "-") for version in ("1.2.0", "5.0.0", "6.0.0"))


def _table(header: tuple[str, ...], rows: Sequence[tuple[str, ...]]) -> str:
    lines = [header, ("---",) * len(header), *rows]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def reprint_events(folder: Path) -> None:
    """Writes every recorded event as all others are written, so that a change shows as one."""
    for path in folder.rglob("*.json"):
        text = json.dumps(json.loads(path.read_text(encoding="utf-8")), indent=2) + "\n"
        if text != path.read_text(encoding="utf-8"):
            path.write_text(text, encoding="utf-8")


if __name__ == "__main__":
    for name in generated():
        page = ROOT / name
        page.write_text(written(name, page.read_text(encoding="utf-8")), encoding="utf-8")
    reprint_events(ROOT / "tests" / "events")
