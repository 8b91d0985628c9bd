"""How the command prints: rich tables for people, JSON for programs, bare ids for pipes."""

from __future__ import annotations

import json
import math
import sys
from collections.abc import Callable, Iterable, Sequence
from typing import Any, TypeVar

import click

_Function = TypeVar("_Function", bound=Callable[..., Any])


def output_options(function: _Function) -> _Function:
    """The two options that every verb has: `--json` and `-q`."""
    function = click.option("--json", "as_json", is_flag=True, help="Print JSON, for programs.")(function)
    return click.option("-q", "--quiet", is_flag=True, help="Print ids or bare values only.")(function)


def print_json(value: Any) -> None:
    """Strict JSON with an indent; a NaN becomes null, because JSON has none."""
    click.echo(json.dumps(_plain(value), indent=2, ensure_ascii=False, allow_nan=False))


def print_lines(lines: Iterable[object]) -> None:
    for line in lines:
        click.echo(shown(line))


def shown(text: object) -> str:
    r"""Words of strangers for a terminal: control letters and changes of direction are written out.

    >>> shown("a\x1b[31mb")
    'a\\x1b[31mb'
    """
    told = str(text)
    if told.isprintable():
        return told
    return "".join(
        letter if letter.isprintable() or letter == "\n" else letter.encode("unicode_escape").decode()
        for letter in told
    )


def print_table(
    columns: Sequence[str],
    rows: Iterable[Sequence[object]],
    *,
    title: str | None = None,
    right: frozenset[str] = frozenset(),
) -> None:
    """A table as wide as the terminal; without a terminal lines are never cut."""
    from rich.markup import escape
    from rich.table import Table

    table = Table(
        title=title, title_justify="left", box=None, pad_edge=False, header_style="bold", padding=(0, 2, 0, 0)
    )
    for position, column in enumerate(columns):
        table.add_column(column, justify="right" if column in right else "left", no_wrap=position == 0)
    for row in rows:
        table.add_row(*(escape("–" if cell is None else shown(cell)) for cell in row))
    console().print(table)


def console(*, stderr: bool = False) -> Any:
    """A rich console on stdout; 200 columns where no terminal says otherwise, so that pipes keep whole lines."""
    from rich.console import Console

    out = sys.stderr if stderr else sys.stdout
    return Console(file=out, width=None if out.isatty() else 200, highlight=False, soft_wrap=False)


def human_count(value: float | None) -> str:
    """A number of parameters in three digits.

    >>> human_count(86_567_656), human_count(7_241_732_096), human_count(950), human_count(None)
    ('86.6M', '7.24B', '950', '–')
    """
    if value is None:
        return "–"
    for unit, size in (("B", 1e9), ("M", 1e6), ("k", 1e3)):
        if value >= size:
            return f"{value / size:.3g}{unit}"
    return f"{value:.0f}"


def human_bytes(value: float | None) -> str:
    """A size in three digits.

    >>> human_bytes(346_000_000), human_bytes(None)
    ('346 MB', '–')
    """
    if value is None:
        return "–"
    for unit, size in (("GB", 1e9), ("MB", 1e6), ("kB", 1e3)):
        if value >= size:
            return f"{value / size:.3g} {unit}"
    return f"{value:.0f} B"


def yes_no(value: bool | None) -> str:
    return "unknown" if value is None else "yes" if value else "no"


def count(text: str) -> int:
    """A whole number with an optional suffix, as an option's value: `400M`, `1.5B`, `86000000`.

    >>> count("400M"), count("1.5B")
    (400000000, 1500000000)
    """
    bare = text.strip().replace("_", "").replace(",", "")
    factor = {"K": 1e3, "M": 1e6, "B": 1e9, "G": 1e9}.get(bare[-1:].upper(), 1.0)
    try:
        number = float(bare[:-1] if factor > 1 else bare) * factor
    except ValueError:
        number = math.nan
    if not (math.isfinite(number) and number >= 0):
        raise click.BadParameter(f"{text!r} is not a count; write it like 100, 400M or 1.5B")
    whole = round(number)
    if not math.isclose(number, whole, rel_tol=1e-12):  # the factor may have moved the last digit
        raise click.BadParameter(f"{text!r} is no whole number; write it like 100, 400M or 1.5B")
    return whole


def _plain(value: Any) -> Any:
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    if isinstance(value, dict):
        return {str(key): _plain(item) for key, item in value.items()}
    if isinstance(value, set | frozenset):
        return sorted(_plain(item) for item in value)
    if isinstance(value, list | tuple):
        return [_plain(item) for item in value]
    if hasattr(value, "item") and not hasattr(value, "__len__"):  # a number of numpy
        return _plain(value.item())
    if value is None or isinstance(value, bool | int | str):
        return value
    return str(value)
