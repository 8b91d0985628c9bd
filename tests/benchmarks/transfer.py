# ruff: noqa: E501  # a table's lines are as long as the table
"""`auto` against the ways to transfer that people always take: `make bench-transfer`.

On every cell (task x backbone x labels a class) the frozen probe, class means, partial tuning, LP-FT and its average
with the source are trained at one fixed setting each, and `auto` chooses by itself inside the training rows. Printed:
mean and worst regret in points against the best rival of the cell, the paired differences (bootstrap over tasks), mean
calibration error, recall of the worst class, CPU seconds.

    python tests/benchmarks/transfer.py [--most-labels 50] [--draws 1] [--only text] [--json FILE] [--minutes 20]

A file of results is gone on with; cells come in mixed order, so that a run that is cut short is still a fair sample.
"""

from __future__ import annotations

import argparse
import json
import sys
import time
import warnings
from collections import defaultdict
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from tests.benchmarks.transfer_cells import MAX_TOKENS, MINILM, Cell, backbone, cells, data_of
from zoo.transfer import recipes
from zoo.transfer.auto import choose
from zoo.transfer.fitting import trained
from zoo.transfer.forgetting import averaged
from zoo.transfer.preparation import prepare
from zoo.transfer.recipe import Recipe
from zoo.transfer.scores import scored
from zoo.transfer.training import Options

RIVALS = ("probe", "nearest mean", "partial", "lp-ft", "wise")
DRAWS = 2000


def setting(recipe: Recipe, *, text: bool, rate: float | None = None) -> Recipe:
    """One fixed setting: no augmentation, as many steps for each rival."""
    steps = {"epochs": 8, "min_steps": 40} if text else {"epochs": 20, "min_steps": 60}
    rates = {} if rate is None else {"head_rate": rate, "body_rate": rate}
    phases = [own if own.fit == "closed-form" else own.model_copy(update=steps | rates) for own in recipe.phases]
    return recipe.model_copy(update={"phases": tuple(phases), "augment": "none", "batch_size": 16 if text else 32})


def measured(cell: Cell, encoder: Any, source: dict[str, Any]) -> list[dict[str, Any]]:
    """A record for each rival, and for auto."""
    text = cell.backbone == MINILM
    encoder.module.load_state_dict(source)
    max_tokens = MAX_TOKENS if text else None
    ready = prepare(encoder, data_of(cell), seed=cell.draw, max_tokens=max_tokens, cache=False, batch_size=32)
    options = Options(seed=cell.draw)
    test = ready.parts.test
    records = []

    def record(way: str, logits: Any, seconds: float, **more: Any) -> None:
        """Figures of these test logits."""
        own = scored(logits, ready.data.targets[test], ready.data.class_names)
        records.append({"cell": str(cell), "task": cell.task, "labels": cell.labels, "way": way, "accuracy": own.accuracy,
                        "ece": own.calibration_error, "worst": own.worst[1], "seconds": seconds, **more})  # fmt: skip

    def run(way: str, recipe: Recipe, before: float = 0.0, temperature: float = 1.0, **more: Any) -> Any:
        encoder.module.load_state_dict(source)
        started = time.process_time()
        trainer, _ = trained(recipe, ready, options)
        seconds = time.process_time() - started + before
        record(way, trainer.logits(test) / temperature, seconds, **more)
        return trainer

    run("probe", recipes.feature_extraction())
    run("nearest mean", recipes.feature_extraction("nearest-mean"))
    run("partial", setting(recipes.partial(), text=text, rate=1e-4))
    trainer = run("lp-ft", setting(recipes.lp_ft(), text=text, rate=3e-5))
    tuned = {name.removeprefix("body."): value for name, value in trainer.model.body.state_dict().items()}
    encoder.module.load_state_dict(averaged(source, tuned, 0.5))
    record("wise", trainer.logits(test), records[-1]["seconds"])
    encoder.module.load_state_dict(source)
    started = time.process_time()
    choice = choose(ready, options)
    spent = time.process_time() - started
    encoder.module.load_state_dict(source)
    more = {"chosen": choice.recipe.name, "measured": list(choice.measured)}
    run("auto", choice.recipe, spent, choice.temperature, **more)
    return records


def table(records: Sequence[dict[str, Any]]) -> str:
    """Regret of each way, and auto's paired differences."""
    by_cell: dict[str, dict[str, dict[str, Any]]] = defaultdict(dict)
    for own in records:
        by_cell[own["cell"]][own["way"]] = own
    whole = {cell: ways for cell, ways in by_cell.items() if {*RIVALS, "auto"} <= ways.keys()}
    lines = [f"{len(whole)} cells; accuracy in points, regret against the best rival of the cell",
             f"{'always':14}{'mean':>7}{'worst':>7}  {'worst cell':34}{'accuracy':>9}{'ECE':>7}{'worst class':>12}{'CPU s':>7}"]  # fmt: skip
    for way in ("auto", *RIVALS):
        regret = {cell: 100 * (_best(ways) - ways[way]["accuracy"]) for cell, ways in whole.items()}
        worst = max(regret, key=lambda cell: regret[cell])
        mean = {
            key: np.mean([ways[way][key] for ways in whole.values()]) for key in ("accuracy", "ece", "worst", "seconds")
        }
        lines.append(
            f"{way:14}{np.mean(list(regret.values())):7.2f}{regret[worst]:7.1f}  {worst:34}{100 * mean['accuracy']:9.1f}"
            f"{mean['ece']:7.3f}{100 * mean['worst']:12.0f}{mean['seconds']:7.1f}"
        )
    for kind in ("all", "image", "text"):
        chosen = {c: w for c, w in whole.items() if kind == "all" or (kind == "text") == ("minilm" in c)}
        if not chosen:
            continue
        for rival in ("partial", "lp-ft", "probe"):
            value, low, high = paired(chosen, rival)
            lines.append(
                f"{kind:6} auto minus {rival:8} {value:+6.2f} points [{low:+.2f}, {high:+.2f}] over {len(chosen)} cells"
            )
    ratio = [w["auto"]["seconds"] / max(w["lp-ft"]["seconds"], 1e-9) for w in whole.values()]
    lines.append(f"auto's CPU seconds over LP-FT's, median {np.median(ratio):.2f}, of the sums "
                 f"{sum(w['auto']['seconds'] for w in whole.values()) / sum(w['lp-ft']['seconds'] for w in whole.values()):.2f}")  # fmt: skip
    return "\n".join(lines)


def _best(ways: dict[str, dict[str, Any]]) -> float:
    return max(float(ways[way]["accuracy"]) for way in RIVALS)


def paired(whole: dict[str, dict[str, dict[str, Any]]], rival: str) -> tuple[float, float, float]:
    """Mean difference in points, with a 95 % bootstrap interval over tasks."""
    by_task: dict[str, list[float]] = defaultdict(list)
    for ways in whole.values():
        by_task[ways["auto"]["task"]].append(100 * (ways["auto"]["accuracy"] - ways[rival]["accuracy"]))
    tasks = list(by_task)
    rng = np.random.default_rng(0)
    drawn = [np.mean([d for t in rng.choice(len(tasks), len(tasks)) for d in by_task[tasks[t]]]) for _ in range(DRAWS)]
    low, high = np.percentile(drawn, [2.5, 97.5])
    return float(np.mean([d for own in by_task.values() for d in own])), float(low), float(high)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--most-labels", type=int, default=50)
    parser.add_argument("--draws", type=int, default=1)
    parser.add_argument("--only", choices=["image", "text"])
    parser.add_argument("--task", action="append", help="only that set; may be repeated")
    parser.add_argument("--json", type=Path, default=Path("build/bench_transfer.jsonl"))
    parser.add_argument("--minutes", type=float, default=20)
    given = parser.parse_args()
    warnings.simplefilter("ignore")
    given.json.parent.mkdir(parents=True, exist_ok=True)
    records = [json.loads(line) for line in given.json.read_text().splitlines()] if given.json.exists() else []
    done = {own["cell"] for own in records if own["way"] == "auto"}
    wanted = [c for c in cells(draws=given.draws, most_labels=given.most_labels) if str(c) not in done]
    wanted = [c for c in wanted if given.only is None or (given.only == "text") == (c.backbone == MINILM)]
    wanted = [c for c in wanted if given.task is None or c.task in given.task]
    order = np.random.default_rng(0).permutation(len(wanted))
    until = time.monotonic() + 60 * given.minutes
    loaded: dict[str, tuple[Any, dict[str, Any]]] = {}
    for place in order:
        cell = wanted[place]
        if time.monotonic() > until:
            print(f"time is up, {len(wanted)} cells were wanted", file=sys.stderr)
            break
        if cell.backbone not in loaded:
            encoder = backbone(cell.backbone)
            loaded[cell.backbone] = (encoder, {n: v.detach().clone() for n, v in encoder.module.state_dict().items()})
        made = measured(cell, *loaded[cell.backbone])
        records += made
        with given.json.open("a") as file:
            file.writelines(json.dumps(own) + "\n" for own in made)
        print(
            f"{cell}: " + ", ".join(f"{own['way']} {100 * own['accuracy']:.1f}" for own in made),
            file=sys.stderr,
            flush=True,
        )
    print(table(records))


if __name__ == "__main__":
    main()
