"""Markdown of text widgets -> a tree of harmless elements: no HTML, and links to pages only.

https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/add_remove_text_dashboard.html
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import Any

from markdown_it import MarkdownIt
from markdown_it.tree import SyntaxTreeNode

# An element is its name, its attributes, and its children: texts and elements.
Element = list[Any]
_TAGS = {
    "p",
    "h1",
    "h2",
    "h3",
    "h4",
    "h5",
    "h6",
    "strong",
    "em",
    "s",
    "ul",
    "ol",
    "li",
    "blockquote",
    "hr",
    "br",
}
_TAGS |= {"table", "thead", "tbody", "tr", "th", "td", "pre", "code"}
_SAFE = re.compile(r"https?://|#", re.IGNORECASE)
_READER = MarkdownIt("commonmark", {"html": False}).enable(["table", "strikethrough"])


def read_markdown(text: str) -> list[Element | str]:
    """The elements of a text."""
    return list(_read_children(SyntaxTreeNode(_READER.parse(text)).children))


def _read_children(nodes: Sequence[SyntaxTreeNode]) -> Iterator[Element | str]:
    for node in nodes:
        yield from _read_node(node)


def _read_node(node: SyntaxTreeNode) -> Iterator[Element | str]:
    children = list(_read_children(node.children))
    match node.type:
        case "inline":
            yield from children
        case "text" | "html_inline" | "html_block" if node.content:
            yield node.content
        case "softbreak":
            yield " "
        case "hardbreak":
            yield ["br", {}]
        case "code_inline":
            yield ["code", {}, node.content]
        case "fence" | "code_block":
            yield ["pre", {}, node.content]
        case "link":
            href = str(node.attrs.get("href", ""))
            yield ["a", {"href": href}, *children] if _SAFE.match(href) else ["span", {}, *children]
        case "image":
            yield node.content
        case _ if node.tag in _TAGS:
            yield [node.tag, {}, *children]
        case _:
            yield from children
