"""Quality of the prior, one data set left out at a time with its near-duplicates: `make bench-selection`.

Every prediction is made by `Prior.predict(..., exclude_evidence=[data set])`, which fits everything anew without the
data set and its near-duplicates: vocabulary, covariance, facts, levels, tuning and the width of the intervals.
No number is tuned on what is scored, but the form of the prior (equal parts of a model and of a mean over similar
tasks) was chosen among some forty, and the constants of its levels and intervals among a few, after a look at these
same tables, so they flatter it a little.
Baselines read the other data sets of the same table.

Prints, for every table, the mean over data sets (several columns of one data set count as one) of: overlap of the
first five (R5), Kendall's tau on the common first five and on the full list, what the first and the best of the first
five lose to the best of all (points); then the share of results inside the 80 % interval and the loss that was
expected beside the realised one, each with the range of the mean when groups of near-duplicates are redrawn (95 %).
Two lines are no baselines but ceilings, both chosen in hindsight: the best other column as a ranking (in a table of at
most 70 columns), and the one model that loses least when it is taken for every data set. The best of the first of the
ranking stands beside the best of as many that were chosen to be measured (`prior.shortlist`). Where the authors of a
candidate say that it was trained on the data set, the loss of the first is printed once more without such candidates.
`*` marks a column where the prior is better than that baseline, `!` where it is worse, by a paired bootstrap over
such groups; where there are fewer than three of them, nothing is marked.

About a minute for pictures and up to fifteen for texts on two cores.

    python tests/benchmarks/selection.py [--room image|text] [--workers 2] [--json OUT]
"""

from __future__ import annotations

import argparse
import json
import sys
import time
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from selection_ceilings import MOST_COLUMNS, best_column, best_model
from selection_ladder import climb, show
from selection_measures import LEAST_GROUPS, LESS_IS_BETTER, NAMES, bootstrap, measures, ratio
from selection_predictions import Prediction, loaded, predict_alone, predict_room
from selection_shortlist import lost
from selection_shortlist import show as show_lists
from selection_tables import BASELINES, Cell, Float, baselines, by_dataset, tables
from selection_trained import show as show_untrained
from selection_trained import trained

from zoo.selector.prior import TaskFacts
from zoo.selector.prior.regret import expected_loss
from zoo.selector.prior.table import Column, Room

SHOWN = ("R5", "tau5", "tau", "wtau", "regret1", "regret5")


def predict_ladder(room: Room, cells: list[Cell], predictions: dict[int, Prediction], workers: int) -> dict[str, float]:
    """The rungs above the prior, on one table."""
    told = [predictions[cell.column] for cell in cells]
    truth = [room.values[cell.rows, cell.column].astype(float) for cell in cells]
    with ProcessPoolExecutor(workers) as pool:
        return show(list(pool.map(_rungs, cells, truth, [p.strength for p in told], [p.expected for p in told])))


def _rungs(cell: Cell, truth: Float, strength: Float, expected: Float) -> dict[str, float]:
    """One data set of the ladder; how alike its candidates are is judged without it."""
    prior, models, _ = loaded()
    room = prior.room("image")
    candidates = [models[room.models[row]] for row in cell.rows]
    alike = prior.likeness(TaskFacts("image"), candidates, exclude_evidence=[room.columns[cell.column].dataset])
    return climb(truth, strength, expected, alike)


def report(
    name: str,
    cells: list[Cell],
    room: Room,
    predictions: dict[int, Prediction],
    models: dict,
    seen_in_training: NDArray[np.bool_],
) -> dict:
    """Print one table; give its numbers."""
    rows = {"prior": [], **{name: [] for name in BASELINES}}
    covered, printed, listed = [], [], []
    for cell, told in zip(cells, baselines(room, cells, models), strict=True):
        truth = room.values[cell.rows, cell.column].astype(float)
        here = np.searchsorted(np.flatnonzero(room.seen[:, cell.column]), cell.rows)
        p = predictions[cell.column]
        strength, low, high = p.strength[here], p.low[here], p.high[here]
        rows["prior"].append(measures(strength, truth))
        for method in BASELINES:
            rows[method].append(measures(told[method], truth) if method in told else np.full(len(NAMES), np.nan))
        covered.append(np.mean((low <= truth) & (truth <= high)))
        printed.append(_expected(p, here))
        if np.isfinite(p.expected).all():
            listed.append(lost(p, here, truth))
    columns = [room.columns[cell.column] for cell in cells]
    ours, groups = by_dataset(columns, np.array(rows["prior"]))
    cover, _ = by_dataset(columns, np.array(covered)[:, None])
    told_regret, _ = by_dataset(columns, np.array(printed)[:, None])
    out = {"data_sets": len(ours), "prior": dict(zip(NAMES, ours.mean(0).tolist(), strict=True))}
    out |= {"coverage": float(cover.mean()), "expected_regret": _mean_of_known(100 * told_regret)}
    n_models = float(np.mean([len(cell.rows) for cell in cells]))
    print(f"\n{name}: {len(ours)} data sets, {len(cells)} columns, {n_models:.0f} models on average")
    print(f"  {'':16s}" + "".join(f"{measure:>10s}" for measure in SHOWN))
    print(f"  {'prior':16s}" + "".join(f"{ours.mean(0)[NAMES.index(m)]:10.3f}" for m in SHOWN))
    for method in BASELINES:
        theirs, _ = by_dataset(columns, np.array(rows[method]))
        there = np.isfinite(theirs[:, 0])
        if not there.any():
            continue
        line = f"  {method:16s}"
        out[method] = {}
        for measure in SHOWN:
            at = NAMES.index(measure)
            kept = [group for group, has in zip(groups, there, strict=True) if has]
            difference, least, most = bootstrap(ours[there, at], theirs[there, at], kept)
            if measure in LESS_IS_BETTER:
                least, most = -most, -least
            enough = len(set(kept)) >= LEAST_GROUPS
            mark = "*" if enough and least > 0 else "!" if enough and most < 0 else " "
            line += f"{theirs[there, at].mean():9.3f}{mark}"
            out[method][measure] = {"value": float(theirs[there, at].mean()), "difference": difference, "mark": mark}
        print(line + ("" if there.all() else f"   on {there.sum()} data sets"))
    if len(set(groups)) >= LEAST_GROUPS and len(cells) <= MOST_COLUMNS:
        out["hindsight"] = best_column(cells, room)
        print(f"  {'(in hindsight)':16s}" + "".join(f"{out['hindsight'][measure]:10.3f}" for measure in SHOWN))
    out |= _against_one_choice(cells, room, columns, ours, rows["mean"], groups)
    out |= show_untrained(cells, room, predictions, models, seen_in_training)
    if len(listed) == len(cells):
        out |= show_lists(by_dataset(columns, np.array(listed))[0], groups)
    if np.isnan(told_regret).all():
        return out
    _, *cover_range = bootstrap(100 * cover[:, 0], np.zeros(len(cover)), groups)
    realised = ours[:, NAMES.index("regret1")]
    _, *lost_range = bootstrap(realised, np.zeros(len(realised)), groups)
    out |= {"coverage_range": cover_range, "regret1_range": lost_range}
    print(
        f"  80 % intervals hold {100 * cover.mean():.0f} % ({cover_range[0]:.0f} to {cover_range[1]:.0f}); "
        f"expected loss of the first {100 * np.nanmean(told_regret):.2f}, "
        f"realised {realised.mean():.2f} ({lost_range[0]:.2f} to {lost_range[1]:.2f}) points"
    )
    sys.stdout.flush()
    return out


def _against_one_choice(
    cells: list[Cell], room: Room, columns: list[Column], ours: Float, mean: list[Float], groups: list[str]
) -> dict:
    """Print the loss of the first against the best single model in hindsight, and as a share of the mean's."""
    at, out = NAMES.index("regret1"), {}
    one = best_model(cells, room)
    if one:
        here = float(ours[one.there, at].mean())
        print(
            f"  one model for all, in hindsight: {one.name} loses {one.regret:.2f}, the prior {here:.2f} "
            f"on {one.there.sum()} of {len(ours)} data sets"
        )
        out["one_model"] = {"model": one.name, "regret1": one.regret, "prior": here, "data_sets": int(one.there.sum())}
    theirs, _ = by_dataset(columns, np.array(mean))
    if np.isfinite(theirs).all() and len(set(groups)) >= LEAST_GROUPS:
        share, low, high = ratio(ours[:, at], theirs[:, at], groups)
        print(f"  loss of the first over that of the mean: {share:.2f} ({low:.2f} to {high:.2f})")
        out["over_mean"] = [share, low, high]
    return out


def _expected(p: Prediction, here: np.ndarray) -> float:
    order = here[np.argsort(-p.strength[here], kind="stable")]
    return expected_loss(p.expected[order], p.own_spread[order]) if np.isfinite(p.expected).all() else np.nan


def _mean_of_known(values: Float) -> float | None:
    known = values[np.isfinite(values)]
    return float(known.mean()) if known.size else None


def main() -> None:
    parser = argparse.ArgumentParser(description="Quality of the prior, one data set left out at a time.")
    parser.add_argument("--room", choices=("image", "text"), help="only one of the two rooms of evidence")
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument("--json", type=Path, help="write the numbers there as well")
    options = parser.parse_args()
    prior, models, datasets = loaded()
    numbers: dict = {}
    for name in (options.room,) if options.room else ("image", "text"):
        started = time.perf_counter()
        room = prior.room(name)
        predictions = predict_room(name, room, options.workers)
        print(f"\n# {name}: {len(predictions)} columns predicted in {time.perf_counter() - started:.0f} s")
        found = tables(room, datasets, models)
        seen = trained(room, models, datasets)
        for table, cells in found.items():
            numbers[table] = report(table, cells, room, predictions, models, seen)
        if name == "image":  # what a user sees who asks about robustness and knows ImageNet accuracy
            known = "ImageNet family, the others known"
            cells = found["ImageNet family, facts only"]
            alone = {cell.column: predict_alone(room, cell, datasets) for cell in cells}
            numbers[known] = report(known, cells, room, alone, models, seen)
            numbers["ladder"] = predict_ladder(room, found["CLIP zero-shot"], predictions, options.workers)
    marks = [
        told["mark"] for table in numbers.values() for method in BASELINES for told in table.get(method, {}).values()
    ]
    print(f"\n{marks.count('*')} comparisons with a baseline better, {marks.count('!')} worse, of {len(marks)}")
    if options.json:
        options.json.write_text(json.dumps(numbers, indent=1), encoding="utf-8")


if __name__ == "__main__":
    main()
