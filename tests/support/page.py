"""Pages of evidence, read as a parser of HTML reads them."""

from __future__ import annotations

from html.parser import HTMLParser
from typing import Any

from cis_insights.verification.model import SetUp
from cli.verify.document import Evidence, build_document
from cli.verify.evidence import write_evidence

from .set_ups import (
    NOW,
    sound,
    verified,
)


class Page(HTMLParser):
    """Tags with their attributes, and the text."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.text = ""
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))

    def handle_data(self, data: str) -> None:
        self.text += data


def write(setup: SetUp, **more: Any) -> str:
    """The page of a set-up."""
    return write_evidence(build_document(Evidence(found=verified(setup), now=NOW, **more)))


def page_of(setup: SetUp | None = None, **more: Any) -> Page:
    return Page(write(setup or sound(), **more))
