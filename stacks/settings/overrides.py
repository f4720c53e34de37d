"""What somebody's own app gives the constructs, read as context is: one path, the same messages."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from aws_cdk import Stack, Token
from aws_cdk import aws_logs as logs
from aws_cdk import aws_sns as sns

from cis_insights import Catalogue
from cis_insights.catalogue.header import Severity

from .context import reread_settings
from .readers import show
from .regions import find_other_regions
from .settings import PREFIX, ControlSettings, SettingFault, Settings, SettingsError
from .subscribers import PROTOCOLS, Subscriber

_TOKEN = "${Token["  # noqa: S105  # what the CDK writes for a value that is known only when deployed


def check_settings(settings: Settings, catalogue: Catalogue) -> Settings:
    """Settings as they are used; tokens are taken as they are.

    Raises:
        SettingsError: with every fault of every value.
    """
    return reread_settings(settings, catalogue, _is_deferred)


def override_settings(
    settings: Settings | None,
    catalogue: Catalogue,
    *,
    stack: Stack,
    log_group: logs.ILogGroup,
    topics: Sequence[sns.ITopic],
    severities: Mapping[str, Severity],
    **props: Any,
) -> Settings:
    """Settings with what the construct was given besides, checked.

    Args:
        stack: its Region, where it is known, is that of the topics.
        log_group: gives its name.
        topics: are notified of every alarm.
        severities: by control id.
        props: by attribute of `Settings`; None leaves one as it is. A value that is known only
            when deployed is taken as it is.

    Raises:
        SettingsError: with every fault of every value.
    """
    name = log_group.log_group_name
    settings = settings or Settings(log_group_name=name)
    found = check_settings(
        replace(
            settings,
            log_group_name=name,
            **{name: value for name, value in props.items() if value is not None},
            topic_arns=(*settings.topic_arns, *(topic.topic_arn for topic in topics)),
            overrides={**settings.overrides, **_override_severities(settings, severities)},
        ),
        catalogue,
    )
    if faults := [*_find_other_log_group(settings, name), *_find_other_region(found, stack.region)]:
        raise SettingsError(faults)
    return found


def _override_severities(
    settings: Settings, severities: Mapping[str, Severity]
) -> dict[str, ControlSettings]:
    own = {control: settings.overrides.get(control, ControlSettings()) for control in severities}
    return {control: replace(own[control], severity=word) for control, word in severities.items()}


def _is_deferred(value: object) -> bool:
    match value:
        case Subscriber():
            return value.protocol in PROTOCOLS and _is_token(value.endpoint)
        case bool():
            return False
        case str():
            return _is_token(value)
        case int() | float():
            return Token.is_unresolved(value)
        case _:
            return False


def _is_token(text: str) -> bool:
    """Asks the CDK, which is another process, only where the text may be one."""
    return _TOKEN in text and Token.is_unresolved(text)


def _find_other_log_group(settings: Settings, name: str) -> list[SettingFault]:
    """Filters are on one log group, and texts must not name another."""
    named = settings.log_group_name
    if not named or named == name or _is_token(name) or _is_token(named):
        return []
    hint = "give both the same name"
    return [
        SettingFault(f"{PREFIX}log-group-name", f"{show(named)} is not {show(name)}, the log_group's", hint)
    ]


def _find_other_region(settings: Settings, region: str) -> list[SettingFault]:
    if _is_token(region):
        return []
    found = {name: getattr(settings, name) for name in Settings.__dataclass_fields__}
    return [
        SettingFault(PREFIX + key, message, hint) for key, message, hint in find_other_regions(found, region)
    ]
