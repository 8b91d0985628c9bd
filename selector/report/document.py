"""A document as one value, before anybody decides how it is shown: `text`, `markdown` and `html` render it.

    Document(title, lead, (Section("Ranking", (IntervalChart(...), Table(...), Entries(...))), ...))

A block that a medium cannot show (a chart on a terminal) is left out there; what it says stands in another block too.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from .charts import Bar, Point

Tone = Literal["plain", "strong", "soft", "warning"]


@dataclass(frozen=True)
class Paragraph:
    """One or more sentences."""

    text: str
    tone: Tone = "plain"


@dataclass(frozen=True)
class Bullets:
    """Items of a list in no order; numbered where `numbered`."""

    items: tuple[str, ...]
    tone: Tone = "plain"
    numbered: bool = False


@dataclass(frozen=True)
class Commands:
    """Lines to type in a shell."""

    lines: tuple[str, ...]


@dataclass(frozen=True)
class Table:
    """Rows of cells.

    Attributes:
        numbers: columns set to the right.
        names: columns of identifiers.
        on_terminal: False: only pages have the width for it.
    """

    columns: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    numbers: frozenset[int] = frozenset()
    names: frozenset[int] = frozenset()
    on_terminal: bool = True


@dataclass(frozen=True)
class Entry:
    """One thing with what speaks for and against it.

    Attributes:
        label, name, value: its place, what it is called and its figure, the first line of it.
        brief: what a short answer says of it, with the tone of each line.
        facts: (heading, sentence), all that is known of it.
        table: figures behind it.
    """

    label: str
    name: str
    value: str
    brief: tuple[Paragraph, ...] = ()
    facts: tuple[tuple[str, str], ...] = ()
    table: Table | None = None


@dataclass(frozen=True)
class Entries:
    """Several entries, in order; `remarks` hold for all of them."""

    entries: tuple[Entry, ...]
    remarks: tuple[str, ...] = ()


@dataclass(frozen=True)
class IntervalChart:
    """Values in [0, 1] with their intervals; `marks` are (name, value) lines across all."""

    bars: tuple[Bar, ...]
    marks: tuple[tuple[str, float], ...] = ()


@dataclass(frozen=True)
class CostChart:
    """Cost (logarithmic) against value, with the Pareto front."""

    points: tuple[Point, ...]
    cost: str
    value: str
    note: str = ""


Block = Paragraph | Bullets | Commands | Table | Entries | IntervalChart | CostChart


@dataclass(frozen=True)
class Section:
    """A heading and what stands below it; without a heading it opens the document.

    `detail` marks what a short text leaves out.
    """

    title: str
    blocks: tuple[Block, ...]
    detail: bool = False


@dataclass(frozen=True)
class Document:
    """A title, a sentence on what the document stands on, and sections, the answer first."""

    title: str
    lead: str
    sections: tuple[Section, ...]


def document(title: str, lead: str, sections: Sequence[Section]) -> Document:
    """A document without its empty blocks and sections."""
    kept = []
    for section in sections:
        blocks = tuple(block for block in section.blocks if not _is_empty(block))
        if blocks:
            kept.append(Section(section.title, blocks, section.detail))
    return Document(title, lead, tuple(kept))


def _is_empty(block: Block) -> bool:
    match block:
        case Paragraph(text):
            return not text
        case Bullets(items):
            return not items
        case Commands(lines):
            return not lines
        case Table(rows=rows):
            return not rows
        case Entries(entries):
            return not entries
        case IntervalChart(bars):
            return all(bar.value is None for bar in bars)
        case CostChart(points):
            return len([point for point in points if point.cost > 0]) < 2
