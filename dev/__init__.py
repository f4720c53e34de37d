"""Tools of development: demo, local deployment, benchmarks, documentation, cross-check.

Imports everything else, and is never in the wheel.
"""

from __future__ import annotations

from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent  # of the clone
