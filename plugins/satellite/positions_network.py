"""Sine and cosine position tables of masked autoencoders, as Prithvi and SatMAE compute them."""

from __future__ import annotations

import torch
from torch import Tensor


def sin_cos(width: int, positions: Tensor) -> Tensor:
    """(m, width) sines, then cosines, of positions (m,) at geometrically falling frequencies.

    Computed in the precision of `positions`, as upstream: float64 for fixed tables, float32 for coordinates.

    Source:
        Vaswani et al. 2017, arXiv:1706.03762, section 3.5, in the layout of He et al. 2021, arXiv:2111.06377.
    """
    steps = torch.arange(width // 2, dtype=positions.dtype, device=positions.device) / (width / 2)
    angles = positions.reshape(-1, 1) * (1.0 / 10_000**steps)
    return torch.cat([angles.sin(), angles.cos()], dim=1)


def grid_2d(width: int, side: int, step: float = 1.0) -> Tensor:
    """(1 + side * side, width) table of a square grid, columns first; row 0, of the class token, is zero.

    Args:
        step: distance between neighbours, as Scale-MAE stretches it.
    """
    at = torch.arange(side, dtype=torch.float64) * step
    columns, rows = at.repeat(side), at.repeat_interleave(side)
    table = torch.cat([sin_cos(width // 2, columns), sin_cos(width // 2, rows)], dim=1)
    return torch.cat([table.new_zeros(1, width), table]).float()


def grid_3d(width: int, frames: int, rows: int, columns: int) -> Tensor:
    """(1 + frames * rows * columns, width) table: 6/16 for columns, 6/16 for rows, 4/16 for frames."""
    share = width // 16
    x, y, t = (torch.arange(n, dtype=torch.float64) for n in (columns, rows, frames))
    table = torch.cat(
        [
            sin_cos(6 * share, x).repeat(frames * rows, 1),
            sin_cos(6 * share, y).repeat_interleave(columns, 0).repeat(frames, 1),
            sin_cos(4 * share, t).repeat_interleave(rows * columns, 0),
        ],
        dim=1,
    )
    return torch.cat([table.new_zeros(1, width), table]).float()
