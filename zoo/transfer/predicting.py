"""Predictions of a run for more inputs than fit into memory: a batch at a time on disk, to go on with after a kill."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from zoo.errors import DataError
from zoo.image_sources import expand
from zoo.zero_shot.files import FileSummary
from zoo.zero_shot.results import ResultWriter, check_place, names_done

if TYPE_CHECKING:
    from zoo.transfer.predictor import Predictor


def read_inputs(predictor: Predictor, inputs: Sequence[str]) -> Iterator[Any]:
    """Paths of pictures behind files, folders and globs; for texts the lines of a .txt file or of stdin, else the text.

    Raises:
        DataError: a folder or a file holds nothing that the run takes.
    """
    kind = predictor.facts.input_kind
    if kind == "image":
        yield from expand(inputs)
        return
    for given in inputs:
        if given == "-":
            yield from (_side(line.rstrip("\n"), kind) for line in sys.stdin)
        elif given.lower().endswith(".txt") and os.path.isfile(given):
            lines = Path(given).read_text(encoding="utf-8").splitlines()
            yield from (_side(line, kind) for line in lines)
        else:
            yield _side(given, kind)


def _side(line: str, kind: str) -> Any:
    """One text, or a pair with a tab between."""
    if kind == "text":
        return line
    sides = line.split("\t")
    if len(sides) != 2:
        raise DataError(f"want two texts with a tab between, got {line[:60]!r}.", "Write: first<TAB>second.")
    return tuple(sides)


def predict_to_file(
    predictor: Predictor,
    inputs: Sequence[str],
    out: str | os.PathLike[str],
    *,
    resume: bool = False,
    top_k: int = 1,
    abstain_below: float | None = None,
) -> FileSummary:
    """Writes .csv, .jsonl or .parquet; inputs that the file holds already are passed over with `resume`.

    Raises:
        DataError: the file exists and `resume` is False, or it was made by another run.
    """
    path = Path(out)
    check_place(path, resume=resume)
    provenance = predictor.provenance()
    top_k = min(top_k, len(predictor.class_names))
    done = names_done(path, provenance, top_k) if resume else set()
    n_written = n_failed = n_skipped = 0

    def fresh() -> Iterator[Any]:
        nonlocal n_skipped
        for item in read_inputs(predictor, inputs):
            if item in done or (isinstance(item, tuple) and " | ".join(item) in done):
                n_skipped += 1
            else:
                yield item

    failures: list[str] = []
    with ResultWriter(path, provenance, top_k) as output:
        for part in predictor.batches(fresh(), top_k=top_k, abstain_below=abstain_below):
            output.write(part.to_table())
            n_written += len(part)
            n_failed += len(part.failures)
            failures += [f"{failure.path}: {failure.reason}" for failure in part.failures]
    for line in failures:
        print(f"left out: {line}", file=sys.stderr)
    return FileSummary(path, n_written, n_failed, n_skipped, provenance)
