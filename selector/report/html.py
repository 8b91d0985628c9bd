"""A document as one self-contained HTML page: no script, no font, no picture from elsewhere; charts are inline SVG.

jinja2 escapes every word; only the SVG of `charts`, which escapes its own, is taken as it is.
"""

from __future__ import annotations

import os
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING

from zoo.output_files import writing

from . import charts
from .document import Block, CostChart, Document, IntervalChart

if TYPE_CHECKING:
    import jinja2


def render(document: Document) -> str:
    """The page as text."""
    return _template().render(document=document)


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


@lru_cache(maxsize=1)
def _template() -> jinja2.Template:
    import jinja2

    environment = jinja2.Environment(
        autoescape=True,
        loader=jinja2.PackageLoader("zoo.selector.report", "."),
        trim_blocks=True,
        lstrip_blocks=True,
        undefined=jinja2.StrictUndefined,
    )
    environment.filters["kind"] = lambda block: type(block).__name__
    environment.filters["svg"] = _svg
    environment.filters["end_of"] = _end_of_address
    return environment.get_template("page.html")


def _svg(block: Block) -> str:
    import markupsafe

    match block:
        case IntervalChart(bars, marks):
            return markupsafe.Markup(charts.intervals(bars, marks=marks))
        case CostChart(points, cost, value):
            return markupsafe.Markup(charts.pareto(points, cost=cost, value=value))
    raise TypeError(f"{type(block).__name__} is no chart")


def _end_of_address(text: str) -> str:
    """What a link shows of a long address."""
    return text.rstrip("/").rsplit("/", 1)[-1]
