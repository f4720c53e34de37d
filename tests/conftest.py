"""What pytest itself takes from here."""

from __future__ import annotations

from .markers import pytest_collection_modifyitems, pytest_ignore_collect

__all__ = ["pytest_collection_modifyitems", "pytest_ignore_collect"]
