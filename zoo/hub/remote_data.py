"""A user's data at an address (`s3://`, `gs://`, `hf://`, `https://`), brought into the cache by fsspec."""

from __future__ import annotations

import hashlib
import os
import shutil
from pathlib import Path
from tempfile import mkdtemp

from zoo.cache import own_cache
from zoo.errors import DataError, MissingExtraError


def fetch(address: str) -> Path:
    """The local copy of a file or folder at an address; brought once.

    Raises:
        DataError: nothing is there, or it cannot be reached.
        MissingExtraError: the driver for this kind of address is not installed.
    """
    protocol = address.partition("://")[0].lower()
    if protocol == "file":
        return Path(address.partition("://")[2])
    folder = own_cache() / "remote" / hashlib.sha256(address.encode()).hexdigest()[:24]
    name = "".join(c if c.isalnum() or c in "._-" else "_" for c in address.rstrip("/").rsplit("/", 1)[-1]).lstrip(".")
    target = folder / (name or "data")
    if target.exists():
        return target
    try:
        import fsspec

        files, path = fsspec.core.url_to_fs(address)
        is_folder = files.isdir(path)
        folder.mkdir(parents=True, exist_ok=True)
        part = Path(mkdtemp(dir=folder, prefix="part-"))
        files.get(path.rstrip("/") + ("/" if is_folder else ""), str(part / "data"), recursive=is_folder)
        if not (part / "data").exists():
            raise DataError(f"there is nothing at {address!r}.", "Check the address.")
        os.replace(part / "data", target)
        shutil.rmtree(part, ignore_errors=True)
    except ImportError as err:
        raise MissingExtraError(f"reading {protocol}:// addresses", protocol, _driver(protocol)) from err
    except ValueError as err:
        raise DataError(f"no driver knows addresses such as {address!r}.", _driver(protocol)) from err
    except DataError:
        raise
    except Exception as err:  # drivers raise many types
        raise DataError(
            f"{address!r} cannot be read: {type(err).__name__}: {err}.",
            "Check the address and your rights, or download it.",
        ) from err
    return target


def _driver(protocol: str) -> str:
    packages = {"s3": "s3fs", "gs": "gcsfs", "gcs": "gcsfs", "http": "aiohttp", "https": "aiohttp", "az": "adlfs"}
    return f"pip install {packages[protocol]}" if protocol in packages else "Download it, and give the local path."
