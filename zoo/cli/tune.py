"""Verbs that carry a transfer out and use what came of it: tune, predict, report."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from zoo.cli.printing import output_options, print_json, print_lines, print_table
from zoo.errors import DataError, OfflineError

if TYPE_CHECKING:
    from zoo.transfer.fitting import Run

_DEVICE = click.option("--device", default="auto", show_default=True, help="cpu, cuda, mps or auto.")


@click.command()
@click.argument("data")
@click.option("--model", help="Model, path or run to start from; the first that zoo recommends, if left out.")
@click.option("--image", help="Column of the pictures, where DATA is a table.")
@click.option("--text", help="Column of the texts; two with a comma between are pairs.")
@click.option("--label", help="Column of the labels.")
@click.option("--group", help="Column of what must stay on one side of the split, such as the patient.")
@click.option("--split", help="Column that says train, val or test.")
@click.option("--recipe", help="auto (default), or feature-extraction, partial, lp-ft, full, lora, contrastive, ...")
@click.option(
    "--out", type=click.Path(path_type=Path), default=Path("run"), show_default=True, help="Folder of the run."
)
@click.option("--budget", "budget_minutes", type=click.FloatRange(min=0, min_open=True), help="Minutes to train for.")
@click.option("--candidates", type=click.IntRange(min=1), default=1, show_default=True, help="Leaders of rank to tune.")
@click.option("--batch-size", type=click.IntRange(min=1), help="Rows in a step; that of the recipe if left out.")
@click.option("--accumulate", type=click.IntRange(min=1), default=1, show_default=True, help="Passes for one step.")
@click.option("--max-tokens", type=click.IntRange(min=4), help="Cut texts there.")
@click.option("--mixed-precision", type=click.Choice(["no", "bf16"]), default="no", show_default=True)
@click.option("--gradient-checkpointing", is_flag=True, help="Less memory, a third more time.")
@click.option("--dataset", help="Public name of the data, to find out whether the model has seen it.")
@click.option("--seed", type=int, default=0, show_default=True)
@click.option("--dry-run", is_flag=True, help="Print what would train, at which rate, how long and in which memory.")
@click.option("--resume", is_flag=True, help="Go on with a run that was cut off.")
@click.option("--overwrite", is_flag=True, help="Replace a run that lies there.")
@_DEVICE
@output_options
def tune(
    data: str,
    model: str | None,
    image: str | None,
    text: str | None,
    label: str | None,
    group: str | None,
    split: str | None,
    recipe: str | None,
    out: Path,
    budget_minutes: float | None,
    candidates: int,
    batch_size: int | None,
    accumulate: int,
    max_tokens: int | None,
    mixed_precision: str,
    gradient_checkpointing: bool,
    dataset: str | None,
    seed: int,
    dry_run: bool,
    resume: bool,
    overwrite: bool,
    device: str,
    as_json: bool,
    quiet: bool,
) -> None:
    """Train a source model on DATA (a folder, a table), guard it, and leave a folder that predicts."""
    from zoo.data import read
    from zoo.transfer.fitting import fit

    if resume and overwrite:
        raise click.UsageError("--resume and --overwrite contradict each other")
    rows = read(data, image=image, text=text, label=label, group=group, split=split)
    columns = {"image": image, "text": text, "label": label, "group": group, "split": split}
    starts = [model] if model is not None else _recommended(data, columns, candidates)
    if dry_run:
        from zoo.transfer.rehearsal import rehearse

        told = rehearse(starts[0], rows, recipe=recipe, batch_size=batch_size, max_tokens=max_tokens, device=device)
        if as_json:
            print_json(told.to_dict())
        else:
            click.echo(str(told))
        return
    runs = []
    for start in starts:
        folder = out if len(starts) == 1 else out / start.replace("/", "--")
        run = fit(
            start,
            rows,
            recipe=recipe,
            out=folder,
            seed=seed,
            budget_minutes=None if budget_minutes is None else budget_minutes / len(starts),
            batch_size=batch_size,
            max_tokens=max_tokens,
            device=device,
            mixed_precision=mixed_precision,
            accumulate=accumulate,
            gradient_checkpointing=gradient_checkpointing,
            dataset=dataset,
            resume=resume,
            overwrite=overwrite,
        )
        runs.append(run)
    _print_runs(runs, as_json=as_json, quiet=quiet)


def _recommended(data: str, columns: dict[str, str | None], n: int) -> list[str]:
    """Ids to start from: the first of the advice whose files can be had, or the leaders of a ranking on the data."""
    import importlib

    import zoo
    from zoo import hub

    selector: Any = importlib.import_module("zoo.selector")  # by name: the core imports nothing above it
    task = selector.Task.from_data(data, **columns)
    if n > 1:
        rows = [row for row in selector.rank(task).rows if row.measured.failure is None]
        if rows:
            return [row.candidate.card.id for row in rows[:n]]
        raise DataError("no model could be measured on this data.", "zoo rank DATA says why; or name one: --model ID.")
    found = [candidate.card.id for candidate in selector.recommend(task).candidates]
    if not found:
        raise DataError("no installed model fits this data.", "Name one: --model ID.")
    if hub.is_offline():
        here = [name for name in found if zoo.plan(name).cached]
        if not here:
            raise OfflineError(
                f"none of the recommended models lies on this machine ({', '.join(found[:3])}).",
                "Fetch one where there is a network (zoo pull MODEL), or name one that is here: --model ID.",
            )
        return here[:1]
    return found[:1]


def _print_runs(runs: list[Run], *, as_json: bool, quiet: bool) -> None:
    if as_json:
        told = [run.to_dict() for run in runs]
        print_json(told[0] if len(told) == 1 else told)
    elif quiet:
        print_lines(str(run.path) for run in runs)
    else:
        for run in runs:
            click.echo(str(run))


@click.command()
@click.argument("run", type=click.Path(path_type=Path))
@click.argument("inputs", nargs=-1, required=True)
@click.option("--out", type=click.Path(path_type=Path), help="Stream results to .csv, .jsonl or .parquet.")
@click.option("--resume", is_flag=True, help="Go on where an earlier call with the same --out stopped.")
@click.option("--top", "top_k", type=click.IntRange(min=1), default=1, show_default=True, help="Classes per input.")
@click.option("--abstain-below", type=float, help="Give no label where the best score is lower.")
@_DEVICE
@output_options
def predict(
    run: Path,
    inputs: tuple[str, ...],
    out: Path | None,
    resume: bool,
    top_k: int,
    abstain_below: float | None,
    device: str,
    as_json: bool,
    quiet: bool,
) -> None:
    """What the model in folder RUN says of INPUTS: files, folders, globs, - for stdin; for texts a file of lines."""
    from zoo.transfer.predicting import predict_to_file, read_inputs
    from zoo.transfer.predictor import Predictor

    if resume and out is None:
        raise click.UsageError("--resume goes on with a file: name it with --out")
    predictor = Predictor(run, device=device)
    if out is not None:
        click.echo(
            str(predict_to_file(predictor, inputs, out, resume=resume, top_k=top_k, abstain_below=abstain_below)),
            err=True,
        )
        return
    found = predictor.predict(list(read_inputs(predictor, inputs)), top_k=top_k, abstain_below=abstain_below)
    if as_json:
        failures = [{"image": failure.path, "reason": failure.reason} for failure in found.failures]
        print_json({"results": found.to_table(), "failures": failures, "notes": list(found.notes),
                    "provenance": found.provenance})  # fmt: skip
    elif quiet:
        print_lines(label or "" for label in found.predicted)
    else:
        table = found.to_table()
        if table:
            print_table(tuple(table[0]), [[_short(value) for value in row.values()] for row in table])
        for note in found.notes:
            click.echo(f"mind: {note}", err=True)
        for failure in found.failures:
            click.echo(f"left out: {failure.path}: {failure.reason}", err=True)
    if not found.paths:
        raise click.exceptions.Exit(1)


def _short(value: Any) -> Any:
    return f"{value:.3f}" if isinstance(value, float) else value


@click.command()
@click.argument("run", type=click.Path(path_type=Path))
@click.option("--out", type=click.Path(path_type=Path), help="Where the page goes; report.html in RUN if left out.")
@output_options
def report(run: Path, out: Path | None, as_json: bool, quiet: bool) -> None:
    """One page about the run in folder RUN: scores, gain, controls, curves, confusion, calibration, worst errors."""
    from zoo.transfer.report import write_report
    from zoo.transfer.run import read_facts

    if as_json:
        print_json(read_facts(run).model_dump(mode="json"))
        return
    path = write_report(run, out)
    click.echo(str(path) if quiet else f"wrote {path}")
