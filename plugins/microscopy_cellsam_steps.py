"""CellSAM's equalisation of pictures: histograms of tiles whose peaks are clipped, blended between the tiles (CLAHE).

Source:
    Zuiderveld 1994, Graphics Gems IV, section VIII.5; numbers of vanvalenlab/cellSAM at 35bc6e0, utils.py,
    normalize_image, with scikit-image's levels, bins and clip limit.
"""

from __future__ import annotations

from typing import Any

_LEVELS, _N_BINS, _CLIP, _TILE_PX = 2**14, 256, 0.01, 128
_MOST = 99.9


def cellsam_equalise(pixels: Any) -> Any:
    """Each channel to 0-1: its 99.9th percentile cut, then equalised by tiles of 128 px; a flat channel becomes 0."""
    import numpy as np

    channels = [_equalised(_without_hot_pixels(pixels[..., i].astype(np.float64))) for i in range(pixels.shape[2])]
    return np.stack(channels, axis=2).astype(np.float32)


def _without_hot_pixels(channel: Any) -> Any:
    """Cut at the 99.9th percentile of what is not 0."""
    import numpy as np

    lit = channel[channel != 0]
    return np.minimum(channel, np.percentile(lit, _MOST)) if len(lit) else channel


def _equalised(channel: Any) -> Any:
    import numpy as np

    unit = _unit(channel)
    if not unit.any():
        return unit
    grey = np.round(_unit(np.round(unit * 65_535)) * (_LEVELS - 1)).astype(np.int64)
    height, width = grey.shape
    half = _TILE_PX // 2
    reach = [(half, -side % _TILE_PX + half) for side in grey.shape]
    bins = np.pad(grey // (1 + _LEVELS // _N_BINS), reach, mode="reflect")
    rows, columns = (side // _TILE_PX for side in bins.shape)

    # Curves of grey level, one a tile; tiles lie half a tile off the blocks below, which lie between four of them.
    inner = _tiles(bins[half:-half, half:-half], rows - 1, columns - 1)
    curves = np.array([[_curve(tile) for tile in line] for line in inner])
    curves = np.pad(curves, ((1, 1), (1, 1), (0, 0)), mode="edge")
    blocks = _tiles(bins, rows, columns)
    at = np.arange(_TILE_PX) / _TILE_PX
    ramp = np.stack([1 - at, at])  # weight of the curve before and behind
    blend = np.zeros(blocks.shape, dtype=np.float32)
    for down in (0, 1):
        for right in (0, 1):
            near = curves[down : down + rows, right : right + columns]
            seen = np.take_along_axis(near, blocks.reshape(rows, columns, -1), axis=2).reshape(blocks.shape)
            blend += (seen * (ramp[down][:, None] * ramp[right])).astype(np.float32)
    whole = blend.astype(np.int64).swapaxes(1, 2).reshape(bins.shape)
    return _unit(whole[half : half + height, half : half + width].astype(np.float64))


def _unit(channel: Any) -> Any:
    """Least to 0, greatest to 1; a flat channel becomes 0."""
    low, high = channel.min(), channel.max()
    return (channel - low) / (high - low) if high > low else channel * 0.0


def _tiles(picture: Any, rows: int, columns: int) -> Any:
    """(rows, columns, 128, 128) of a picture that they fill."""
    return picture.reshape(rows, _TILE_PX, columns, _TILE_PX).swapaxes(1, 2)


def _curve(tile: Any) -> Any:
    """(bins,) grey level of each bin: the clipped histogram, summed up."""
    import numpy as np

    counts = _clipped(np.bincount(tile.ravel(), minlength=_N_BINS), int(_CLIP * _TILE_PX**2))
    return np.minimum(counts.cumsum() * ((_LEVELS - 1) / _TILE_PX**2), _LEVELS - 1).astype(np.int64)


def _clipped(counts: Any, most: int) -> Any:
    """No bin holds more than `most`; what was above is dealt out to the others, evenly, then one by one.

    As in scikit-image, a bin that comes near `most` by its share is filled up to it, even if more is then dealt than
    there was.
    """
    import numpy as np

    low = np.minimum(counts, most)
    share = int((counts - low).sum()) // len(counts)
    dealt = np.where(low < most - share, low + share, low)
    dealt[dealt >= most - share] = most
    left = int((counts - dealt).sum())
    while left > 0:
        before = left
        for start in range(len(dealt)):
            free = dealt < most
            stride = max(1, int(free.sum()) // left)
            chosen = start + stride * np.flatnonzero(free[start::stride])
            dealt[chosen] += 1
            left -= len(chosen)
            if left <= 0:
                break
        if left == before:
            break
    return dealt
