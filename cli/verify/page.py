"""The form of the page: it stands alone, prints, and neither loads nor runs anything.

Whatever it shows is escaped, and its policy allows its own style only.
https://developer.mozilla.org/en-US/docs/Web/HTTP/Reference/Headers/Content-Security-Policy
"""

from __future__ import annotations

import hashlib
import json
from base64 import b64encode
from collections.abc import Iterable, Sequence
from datetime import datetime
from html import escape

from cis_insights.errors import printable

# Contrast of at least 4.5 to 1, light and dark: https://www.w3.org/TR/WCAG22/#contrast-minimum
STYLE = """
:root {
  color-scheme: light dark;
  --paper: #ffffff; --ink: #1b1f24; --quiet: #525b66; --line: #d0d5da; --code: #f3f5f7;
  --link: #0a4fb5; --ok: #14632b; --warning: #7a4b00; --error: #a30d11;
}
@media (prefers-color-scheme: dark) {
  :root {
    --paper: #14171a; --ink: #e6e8ea; --quiet: #a9b2bb; --line: #3a4149; --code: #1f2429;
    --link: #8ab4f8; --ok: #73d391; --warning: #e6b64a; --error: #ff9a97;
  }
}
* { box-sizing: border-box }
html { background: var(--paper); color: var(--ink); font: 15px/1.5 system-ui, sans-serif }
body { margin: 2rem auto; max-width: 60rem; padding: 0 1rem }
h1 { font-size: 1.6rem; line-height: 1.25; margin: 0 0 .5rem }
h2 { font-size: 1.2rem; margin: 2.5rem 0 .5rem; border-top: 1px solid var(--line); padding-top: 1rem }
h3 { font-size: 1rem; margin: 1.3rem 0 .3rem }
h1, h2, h3, p, li { overflow-wrap: anywhere }
p { margin: .4rem 0; max-width: 46rem }
a { color: var(--link) } a:focus-visible { outline: 2px solid currentColor; outline-offset: 2px }
.quiet { color: var(--quiet) } td > span { white-space: nowrap }
.verdict { font-size: 1.15rem; font-weight: 600 }
table { border-collapse: collapse; width: 100%; margin: .3rem 0 }
caption { text-align: left; color: var(--quiet); padding: .2rem 0 }
th, td { text-align: left; vertical-align: top; padding: .3rem .6rem .3rem 0 }
th, td { border-bottom: 1px solid var(--line); overflow-wrap: anywhere }
th { font-weight: 600 } .facts th { width: 10rem }
thead th, .summary td:nth-child(2), .summary td:nth-child(5) { overflow-wrap: break-word }
pre { background: var(--code); margin: .2rem 0; padding: .6rem; font: .8rem/1.4 ui-monospace, monospace }
pre { white-space: pre-wrap; overflow-wrap: anywhere }
.ok { color: var(--ok) } .warning { color: var(--warning) } .error { color: var(--error) }
.ok, .warning, .error { font-weight: 600 }
.signed td { height: 3.5rem } .people { table-layout: fixed }
nav ul { list-style: none; margin: 1rem 0; padding: 0; display: flex; flex-wrap: wrap; gap: .2rem 1.2rem }
@media (max-width: 40rem) {
  body { margin: 1rem auto; padding: 0 .8rem } .facts th { width: 6.5rem }
  .summary { font-size: .8rem } .summary th, .summary td { padding-right: .35rem }
}
@media print {
  :root {
    color-scheme: light;
    --paper: #ffffff; --ink: #000000; --quiet: #444444; --line: #b5b5b5; --code: #f3f5f7;
    --link: #000000; --ok: #14632b; --warning: #6b4200; --error: #a30d11;
  }
  html { font-size: 10.5px } body { margin: 0; max-width: none; padding: 0 }
  a { text-decoration: none } nav { display: none }
  h1, h2, h3, caption { break-after: avoid } tr, pre, .signed, .part { break-inside: avoid }
  thead { display: table-header-group } .page { break-before: page } .page > h2 { border: 0; margin-top: 0 }
  #summary { break-before: avoid }
  #queries :is(pre, .part) { break-inside: auto } #queries pre { font-size: 7.5px }
}
@page { margin: 20mm 15mm }
"""


def write_page(title: str, body: Iterable[str]) -> str:
    """A whole page.

    Args:
        title: text; it is printed at the top of each sheet, too.
        body: HTML.
    """
    style = STYLE + _write_margins(title)
    digest = b64encode(hashlib.sha256(style.encode()).digest()).decode()
    policy = f"default-src 'none'; style-src 'sha256-{digest}'; base-uri 'none'; form-action 'none'"
    head = [
        "<!DOCTYPE html>",
        '<html lang="en"><head><meta charset="utf-8">',
        f'<meta http-equiv="Content-Security-Policy" content="{policy}">',
        '<meta name="viewport" content="width=device-width, initial-scale=1">',
        '<meta name="referrer" content="no-referrer">',
        f"<title>{text(title)}</title><style>{style}</style></head><body>",
    ]
    return "\n".join([*head, *filter(None, body), "</body></html>"]) + "\n"


def _write_margins(title: str) -> str:
    """What each printed sheet has above and below: https://www.w3.org/TR/css-page-3/#margin-boxes."""
    shown = "".join(
        char if char.isascii() and (char.isalnum() or char in " .,:()-") else "_" for char in title
    )
    font = "font: 9px system-ui, sans-serif; color: #444444"
    pages = 'content: "Page " counter(page) " of " counter(pages)'
    return f'@page {{ @top-left {{ content: "{shown}"; {font} }} @bottom-right {{ {pages}; {font} }} }}\n'


def text(value: object) -> str:
    """Text as it is shown: one line, escaped, without a character that hides or turns others."""
    return escape(printable(str(value)))


def block(value: str) -> str:
    """A text of several lines; none for an empty one."""
    return "<pre>" + "\n".join(map(text, value.splitlines())) + "</pre>" if value else ""


def block_json(value: object) -> str:
    """A JSON value, if there is one."""
    return block(json.dumps(value)) if value is not None else ""


def format_time(value: str | None) -> str:
    """A time of the document as it is read: `2026-11-25 12:00 UTC`; empty without one."""
    return f"{datetime.fromisoformat(value):%Y-%m-%d %H:%M} UTC" if value else ""


def mark(holds: bool) -> str:
    """The verdict, in words and in colour."""
    return '<span class="ok">holds</span>' if holds else '<span class="error">falls short</span>'


def facts(caption: str, rows: Iterable[tuple[str, str]]) -> str:
    """A table of names and values, which are HTML already; rows without a value are left out."""
    lines = [f'<tr><th scope="row">{text(name)}</th><td>{value}</td></tr>' for name, value in rows if value]
    head = f'<table class="facts"><caption>{text(caption)}</caption>'
    return f"{head}<tbody>{''.join(lines)}</tbody></table>" if lines else ""


def table(caption: str, heads: Sequence[str], rows: Iterable[Sequence[str]], kind: str = "") -> str:
    """A table whose first column names its rows; cells are HTML already. Empty without rows.

    Args:
        kind: its class.
    """
    lines = [
        f'<tr><th scope="row">{first}</th>{"".join(f"<td>{cell}</td>" for cell in rest)}</tr>'
        for first, *rest in rows
    ]
    top = "".join(f'<th scope="col">{text(name)}</th>' for name in heads)
    named = f' class="{kind}"' if kind else ""
    head = f"<table{named}><caption>{text(caption)}</caption><thead><tr>{top}</tr></thead>"
    return head + "<tbody>" + "\n".join(lines) + "</tbody></table>" if lines else ""


def section(id: str, title: str, *parts: str) -> str:
    """A part of the page with a heading of its own, which begins a printed sheet."""
    inner = "\n".join(filter(None, parts))
    return f'<section class="page" id="{text(id)}"><h2>{text(title)}</h2>\n{inner}\n</section>'


def heading(title: str, *parts: str) -> str:
    """A smaller part, on one printed sheet if it has room there; empty without anything in it."""
    inner = "\n".join(filter(None, parts))
    return f'<div class="part"><h3>{text(title)}</h3>\n{inner}</div>' if inner else ""


def link(id: str, title: str) -> str:
    """A link within the page."""
    return f'<a href="#{text(id)}">{text(title)}</a>'
