"""Where a user's pictures lie, and how many of them are read without losing a run to a bad one.

expand        files, folders, globs, a CSV of paths, "-" for stdin  →  paths, one by one
read_ahead    pictures → tensors, decoded in threads while the network computes, in the order given
embed_paths   everything at once: names, vectors, and what could not be used
"""

from __future__ import annotations

import csv
import glob
import os
import sys
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any, TypeVar

from zoo.arguments import at_least_one
from zoo.encoder.inputs import is_one, several
from zoo.errors import DataError, ZooError
from zoo.images import IMAGE_SUFFIXES, ImageLike

if TYPE_CHECKING:
    import torch

    from zoo.encoder import Encoder

_Read = TypeVar("_Read")

PATH_COLUMNS = ("path", "file", "filename", "file_name", "filepath", "image", "image_path")
"""Headings under which a CSV keeps its paths; without one of them the first column is taken."""
_AHEAD = 2
"""Batches that may be decoded before the network asks for them: what bounds memory."""


@dataclass(frozen=True)
class Failure:
    """One input that could not be used, and why."""

    path: str
    reason: str


@dataclass(frozen=True)
class ReadBatch:
    """What became of a run of consecutive inputs."""

    names: list[str]
    values: list[Any]
    """What `read` gave for each name."""
    failures: list[Failure]


def expand(
    inputs: str | os.PathLike[str] | Iterable[str | os.PathLike[str]], *, stdin: IO[str] | None = None
) -> Iterator[str]:
    """Paths behind what a user gave, one path or several, lazily and in a stable order.

    A folder gives the pictures below it by name; a pattern gives what it matches; a file that ends in .csv or
    .txt gives the paths that it lists, relative to itself; "-" gives the lines of stdin. Any other path comes
    back as it is, so that a missing file is reported like an unreadable one.

    Raises:
        DataError: a folder holds no picture, a pattern matches nothing, or a list of paths cannot be read.
    """
    for given in several(inputs):
        if not isinstance(given, (str, os.PathLike)):
            raise DataError(f"want paths, got {type(given).__name__}.", "Give files, folders or patterns.")
        text = os.fspath(given)
        if text == "-":
            yield from _lines(sys.stdin if stdin is None else stdin)
        elif os.path.isdir(text):
            yield from _some(_below(text), f"no picture lies below {text!r}.", f"Looked for {_SUFFIXES}.")
        elif os.path.isfile(text):
            yield from _of_file(Path(text))
        elif glob.has_magic(text):
            found = (path for path in sorted(glob.iglob(text, recursive=True)) if os.path.isfile(path))
            yield from _some(found, f"no file matches {text!r}.", "Check the pattern, or quote it for zoo.")
        else:
            yield text


def labelled_paths(listing: Path) -> dict[str, str]:
    """Label by path, of a CSV with a column of paths and a column `label` (or `class`).

    Raises:
        DataError: it cannot be read or lacks these columns.
    """
    try:
        with listing.open(encoding="utf-8-sig", newline="") as stream:
            rows = list(csv.reader(stream))
    except (OSError, UnicodeDecodeError, csv.Error) as err:
        why = getattr(err, "strerror", None) or err
        raise DataError(f"{str(listing)!r} cannot be read: {why}.", "Give a UTF-8 CSV.") from err
    heads = [cell.strip().lower() for cell in rows[0]] if rows else []
    path_column = next((heads.index(name) for name in PATH_COLUMNS if name in heads), None)
    label_column = next((heads.index(name) for name in ("label", "class") if name in heads), None)
    if path_column is None or label_column is None:
        raise DataError(f"{str(listing)!r} has no columns 'path' and 'label'.", f"It has: {', '.join(heads)}.")
    most = max(path_column, label_column)
    return {str(listing.parent / row[path_column].strip()): row[label_column] for row in rows[1:] if len(row) > most}


def named_images(images: Any) -> Iterator[tuple[str, ImageLike]]:
    """(name, picture) of whatever a user calls images: one or many paths, Pillow images, arrays or tensors.

    Paths are expanded as `expand` does; pictures in memory are called `image 0`, `image 1`, ...
    """
    if not isinstance(images, Iterable) or is_one(images):
        images = (images,)
    for position, image in enumerate(images):
        if isinstance(image, (str, os.PathLike)):
            for path in expand((image,)):
                yield path, path
        else:
            yield f"image {position}", image


def read_ahead(
    named: Iterable[tuple[str, ImageLike]],
    read: Callable[[ImageLike], _Read],
    *,
    batch_size: int,
    n_threads: int | None = None,
) -> Iterator[ReadBatch]:
    """Batches of up to `batch_size` results of `read`, made in threads ahead of the caller, in order.

    An input that `read` refuses becomes a Failure in its batch. At most two batches wait, so memory does not grow
    with the number of inputs.
    """
    n_threads = n_threads or min(8, (os.cpu_count() or 1))
    source = iter(named)
    waiting: deque[tuple[str, Future[_Read]]] = deque()
    with ThreadPoolExecutor(n_threads, thread_name_prefix="zoo-read") as pool:
        try:
            while True:
                while len(waiting) < (1 + _AHEAD) * batch_size:
                    item = next(source, None)
                    if item is None:
                        break
                    waiting.append((item[0], pool.submit(read, item[1])))
                if not waiting:
                    return
                yield _collect(waiting, batch_size)
        finally:
            for _, future in waiting:
                future.cancel()


def embed_paths(
    encoder: Encoder, inputs: str | os.PathLike[str] | Iterable[str | os.PathLike[str]], batch_size: int = 32
) -> tuple[list[str], torch.Tensor, list[Failure]]:
    """Names, (n, d) vectors and failures of the pictures behind `inputs`, which `expand` explains.

    Raises:
        DataError: a folder or pattern holds no picture.
        CapabilityError: the encoder takes no pictures.
    """
    import torch

    names: list[str] = []
    vectors: list[torch.Tensor] = []
    failures: list[Failure] = []
    at_least_one("batch_size", batch_size)
    for batch in read_ahead(((path, path) for path in expand(inputs)), encoder.preprocess, batch_size=batch_size):
        failures += batch.failures
        if batch.values:
            names += batch.names
            vectors.append(encoder.embed_images(torch.stack(batch.values), batch_size=batch_size))
    empty = torch.zeros((0, encoder.dim or 0))
    return names, torch.cat(vectors) if vectors else empty, failures


def _collect(waiting: deque[tuple[str, Future[_Read]]], batch_size: int) -> ReadBatch:
    batch = ReadBatch([], [], [])
    while waiting and len(batch.values) < batch_size:
        name, future = waiting.popleft()
        try:
            value = future.result()
        except (ZooError, OSError, ValueError, MemoryError) as err:
            batch.failures.append(Failure(name, str(err) or type(err).__name__))
            # A long run of bad files must not hold back the report, nor empty the queue of good ones.
            if len(batch.failures) >= batch_size:
                break
        else:
            batch.names.append(name)
            batch.values.append(value)
    return batch


_SUFFIXES = ", ".join(sorted(IMAGE_SUFFIXES))


def _below(folder: str) -> Iterator[str]:
    """Pictures below a folder, folder by folder in order of names; hidden ones and links to folders are left out."""
    for parent, folders, files in os.walk(folder):
        folders[:] = sorted(name for name in folders if not name.startswith("."))
        for name in sorted(files):
            if os.path.splitext(name)[1].lower() in IMAGE_SUFFIXES and not name.startswith("."):
                yield os.path.join(parent, name)


def _lines(stream: IO[str]) -> Iterator[str]:
    for line in stream:
        if line.strip():
            yield line.strip()


def _of_file(path: Path) -> Iterator[str]:
    """The pictures that a table or an archive holds; any other file is itself the picture."""
    from zoo.data import read
    from zoo.data.layouts.web_dataset import TAR_SUFFIXES
    from zoo.data.tables import TABLE_SUFFIXES

    name = path.name.lower()
    if name.endswith((".csv", ".txt")) and not _needs_columns(path):
        yield from _listed(path)
    elif path.suffix.lower() in TABLE_SUFFIXES or name.endswith(TAR_SUFFIXES):
        data = read(path)
        if data.modality not in ("image", "multispectral"):
            raise DataError(f"{path} holds texts, no pictures.", f"Say so: zoo embed {path} --text.")
        yield from map(str, data.inputs)
    elif name.endswith(".npz"):
        try:
            data = read(path)
        except DataError:
            yield str(path)  # one picture of several arrays
        else:
            yield from map(str, data.inputs)
    else:
        yield str(path)


def _needs_columns(listing: Path) -> bool:
    """Whether a CSV has several columns and none of a usual heading for paths."""
    if listing.suffix.lower() != ".csv":
        return False
    try:
        with listing.open(encoding="utf-8-sig", newline="") as stream:
            heads = [cell.strip().lower() for cell in next(csv.reader(stream), [])]
    except (OSError, UnicodeDecodeError, csv.Error):
        return False  # its reader says what is wrong
    has_path = any(head in PATH_COLUMNS or head.endswith(tuple(IMAGE_SUFFIXES)) for head in heads)
    return (len(heads) > 1 or any(mark in head for head in heads for mark in ";\t|")) and not has_path


def texts_in(inputs: Sequence[str]) -> list[str]:
    """Texts as they stand; a file that is a table gives those of its rows, a pair as two lines.

    Raises:
        DataError: a table holds pictures, or cannot be read.
    """
    from zoo.data import read
    from zoo.data.tables import TABLE_SUFFIXES

    found: list[str] = []
    for given in inputs:
        if not (given.lower().endswith(tuple(TABLE_SUFFIXES)) and os.path.isfile(given)):
            found.append(given)
            continue
        data = read(given)
        if data.modality not in ("text", "code"):
            raise DataError(f"{given} names pictures, no texts.", "Leave --text out.")
        found += [each if isinstance(each, str) else "\n".join(each) for each in data.inputs]
    return found


def _listed(listing: Path) -> Iterator[str]:
    """Paths in a CSV with or without a heading, or in a text file, one a line."""
    from zoo.data.picture_paths import PictureFinder

    finder = PictureFinder(listing.parent)
    try:
        with listing.open(encoding="utf-8-sig", newline="") as stream:
            rows: Iterable[Sequence[str]] = (
                ([line] for line in _lines(stream)) if listing.suffix.lower() == ".txt" else csv.reader(stream)
            )
            column: int | None = None
            for row in rows:
                if column is None:  # the first row decides
                    heads = [cell.strip().lower() for cell in row]
                    column = next((heads.index(name) for name in PATH_COLUMNS if name in heads), None)
                    if column is not None:
                        continue
                    column = 0
                if len(row) > column and (cell := row[column].strip()):
                    yield finder.find(cell) or str(listing.parent / cell)
    except (OSError, UnicodeDecodeError, csv.Error) as err:
        raise DataError(
            f"{str(listing)!r} cannot be read as a list of paths: {err}.", "Give a UTF-8 CSV with a column 'path'."
        ) from err


def _some(paths: Iterator[str], problem: str, remedy: str) -> Iterator[str]:
    """The same paths; if there is none, a DataError."""
    first = next(paths, None)
    if first is None:
        raise DataError(problem, remedy)
    yield first
    yield from paths
