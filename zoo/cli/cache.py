"""The verb that shows what zoo keeps of computed features, and makes room."""

from __future__ import annotations

import re
import time
from typing import Any

import click

from zoo.cli.printing import human_bytes, output_options, print_json, print_lines, print_table


def _bytes(ctx: click.Context, parameter: click.Parameter, text: str | None) -> int | None:
    """`5GB` as a number of bytes, in powers of 1,000."""
    if text is None:
        return None
    told = re.fullmatch(r"(\d+(?:\.\d+)?)\s*([kMGT]?)B?", text.strip(), re.IGNORECASE)
    if told is None:
        raise click.BadParameter(f"{text!r} is no size; write it like 500MB or 5GB.")
    return int(float(told[1]) * 1000 ** " kmgt".index(told[2].lower() or " "))


@click.group()
def cache() -> None:
    """Features that were computed and are kept for the next run: show them, remove them, make room."""


@cache.command("ls")
@output_options
def ls(as_json: bool, quiet: bool) -> None:
    """Models of which vectors are kept, the largest first."""
    from zoo.features import features_folder, kept

    there = kept(features_folder())
    if as_json:
        print_json([{**_row(one), "n_bytes": one.n_bytes, "folder": str(one.folder)} for one in there])
    elif quiet:
        print_lines(dict.fromkeys(one.model for one in there if one.model))
    elif not there:
        click.echo(f"nothing is kept in {features_folder()}")
    else:
        now = time.time()
        rows = [
            (one.model, one.dtype, f"{one.n_vectors:,}", human_bytes(one.n_bytes), _ago(now - one.last_used))
            for one in there
        ]
        print_table(("model", "numbers", "vectors", "size", "last used"), rows, right=frozenset({"vectors", "size"}))


@cache.command("rm")
@click.argument("models", nargs=-1, required=True)
@output_options
def rm(models: tuple[str, ...], as_json: bool, quiet: bool) -> None:
    """Remove every vector of MODELS."""
    from zoo.features import features_folder, remove

    gone = remove(features_folder(), models)
    _freed(sum(one.n_bytes for one in gone), as_json, quiet)


@cache.command("prune")
@click.option("--max-size", callback=_bytes, help="Drop the longest unused until the rest fits: 5GB.")
@click.option("--older-than", type=click.FloatRange(min=0), help="Drop what was not used for so many days.")
@output_options
def prune(max_size: int | None, older_than: float | None, as_json: bool, quiet: bool) -> None:
    """Make room: by size, by age, or both."""
    from zoo.features import features_folder
    from zoo.features import prune as make_room

    _freed(make_room(features_folder(), max_bytes=max_size, max_days=older_than), as_json, quiet)


def _freed(n_bytes: int, as_json: bool, quiet: bool) -> None:
    if as_json:
        print_json({"freed_bytes": n_bytes})
    elif quiet:
        print_lines([n_bytes])
    else:
        click.echo(f"freed {human_bytes(n_bytes)}")


def _row(one: Any) -> dict[str, Any]:
    return {"model": one.model, "dtype": one.dtype, "n_vectors": one.n_vectors, "last_used": one.last_used}


def _ago(seconds: float) -> str:
    for size, unit in ((86_400, "day"), (3600, "hour")):
        if seconds >= size:
            n = int(seconds // size)
            return f"{n} {unit}{'s' * (n != 1)} ago"
    return "within the hour"
