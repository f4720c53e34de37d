"""`make docs`: writes the table of AWS's API operations anew, from botocore's models.

One line a service: the names by which CloudTrail's `eventSource` may call it, and its operations.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import cache
from pathlib import Path
from typing import Any

import botocore  # type: ignore[import-untyped]  # botocore has no types
from botocore.loaders import Loader  # type: ignore[import-untyped]

from . import ROOT

TABLE = ROOT / "cis_insights" / "catalogue" / "event_names.txt"


def build_table() -> str:
    """Builds the whole table, with the version of botocore in its first line."""
    services = [name for name in _build_loader().list_available_services("service-2") if name]
    return "\n".join([write_title(), *list_lines(services), ""])


def write_title() -> str:
    """The first line."""
    return f"# botocore {botocore.__version__}"


def list_lines(services: list[str]) -> Iterator[str]:
    """A line for each name under which requests are signed: several SDK clients may share it."""
    sources: dict[str, set[str]] = {}
    operations: dict[str, set[str]] = {}
    for service in services:
        model = _build_loader().load_service_model(service, "service-2")
        prefix = model["metadata"]["endpointPrefix"]
        name = _find_signing_name(model["metadata"])
        sources.setdefault(name, {name}).add(prefix)
        operations.setdefault(name, set()).update(model["operations"])
    for name in sorted(operations):
        yield f"{' '.join(sorted(sources[name]))}: {' '.join(sorted(operations[name]))}"


def _find_signing_name(metadata: Mapping[str, Any]) -> str:
    return str(metadata.get("signingName") or metadata["endpointPrefix"])


@cache
def _build_loader() -> Loader:
    return Loader(include_default_search_paths=True)


def write(path: Path = TABLE) -> None:
    """Writes the table into the package."""
    path.write_text(build_table(), encoding="utf-8")


if __name__ == "__main__":
    write()
