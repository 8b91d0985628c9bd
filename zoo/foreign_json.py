"""JSON that a stranger wrote, read within bounds: one regular file, of a size and depth that settings have."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from zoo.regular_files import open_regular

LARGEST_BYTES = 32 << 20
"""The largest settings published, tables of labels among them, have about one megabyte."""


def read_json(path: Path) -> Any:
    """What the file holds.

    Raises:
        OSError: it cannot be read, or is no regular file.
        ValueError: it is no JSON in UTF-8, too large, or nested without end.
    """
    with open_regular(path) as file:
        data = file.read(LARGEST_BYTES + 1)
    if len(data) > LARGEST_BYTES:
        raise ValueError(f"it has more than {LARGEST_BYTES >> 20} MB")
    try:
        return json.loads(data.decode("utf-8"))
    except RecursionError as err:
        raise ValueError("it is nested without end") from err
