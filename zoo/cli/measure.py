"""The verb that measures candidates on the user's data: rank."""

from __future__ import annotations

import importlib
from pathlib import Path
from typing import Any

import click

from zoo.cli.advice import class_names_in, names_in, task_of
from zoo.cli.printing import count, output_options, print_json, print_lines
from zoo.errors import DataError
from zoo.writing import check_writable


@click.command()
@click.argument("data", type=click.Path(path_type=Path))
@click.argument("models", nargs=-1)
@click.option("-k", "k", type=click.IntRange(min=1), default=5, show_default=True, help="How many, if none is named.")
@click.option("--text", "text_column", help="Column of the texts where DATA is a table.")
@click.option("--label", "label_column", help="Column of the labels where DATA is a table.")
@click.option("--domain", help="Such as medical/radiology, where the guess is wrong.")
@click.option("--labels", help="Class names with commas between, where DATA has none.")
@click.option("--bands", help="Names of the channels in their order, where the files say none: B02,B03,B04,B08.")
@click.option("--language", help="Language of the texts, such as de or German.")
@click.option("--dataset", help="Name of the data set if it is public: its results are used, and which models saw it.")
@click.option(
    "--reference", type=click.Path(path_type=Path), help="Compare data without labels with this folder or table."
)
@click.option("--max-samples", type=count, default="2000", show_default=True, help="Thin larger data to this many.")
@click.option("--batch-size", type=click.IntRange(min=1), default=32, show_default=True)
@click.option("--device", default="auto", show_default=True, help="cpu, cuda, mps or auto.")
@click.option("--engine", type=click.Choice(["local", "ray"]), default="local", show_default=True)
@click.option("--offline", is_flag=True, help="Only models whose files lie on this machine.")
@click.option("--no-cache", is_flag=True, help="Neither read nor keep features.")
@click.option("--markdown", is_flag=True, help="Print Markdown.")
@click.option("--html", type=click.Path(path_type=Path), help="Write a report page as well.")
@output_options
def rank(
    data: Path,
    models: tuple[str, ...],
    k: int,
    text_column: str | None,
    label_column: str | None,
    domain: str | None,
    labels: str | None,
    bands: str | None,
    language: str | None,
    dataset: str | None,
    reference: Path | None,
    max_samples: int,
    batch_size: int,
    device: str,
    engine: str,
    offline: bool,
    no_cache: bool,
    markdown: bool,
    html: Path | None,
    as_json: bool,
    quiet: bool,
) -> None:
    """Measure MODELS on DATA (a folder or a table), or those that `zoo recommend` names to measure.

    Each model embeds the data once and is probed on held-out rows; the figures are weighed against published results.
    Without labels there are distances to other data and a label-free score instead.
    """
    selector: Any = importlib.import_module("zoo.selector")  # by name: the core imports nothing above it
    if reference is not None and not reference.exists():
        raise DataError(f"there is no reference {str(reference)!r}.", "Check the path.")
    if html is not None:
        check_writable(html.expanduser())  # now, not after minutes of measuring
    task = task_of(data, text_column, label_column).revised(
        domain=domain,
        class_names=class_names_in(labels),
        bands=names_in(bands),
        language=language,
        dataset=dataset,
        constraints={"offline": True} if offline else None,
    )
    candidates: Any = models or selector.recommend(task, k=k)
    ranking = selector.rank(
        task,
        candidates,
        engine=engine,
        max_samples=max_samples,
        batch_size=batch_size,
        device=device,
        cache=not no_cache,
        local_files_only=True if offline else None,
        reference=reference,
    )
    if html is not None:
        ranking.report(html)
        click.echo(f"report written to {html}", err=True)
    if as_json:
        print_json(ranking.to_dict())
    elif quiet:
        print_lines(row.id for row in ranking.rows if row.measured.failure is None)
    elif markdown:
        click.echo(ranking.to_markdown())
    else:
        click.echo(ranking.to_text())
    if ranking.best is None:
        raise click.exceptions.Exit(1)
