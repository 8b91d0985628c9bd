"""Where zoo keeps what it computed and may compute again."""

from __future__ import annotations

import hashlib
import json
import os
from pathlib import Path
from typing import TYPE_CHECKING

from zoo.errors import DataError

if TYPE_CHECKING:
    pass


def own_cache() -> Path:
    """`$ZOO_CACHE`, else `zoo` below `$XDG_CACHE_HOME` or `~/.cache`: what zoo computed and may compute again."""
    own = os.environ.get("ZOO_CACHE")
    return Path(own) if own else Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "zoo"


def chosen_folder(cache: bool | str | Path, usual: Path) -> Path | None:
    """Where a call keeps what it computed: in the usual folder, in the one given, or nowhere.

    Raises:
        DataError: it is neither yes, no nor a place.
    """
    if not isinstance(cache, (bool, str, os.PathLike)):
        raise DataError(f"cache is {cache!r}.", "Give True, False or a folder.")
    if cache is False:
        return None
    return usual if cache is True else Path(cache)


def digest(value: object) -> str:
    """SHA-256 in hex of a plain value's JSON."""
    return hashlib.sha256(json.dumps(value, sort_keys=True).encode()).hexdigest()
