"""CSV, TSV and their kin: encoding, separator, quotes and heading are found out from the head, pyarrow parses.

Each reading that is possible (four separators, with and without quotes) is tried on the head, and the one that
explains most rows is taken: a stray quote swallows no row, and quoted line breaks stay in their text.
"""

from __future__ import annotations

import codecs
import io
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from zoo.data.files import Unreadable
from zoo.data.tables.table import Batch, Table, distinct_names
from zoo.errors import DataError

_HEAD_BYTES = 1 << 18
_BLOCK_BYTES = 1 << 20
"""Least block of the parser, which reads 32 of them ahead; a row that is longer makes it grow."""
_LONGEST_ROW_BYTES = 1 << 28
_NAMES_OF_SEPARATORS = {"\t": "a tab", ",": "a comma", ";": "a semicolon", "|": "a bar"}
_BOMS = (
    (codecs.BOM_UTF8, "utf-8-sig"), (codecs.BOM_UTF32_LE, "utf-32"), (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"), (codecs.BOM_UTF16_BE, "utf-16"),
)  # fmt: skip


@dataclass(frozen=True)
class Dialect:
    """How a file of separated values is written."""

    encoding: str
    separator: str
    quoted: bool
    skip: int
    """Lines before the heading."""
    has_heading: bool


def open_separated(path: Path) -> Table:
    """The table of a CSV or TSV file.

    Raises:
        DataError: it is empty, or no text in any known encoding.
    """
    try:
        with path.open("rb") as file:
            head = file.read(_HEAD_BYTES)
    except OSError as err:
        raise DataError(f"{path.name} cannot be opened: {err.strerror or err}.", "Check its rights.") from err
    notes: list[str] = []
    encoding = _encoding(path, head, notes)
    text = head.decode(encoding, "replace")
    if len(head) == _HEAD_BYTES:
        text = text[: text.rfind("\n") + 1] or text  # whole lines
    skip = 0
    first = text.split("\n", 1)[0].strip().strip('"')
    stated = first[4:5] if first.lower().startswith("sep=") and len(first) == 5 else None
    if stated:
        skip, text = 1, text.split("\n", 1)[1] if "\n" in text else ""
    if not text.strip():
        raise DataError(f"{path.name} has no usable row.", "Give a CSV with a header, or one JSON object a line.")
    separator, quoted, rows = _best_reading(text, path, stated)
    has_heading = not _is_data(rows)
    if has_heading:
        names, twice = distinct_names([str(cell or "") for cell in rows[0]])
        if twice:
            notes.append(
                f"two columns are named {twice[0]!r}: the second is called {twice[0] + '.1'!r} here; rename one."
            )
    else:
        names = tuple(f"column {number}" for number in range(1, len(rows[0]) + 1))
        notes.append(
            f"no header: the first row looks like data ({', '.join(str(cell)[:20] for cell in rows[0][:3])}), and the "
            f"columns are called {names[0]} to {names[-1]}."
        )
    dialect = Dialect(encoding, separator, quoted, skip, has_heading)
    if not quoted and '"' in text:
        notes.append("quotation marks are taken as letters: read as quotes they would swallow rows.")

    def read(wanted: Sequence[str], broken: list[Unreadable]) -> Iterator[Batch]:
        return _batches(path, dialect, names, wanted, broken)

    return Table(path.name, names, read, path.parent, notes=tuple(notes))


def _encoding(path: Path, head: bytes, notes: list[str]) -> str:
    """UTF-8 where the whole file is; else what charset-normalizer makes of the lines that are not."""
    for mark, name in _BOMS:
        if head.startswith(mark):
            return name
    strange = b""
    with path.open("rb") as file:
        decoder = codecs.getincrementaldecoder("utf-8")()
        rest = b""
        while block := file.read(1 << 20):
            try:
                decoder.decode(block)
            except UnicodeDecodeError:
                lines = (rest + block).split(b"\n") + file.read(1 << 20).split(b"\n")
                strange = b"\n".join(line for line in lines if not line.isascii())[: 1 << 16]
                break
            rest = block[-4096:]
        else:
            return "utf-8"
    from charset_normalizer import from_bytes

    wide = ["utf_7", "utf_16", "utf_16_be", "utf_16_le", "utf_32", "utf_32_be", "utf_32_le"]  # their files have a mark
    found = from_bytes(strange, cp_exclusion=wide)
    best = found.best()
    if best is None:
        raise DataError(f"{path.name} is not UTF-8 text, and no other encoding fits.", "Save it as UTF-8.")
    # Short samples fit many; of equals the usual one of the West.
    best = next((m for m in found if m.encoding == "cp1252" and m.chaos <= best.chaos), best)
    notes.append(f"not UTF-8: read as {best.encoding}; save it as UTF-8 if letters look wrong.")
    return str(best.encoding)


def _best_reading(text: str, path: Path, stated: str | None) -> tuple[str, bool, list[list[Any]]]:
    """(separator, whether quotes count, rows of the head) of the reading that explains most."""
    usual = "\t" if path.suffix.lower() in (".tsv", ".tab") else ","
    marks = [stated] if stated else [usual, *(mark for mark in ("\t", ",", ";", "|") if mark != usual)]
    best: tuple[tuple[int, int], str, bool, list[list[Any]]] | None = None
    for mark in marks:
        for quoted in (True, False):
            rows, n_bad, n_torn = _parse_head(text, mark, quoted)
            n_columns = len(rows[0]) if rows else 0
            # A reading explains a row if it has the fields of the first; one column explains nothing.
            score = (len(rows) - 4 * n_bad - 4 * n_torn if n_columns > 1 else -(10**9) + len(rows), n_columns)
            if best is None or score > best[0]:
                best = score, mark, quoted, rows
    assert best is not None
    if not best[3]:
        raise DataError(f"{path.name} has no usable row.", "Give a CSV with a header, or one JSON object a line.")
    return best[1], best[2], best[3]


def _parse_head(text: str, mark: str, quoted: bool) -> tuple[list[list[Any]], int, int]:
    """(rows of the first row's width, rows of another, cells that seem to have swallowed a row)."""
    import pyarrow as pa

    n_bad = 0

    def skip(row: Any) -> str:
        nonlocal n_bad
        n_bad += 1
        return "skip"

    try:
        reader = _reader(
            io.BytesIO(text.encode("utf-8")), mark, quoted, 0, "utf-8", None, None, skip, len(text) * 4 + 64
        )
        columns = [column.to_pylist() for column in reader.read_all().columns]
    except pa.ArrowInvalid:
        return [], 1, 1
    rows = [list(row) for row in zip(*columns, strict=True)]
    torn = sum(
        1 for row in rows for cell in row if "\n" in cell and any(mark in line for line in cell.split("\n")[:-1])
        and sum(mark in line for line in cell.split("\n")) > 1
    )  # fmt: skip
    return rows, n_bad, torn


def _reader(
    source: Any,
    mark: str,
    quoted: bool,
    skip: int,
    encoding: str,
    names: Sequence[str] | None,
    wanted: Sequence[str] | None,
    on_bad: Any,
    block: int,
) -> Any:
    import pyarrow as pa
    from pyarrow import csv

    return csv.open_csv(
        source,
        read_options=csv.ReadOptions(
            use_threads=False,  # with threads no bad row knows its number
            block_size=block,
            skip_rows=skip,
            column_names=names,
            autogenerate_column_names=names is None,
            encoding=encoding,
        ),
        parse_options=csv.ParseOptions(
            delimiter=mark, quote_char='"' if quoted else False, newlines_in_values=quoted, invalid_row_handler=on_bad
        ),
        convert_options=csv.ConvertOptions(
            strings_can_be_null=False,
            column_types={name: pa.string() for name in names or [f"f{i}" for i in range(10_000)]},
            include_columns=wanted,
        ),
    )


def _batches(
    path: Path, dialect: Dialect, names: tuple[str, ...], wanted: Sequence[str], broken: list[Unreadable]
) -> Iterator[Batch]:
    import pyarrow as pa

    before = dialect.skip + dialect.has_heading

    def skip(row: Any) -> str:
        where = f"{path.name}:{row.number}" if row.number is not None else path.name
        broken.append(Unreadable(where, f"{row.actual_columns} fields, the header has {len(names)}"))
        return "skip"

    block = _BLOCK_BYTES
    n_done = 0
    while True:
        n_broken = len(broken)
        number = 0
        try:
            with path.open("rb") as file:
                reader = _reader(
                    file, dialect.separator, dialect.quoted, before, dialect.encoding, names, list(wanted), skip, block
                )
                for batch in reader:
                    number += batch.num_rows
                    if number > n_done:
                        fresh = batch.slice(batch.num_rows - (number - n_done))
                        yield Batch(n_done + 1, {name: fresh.column(name).to_pylist() for name in wanted})
                        n_done = number
            return
        except pa.ArrowInvalid as err:
            if "Empty CSV" in str(err):
                return
            if "straddling" not in str(err) or block >= _LONGEST_ROW_BYTES:
                why = " ".join(str(err).split())
                broken.append(Unreadable(f"{path.name}:{n_done + 1 + before}", f"the rest cannot be read: {why}"))
                return
            del broken[n_broken:]
            block *= 4  # a row longer than the block: again, from where it stopped


def _is_data(rows: list[list[Any]]) -> bool:
    """Whether the first row is no heading: it repeats a value of its column, or holds a number or a long text."""
    if len(rows) < 2:
        return False
    first, rest = rows[0], rows[1:]
    for place, cell in enumerate(first):
        text = str(cell or "").strip()
        below = [str(row[place] or "").strip() for row in rest]
        if text and len(set(below)) <= len(below) / 2 and text in below:
            return True
    filled = [str(cell).strip() for cell in first if str(cell or "").strip()]
    return (any(_is_number(cell) for cell in filled) and len(first) <= 3) or any(len(c.split()) > 8 for c in filled)


def _is_number(text: str) -> bool:
    try:
        float(text)
    except ValueError:
        return False
    return True
