"""What is worth knowing beside the table of a ranking: causes with their remedies, and whether anything was gained."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from .ranking.ranking import Ranking, RankRow

_SHIFTED = 0.5
"""Proxy-A above that of two halves of the same data from which two parts count as different."""
_FEW = 10
"""Exclusions that are told one by one; more come from a whole registry, not from names that a user gave."""


def notes_of(ranking: Ranking) -> list[str]:
    """What else is worth knowing of the rows, of the distances and of what was left out."""
    said = [f"{row.id}: {note}" for row in ranking.rows for note in row.measured.notes]
    said += [f"{r.id}: {r.measured.n_failed} files could not be read" for r in ranking.rows if r.measured.n_failed]
    if len(ranking.excluded) <= _FEW:
        said += [f"{e.id} is left out: {e.reason}" for e in ranking.excluded]
    said += [
        f"leakage: {row.id} saw {ranking.task.dataset} in pretraining ({row.candidate.leakage.why}): its figures here "
        "are no promise for new data"
        for row in ranking.rows
        if row.candidate.leakage.answer == "yes"
    ]
    said += _against_doing_nothing(ranking)
    said += _remedies(ranking.rows)
    if ranking.best is None:
        said.append(f"nothing was measured: {_why_nothing(ranking)}")
    near = [row.measured.proximity for row in ranking.rows if row.measured.proximity is not None]
    if near and ranking.rung == 3:
        said.append(
            f"Distances are those to {near[0].reference}: proxy-A is 0 for alike and 2 for apart (two halves of "
            f"your data: {near[0].floor:.1f}); give a reference of your own to ask how near another task lies."
        )
        said.append("The label-free score hardly agrees with accuracy (rank correlation 0.3): label 25 and rank again.")
    for row in ranking.rows:
        shift = row.measured.proximity
        if ranking.rung == 4 and shift is not None and shift.proxy_a >= shift.floor + _SHIFTED:
            said.append(
                f"{row.id}: what has no label differs from what has one (proxy-A {shift.proxy_a:.1f} of 2): "
                "accuracy there may be lower; label some of it."
            )
            break
    return said


def _against_doing_nothing(ranking: Ranking) -> list[str]:
    """Whether the best beats what costs no training: always the largest class, or the class names alone."""
    best, said = ranking.best, []
    if best is None or ranking.rung != _WITH_LABELS:
        return []
    if ranking.majority is not None and best.interval[0] <= ranking.majority:
        said.append(
            f"{best.id} is not clearly better than always naming the largest class ({ranking.majority:.2f}): "
            "label more, or try other models."
        )
    probe, names = best.measured.probe, best.measured.zero_shot
    if probe is not None and names is not None and names >= probe:
        said.append(
            f"{best.id}: the class names alone reach {names:.2f}, a probe {probe:.2f}: these labels add "
            "nothing to it yet."
        )
    return said


_WITH_LABELS = 4
"""The rung of a ranking with labels."""


def _remedies(rows: Sequence[RankRow]) -> list[str]:
    """What to do about each failure, once where several models failed alike."""
    told: dict[str, str] = {}
    for row in rows:
        if row.measured.failure is not None and row.measured.remedy:
            told.setdefault(row.measured.remedy, row.id)
    return [f"{name}: {remedy}" for remedy, name in told.items()]


def _why_nothing(ranking: Ranking) -> str:
    """The cause of a ranking without a figure, and the remedy for that cause."""
    task = ranking.task
    reads_pictures = task.modality == "image" or (task.modality == "multispectral" and task.bands is not None)
    here = ""
    if reads_pictures and all(row.id != _ALWAYS_HERE for row in ranking.rows):
        here = f", or name the one that is always here: zoo rank DATA {_ALWAYS_HERE}"
    if any(row.measured.lacks_files for row in ranking.rows):
        return f"fetch models where there is a network (zoo pull MODEL){here}"
    if ranking.rows:
        return f"every model failed, for the reason beside it; mend that and rank again{here}"
    if any(e.constraint == "bands" for e in ranking.excluded):
        bands = "this number of bands" if task.bands is None else f"the bands {', '.join(task.bands)}"
        return (
            f"no model named takes {bands}. Check that --bands names every channel in the order of the file; "
            "zoo recommend DATA --bands ... lists the models that take them"
        )
    return "every model named is left out, for the reason above; zoo recommend DATA lists those that can be used"


_ALWAYS_HERE = "multimodal/tiny-clip"
