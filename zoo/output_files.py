"""Files that results go to: whether one can be written is known before any work is done, and told with a remedy."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from pathlib import Path

from zoo.errors import DataError


def check_writable(path: Path) -> None:
    """Refuse a place where no file can be; a folder that is missing is made.

    Raises:
        DataError: it cannot be written.
    """
    with writing(path):
        path.parent.mkdir(parents=True, exist_ok=True)
        fresh = not path.exists()
        path.open("ab").close()
        if fresh:
            path.unlink()


@contextlib.contextmanager
def writing(path: Path) -> Iterator[None]:
    """A body that writes a file: what the system says against it becomes an error with its name and a remedy.

    Raises:
        DataError: it cannot be written.
    """
    try:
        yield
    except DataError:
        raise
    except (OSError, ValueError) as err:  # the latter of a name that no file can have
        why = (err.strerror if isinstance(err, OSError) else None) or err
        raise DataError(
            f"{str(path)[:200]!r} cannot be written: {why}.", "Give another place, or look at rights and free space."
        ) from err
