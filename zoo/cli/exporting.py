"""The verb export: leaves zoo with a model."""

from __future__ import annotations

from pathlib import Path
from typing import Literal

import click

from zoo.cli.printing import output_options, print_json


@click.command()
@click.argument("model")
@click.option("--onnx", type=click.Path(path_type=Path), help="File ending in .onnx.")
@click.option("--exported", type=click.Path(path_type=Path), help="File ending in .pt2, of torch.export.")
@click.option("--hub", type=click.Path(path_type=Path), help="Folder that the model's own library loads.")
@click.option("--kind", type=click.Choice(["image", "text"]), help="Side of an image-text model; image if left out.")
@click.option("--overwrite", is_flag=True, help="Write into a folder that holds something.")
@output_options
def export(
    model: str,
    onnx: Path | None,
    exported: Path | None,
    hub: Path | None,
    kind: Literal["image", "text"] | None,
    overwrite: bool,
    as_json: bool,
    quiet: bool,
) -> None:
    """Write MODEL, a run's folder or the id of a model, for other programs; nothing is uploaded.

    Each file is run on batches of other sizes and held against the model; one that differs is not kept.
    """
    if onnx is None and exported is None and hub is None:
        raise click.UsageError("give --onnx FILE, --exported FILE or --hub FOLDER")
    from zoo.transfer.exporting import export as write

    told = write(model, onnx=onnx, exported=exported, hub=hub, kind=kind, overwrite=overwrite)
    written = {"onnx": told.onnx, "exported": told.exported, "hub": told.hub}
    if as_json:
        print_json(
            {name: None if path is None else str(path) for name, path in written.items()}
            | {"differences": told.differences}
        )
        return
    for name, path in written.items():
        if path is not None and quiet:
            click.echo(str(path))
        elif path is not None:
            beside = f", at most {told.differences[name]:.1e} from torch" if name in told.differences else ""
            click.echo(f"{path}{beside}")
