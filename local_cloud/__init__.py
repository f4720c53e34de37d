"""AWS on this machine: MiniStack, with what monitoring of CloudTrail needs added from outside."""

from __future__ import annotations

from .server import LocalCloud

__all__ = ["LocalCloud"]
