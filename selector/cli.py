"""The verbs of the selector: recommend and rank."""

from __future__ import annotations

import importlib
import os
from pathlib import Path
from typing import Any, get_args

import click

from zoo.cards import Modality
from zoo.cli.options import class_names_in, column_options, names_in
from zoo.cli.printing import count, output_options, print_json, print_lines
from zoo.errors import DataError
from zoo.output_files import check_writable


@click.command()
@click.argument("data", required=False)
@click.option("--modality", type=click.Choice(get_args(Modality)), help="Needed where there is no DATA to look at.")
@click.option("--domain", help="Such as medical/radiology, satellite/rgb, text/legal.")
@click.option("--kind", type=click.Choice(["classification", "multilabel", "retrieval", "segmentation"]))
@click.option("--labels", help="Class names with commas between: cat,dog.")
@click.option("--labels-per-class", type=count, help="Labelled examples per class, such as 100.")
@column_options
@click.option("--describe", "description", help="The task in free words.")
@click.option("--dataset", help="Name of the data set if it is public: its results are used, and which models saw it.")
@click.option("--language", help="Language of the texts, such as de or German.")
@click.option("--bands", help="Bands of multispectral pictures with commas between: B02,B03,B04,B08.")
@click.option("--zero-shot", is_flag=True, help="Only models that classify by class names alone.")
@click.option("--max-params", "max_parameters", type=count, help="Such as 100M.")
@click.option("--memory-gb", type=float, help="Memory of the device that will run the model.")
@click.option("--latency-ms", type=float, help="Most time per sample.")
@click.option("--device", help="Where that latency counts, such as cpu or gpu.")
@click.option("--commercial", "commercial_use", is_flag=True, default=None, help="Only models known to allow it.")
@click.option("--no-gated", is_flag=True, help="Leave out models behind an agreement.")
@click.option("--offline", is_flag=True, help="Only what loads with no network now.")
@click.option("-k", "k", type=click.IntRange(min=1), default=5, show_default=True, help="How many candidates.")
@click.option("--explain", is_flag=True, help="The evidence behind each candidate, and every exclusion.")
@click.option("--markdown", is_flag=True, help="Print Markdown.")
@click.option("--html", type=click.Path(path_type=Path), help="Write a report page as well.")
@output_options
def recommend(
    data: str | None,
    modality: Modality | None,
    domain: str | None,
    kind: str | None,
    labels: str | None,
    labels_per_class: int | None,
    columns: dict[str, Any],
    description: str | None,
    dataset: str | None,
    language: str | None,
    bands: str | None,
    zero_shot: bool,
    max_parameters: int | None,
    memory_gb: float | None,
    latency_ms: float | None,
    device: str | None,
    commercial_use: bool | None,
    no_gated: bool,
    offline: bool,
    k: int,
    explain: bool,
    markdown: bool,
    html: Path | None,
    as_json: bool,
    quiet: bool,
) -> None:
    """Which source models to start from, and the recipe to follow.

    DATA is a folder of images (one sub-folder a class), or a table of texts or of paths of images; without it,
    state the task by options: `zoo recommend --modality text --domain text/legal --labels-per-class 50`.
    """
    # Before numpy is loaded: for matrices this small its threads only wait for each other.
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
    selector: Any = importlib.import_module("zoo.selector")  # by name: the core imports nothing above it
    stated = {
        "domain": domain,
        "kind": kind,
        "class_names": class_names_in(labels),
        "labels_per_class": labels_per_class,
        "description": description,
        "dataset": dataset,
        "language": language,
        "bands": names_in(bands),
    }
    limits = {
        "max_parameters": max_parameters,
        "memory_gb": memory_gb,
        "latency_ms": latency_ms,
        "device": device,
        "commercial_use": commercial_use or None,
        "gated": False if no_gated else None,
        "offline": offline or None,
        "zero_shot": zero_shot or None,
    }
    stated = {name: value for name, value in stated.items() if value is not None}
    limits = {name: value for name, value in limits.items() if value is not None}
    task = _task(selector, data, modality, columns, stated, limits)
    advice = selector.recommend(task, k=k)
    if html is not None:
        advice.report(html)
        click.echo(f"report written to {html}", err=True)
    if as_json:
        print_json(advice.to_dict())
    elif quiet:
        print_lines(candidate.card.id for candidate in advice.candidates)
    elif markdown:
        click.echo(advice.to_markdown())
    else:
        click.echo(advice.to_text(explain=explain))


def _task(
    selector: Any,
    data: str | None,
    modality: Modality | None,
    columns: dict[str, Any],
    stated: dict[str, Any],
    limits: dict[str, Any],
) -> Any:
    """The task that the data shows, with what the user states on top."""
    if data is None:
        if modality is None:
            raise click.UsageError("give DATA (a folder or a table), or state the task: --modality image")
        return selector.Task(modality=modality, constraints=limits, **stated)
    task = task_of(data, columns)
    if modality is not None:
        stated = {**stated, "modality": modality}
    return task.revised(**stated, constraints={**task.constraints.model_dump(exclude_none=True), **limits})


def task_of(data: str, columns: dict[str, Any]) -> Any:
    """The task that data of any form shows."""
    selector: Any = importlib.import_module("zoo.selector")  # by name: the core imports nothing above it
    return selector.Task.from_data(data, **columns)


@click.command()
@click.argument("data")
@click.argument("models", nargs=-1)
@click.option("-k", "k", type=click.IntRange(min=1), default=5, show_default=True, help="How many, if none is named.")
@column_options
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
    data: str,
    models: tuple[str, ...],
    k: int,
    columns: dict[str, Any],
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
    task = task_of(data, columns).revised(
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
