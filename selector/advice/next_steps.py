"""What to do after a recommendation: the commands to type, and the cheaper model that gives up little."""

from __future__ import annotations

import shlex
from collections.abc import Sequence

from ..proximity import LEAST_ROWS
from ..report.amounts import points
from ..task.task import Task
from .candidate import Candidate

_MUCH_LARGER = 4


def cheaper(candidates: Sequence[Candidate]) -> str:
    """A candidate of a fraction of the size that gives up little, as a sentence; empty if there is none."""
    if not candidates or (best := candidates[0]).expected is None or not best.card.n_parameters:
        return ""
    for c in candidates[1:]:
        n = c.card.n_parameters
        if n and best.card.n_parameters >= _MUCH_LARGER * n and c.expected is not None and not c.is_control:
            return (
                f"Cheaper: {c.card.id} has {best.card.n_parameters / n:.0f} times fewer parameters, "
                f"and is expected to give up {points(best.expected - c.expected)}."
            )
    return ""


def commands(task: Task, baseline: str | None, to_measure: Sequence[str]) -> tuple[str, ...]:
    """What to type next; empty for a task without data on disk, or without a candidate.

    Args:
        baseline: the zero-shot model.
        to_measure: ids of the candidates that are worth measuring.
    """
    if task.data is None or not task.data.dataset.source or not to_measure:
        return ()
    path = shlex.quote(task.data.dataset.source)
    said = []
    names_speak = task.names_speak
    if baseline is not None and task.modality == "image" and names_speak:
        names = shlex.quote(",".join(task.readable_names))
        domain = f" --domain {task.known_domain}" if task.known_domain else ""
        said.append(f"zoo classify {path} --model {baseline} --labels {names}{domain}")
    if (task.n_labelled or 0) + (task.n_unlabelled or 0) >= LEAST_ROWS:
        ids = " ".join(to_measure)
        what = "measures these on your labels" if task.n_labelled else "how near the data is, and label-free scores"
        said.append(f"zoo rank {path} {ids}{_as_stated(task)}   # {what}")
    return tuple(said)


def _as_stated(task: Task) -> str:
    """What the data does not say by itself, as options."""
    data = task.data
    columns = dict(data.dataset.columns)
    if "second text" in columns:
        columns["text"] += "," + columns["second text"]
    stated = {
        **{f"--{role}": columns.get(role) for role in ("image", "text", "label", "group", "split")},
        "--domain": task.known_domain if task.domain is not None and task.domain_note is None else None,
        "--bands": ",".join(task.bands) if task.bands and task.modality != "image" else None,
        "--dataset": task.dataset,
        "--language": task.language if task.language != getattr(data, "language", None) else None,
    }
    return "".join(f" {name} {shlex.quote(value)}" for name, value in stated.items() if value)
