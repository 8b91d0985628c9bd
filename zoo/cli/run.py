"""Verbs that run a model: classify and embed."""

from __future__ import annotations

import functools
import sys
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from zoo.cli.options import class_names_in
from zoo.cli.printing import output_options, print_json, print_lines, print_table
from zoo.errors import DataError
from zoo.image_sources import Failure

if TYPE_CHECKING:
    from zoo.zero_shot import Predictions

_MODEL = click.option("--model", help="Model to use; the bundled one, which needs no network, if left out.")
_DEVICE = click.option("--device", default="auto", show_default=True, help="cpu, cuda, mps or auto.")
_BATCH = click.option("--batch-size", type=click.IntRange(min=1), default=32, show_default=True)
_STRICT = click.option("--strict", is_flag=True, help="Exit with 1 if any file could not be used.")


@click.command()
@click.argument("images", nargs=-1, required=True)
@click.option("--labels", help="Class names with commas between: cat,dog.")
@click.option(
    "--labels-file", type=click.Path(path_type=Path), help="A class a line: parent > name | synonym; or JSON."
)
@click.option(
    "--templates", multiple=True, help="Prompt with {} for the class, or a prompt set's name; may be repeated."
)
@click.option("--top", "top_k", type=click.IntRange(min=1), default=1, show_default=True, help="Classes per image.")
@click.option("--domain", help="What the pictures show, such as medical/radiology: chooses the prompts.")
@click.option("--dtype", help="bfloat16 is twice as fast on processors that have it; float32 if left out.")
@click.option("--abstain-below", type=float, help="Give no label where the best score is lower.")
@click.option("--out", type=click.Path(path_type=Path), help="Stream results to .csv, .jsonl or .parquet.")
@click.option("--resume", is_flag=True, help="Go on where an earlier run with the same --out stopped.")
@click.option(
    "--support", type=click.Path(path_type=Path), help="Folder with a few labelled examples, a sub-folder a class."
)
@click.option("--temperature", type=float, help="Divide the logits by this before scores are made of them.")
@click.option(
    "--truth", help="Also print the accuracy: 'folder' (its name is the class), or a CSV with path and label."
)
@_MODEL
@_DEVICE
@_BATCH
@_STRICT
@output_options
def classify(
    images: tuple[str, ...],
    labels: str | None,
    labels_file: Path | None,
    templates: tuple[str, ...],
    top_k: int,
    domain: str | None,
    dtype: str | None,
    abstain_below: float | None,
    support: Path | None,
    temperature: float | None,
    truth: str | None,
    out: Path | None,
    resume: bool,
    model: str | None,
    device: str,
    batch_size: int,
    strict: bool,
    as_json: bool,
    quiet: bool,
) -> None:
    """Zero-shot classification of IMAGES: files, folders, globs, a CSV of paths, or - for paths on stdin."""
    from zoo.zero_shot import FileSummary, Predictions, classify_to_file
    from zoo.zero_shot import classify as classify_in_memory

    if out is not None and truth:
        raise click.UsageError("--truth prints an accuracy and cannot go with --out")
    if resume and out is None:
        raise click.UsageError("--resume goes on with a file: name it with --out")
    run: Callable[..., Predictions | FileSummary] = classify_in_memory
    if out is not None:
        run = functools.partial(classify_to_file, out=out, resume=resume)
    found = run(
        list(images),
        _labels(labels, labels_file),
        model=model,
        templates=templates[0] if len(templates) == 1 else list(templates) or None,
        top_k=top_k,
        batch_size=batch_size,
        device=device,
        dtype=dtype,
        domain=domain,
        abstain_below=abstain_below,
        support=support,
        temperature=temperature,
    )
    if isinstance(found, Predictions):
        _print_predictions(found, truth, as_json=as_json, quiet=quiet)
        failed = not found.paths or (strict and bool(found.failures))
    else:
        _print_notes(found.notes)
        click.echo(str(found), err=True)
        failed = strict and found.n_failed > 0
    if failed:
        raise click.exceptions.Exit(1)


def _print_predictions(predictions: Predictions, truth: str | None, *, as_json: bool, quiet: bool) -> None:
    verdict = predictions.evaluate(_truth(truth, predictions.paths)) if truth and predictions.paths else None
    if as_json:
        failures = [{"image": failure.path, "reason": failure.reason} for failure in predictions.failures]
        print_json(
            {
                "results": predictions.to_table(),
                "failures": failures,
                "notes": list(predictions.notes),
                "provenance": predictions.provenance,
            }
            | ({"evaluation": verdict.to_dict()} if verdict else {})
        )
    elif quiet:
        print_lines(label or "" for label in predictions.predicted)
    else:
        rows = []
        for path, answer, best in zip(predictions.paths, predictions.predicted, predictions.top(), strict=True):
            told = ", ".join(f"{label} {score:.2f}" for label, score in best)
            rows.append((path, told if answer is not None else f"no answer ({told})"))
        if rows:
            print_table(("image", "label and score"), rows)
    if not as_json:
        _print_failures(predictions.failures)
    if not quiet:
        _print_notes(predictions.notes)
    if verdict is not None and not as_json:
        click.echo(str(verdict), err=quiet)
        for label, recall, taken_for in verdict.worst(3):
            if recall < 1 and not quiet:
                click.echo(f"  {label}: recall {recall:.2f}" + (f", mostly taken for {taken_for}" if taken_for else ""))


@click.command()
@click.argument("inputs", nargs=-1, required=True)
@click.option(
    "--text", "as_text", is_flag=True, help="INPUTS are texts, or tables of texts; - reads one a line from stdin."
)
@click.option("--out", type=click.Path(path_type=Path), help="Write .npz with vectors and names; else JSON lines.")
@_MODEL
@_DEVICE
@_BATCH
@_STRICT
@output_options
def embed(
    inputs: tuple[str, ...],
    as_text: bool,
    out: Path | None,
    model: str | None,
    device: str,
    batch_size: int,
    strict: bool,
    as_json: bool,
    quiet: bool,
) -> None:
    """Feature vectors of images (files and folders), or of texts with --text."""
    import json

    import zoo
    from zoo.output_files import check_writable, writing

    failures: list[Failure] = []
    if out is not None:
        out = out if out.suffix else Path(f"{out}.npz")
        check_writable(out)
    encoder = zoo.load(model or "multimodal/tiny-clip", device=device)
    if as_text:
        from zoo.image_sources import texts_in

        names = [line.rstrip("\n") for line in sys.stdin] if inputs == ("-",) else texts_in(inputs)
        vectors = encoder.embed_texts(names, batch_size=batch_size)
    else:
        from zoo.image_sources import embed_paths

        names, vectors, failures = embed_paths(encoder, inputs, batch_size=batch_size)
    finite = vectors.isfinite().all(dim=1)
    failures += [
        Failure(name, f"{encoder.card.id} gives numbers for it that are not finite")
        for name, good in zip(names, finite.tolist(), strict=True)
        if not good
    ]
    names = [name for name, good in zip(names, finite.tolist(), strict=True) if good]
    vectors = vectors[finite]
    _print_failures(failures)
    _print_notes(() if quiet else [*encoder.notes, *encoder.conversions])
    if not len(names):
        raise DataError("nothing could be embedded.", "Look at the reasons above, or give other files.")
    if out is not None:
        import numpy as np

        with writing(out), out.open("wb") as file:
            np.savez_compressed(file, names=np.array(names), vectors=vectors.numpy())
        click.echo(f"{len(names)} vectors of width {vectors.shape[1]} in {out}", err=True)
    elif as_json:
        print_json([{"name": n, "vector": v.tolist()} for n, v in zip(names, vectors, strict=True)])
    else:
        for name, vector in zip(names, vectors, strict=True):
            values = vector.tolist()
            click.echo(json.dumps(values if quiet else {"name": name, "vector": values}))
    if strict and failures:
        raise click.exceptions.Exit(1)


def _print_notes(notes: Iterable[str]) -> None:
    for note in notes:
        click.echo(f"note: {note}", err=True)


def _print_failures(failures: Iterable[Failure]) -> None:
    for failure in failures:
        click.echo(f"skipped {failure.path}: {failure.reason}", err=True)


def _labels(labels: str | None, labels_file: Path | None) -> Any:
    """Class names of the one option that was given."""
    if (labels is None) == (labels_file is None):
        raise click.UsageError("give the class names with --labels a,b,c or with --labels-file FILE")
    if labels_file is not None:
        from zoo.zero_shot.prompts import read_labels_file

        return read_labels_file(labels_file)
    assert labels is not None
    return list(class_names_in(labels) or ())


def _truth(truth: str, paths: tuple[str, ...]) -> list[str] | dict[str, str]:
    """True labels of the rows: names of their folders, or what a CSV says of their paths."""
    if truth == "folder":
        return [Path(path).resolve().parent.name for path in paths]
    from zoo.image_sources import labelled_paths

    return labelled_paths(Path(truth))
