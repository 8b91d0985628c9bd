"""Any number of pictures to a file of results, streamed and resumable.

out.csv            first line `# {provenance}`, then a heading and one row a picture
out.jsonl          first line {"provenance": ...}, then one object a picture
out.parquet        provenance in the schema's metadata; grows as out.parquet.partial.jsonl until it is whole
OUT.failures.jsonl inputs that could not be used, with the reason; absent if there are none
"""

from __future__ import annotations

import contextlib
import csv
import io
import json
import os
import sys
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any, Literal

from zoo.cards import ModelCard
from zoo.errors import DataError, MissingExtraError
from zoo.image_sources import expand
from zoo.registry import Registry
from zoo.zero_shot.preparation import prepare
from zoo.zero_shot.prompts import Labels
from zoo.zero_shot.scorer import Options

if TYPE_CHECKING:
    import torch

    from zoo.encoder import Encoder

FORMATS = (".csv", ".jsonl", ".parquet")
_SAME = (
    *("model", "weights_sha256", "preprocess", "labels", "prompts_sha256", "scoring", "logit_scale", "logit_bias"),
    *("temperature", "adaptation", "dtype"),
)
"""What a resumed run must share with the one that it goes on from."""
_ROWS_A_GROUP = 8192


@dataclass(frozen=True)
class FileSummary:
    """What a run added to its file."""

    path: Path
    n_written: int
    n_failed: int
    n_skipped: int
    """Pictures that an earlier run had done."""
    provenance: dict[str, Any]

    def __str__(self) -> str:
        parts = [f"{self.n_written} results in {self.path}"]
        if self.n_skipped:
            parts.append(f"{self.n_skipped} were there before")
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
            are skipped, failures are tried again.
        progress: a bar on stderr; None: only if that is a terminal.

    Raises:
        DataError: the file exists and `resume` is False, or it was made with another model, labels or prompts.
        MissingExtraError: a Parquet file is wanted and pyarrow is absent.
    """
    path = Path(out)
    if path.suffix.lower() not in FORMATS:
        raise DataError(f"{path.name!r} has no known ending.", f"Give one of {', '.join(FORMATS)}.")
    if path.suffix.lower() == ".parquet":
        _pyarrow()
    if not resume and (path.exists() or _partial(path).exists()):
        raise DataError(f"{path} is there already.", "Go on with it (--resume), remove it, or give another name.")
    options = Options(
        templates=templates,
        domain=domain,
        prompts=prompts,
        null_prompts=null_prompts,
        dtype=dtype,
        temperature=temperature,
        deterministic=deterministic,
        cache=cache,
        local_files_only=local_files_only,
        support=support,
        method=method,
    )
    scorer = prepare(labels, model, device, options, registry=registry)
    provenance = scorer.provenance()
    top_k = min(top_k or 1, len(scorer.labels))
    done = _Done(path, provenance, top_k) if resume else None
    skip = done.names if done is not None else frozenset()
    counts = {"written": 0, "failed": 0, "skipped": 0}
    _failures_path(path).unlink(missing_ok=True)
    with _Output(path, provenance, top_k) as output, _bar(images, progress) as advance:
        for names, vectors, failures in scorer.batches(images, batch_size, skip=skip, counts=counts):
            found = scorer.predictions(
                names, scorer.logits(vectors), failures, top_k=top_k, abstain_below=abstain_below
            )
            output.write(found.to_table())
            for failure in failures:
                _append(_failures_path(path), {"image": failure.path, "reason": failure.reason})
            counts["written"] += len(names)
            counts["failed"] += len(failures)
            advance(sum(counts.values()))
    return FileSummary(path, counts["written"], counts["failed"], counts["skipped"], provenance)


def columns(top_k: int) -> list[str]:
    """Headings of a table with the k best classes."""
    more = [name for place in range(2, top_k + 1) for name in (f"label_{place}", f"score_{place}")]
    return ["image", "label", "score", *more]


class _Output:
    """Appends records to a file of one of FORMATS."""

    def __init__(self, path: Path, provenance: dict[str, Any], top_k: int) -> None:
        self._path, self._provenance, self._columns = path, provenance, columns(top_k)
        self._parquet = path.suffix.lower() == ".parquet"
        self._csv = path.suffix.lower() == ".csv"

    def __enter__(self) -> _Output:
        target = _partial(self._path) if self._parquet else self._path
        target.parent.mkdir(parents=True, exist_ok=True)
        self._file: IO[bytes] = target.open("ab")
        if self._file.tell() == 0:
            head = json.dumps({"provenance": self._provenance}, ensure_ascii=False)
            if self._csv:
                head = f"# {json.dumps(self._provenance)}\n{_csv_line(self._columns)}"
            self._put(head.rstrip("\n") + "\n")
        return self

    def write(self, records: Sequence[dict[str, Any]]) -> None:
        """One write and flush a batch: a kill leaves whole records but for the last one, which resuming cuts off."""
        if self._csv:
            lines = [
                _csv_line(["" if record[name] is None else record[name] for name in self._columns])
                for record in records
            ]
        else:
            lines = [json.dumps(record, ensure_ascii=False) + "\n" for record in records]
        self._put("".join(lines))

    def _put(self, text: str) -> None:
        self._file.write(text.encode("utf-8", "surrogateescape"))
        self._file.flush()

    def __exit__(self, kind: Any, error: Any, trace: Any) -> None:
        self._file.close()
        if self._parquet and error is None:
            _to_parquet(self._path, self._provenance, self._columns)


class _Done:
    """Names in what an earlier run left, after an unfinished record at its end is cut off.

    Raises:
        DataError: the file is no result of zoo, or of another model, other labels or prompts.
    """

    def __init__(self, path: Path, provenance: dict[str, Any], top_k: int) -> None:
        self.names: set[str] = set()
        if path.suffix.lower() == ".parquet":
            if path.exists():
                self._take_parquet(path, provenance)
            path = _partial(path)
        if not path.exists():
            return
        is_csv = path.suffix.lower() == ".csv"
        with path.open("rb+") as file:
            end = 0
            for number, record in enumerate(_records(file, quoted=is_csv)):
                text = record.decode("utf-8", "surrogateescape")
                if number == 0:
                    _check_same(path, _provenance_of(path, text, is_csv), provenance)
                elif is_csv and number == 1:
                    if next(csv.reader([text])) != columns(top_k):
                        raise DataError(f"{path} has other columns.", "Ask for as many classes as the run before did.")
                elif is_csv:
                    self.names.add(next(csv.reader(io.StringIO(text, newline="")))[0])
                else:
                    self.names.add(json.loads(text)["image"])
                end += len(record)
            file.truncate(end)

    def _take_parquet(self, path: Path, provenance: dict[str, Any]) -> None:
        file = _pyarrow().parquet.ParquetFile(path)
        told = (file.schema_arrow.metadata or {}).get(b"zoo")
        _check_same(path, None if told is None else json.loads(told), provenance)
        for batch in file.iter_batches(columns=["image"]):
            self.names.update(batch.column(0).to_pylist())


def _records(file: IO[bytes], *, quoted: bool) -> Iterator[bytes]:
    """Whole records of a file; what follows the last of them is no record.

    A record ends at a line end that is not inside quotes.
    """
    held = b""
    for line in file:
        held += line
        if held.endswith(b"\n") and not (quoted and not held.startswith(b"# ") and held.count(b'"') % 2):
            yield held
            held = b""


def _provenance_of(path: Path, line: str, is_csv: bool) -> Any:
    try:
        return json.loads(line[2:]) if is_csv else json.loads(line)["provenance"]
    except (ValueError, KeyError, TypeError) as err:
        raise DataError(f"{path} does not begin with a record of its making.", "Give another name.") from err


def _check_same(path: Path, before: Any, now: dict[str, Any]) -> None:
    plain = json.loads(json.dumps(now))
    if not isinstance(before, dict):
        raise DataError(f"{path} does not say how it was made.", "Give another name.")
    other = [name for name in _SAME if before.get(name) != plain.get(name)]
    if other:
        raise DataError(
            f"{path} was made with another {', '.join(other)}.", "Give the same arguments, or another file name."
        )


def _to_parquet(path: Path, provenance: dict[str, Any], names: Sequence[str]) -> None:
    """The partial file behind the rows of an earlier Parquet file, as one new file that takes its place."""
    arrow = _pyarrow()
    kinds = {name: arrow.float32() if name.startswith("score") else arrow.string() for name in names}
    schema = arrow.schema(list(kinds.items()), metadata={b"zoo": json.dumps(provenance).encode()})
    partial, fresh = _partial(path), path.with_name(path.name + ".tmp")
    with arrow.parquet.ParquetWriter(fresh, schema) as writer:
        if path.exists():
            for batch in arrow.parquet.ParquetFile(path).iter_batches(_ROWS_A_GROUP):
                writer.write_table(arrow.Table.from_batches([batch]).cast(schema))
        rows: list[dict[str, Any]] = []
        with partial.open("rb") as file:
            records = _records(file, quoted=False)
            next(records, None)  # the provenance
            for record in records:
                rows.append(json.loads(record))
                if len(rows) == _ROWS_A_GROUP:
                    writer.write_table(arrow.Table.from_pylist(rows, schema))
                    rows = []
        writer.write_table(arrow.Table.from_pylist(rows, schema))
    os.replace(fresh, path)
    partial.unlink()


def _csv_line(values: Sequence[Any]) -> str:
    line = io.StringIO(newline="")
    csv.writer(line, lineterminator="\n").writerow(values)
    return line.getvalue()


def _append(path: Path, record: dict[str, str]) -> None:
    with path.open("ab") as file:
        file.write((json.dumps(record, ensure_ascii=False) + "\n").encode("utf-8", "surrogateescape"))


def _failures_path(path: Path) -> Path:
    return path.with_name(path.name + ".failures.jsonl")


def _partial(path: Path) -> Path:
    return path.with_name(path.name + ".partial.jsonl")


def _pyarrow() -> Any:
    try:
        import pyarrow
        import pyarrow.parquet
    except ImportError as err:
        raise MissingExtraError("a Parquet file", "pyarrow", "pip install 'transfer-zoo[parquet]'") from err
    return pyarrow


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
