"""NPY and NPZ files; pickled objects inside them are never loaded."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
from numpy.typing import NDArray

from zoo.errors import ImageError

_MAX_VALUES_PER_PIXEL = 64


def read_arrays(path: str, max_pixels: int) -> NDArray[Any]:
    """The array of a .npy file, or the only array of a .npz file.

    Raises:
        ImageError: damaged, pickled, too large, or several arrays in one file.
    """
    try:
        # A memory map reads the header alone, so the cap is held before the values are touched.
        loaded = np.load(path, mmap_mode="r", allow_pickle=False)
    except Exception as err:  # numpy raises ValueError, OSError, EOFError or zipfile's own types
        reason = str(err).rstrip(".")
        raise ImageError(f"{path!r} cannot be read as an array: {reason}.", "Write it again with numpy.save.") from err
    if isinstance(loaded, np.ndarray):
        _check(loaded.shape, path, max_pixels)
        return np.array(loaded)
    with loaded:
        names = loaded.files
        if len(names) != 1:
            raise ImageError(
                f"{path!r} holds {len(names)} arrays ({', '.join(names[:6])}), want one picture.",
                "Save each picture as a .npy file of its own.",
            )
        n_bytes = loaded.zip.getinfo(names[0] + ".npy").file_size
        if n_bytes > max_pixels * _MAX_VALUES_PER_PIXEL:
            raise ImageError(f"{path!r} unpacks to {n_bytes / 1e6:.0f} MB.", "Cut it into tiles first.")
        try:
            array: NDArray[Any] = loaded[names[0]]
        except Exception as err:  # as above
            raise ImageError(f"{path!r} cannot be unpacked: {err}.", "Write it again with numpy.savez.") from err
    _check(array.shape, path, max_pixels)
    return array


def _check(shape: tuple[int, ...], path: str, max_pixels: int) -> None:
    if math.prod(shape) > max_pixels * _MAX_VALUES_PER_PIXEL:
        raise ImageError(f"{path!r} has shape {shape}, too large for one picture.", "Cut it into tiles first.")
