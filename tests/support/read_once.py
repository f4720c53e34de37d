"""A control file is compiled and proven once in a process of tests, whoever reads the catalogue.

Reading is pure: bytes and place in, a frozen control out. Proving the built-in catalogue takes more than a
second, and every run of the command begins with it: `make check` would take half as long again.
"""

from __future__ import annotations

from functools import lru_cache

from cis_insights.catalogue import loader

KEPT = 256  # files: several times the catalogue, and generated cases do not pile up
_READ = lru_cache(KEPT)(loader.read_control_file)


def read_controls_once() -> None:
    """From here on, of the same bytes at the same place the same control comes back."""
    loader.read_control_file = _READ


def forget_controls() -> None:
    """The next reader reads and proves again."""
    _READ.cache_clear()
