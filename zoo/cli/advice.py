"""The verb that gives advice: recommend."""

from __future__ import annotations

import importlib
import os
import re
from pathlib import Path
from typing import Any, get_args

import click

from zoo.cards import Modality
from zoo.cli.printing import count, output_options, print_json, print_lines
from zoo.errors import DataError


@click.command()
@click.argument("data", required=False, type=click.Path(path_type=Path))
@click.option("--modality", type=click.Choice(get_args(Modality)), help="Needed where there is no DATA to look at.")
@click.option("--domain", help="Such as medical/radiology, satellite/rgb, text/legal.")
@click.option("--kind", type=click.Choice(["classification", "multilabel", "retrieval", "segmentation"]))
@click.option("--labels", help="Class names with commas between: cat,dog.")
@click.option("--labels-per-class", type=count, help="Labelled examples per class, such as 100.")
@click.option("--text", "text_column", help="Column of the texts where DATA is a table.")
@click.option("--label", "label_column", help="Column of the labels where DATA is a table.")
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
    data: Path | None,
    modality: Modality | None,
    domain: str | None,
    kind: str | None,
    labels: str | None,
    labels_per_class: int | None,
    text_column: str | None,
    label_column: str | None,
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

    DATA is a folder of images (one sub-folder a class) or a CSV/JSONL table of texts; without it,
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
    task = _task(selector, data, modality, text_column, label_column, stated, limits)
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
    data: Path | None,
    modality: Modality | None,
    text_column: str | None,
    label_column: str | None,
    stated: dict[str, Any],
    limits: dict[str, Any],
) -> Any:
    """The task that the data shows, with what the user states on top."""
    if data is None:
        if modality is None:
            raise click.UsageError("give DATA (a folder or a table), or state the task: --modality image")
        return selector.Task(modality=modality, constraints=limits, **stated)
    task = task_of(data, text_column, label_column)
    if modality is not None:
        stated = {**stated, "modality": modality}
    return task.revised(**stated, constraints={**task.constraints.model_dump(exclude_none=True), **limits})


def names_in(text: str | None) -> tuple[str, ...] | None:
    """Names with commas between, as an option gives them; None where it is not given or empty.

    >>> names_in("cat, dog"), names_in("")
    (('cat', 'dog'), None)
    """
    return tuple(name.strip() for name in text.split(",")) if text else None


def class_names_in(text: str | None) -> tuple[str, ...] | None:
    """Class names, as `--labels` gives them; a number alone is taken for how many there are, and refused.

    Raises:
        DataError: it is a number.
    """
    names = names_in(text)
    if names is not None and len(names) == 1 and re.fullmatch(r"\d+(\.\d+)?", names[0]):
        raise DataError(
            f"--labels is {text}, want the names of the classes.",
            "Write them with commas between: --labels cat,dog. Where only numbers are known: "
            "zoo recommend --describe '3 classes' --labels-per-class 100.",
        )
    return names


def task_of(data: Path, text_column: str | None, label_column: str | None) -> Any:
    """The task that a folder or a table shows."""
    selector: Any = importlib.import_module("zoo.selector")  # by name: the core imports nothing above it
    if not data.exists():
        raise DataError(f"there is no file or folder {str(data)!r}.", "Check the path.")
    if data.is_dir():
        return selector.Task.from_folder(data)
    return selector.Task.from_table(data, text=text_column, label=label_column)
