"""A document for a terminal: plain lines, and tables by rich."""

from __future__ import annotations

import io
from collections.abc import Iterator

from .document import Block, Bullets, Commands, Document, Entries, Entry, Paragraph, Section, Table

_WIDTH = 200
"""Columns that a table may take before its cells are wrapped; a terminal wraps lines by itself."""


def render(document: Document, *, explain: bool = False) -> str:
    """The document as text; `explain` adds what a short answer leaves out."""
    parts = [document.lead]
    for section in document.sections:
        if not section.detail or explain:
            parts.append("\n".join(_section(section, explain)))
    return "\n\n".join(part for part in parts if part)


def _section(section: Section, explain: bool) -> Iterator[str]:
    lines = [line for block in section.blocks for line in _block(block, explain)]
    if lines and section.title:
        yield f"{section.title}:"
    yield from lines


def _block(block: Block, explain: bool) -> Iterator[str]:
    match block:
        case Paragraph(text):
            yield from text.splitlines()
        case Bullets(items, numbered=numbered):
            yield from (f"{n}. {item}" if numbered else f"- {item}" for n, item in enumerate(items, start=1))
        case Commands(lines):
            yield from (f"  {line}" for line in lines)
        case Table(on_terminal=True):
            yield from _table(block)
        case Entries(entries, remarks):
            for entry in entries:
                yield from _entry(entry, explain)
            if remarks and not explain:
                yield from ("", "All of them:", *(f"     ! {remark}" for remark in remarks))


def _entry(entry: Entry, explain: bool) -> Iterator[str]:
    yield f"{entry.label} {entry.name:<40} {entry.value}"
    if explain:
        yield from (f"     {heading + ':':<11} {sentence}" for heading, sentence in entry.facts)
    else:
        yield from (f"     {'! ' if line.tone == 'warning' else ''}{line.text}" for line in entry.brief)


def _table(table: Table) -> list[str]:
    from rich.console import Console
    from rich.table import Table as Grid

    grid = Grid(box=None, pad_edge=False, padding=(0, 2, 0, 0))
    for place, name in enumerate(table.columns):
        grid.add_column(name, justify="right" if place in table.numbers else "left", no_wrap=True)
    for row in table.rows:
        grid.add_row(*(cell.replace("[", "\\[") for cell in row))
    out = io.StringIO()
    Console(file=out, width=_WIDTH, highlight=False, color_system=None, emoji=False).print(grid)
    return [line.rstrip() for line in out.getvalue().rstrip("\n").split("\n")]
