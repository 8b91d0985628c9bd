"""A file of results on disk: written a batch at a time, and read again by a run that goes on with it.

out.csv            first line `# {provenance}`, then a heading and one row a picture
out.jsonl          first line {"provenance": ...}, then one object a picture
out.parquet        provenance in the schema's metadata; grows as out.parquet.partial.jsonl until it is whole
"""

from __future__ import annotations

import csv
import io
import json
import os
from collections.abc import Collection, Iterator, Sequence
from pathlib import Path
from typing import IO, Any

from zoo.errors import DataError, MissingExtraError
from zoo.output_files import check_writable, writing

FORMATS = (".csv", ".jsonl", ".parquet")
_SAME = (
    *("model", "weights_sha256", "preprocess", "labels", "prompts_sha256", "scoring", "logit_scale", "logit_bias"),
    *("temperature", "adaptation", "dtype"),
)
"""What a resumed run must share with the one that it goes on from."""
_ROWS_A_GROUP = 8192


def columns(top_k: int) -> list[str]:
    """Headings of a table with the k best classes."""
    more = [name for place in range(2, top_k + 1) for name in (f"label_{place}", f"score_{place}")]
    return ["image", "label", "score", *more]


def check_place(path: Path, *, resume: bool) -> None:
    """Refuse, before anything is computed, a file that could not be written or that would be written over.

    Raises:
        DataError: the ending is unknown, there is such a file already and `resume` is False, or it cannot be opened.
        MissingExtraError: a Parquet file is wanted and pyarrow is absent.
    """
    if path.suffix.lower() not in FORMATS:
        raise DataError(f"{path.name!r} has no known ending.", f"Give one of {', '.join(FORMATS)}.")
    if path.suffix.lower() == ".parquet":
        _pyarrow()
    with writing(path):
        if not resume and (path.exists() or partial_path(path).exists()):
            raise DataError(f"{path} is there already.", "Go on with it (--resume), remove it, or give another name.")
    check_writable(growing_path(path))


class ResultWriter:
    """Appends records to a file of one of FORMATS.

    Raises:
        DataError: it cannot be written.
    """

    def __init__(self, path: Path, provenance: dict[str, Any], top_k: int) -> None:
        self._path, self._provenance, self._columns = path, provenance, columns(top_k)
        self._parquet = path.suffix.lower() == ".parquet"
        self._csv = path.suffix.lower() == ".csv"

    def __enter__(self) -> ResultWriter:
        with writing(self._path):
            self._file: IO[bytes] = growing_path(self._path).open("ab")
            self._is_new = self._file.tell() == 0
            if self._is_new:
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
        with writing(self._path):
            self._put("".join(lines))
            self._is_new = self._is_new and not lines

    def _put(self, text: str) -> None:
        self._file.write(as_bytes(text))
        self._file.flush()

    def __exit__(self, kind: Any, error: Any, trace: Any) -> None:
        self._file.close()
        if error is not None and self._is_new:  # no result is in it: nothing to go on with, nothing to stand in the way
            growing_path(self._path).unlink(missing_ok=True)
        if self._parquet and error is None:
            with writing(self._path):
                _to_parquet(self._path, self._provenance, self._columns)


def names_done(path: Path, provenance: dict[str, Any], top_k: int) -> set[str]:
    """Names in what an earlier run left, after an unfinished record at its end is cut off.

    Raises:
        DataError: the file is no result of zoo, or of another model, other labels or prompts.
    """
    names: set[str] = set()
    if path.suffix.lower() == ".parquet" and path.exists():
        names.update(_names_in_parquet(path, provenance))
    growing = growing_path(path)
    if not growing.exists():
        return names
    is_csv = path.suffix.lower() == ".csv"
    with growing.open("rb+") as file:
        end = 0
        for number, record in enumerate(read_records(file, quoted=is_csv)):
            text = record.decode("utf-8", "surrogateescape")
            if number == 0:
                _check_same(growing, _provenance_of(growing, text, is_csv), provenance)
            elif is_csv and number == 1:
                if next(csv.reader([text])) != columns(top_k):
                    raise DataError(f"{path} has other columns.", "Ask for as many classes as the run before did.")
            else:
                names.add(_name_in(growing, text, is_csv))
            end += len(record)
        file.truncate(end)
    return names


def _names_in_parquet(path: Path, provenance: dict[str, Any]) -> Iterator[str]:
    arrow = _pyarrow()
    try:
        file = arrow.parquet.ParquetFile(path)
    except (arrow.ArrowInvalid, OSError) as err:
        raise DataError(f"{path} cannot be read as Parquet: {str(err).splitlines()[0]}", "Give another name.") from err
    told = (file.schema_arrow.metadata or {}).get(b"zoo")
    _check_same(path, None if told is None else json.loads(told), provenance)
    for batch in file.iter_batches(columns=["image"]):
        yield from batch.column(0).to_pylist()


def _name_in(path: Path, record: str, is_csv: bool) -> str:
    """What a record is of."""
    try:
        name: str = next(csv.reader(io.StringIO(record, newline="")))[0] if is_csv else json.loads(record)["image"]
    except (ValueError, KeyError, TypeError, IndexError, csv.Error) as err:
        raise DataError(
            f"{path} has a line that is no result: {record.strip()[:80]!r}.", "Take it out, or give another name."
        ) from err
    return name


def read_records(file: IO[bytes], *, quoted: bool) -> Iterator[bytes]:
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


def rewrite_parquet(path: Path, names: Collection[str]) -> None:
    """The same Parquet file without the rows of these pictures."""
    arrow = _pyarrow()
    table = arrow.parquet.read_table(path)
    kept = [row for row, name in enumerate(table.column("image").to_pylist()) if name not in names]
    fresh = path.with_name(path.name + ".tmp")
    arrow.parquet.write_table(table.take(arrow.array(kept, arrow.int64())), fresh)
    os.replace(fresh, path)


def _to_parquet(path: Path, provenance: dict[str, Any], names: Sequence[str]) -> None:
    """The partial file behind the rows of an earlier Parquet file, as one new file that takes its place."""
    arrow = _pyarrow()
    kinds = {name: arrow.float32() if name.startswith("score") else arrow.string() for name in names}
    schema = arrow.schema(list(kinds.items()), metadata={b"zoo": json.dumps(provenance).encode()})
    partial, fresh = partial_path(path), path.with_name(path.name + ".tmp")
    with arrow.parquet.ParquetWriter(fresh, schema) as writer:
        if path.exists():
            for batch in arrow.parquet.ParquetFile(path).iter_batches(_ROWS_A_GROUP):
                writer.write_table(arrow.Table.from_batches([batch]).cast(schema))
        rows: list[dict[str, Any]] = []
        with partial.open("rb") as file:
            records = read_records(file, quoted=False)
            next(records, None)  # the provenance
            for record in records:
                rows.append(json.loads(record))
                if len(rows) == _ROWS_A_GROUP:
                    writer.write_table(arrow.Table.from_pylist(rows, schema))
                    rows = []
        writer.write_table(arrow.Table.from_pylist(rows, schema))
    os.replace(fresh, path)
    partial.unlink()


def as_bytes(text: str) -> bytes:
    """UTF-8; file names keep their own bytes, and half a character is spelled out."""
    try:
        return text.encode("utf-8", "surrogateescape")
    except UnicodeEncodeError:
        return text.encode("utf-8", "backslashreplace")


def _csv_line(values: Sequence[Any]) -> str:
    line = io.StringIO(newline="")
    csv.writer(line, lineterminator="\n").writerow(values)
    return line.getvalue()


def partial_path(path: Path) -> Path:
    """Where a Parquet file grows until it is whole."""
    return path.with_name(path.name + ".partial.jsonl")


def growing_path(path: Path) -> Path:
    """The file that records are added to."""
    return partial_path(path) if path.suffix.lower() == ".parquet" else path


def _pyarrow() -> Any:
    try:
        import pyarrow
        import pyarrow.parquet
    except ImportError as err:
        raise MissingExtraError("a Parquet file", "pyarrow", "pip install 'transfer-zoo[parquet]'") from err
    return pyarrow
