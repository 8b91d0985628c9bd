"""From the cells of a table to pictures: paths in their many spellings, bytes, arrays and Pillow images."""

from __future__ import annotations

import os
from collections import defaultdict
from collections.abc import Mapping, Sequence
from functools import cached_property
from pathlib import Path, PurePosixPath
from typing import Any

import numpy as np

from zoo.data.kept_pictures import keep_picture
from zoo.data.walk import PICTURE_SUFFIXES, files_below, is_picture

_SUFFIXES = tuple(PICTURE_SUFFIXES)
_LONGEST_PATH = 400


class PictureFinder:
    """Finds the picture behind a cell.

    A path is looked for as it stands, then relative to the folder of its table, then by its name (with or without
    ending) among all pictures below that folder.
    """

    def __init__(self, folder: Path | None, pictures: Sequence[Path] | None = None) -> None:
        self.folder = folder
        self._given = pictures

    def find(self, cell: Any) -> str | None:
        """The path of the picture; None if there is none. What is no file yet is kept as one."""
        if isinstance(cell, os.PathLike):
            cell = os.fspath(cell)
        if isinstance(cell, (int, float)) and not isinstance(cell, bool) and cell == cell:
            cell = str(int(cell)) if float(cell).is_integer() else str(cell)
        if isinstance(cell, str):
            return self._path(cell)
        return keep_picture(cell)

    def share(self, cells: Sequence[Any]) -> float:
        """Share of the cells that are pictures, or look like paths of pictures."""
        return sum(self._is_one(cell) for cell in cells) / max(1, len(cells))

    def looked_in(self) -> str:
        """Where paths were looked for, in words."""
        return "the working folder" if self.folder is None else f"{self.folder} and below"

    def _is_one(self, cell: Any) -> bool:
        if isinstance(cell, (int, float)) and self.folder is None:
            return False
        if isinstance(cell, (bytes, Mapping)):
            return bool(raw_bytes(cell)) or (isinstance(cell, Mapping) and self._is_one(cell.get("path")))
        if isinstance(cell, np.ndarray):
            return cell.ndim in (2, 3) and min(cell.shape[:2]) > 1
        if isinstance(cell, (str, int, float, os.PathLike)):
            text = str(cell)
            if len(text) > _LONGEST_PATH or "\n" in text:
                return False
            return text.strip().lower().endswith(_SUFFIXES) or self.find(cell) is not None
        return hasattr(cell, "save") and hasattr(cell, "mode")  # a Pillow image

    def _path(self, cell: str) -> str | None:
        text = cell.strip().removeprefix("file://").replace("\\", "/")
        if not text or len(text) > _LONGEST_PATH or "\0" in text:
            return None
        direct = Path(text).expanduser() if text.startswith("~") else Path(text)
        for path in (direct,) if direct.is_absolute() else ((self.folder or Path()) / direct,):
            if os.path.isfile(path) and (  # is_file raises for a text that is too long to be a name
                path.suffix.lower() in PICTURE_SUFFIXES or is_picture(path)
            ):
                return str(path)
        if self.folder is None or len(text.split()) > 8:
            return None
        name = PurePosixPath(text).name
        found = self._by_name.get(name.lower(), ()) or self._by_stem.get(name.lower(), ())
        if len(found) > 1:
            tail = "/" + text.lower().removeprefix("./")
            ending = [p for p in found if f"/{p.as_posix()}".lower().endswith(tail)]
            found = ending or [p for p in found if f"/{p.with_suffix('').as_posix()}".lower().endswith(tail)]
        return str(found[0]) if len(found) == 1 else None

    @cached_property
    def _pictures(self) -> Sequence[Path]:
        if self._given is not None or self.folder is None:
            return self._given or ()
        return files_below(self.folder).pictures

    @cached_property
    def _by_name(self) -> Mapping[str, list[Path]]:
        index: defaultdict[str, list[Path]] = defaultdict(list)
        for path in self._pictures:
            index[path.name.lower()].append(path)
        return index

    @cached_property
    def _by_stem(self) -> Mapping[str, list[Path]]:
        index: defaultdict[str, list[Path]] = defaultdict(list)
        for path in self._pictures:
            stem = path.name.lower()
            for ending in (".gz", path.suffix.lower(), ".ome"):
                stem = stem.removesuffix(ending)
            index[stem].append(path)
        return index


def raw_bytes(cell: Any) -> bytes | None:
    """The bytes of a picture in a cell, bare or as Hugging Face keeps them (`{"bytes": ..., "path": ...}`)."""
    found = cell.get("bytes") if isinstance(cell, Mapping) else cell
    return bytes(found) if isinstance(found, (bytes, bytearray, memoryview)) and len(found) > 8 else None
