"""What somebody's own stack gives the construct, checked as settings are."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from aws_cdk import Token
from aws_cdk import aws_sns as sns

from cis_insights import Catalogue
from cis_insights.header import Severity

from .keys import SETTINGS
from .settings import ControlSettings, Fault, Settings, SettingsError
from .values import Refused, nearest, shown

_READERS = {setting.attribute: setting.read for setting in SETTINGS}


def with_props(
    settings: Settings,
    catalogue: Catalogue,
    *,
    topics: Sequence[sns.ITopic],
    severities: Mapping[str, Severity],
    **props: Any,
) -> Settings:
    """Settings with what the construct was given besides.

    Args:
        topics: are notified of every alarm.
        severities: by control id.
        props: by attribute of `Settings`; None leaves one as it is. A value that is known only
            when deployed is taken as it is.

    Raises:
        SettingsError: with every fault of `severities` and `props`.
    """
    given = {name: value for name, value in props.items() if value is not None}
    faults = [*_faults(given), *_unknown(severities, catalogue)]
    if faults:
        raise SettingsError(faults)
    own = {control: settings.overrides.get(control, ControlSettings()) for control in severities}
    return replace(
        settings,
        **given,
        topic_arns=(*settings.topic_arns, *(topic.topic_arn for topic in topics)),
        overrides={
            **settings.overrides,
            **{control: replace(own[control], severity=word) for control, word in severities.items()},
        },
    )


def _faults(given: Mapping[str, object]) -> list[Fault]:
    faults = []
    for name, value in given.items():
        try:
            if not Token.is_unresolved(value):
                _READERS[name](value)
        except Refused as error:
            faults.append(Fault(name, str(error), error.hint))
    return faults


def _unknown(severities: Mapping[str, Severity], catalogue: Catalogue) -> list[Fault]:
    known = [control.id for control in catalogue.values() if control.is_alarm]
    return [
        Fault("severities", f"there is no control {shown(name)}", nearest(name, known))
        for name in severities
        if name not in known
    ]
