"""Files that results go to: whether one can be written is known before any work is done, and told with a remedy."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Iterator
from pathlib import Path
from tempfile import NamedTemporaryFile

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


def write_whole(path: Path, data: bytes) -> None:
    """The file with these bytes, whole or as it was before, also where the process is killed meanwhile.

    Raises:
        OSError: it cannot be written.
    """
    with NamedTemporaryFile(dir=path.parent, prefix=f".{path.name[:100]}.", delete=False) as file:
        try:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
            file.close()
            os.chmod(file.name, 0o666 & ~_umask())
            os.replace(file.name, path)
        except OSError:
            with contextlib.suppress(OSError):
                os.unlink(file.name)
            raise


def _umask() -> int:
    mask = os.umask(0o077)
    os.umask(mask)
    return mask


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
