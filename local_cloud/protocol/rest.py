"""Requests of the REST protocols: their operation, by method and path, and its parameters.

https://smithy.io/2.0/spec/http-bindings.html
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any
from urllib.parse import parse_qs

_PART = re.compile(r"\{(\w+)(\+?)\}")


@dataclass(frozen=True, slots=True)
class Route:
    """Method, path and query strings that identify an operation."""

    name: str
    method: str
    path: re.Pattern[str]
    query: Mapping[str, str]
    rank: tuple[int, int]  # specificity: the most specific match wins

    def match(self, method: str, path: str, query: Mapping[str, list[str]]) -> re.Match[str] | None:
        """Matches a request; the match holds the values in the path."""
        asked = all(key in query and value in ("", query[key][0]) for key, value in self.query.items())
        return self.path.fullmatch(path) if asked and method == self.method else None


@lru_cache(maxsize=16)
def list_routes(model: Any) -> tuple[Route, ...]:
    """All routes of a service, the most specific first."""
    found = [_build_route(name, model.operation_model(name).http) for name in model.operation_names]
    return tuple(sorted(found, key=lambda route: route.rank, reverse=True))


def _build_route(name: str, http: Mapping[str, str]) -> Route:
    path, _, text = http["requestUri"].partition("?")
    query = {
        key: values[0] for key, values in parse_qs(text, keep_blank_values=True).items() if key != "x-id"
    }
    literal = len(_PART.sub("", path))
    pattern = "".join(_compile_piece(piece) for piece in re.split(r"(\{\w+\+?\})", path))
    return Route(name, http["method"], re.compile(pattern + "/?"), query, (len(query), literal))


def _compile_piece(piece: str) -> str:
    part = _PART.fullmatch(piece)
    if part is None:
        return re.escape(piece)
    return f"(?P<{part[1]}>.+)" if part[2] else f"(?P<{part[1]}>[^/]+)"


def find_operation_name(model: Any, method: str, path: str, query: Mapping[str, list[str]]) -> str | None:
    """The operation of a request, or None."""
    return next((route.name for route in list_routes(model) if route.match(method, path, query)), None)


def read_parameters(
    operation: Any, path: str, query: Mapping[str, list[str]], headers: Mapping[str, str], body: bytes
) -> dict[str, Any]:
    """The parameters in a request's path, query string and headers, and in its body if that is JSON."""
    route = next(item for item in list_routes(operation.service_model) if item.name == operation.name)
    match = route.path.fullmatch(path)
    sources: dict[str, Mapping[str, Any]] = {
        "uri": match.groupdict() if match else {},
        "querystring": {key: values[0] for key, values in query.items()},
        "header": headers,
        "": _parse_json(body),
    }
    found = {name: _read_value(name, shape, sources) for name, shape in operation.input_shape.members.items()}
    return {name: value for name, value in found.items() if value is not None}


def _read_value(name: str, shape: Any, sources: Mapping[str, Mapping[str, Any]]) -> Any:
    serialization = shape.serialization
    source, wire = serialization.get("location", ""), serialization.get("name", name)
    return sources.get(source, {}).get(wire.lower() if source == "header" else wire)


def _parse_json(body: bytes) -> dict[str, Any]:
    try:
        found = json.loads(body or b"{}")
    except ValueError:
        return {}
    return found if isinstance(found, dict) else {}
