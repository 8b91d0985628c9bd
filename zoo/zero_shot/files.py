"""Any number of pictures to a file of results, streamed and resumable.

OUT                 results, as .csv, .jsonl or .parquet; `results` says what they look like
OUT.failures.jsonl  inputs that could not be used, with the reason; absent if there are none
"""

from __future__ import annotations

import contextlib
import json
import os
import sys
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from zoo.arguments import gathered
from zoo.cards import ModelCard
from zoo.errors import DataError
from zoo.image_sources import expand
from zoo.output_files import writing
from zoo.registry import Registry
from zoo.zero_shot.options import Options, check_numbers
from zoo.zero_shot.preparation import prepare
from zoo.zero_shot.prompts import Labels
from zoo.zero_shot.results import ResultWriter, as_bytes, check_place, names_done
from zoo.zero_shot.stale import replaced_since, take_out, written_at

if TYPE_CHECKING:
    import torch

    from zoo.encoder import Encoder


@dataclass(frozen=True)
class FileSummary:
    """What a run added to its file."""

    path: Path
    n_written: int
    n_failed: int
    n_skipped: int
    """Pictures that an earlier run had done."""
    provenance: dict[str, Any]
    n_anew: int = 0
    """Pictures among the written ones that an earlier run had done, and that were replaced since."""
    notes: tuple[str, ...] = ()
    """What a user should know of the model, the class names and what was done to the pictures, a sentence each."""

    def __str__(self) -> str:
        parts = [f"{self.n_written} results in {self.path}"]
        if self.n_skipped:
            parts.append(f"{self.n_skipped} were there before")
        if self.n_anew:
            parts.append(f"{self.n_anew} done anew, because the picture was replaced since")
        if self.n_failed:
            parts.append(f"{self.n_failed} inputs could not be used: {_failures_path(self.path)}")
        return "; ".join(parts)


def classify_to_file(
    images: Any,
    labels: Labels,
    out: str | os.PathLike[str],
    model: str | ModelCard | Encoder | None = None,
    templates: Sequence[str] | str | None = None,
    top_k: int | None = None,
    batch_size: int = 32,
    device: str = "auto",
    *,
    resume: bool = False,
    progress: bool | None = None,
    domain: str | None = None,
    prompts: Mapping[str, Sequence[str]] | None = None,
    null_prompts: Sequence[str] = (),
    support: Any = None,
    method: Literal["gda", "tip-adapter"] = "gda",
    dtype: str | torch.dtype | None = None,
    temperature: float | None = None,
    abstain_below: float | None = None,
    deterministic: bool = False,
    cache: bool | str | Path = True,
    local_files_only: bool | None = None,
    registry: Registry | None = None,
) -> FileSummary:
    """`zoo.classify` for more pictures than fit into memory: each batch is on disk before the next is read.

    Args:
        out: a file that ends in .csv, .jsonl or .parquet.
        resume: go on with a file that an earlier run left, whole or killed at any moment; pictures that it holds
            are skipped, failures are tried again, and what was replaced since is done anew.
        progress: a bar on stderr; None: only if that is a terminal.

    Raises:
        DataError: the file exists and `resume` is False, or it was made with another model, labels or prompts.
        MissingExtraError: a Parquet file is wanted and pyarrow is absent.
    """
    options = gathered(Options, locals())
    check_numbers(top_k, batch_size, abstain_below)
    if not isinstance(out, (str, os.PathLike)):
        raise DataError(f"want the path of a file, got {type(out).__name__}.", "Give one such as 'results.csv'.")
    path = Path(out)
    check_place(path, resume=resume)
    scorer = prepare(labels, model, device, options, registry=registry)
    provenance = scorer.provenance()
    top_k = min(top_k or 1, len(scorer.labels))
    written = written_at(path)
    done = names_done(path, provenance, top_k) if resume else set()
    anew = replaced_since(written, done)
    with writing(path):
        take_out(path, anew)
    done -= anew
    counts = {"written": 0, "failed": 0, "skipped": 0}
    with writing(_failures_path(path)):
        _failures_path(path).unlink(missing_ok=True)
    with ResultWriter(path, provenance, top_k) as output, _bar(images, progress) as advance:
        for names, vectors, failures in scorer.batches(images, batch_size, skip=done, counts=counts):
            found = scorer.predictions(
                names, scorer.logits(vectors), failures, top_k=top_k, abstain_below=abstain_below
            )
            output.write(found.to_table())
            for failure in failures:
                with writing(_failures_path(path)):
                    _append(_failures_path(path), {"image": failure.path, "reason": failure.reason})
            counts["written"] += len(names)
            counts["failed"] += len(failures)
            advance(sum(counts.values()))
    notes = (*scorer.notes, *scorer.encoder.conversions)
    return FileSummary(path, counts["written"], counts["failed"], counts["skipped"], provenance, len(anew), notes)


def _append(path: Path, record: dict[str, str]) -> None:
    with path.open("ab") as file:
        file.write(as_bytes(json.dumps(record, ensure_ascii=False) + "\n"))


def _failures_path(path: Path) -> Path:
    return path.with_name(path.name + ".failures.jsonl")


@contextlib.contextmanager
def _bar(images: Any, wanted: bool | None) -> Iterator[Any]:
    """A function that is told how many inputs are through; it draws a bar only where one is wanted."""
    if not (sys.stderr.isatty() if wanted is None else wanted):
        yield lambda n: None
        return
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

    plain = isinstance(images, (list, tuple)) and all(
        isinstance(one, (str, os.PathLike)) and one != "-" for one in images
    )
    total = sum(1 for _ in expand(images)) if plain else None
    rate = TextColumn("{task.fields[rate]}")
    with Progress(
        BarColumn(),
        MofNCompleteColumn(),
        rate,
        TimeRemainingColumn(),
        console=Console(stderr=True, force_terminal=wanted),
        transient=True,
    ) as bar:
        task = bar.add_task("classify", total=total, rate="")

        def advance(n: int) -> None:
            speed = bar.tasks[0].speed
            bar.update(task, completed=n, rate=f"{speed:.1f}/s" if speed else "")

        yield advance
