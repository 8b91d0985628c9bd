"""Charts as inline SVG: intervals on one axis, and cost against value."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from html import escape


@dataclass(frozen=True)
class Bar:
    """One model in a chart of intervals; `value` None: not known."""

    name: str
    value: float | None
    low: float
    high: float


@dataclass(frozen=True)
class Point:
    """One model in a chart of cost against value."""

    name: str
    cost: float
    value: float


def intervals(bars: Sequence[Bar], *, marks: Sequence[tuple[str, float]] = ()) -> str:
    """Dots with their intervals on a common axis from 0 to 1; `marks` are (name, value) lines across all."""
    known = [bar for bar in bars if bar.value is not None]
    if not known:
        return ""
    left, width, row = 250, 430, 30
    height = row * len(bars) + 46

    def x(value: float) -> float:
        return left + width * min(max(value, 0.0), 1.0)

    parts = [
        f'<div class="wide"><svg viewBox="0 0 760 {height}" role="img" '
        'aria-label="expected value of each model with its interval">'
    ]
    for tick in (0.0, 0.25, 0.5, 0.75, 1.0):
        parts.append(f'<line class="axis" x1="{x(tick)}" x2="{x(tick)}" y1="8" y2="{height - 34}"/>')
        parts.append(f'<text class="soft" x="{x(tick)}" y="{height - 18}" text-anchor="middle">{tick:g}</text>')
    ordered = _merged(marks)
    for place, (name, value) in enumerate(ordered):
        anchor = "middle" if len(ordered) == 1 else "end" if place < len(ordered) / 2 else "start"
        parts.append(f'<line class="mark" x1="{x(value):.1f}" x2="{x(value):.1f}" y1="8" y2="{height - 34}"/>')
        parts.append(
            f'<text class="soft" x="{x(value):.1f}" y="{height - 4}" text-anchor="{anchor}">{escape(name)}</text>'
        )
    for place, bar in enumerate(bars):
        y, css = 22 + row * place, "best" if place == 0 else "other"
        parts.append(f'<text x="{left - 12}" y="{y + 4}" text-anchor="end">{escape(_short(bar.name, 36))}</text>')
        if bar.value is None:
            parts.append(f'<text class="soft" x="{left + 8}" y="{y + 4}">not known</text>')
            continue
        parts.append(
            f'<line class="{css}" stroke-width="6" stroke-opacity=".35" stroke-linecap="round" '
            f'x1="{x(bar.low):.1f}" x2="{x(bar.high):.1f}" y1="{y}" y2="{y}"/>'
            f'<circle class="{css}" cx="{x(bar.value):.1f}" cy="{y}" r="5"/>'
            f'<text x="{left + width + 14}" y="{y + 4}">{bar.value:.2f}</text>'
        )
    return "".join([*parts, "</svg></div>"])


def _merged(marks: Sequence[tuple[str, float]]) -> list[tuple[str, float]]:
    """Marks from left to right; those that stand in one place share a name."""
    made: list[tuple[str, float]] = []
    for name, value in sorted(marks, key=lambda mark: (mark[1], mark[0])):
        if made and value - made[-1][1] < _ONE_PLACE:
            made[-1] = (f"{made[-1][0]}, {name}", made[-1][1])
        else:
            made.append((name, value))
    return made


_ONE_PLACE = 0.005


def pareto(points: Sequence[Point], *, cost: str, value: str) -> str:
    """Cost (logarithmic) against value; models that no cheaper one reaches are joined by a line and named."""
    points = [point for point in points if point.cost > 0]
    if len(points) < 2:
        return ""
    left, top, width, height = 60, 12, 660, 260
    logs = [math.log10(point.cost) for point in points]
    low_x, high_x = min(logs), max(logs)
    low_x, high_x = low_x - 0.08 * (high_x - low_x + 0.1), high_x + 0.08 * (high_x - low_x + 0.1)
    values = [point.value for point in points]
    pad = 0.12 * (max(values) - min(values)) + 0.01
    low_y, high_y = max(0.0, min(values) - pad), min(1.0, max(values) + pad)

    def at(point: Point) -> tuple[float, float]:
        across = (math.log10(point.cost) - low_x) / (high_x - low_x)
        return left + width * across, top + height * (1 - (point.value - low_y) / (high_y - low_y))

    parts = [
        f'<div class="wide"><svg viewBox="0 0 760 {top + height + 44}" role="img" '
        f'aria-label="{escape(cost)} against {escape(value)}">'
    ]
    digits = 2 if high_y - low_y >= _TWO_DIGITS else 3
    for step in range(5):
        worth = low_y + (high_y - low_y) * step / 4
        y = top + height * (1 - step / 4)
        parts.append(f'<line class="axis" x1="{left}" x2="{left + width}" y1="{y}" y2="{y}"/>')
        parts.append(f'<text class="soft" x="{left - 8}" y="{y + 4}" text-anchor="end">{worth:.{digits}f}</text>')
    for tick in _ticks(low_x, high_x):
        x = left + width * (math.log10(tick) - low_x) / (high_x - low_x)
        parts.append(f'<line class="axis" x1="{x:.1f}" x2="{x:.1f}" y1="{top}" y2="{top + height}"/>')
        parts.append(f'<text class="soft" x="{x:.1f}" y="{top + height + 18}" text-anchor="middle">{tick:g}</text>')
    parts.append(
        f'<text class="soft" x="{left + width}" y="{top + height + 38}" text-anchor="end">{escape(cost)}</text>'
    )
    front = pareto_front(points)
    path = " ".join(f"{x:.1f},{y:.1f}" for x, y in map(at, front))
    parts.append(f'<polyline points="{path}" fill="none" class="best" style="fill:none" stroke-width="1.5"/>')
    for point in points:
        x, y = at(point)
        css = "best" if point in front else "other"
        parts.append(
            f'<circle class="{css}" cx="{x:.1f}" cy="{y:.1f}" r="5"><title>{escape(point.name)}</title></circle>'
        )
    taken: list[tuple[float, float, float]] = []
    for point in sorted(points, key=lambda p: (p not in front, -p.value)):
        x, y = at(point)
        name = _short(point.name.rpartition("/")[2], 30)  # the whole name shows where the pointer rests
        long = 6.6 * len(name) + 12
        start = x - 9 - long if x + long > left + width else x + 9
        for base in (y - 8, y + 18):  # above the point, else below it, else not at all
            if all(start > b or start + long < a or abs(base - c) > 15 for a, b, c in taken):
                taken.append((start, start + long, base))
                parts.append(f'<text x="{start:.1f}" y="{base:.1f}">{escape(name)}</text>')
                break
    return "".join([*parts, "</svg></div>"])


def pareto_front(points: Sequence[Point]) -> list[Point]:
    """Points that no other beats in both, cheapest first.

    >>> [p.name for p in pareto_front([Point("a", 1, 0.5), Point("b", 2, 0.4), Point("c", 3, 0.9)])]
    ['a', 'c']
    """
    front: list[Point] = []
    for point in sorted(points, key=lambda p: (p.cost, -p.value)):
        if not front or point.value > front[-1].value:
            front.append(point)
    return front


_TWO_DIGITS = 0.04
"""Height of an axis from which its five numbers differ in two digits."""

_STEPS = ((1, 2, 5), (1, 1.2, 1.5, 2, 2.5, 3, 4, 5, 6, 8))
"""Numbers within a decade: of a long axis, and of one of less than a decade."""

_FEWEST_TICKS, _MOST_TICKS = 3, 8


def _ticks(low: float, high: float) -> list[float]:
    """Round numbers from 10**low to 10**high, three of them at least."""
    decades = range(math.floor(low), math.ceil(high) + 1)
    for steps in _STEPS:
        inside = [tick for tick in (m * 10.0**p for p in decades for m in steps) if low <= math.log10(tick) <= high]
        if len(inside) > _MOST_TICKS:
            return [tick for tick in inside if f"{tick:e}".startswith("1")]
        if len(inside) >= _FEWEST_TICKS:
            return inside
    least, most = 10**low, 10**high
    step = 10.0 ** math.floor(math.log10((most - least) / (_FEWEST_TICKS + 1)))
    wide = next(m for m in (5, 2, 1) if (most - least) / (m * step) >= _FEWEST_TICKS + 1)
    return [n * wide * step for n in range(math.ceil(least / (wide * step)), math.floor(most / (wide * step)) + 1)]


def _short(name: str, most: int) -> str:
    return name if len(name) <= most else name[: most - 1] + "…"
