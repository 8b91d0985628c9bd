"""Pieces of a self-contained HTML page: no script, no font, no picture from elsewhere; charts are inline SVG.

Text always goes through `escape`; a page printed from this module shows the same in light and in dark.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Sequence
from html import escape
from pathlib import Path

from zoo.output_files import writing

STYLE = """
:root { color-scheme: light dark; --ink: #1c2530; --soft: #5c6b7a; --line: #d9dfe5; --card: #ffffff; --ground: #f4f6f8;
  --best: #0b6e4f; --other: #4a7fb5; --warn: #9a5b00; }
@media (prefers-color-scheme: dark) { :root { --ink: #e6ebf0; --soft: #9fb0c0; --line: #33404d; --card: #1b232c;
  --ground: #12181f; --best: #4fd1a5; --other: #7fb2e5; --warn: #f0b357; } }
* { box-sizing: border-box; }
body { margin: 0; background: var(--ground); color: var(--ink); font: 16px/1.5 system-ui, sans-serif; }
main { max-width: 62rem; margin: 0 auto; padding: 2rem 1rem 4rem; }
h1 { font-size: 1.7rem; margin: 0 0 .3rem; } h2 { font-size: 1.15rem; margin: 0 0 .8rem; }
section { background: var(--card); border: 1px solid var(--line); border-radius: 10px; padding: 1.1rem 1.3rem;
  margin: 1rem 0; }
p { margin: .4rem 0; } ul, ol { margin: .4rem 0; padding-left: 1.2rem; } .soft { color: var(--soft); }
.warn { color: var(--warn); } .big { font-size: 1.25rem; font-weight: 600; } .wide { overflow-x: auto; }
table { border-collapse: collapse; width: 100%; font-size: .92rem; }
th { text-align: left; color: var(--soft); font-weight: 600; } td, th { padding: .35rem .6rem .35rem 0;
  border-bottom: 1px solid var(--line); vertical-align: top; } td.n, th.n { text-align: right; white-space: nowrap; }
code { font: .9em ui-monospace, monospace; } svg { width: 100%; min-width: 34rem; height: auto; display: block; }
svg text { fill: var(--ink); font: 12px system-ui, sans-serif; stroke: var(--card); stroke-width: 3px;
  paint-order: stroke; } svg .soft { fill: var(--soft); }
svg .axis { stroke: var(--line); } svg .best { fill: var(--best); stroke: var(--best); }
svg .other { fill: var(--other); stroke: var(--other); } svg .mark { stroke: var(--warn); stroke-dasharray: 4 3; }
details { margin: .4rem 0; } summary { cursor: pointer; } a { color: inherit; }
"""


def page(title: str, lead: str, sections: Iterable[tuple[str, str]]) -> str:
    """The whole page; `sections` are (heading, HTML)."""
    body = "".join(f"<section><h2>{escape(head)}</h2>{html}</section>" for head, html in sections if html)
    return (
        '<!doctype html><html lang="en"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        f"<title>{escape(title)}</title><style>{STYLE}</style></head>"
        f"<body><main><h1>{escape(title)}</h1><p class='soft'>{escape(lead)}</p>{body}</main></body></html>\n"
    )


def bullets(lines: Iterable[str], css: str = "") -> str:
    """An unordered list; empty if there is nothing to list."""
    items = "".join(f"<li>{escape(line)}</li>" for line in lines)
    return f"<ul class='{css}'>{items}</ul>" if items else ""


def table(columns: Sequence[str], rows: Iterable[Sequence[str]], *, numbers: frozenset[int] = frozenset()) -> str:
    """A table of escaped cells; columns in `numbers` are set to the right."""
    css = ["n" if i in numbers else "" for i in range(len(columns))]
    head = "".join(f"<th class='{c}'>{escape(name)}</th>" for c, name in zip(css, columns, strict=True))
    body = "".join(
        "<tr>" + "".join(f"<td class='{c}'>{linked(cell)}</td>" for c, cell in zip(css, row, strict=True)) + "</tr>"
        for row in rows
    )
    return f"<div class='wide'><table><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table></div>"


def linked(text: str) -> str:
    """Escaped text; an address becomes a link that shows only its end."""
    if text.startswith("https://"):
        tail = text.rstrip("/").rsplit("/", 1)[-1]
        return f'<a href="{escape(text, quote=True)}" rel="noreferrer">{escape(tail)}</a>'
    return escape(text)


def write_page(text: str, path: str | os.PathLike[str]) -> Path:
    """Write a page and give its path; missing folders are made.

    Raises:
        DataError: the place cannot be written.
    """
    target = Path(path).expanduser()
    with writing(target):
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text(text, encoding="utf-8")
    return target
