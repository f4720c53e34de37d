"""The controls that are counted: with what settings exclude already, and with what is tried besides."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from pathlib import Path
from typing import TYPE_CHECKING

import click

from cis_insights import Catalogue, Control, Query, QueryError
from cis_insights.backtest.in_duckdb import check
from cis_insights.catalogue import built_in
from cis_insights.errors import printable

from ..error_handling import CommandError
from ..plan_settings import CDK_JSON, Planned, plan_folders
from ..terminal import print_error
from .options import BacktestOptions

if TYPE_CHECKING:
    from stacks.settings import Settings
    from stacks.settings.exclusions import Exclusion

Setting = str | dict[str, str]
BEFORE = " before"  # behind an id: the control without what is tried


@dataclass(frozen=True, slots=True, kw_only=True)
class Tried:
    """A control as it is configured, and as it is tried."""

    control: Control  # with all exclusions
    before: Control | None = None  # without those that are tried; None if none are
    configured: tuple[Setting, ...] = ()  # exclusions of the settings, as cdk.json has them
    excluded: tuple[str, ...] = ()  # exclusions that are tried
    threshold: int  # events
    period: int  # seconds


def read_settings(folders: Sequence[Path], context: Sequence[str]) -> Planned | None:
    """The settings of `cdk.json`, and of `-c` before them, as `cis-insights plan` reads them.

    Returns:
        None if nothing is set.

    Raises:
        click.ClickException: with what is wrong with them.
    """
    if not context and not (CDK_JSON.is_file() and b'"cis-insights:' in CDK_JSON.read_bytes()):
        return None
    try:
        return plan_folders([built_in(), *folders], context)
    except (CommandError, QueryError) as error:
        raise click.ClickException(f"the settings cannot be used\n{error}") from None


def choose_controls(catalogue: Catalogue, options: BacktestOptions, settings: Settings | None) -> list[Tried]:
    """The controls to count; one that recorded events cannot tell is named and left out.

    Raises:
        click.ClickException: with what is wrong with the arguments.
    """
    for name in options.only:
        _check_id(name, catalogue)
    excluded: dict[str, list[str]] = {}
    for name, condition in _pairs(options.exclude, catalogue):
        excluded.setdefault(name, []).append(condition)
    limits = {name: _number(text) for name, text in _pairs(options.threshold, catalogue)}
    alarms = [one for one in catalogue.values() if one.is_alarm]
    chosen = [one for one in alarms if not options.only or one.id in options.only]
    try:
        found = [_try(one, settings, tuple(excluded.get(one.id, ())), limits.get(one.id)) for one in chosen]
    except QueryError as error:
        raise click.ClickException(str(error)) from None
    return [one for one in found if _is_countable(one.control)]


def _try(
    control: Control, settings: Settings | None, excluded: tuple[str, ...], threshold: int | None
) -> Tried:
    own = settings.for_control(control) if settings else None
    exclusions = own.exclusions if own else ()
    conditions = [one.condition for one in exclusions]
    now = control.excluding(conditions)
    return Tried(
        control=control.excluding([*conditions, *excluded]) if excluded else now,
        before=now if excluded else None,
        configured=tuple(map(_write_exclusion, exclusions)),
        excluded=excluded,
        threshold=threshold or (own and own.threshold) or control.threshold,
        period=(own and own.period) or control.period,
    )


def _write_exclusion(one: Exclusion) -> Setting:
    """An exclusion as settings read it: a text, or an object if it says more than its condition."""
    more = {"why": one.why, "owner": one.owner, "until": str(one.until or "")}
    known = {name: value for name, value in more.items() if value}
    return {"condition": one.condition, **known} if known else one.condition


def queries_of(tried: Iterable[Tried]) -> dict[str, Query]:
    """What is asked of each event, by control id; and `before` what is tried."""
    found: dict[str, Query] = {}
    for one in tried:
        found[one.control.id] = one.control.query
        if one.before:
            found[one.control.id + BEFORE] = one.before.query
    return found


def _is_countable(control: Control) -> bool:
    try:
        check(control.query)
    except QueryError as error:
        print_error(f"{control.id}: not counted: {error.faults[0].message}")
        return False
    return True


def _pairs(texts: Iterable[str], catalogue: Catalogue) -> list[tuple[str, str]]:
    return [_pair(text, catalogue) for text in texts]


def _pair(text: str, catalogue: Catalogue) -> tuple[str, str]:
    control, equals, value = text.partition("=")
    if not equals:
        raise click.ClickException(f"{printable(text)!r} is not CONTROL-ID=VALUE; see: cis-insights plan")
    _check_id(control, catalogue)
    return control, value


def _check_id(control: str, catalogue: Catalogue) -> None:
    """Refuses an unknown control, with the nearest id."""
    if control in catalogue:
        return
    near = get_close_matches(control[:100], list(catalogue), 1)
    hint = f"did you mean {near[0]}?" if near else "see: cis-insights plan"
    raise click.ClickException(f"no control is called {printable(control)!r}; {hint}")


def _number(text: str) -> int:
    if not (text.isdecimal() and len(text) < 10 and int(text)):
        raise click.ClickException(f"{printable(text)!r} is not a number of events")
    return int(text)
