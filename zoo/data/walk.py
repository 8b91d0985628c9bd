"""The files below a folder: pictures, tables and the rest; what is no data is left out and counted."""

from __future__ import annotations

import os
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path

from zoo.errors import DataError
from zoo.images import IMAGE_SUFFIXES

PICTURE_SUFFIXES = IMAGE_SUFFIXES | {
    ".jfif", ".jpe", ".ppm", ".pgm", ".pbm", ".pnm", ".jp2", ".j2k", ".avif", ".heic", ".heif", ".tga", ".ico",
}  # fmt: skip
_NO_PICTURE = frozenset({
    ".txt", ".md", ".csv", ".tsv", ".json", ".jsonl", ".ndjson", ".xml", ".yaml", ".yml", ".html", ".pdf", ".doc",
    ".docx", ".xls", ".xlsx", ".parquet", ".arrow", ".feather", ".zip", ".gz", ".tgz", ".tar", ".py", ".ipynb", ".log",
    ".db", ".pt", ".pth", ".safetensors", ".mp4", ".avi", ".mov", ".wav", ".mp3", ".pkl", ".h5", ".hdf5", ".mat",
    ".ini",
})  # fmt: skip
"""Endings that are known to be no picture; a file of any other ending is looked into."""
_JUNK_FOLDERS = frozenset(
    {"__macosx", ".ipynb_checkpoints", "thumbs", "thumbnails", ".thumbnails", "@eadir", "__pycache__"}
)
_JUNK_FILES = frozenset({"thumbs.db", "desktop.ini", ".ds_store"})
_MAGIC = (
    b"\x89PNG", b"\xff\xd8\xff", b"GIF8", b"BM", b"II*\x00", b"MM\x00*", b"II+\x00", b"MM\x00+", b"\x93NUMPY",
    b"P4\n", b"P5\n", b"P6\n", b"\x00\x00\x00\x0cjP  ",
)  # fmt: skip
_BOXED = (b"avif", b"heic", b"heix", b"mif1", b"hevc")


@dataclass
class Files:
    """What lies below a folder."""

    root: Path
    pictures: list[Path] = field(default_factory=list)
    others: list[Path] = field(default_factory=list)
    empty: list[Path] = field(default_factory=list)
    """Folders with nothing in them."""
    junk: Counter[str] = field(default_factory=Counter)
    """Folder or file that is no data -> number of files in it."""

    def notes(self) -> list[str]:
        """What was left out."""
        if not self.junk:
            return []
        shown = ", ".join(f"{name} ({n})" for name, n in self.junk.most_common(3))
        return [f"left out, for they are no data: {shown}."]


def given_path(path: str | os.PathLike[str]) -> Path:
    """A path as a user gave it, with ~ for home.

    Raises:
        DataError: it is no path, or empty.
    """
    if not isinstance(path, (str, os.PathLike)) or not str(path):
        raise DataError(f"want a path, got {path!r}.", "Give the place of your data, such as 'my_data/'.")
    try:
        return Path(path).expanduser()
    except RuntimeError as err:
        raise DataError(f"{str(path)!r} begins with the home of nobody.", "Write the path in full.") from err


def files_below(root: Path) -> Files:
    """The files below a folder, in natural walking order.

    Hidden files and folders are left alone; linked folders are followed once. A file of unknown ending is a picture if
    its first bytes say so.
    """
    found = Files(root)
    walked = set()
    for here, folders, files in os.walk(root, followlinks=True):
        real = os.path.realpath(here)
        if real in walked:
            folders.clear()
            continue
        walked.add(real)
        for name in [name for name in folders if name.lower() in _JUNK_FOLDERS]:
            found.junk[name] += sum(len(inner) for _, _, inner in os.walk(os.path.join(here, name)))
        folders[:] = sorted(n for n in folders if not n.startswith(".") and n.lower() not in _JUNK_FOLDERS)
        n_before = len(found.pictures)
        for name in sorted(files):
            if name.lower() in _JUNK_FILES or name.startswith("."):
                found.junk.update([name] if name.lower() in _JUNK_FILES - {".ds_store"} else [])
                continue
            path = Path(here, name)
            suffix = os.path.splitext(name)[1].lower()
            known = suffix in PICTURE_SUFFIXES
            (found.pictures if known or (suffix not in _NO_PICTURE and is_picture(path)) else found.others).append(path)
        if len(found.pictures) == n_before and not folders:
            found.empty.append(Path(here))
    return found


def is_picture(path: Path) -> bool:
    """Whether the first bytes of a file are those of a picture."""
    try:
        with path.open("rb") as file:
            magic = file.read(132)
    except OSError:
        return False
    webp = magic[:4] == b"RIFF" and magic[8:12] == b"WEBP"
    boxed = magic[4:8] == b"ftyp" and magic[8:12] in _BOXED
    return magic.startswith(_MAGIC) or webp or boxed or magic[128:132] == b"DICM"
