"""Control files: read, checked and proven, they are the catalogue.

Imports everything below it: both languages, the compiler and the proof. Only `loader` reads files.
"""

from __future__ import annotations

from .control import Control
from .left_out import LeftOut
from .loader import Catalogue, built_in, load_catalogue

__all__ = [
    "Catalogue",
    "Control",
    "LeftOut",
    "built_in",
    "load_catalogue",
]
