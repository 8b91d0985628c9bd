"""A run in words, for a terminal."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from zoo.transfer.run import RunFacts


def told(path: Path, facts: RunFacts) -> str:
    """Score, gain, table of controls, what was compared, warnings."""
    lines = [f"{facts.base.id}, {facts.recipe.name}: {score_line(facts.scores)}"]
    if facts.gain is not None:
        value, low, high = (100 * number for number in facts.gain)
        lines.append(f"Against the frozen probe: {value:+.1f} points [{low:+.1f}, {high:+.1f}], paired over test rows.")
    s = facts.scores
    if s.get("recalls"):
        name, recall = min(s["recalls"].items(), key=lambda item: item[1])
        lines.append(f"Worst class: {name}, recall {100 * recall:.0f} %.")
    floor = f"a perfect model on so many rows: {s['calibration_floor']:.3f}"
    lines.append(f"Calibration error {s['calibration_error']:.3f} ({floor}).")
    lines.append("Controls:")
    lines += [f"  {name}: {score_line(own)}" for name, own in facts.controls.items()]
    if facts.measured:
        lines.append("Compared inside the training rows:")
        lines += [f"  {measured_line(own)}" for own in facts.measured]
    lines += [f"Warning: {text}" for text in facts.warnings]
    lines += [f"Note: {text}" for text in facts.notes]
    lines.append(f"{facts.seconds:.0f} s; the model lies in {path}")
    return "\n".join(lines)


def score_line(scores: dict[str, Any]) -> str:
    low, high = scores["interval"]
    return f"{scores['name']} {100 * scores['main']:.1f} % [{100 * low:.1f}, {100 * high:.1f}] on {scores['n']:,} rows"


def measured_line(own: dict[str, Any]) -> str:
    if own["score"] is None:
        return f"{own['name']}: too few rows to measure{' (chosen)' if own.get('chosen') else ''}"
    error = f" ± {100 * own['error']:.1f}" if own.get("error") is not None else ""
    return f"{own['name']}: {100 * own['score']:.1f} %{error}{' (chosen)' if own.get('chosen') else ''}"
