"""A document as Markdown."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from .document import Block, Bullets, Commands, Document, Entries, Entry, Paragraph, Section, Table


def render(document: Document) -> str:
    """The whole document; charts are left out, the tables beside them hold the figures."""
    lines = [f"# {document.title}", "", *([document.lead, ""] if document.lead else [])]
    for section in document.sections:
        lines += _section(section)
    return "\n".join(lines).rstrip() + "\n"


def _section(section: Section) -> list[str]:
    lines = [line for block in section.blocks for line in _block(block)]
    return [f"## {section.title}", "", *lines] if lines and section.title else lines


def _block(block: Block) -> Iterator[str]:
    match block:
        case Paragraph(text, tone):
            yield from ((f"**{text}**" if tone == "strong" else text), "")
        case Bullets(items, numbered=numbered):
            yield from (f"{n}. {item}" if numbered else f"- {item}" for n, item in enumerate(items, start=1))
            yield ""
        case Commands(lines):
            yield from ("```console", *(f"$ {line}" for line in lines), "```", "")
        case Table():
            yield from _table(block)
        case Entries(entries):
            for entry in entries:
                yield from _entry(entry)


def _entry(entry: Entry) -> Iterator[str]:
    yield from (f"`{entry.name}`", "")
    yield from (f"- {heading}: {sentence}" for heading, sentence in entry.facts)
    yield ""


def _table(table: Table) -> list[str]:
    lines = [_row(table.columns), "|" + "---|" * len(table.columns)]
    lines += [_row([f"`{c}`" if i in table.names else c for i, c in enumerate(row)]) for row in table.rows]
    return [*lines, ""]


def _row(cells: Sequence[str]) -> str:
    return "| " + " | ".join(map(cell, cells)) + " |"


def cell(text: str) -> str:
    """One cell of a table: no line break, no bar that would end it."""
    return " ".join(text.split()).replace("|", "\\|")
