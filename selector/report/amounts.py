"""Amounts as a person reads them: points of a metric, sizes and times, and how many there are."""

from __future__ import annotations

from collections.abc import Sequence

LEAST_TOLD = 5e-4
"""Share of the metric that is printed as 0.1 points; what is less is told as less."""


def points(share: float) -> str:
    """A difference of the metric in points, never 0.0 where it is more than nothing.

    >>> points(0.029), points(0.0001), points(0.0)
    ('2.9 points', 'under 0.1 points', '0 points')
    """
    if share <= 0:
        return "0 points"
    return f"{share * 100:.1f} points" if share >= LEAST_TOLD else "under 0.1 points"


def points_lost(share: float) -> str:
    """An expected loss in points: never none at all, for no expectation is certain.

    >>> points_lost(0.0), points_lost(0.029)
    ('under 0.1 points', '2.9 points')
    """
    return points(max(share, LEAST_TOLD / 10))


def signed_points(share: float) -> str:
    """A gain or a loss in whole points.

    >>> signed_points(0.126), signed_points(-0.01), signed_points(-0.001)
    ('+13 points', '-1 point', '0 points')
    """
    whole = round(share * 100)
    return f"{whole:+d} point{'s' * (abs(whole) != 1)}" if whole else "0 points"


def gigabytes(value: float) -> str:
    """A size that is an estimate.

    >>> gigabytes(4.36), gigabytes(0.01)
    ('about 4.4 GB', 'under 0.1 GB')
    """
    return "under 0.1 GB" if value < 0.1 else f"about {value:.1f} GB"


def milliseconds(value: float) -> str:
    """A time that is an estimate.

    >>> milliseconds(71.4), milliseconds(0.2)
    ('71 ms', 'under 1 ms')
    """
    return "under 1 ms" if value < 1 else f"{value:.0f} ms"


def listed(names: Sequence[str], most: int = 3) -> str:
    """Names, the first few of many.

    >>> listed(("a", "b")), listed(("a", "b", "c", "d", "e"))
    ('a, b', 'a, b, c and 2 more')
    """
    return ", ".join(names[:most]) + (f" and {len(names) - most} more" if len(names) > most else "")


def models(n: int) -> str:
    """How many models.

    >>> models(1), models(1200)
    ('1 model', '1,200 models')
    """
    return "1 model" if n == 1 else f"{n:,} models"
