"""The random id of a drill, in every form in which its calls and its own resources are named by it."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from secrets import token_hex
from typing import ClassVar
from uuid import UUID

# Begins the name of everything that a drill makes, and its part of the user agent.
PREFIX = "cis-insights-drill-"
# The whole name: nothing else is taken for a drill's.
NAME = re.compile(rf"{PREFIX}[0-9a-f]{{32}}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Marks:
    """One drill: its 128 random bits, and where its calls go."""

    RANDOM: ClassVar[frozenset[str]] = frozenset({"name", "long", "short", "uuid"})

    token: str  # 32 hexadecimal digits
    partition: str
    account: str
    region: str

    @property
    def id(self) -> str:
        """Name of the drill, and of what it makes."""
        return f"{PREFIX}{self.token}"

    @property
    def names(self) -> Mapping[str, str]:
        """What the parameters of calls are filled in with; those of RANDOM name nothing that exists."""
        return {
            "name": self.id,
            "long": self.token,
            "short": self.token[:17],  # as EC2's own ids
            "uuid": str(UUID(self.token)),
            "capitals": self.token[:16].upper(),
            "partition": self.partition,
            "account": self.account,
            "region": self.region,
        }


def draw_token() -> str:
    """128 bits that no other drill has."""
    return token_hex(16)
