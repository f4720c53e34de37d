"""Who is sent the answer to an alarm, and what becomes of the alarm's own notification."""

from __future__ import annotations

from typing import Literal, get_args

AnswerMode = Literal["besides", "instead", "off"]
ANSWER_MODES: tuple[AnswerMode, ...] = get_args(AnswerMode)
# The settings that name a channel together.
CHANNELS = (("slack-workspace", "slack-channel"), ("teams-tenant", "teams-team", "teams-channel"))
