"""What a page shows -> one HTML document that asks nobody for anything.

Its policy allows two scripts and a style sheet by their hashes, and no request at all.
https://developer.mozilla.org/en-US/docs/Web/HTTP/Reference/Headers/Content-Security-Policy
"""

from __future__ import annotations

import json
from base64 import b64encode
from collections.abc import Mapping
from hashlib import sha256
from pathlib import Path
from typing import Any

ASSETS = Path(__file__).parent / "assets"
CHARTS = "echarts.common.min.js"
SCRIPTS = ("dom.js", "rows.js", "charts.js", "widgets.js", "pages.js", "main.js")
_PAGE = """<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="{policy}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<meta name="referrer" content="no-referrer">
<title>{title}</title>
<link rel="icon" href="data:,">
<style>{style}</style>
</head>
<body>
<a class="skip" href="#main">Skip to the content</a>
<header id="top"></header>
<main id="main" tabindex="-1"></main>
<noscript>This page is drawn by a script of its own, which this browser does not run.</noscript>
<script type="application/json" id="data">{data}</script>
<script>{charts}</script>
<script>{script}</script>
</body>
</html>
"""


def build_page(data: Mapping[str, Any]) -> str:
    """The document of what is drawn.

    Args:
        data: as the scripts in `assets` read it.
    """
    style, charts, script = read_style(), _read(CHARTS), read_script()
    return _PAGE.format(
        policy=write_policy(style, charts, script),
        title=escape_text(str(data["title"])),
        style=style,
        data=write_json(data),
        charts=charts,
        script=script,
    )


def write_policy(style: str, *scripts: str) -> str:
    """The content security policy that allows these and nothing else.

    The charts place their texts by `style` attributes of SVG elements, which cannot load or run anything
    that `default-src 'none'` does not allow.
    """
    hashes = " ".join(f"'sha256-{_hash(one)}'" for one in scripts)
    return (
        f"default-src 'none'; script-src {hashes}; style-src-elem 'sha256-{_hash(style)}';"
        " style-src-attr 'unsafe-inline'; img-src data:; base-uri 'none'; form-action 'none'"
    )


def read_style() -> str:
    """The style sheet."""
    return _read("page.css")


def read_script() -> str:
    """The page's own script: its files in one, with names of their own."""
    body = "\n".join(_read(name) for name in SCRIPTS)
    return f'"use strict";\n(() => {{\n{body}}})();\n'


def write_json(data: object) -> str:
    """JSON that ends no element, whatever texts it holds."""
    text = json.dumps(data, ensure_ascii=False, separators=(",", ":"))
    return text.replace("<", "\\u003c").replace("\u2028", "\\u2028").replace("\u2029", "\\u2029")


def escape_text(text: str) -> str:
    """A text as the content of an element."""
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def _read(name: str) -> str:
    return (ASSETS / name).read_text(encoding="utf-8")


def _hash(text: str) -> str:
    return b64encode(sha256(text.encode()).digest()).decode()
