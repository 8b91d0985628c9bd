"""The verb pretrain: goes on training a model on unlabelled rows."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from zoo.cli.printing import output_options, print_json
from zoo.errors import DataError

if TYPE_CHECKING:
    from zoo.data import Dataset
    from zoo.encoder import Encoder
    from zoo.transfer.domain_pretraining import Pretrained

OBJECTIVES = ("masked-language", "contrastive", "denoising", "masked-pictures")


@click.command()
@click.argument("data", type=click.Path(path_type=Path))
@click.option("--model", required=True, help="Source model, by id or by path.")
@click.option("--out", required=True, type=click.Path(path_type=Path), help="Folder for the model; new or empty.")
@click.option(
    "--objective", type=click.Choice(OBJECTIVES), help="masked-language for texts and masked-pictures if left out."
)
@click.option("--text", help="Column of the texts in a table.")
@click.option("--image", help="Column of the pictures in a table.")
@click.option("--steps", type=click.IntRange(min=1), help="Steps of each phase; of texts 120, of pictures 300.")
@click.option("--batch-size", type=click.IntRange(min=1), default=16, show_default=True)
@click.option("--rate", type=click.FloatRange(min=0, min_open=True), help="Highest learning rate of all layers.")
@click.option("--max-tokens", type=click.IntRange(min=8), default=128, show_default=True, help="Longer texts are cut.")
@click.option("--whole-words", is_flag=True, help="Mask all pieces of a word together.")
@click.option("--seed", type=int, default=0, show_default=True)
@click.option("--device", default="auto", show_default=True, help="cpu, cuda, mps or auto.")
@click.option("--overwrite", is_flag=True, help="Write into a folder that holds something.")
@output_options
def pretrain(
    data: Path,
    model: str,
    out: Path,
    objective: str | None,
    text: str | None,
    image: str | None,
    steps: int | None,
    batch_size: int,
    rate: float | None,
    max_tokens: int,
    whole_words: bool,
    seed: int,
    device: str,
    overwrite: bool,
    as_json: bool,
    quiet: bool,
) -> None:
    """Go on training a model on DATA without labels: a table, a folder of pictures, or a .txt with a text a line.

    Prints the loss on held-out rows beside that of the new head alone, and writes a folder that `--model` takes.
    """
    from zoo.loading import load
    from zoo.transfer.exporting.hub import check_folder

    check_folder(out, overwrite=overwrite)
    rows = _rows(data, text, image)
    of_pictures = rows.modality in ("image", "multispectral")
    objective = objective or ("masked-pictures" if of_pictures else "masked-language")
    if of_pictures != (objective == "masked-pictures"):
        held = "pictures" if of_pictures else "texts"
        raise DataError(f"{str(data)!r} holds {held}, which {objective} does not take.", "Leave --objective out.")
    encoder = load(model, device=device)
    told = _trained(encoder, rows, objective, steps, batch_size, rate, max_tokens, whole_words, seed)
    told.save(out, overwrite=overwrite)
    if as_json:
        print_json(told.to_dict() | {"folder": str(out)})
    elif quiet:
        click.echo(str(out))
    else:
        click.echo(str(told))
        for note in told.notes:
            click.echo(f"note: {note}", err=True)
        click.echo(f"Written to {out}. Next: zoo tune DATA --model {out}")


def _rows(data: Path, text: str | None, image: str | None) -> Dataset:
    """What is in the data, labelled or not."""
    from zoo.data import Dataset, read

    if data.suffix.lower() == ".txt" and data.is_file():
        lines = [line.strip() for line in data.read_text(encoding="utf-8", errors="replace").splitlines()]
        return Dataset.of([line for line in lines if line], modality="text", source=str(data))
    return read(data, text=text, image=image)


def _trained(
    encoder: Encoder,
    rows: Dataset,
    objective: str,
    steps: int | None,
    batch_size: int,
    rate: float | None,
    max_tokens: int,
    whole_words: bool,
    seed: int,
) -> Pretrained:
    """One of the objectives; what was not given is its own default."""
    from zoo.transfer import domain_pretraining as pretraining

    given: dict[str, Any] = {"batch_size": batch_size, "seed": seed, "progress": _say}
    given |= {name: value for name, value in (("steps", steps), ("rate", rate)) if value is not None}
    if objective == "masked-pictures":
        return pretraining.masked_autoencoder(encoder, rows.inputs, **given)
    texts = [" ".join(row) if isinstance(row, tuple | list) else str(row) for row in rows.inputs]
    if objective == "masked-language":
        return pretraining.masked_language_modeling(
            encoder, texts, max_tokens=max_tokens, whole_words=whole_words, **given
        )
    kind: Any = objective
    return pretraining.sentence_pretraining(encoder, texts, objective=kind, max_tokens=max_tokens, **given)


def _say(phase: str, steps: int) -> None:
    click.echo(f"{phase}: {steps} steps", err=True)
