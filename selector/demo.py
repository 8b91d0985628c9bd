"""The whole flow on real images, offline, on one page: `make demo` or `python -m zoo.selector.demo`.

Scikit-learn's 1,797 handwritten digits become a folder of PNG files, as a user's data would lie on
disk. Then zoo looks at the folder, recommends source models, runs the zero-shot baseline with the
bundled model, measures frozen features of that model against raw pixels on held-out images, and tunes it
on ten labels a class: the run, its report and a prediction lie beside the folder.
"""

from __future__ import annotations

import argparse
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from zoo.errors import DataError
from zoo.lookup import get_card

from .advice.recommend import recommend
from .advice.recommendation import Recommendation
from .report.amounts import points
from .task.task import Task

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from zoo.transfer import Run

WORDS = ("zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine")
BUNDLED = "multimodal/tiny-clip"
TEST_SHARE = 0.25
SEED = 0


@dataclass(frozen=True)
class Rung:
    """One step of the ladder: what was done, with how many labels, and the accuracy on held-out images."""

    name: str
    n_labels: int
    accuracy: float


def write_digits(folder: Path) -> int:
    """Number of PNG files, one sub-folder a class; what is there already is kept."""
    from PIL import Image
    from sklearn.datasets import load_digits

    digits = load_digits()
    for number, (pixels, label) in enumerate(zip(digits.images, digits.target, strict=True)):
        path = folder / WORDS[label] / f"{number:04d}.png"
        if not path.exists():
            path.parent.mkdir(parents=True, exist_ok=True)
            Image.fromarray((pixels * (255 / 16)).astype("uint8"), mode=None).save(path)
    return len(digits.target)


def measure(paths: Sequence[Path], labels: NDArray[np.int64], classes: Sequence[str]) -> list[Rung]:
    """Accuracies on one held-out quarter of the images: chance, zero-shot, and probes with few and many labels."""
    import numpy as np
    from PIL import Image

    import zoo

    from .probes import gda, knn_accuracy, linear_probe

    train, few, test = split(labels, len(classes))
    files = [str(path) for path in paths]

    predictions = zoo.classify([files[i] for i in test], list(classes), model=BUNDLED)
    zero_shot = float(np.mean(predictions.scores.argmax(axis=1) == labels[test]))
    frozen = zoo.load(BUNDLED).embed_images(files, batch_size=128).numpy()
    frozen = frozen / np.linalg.norm(frozen, axis=1, keepdims=True)
    raw = np.stack([np.asarray(Image.open(path), dtype=np.float32).ravel() / 255 for path in paths])

    majority = int(np.bincount(labels[train]).argmax())
    rungs = [
        Rung("always the largest class", 0, float(np.mean(labels[test] == majority))),
        Rung("zero-shot, bundled tiny-clip", 0, zero_shot),
    ]
    for shown, rows in (("10 labels a class", few), ("all training labels", train)):
        for what, features in (("raw pixels", raw), ("frozen tiny-clip features", frozen)):
            near = knn_accuracy(features[rows], labels[rows], features[test], labels[test], k=1)
            linear = linear_probe(features[rows], labels[rows], features[test], labels[test])
            rungs.append(Rung(f"{what}, nearest neighbour, {shown}", len(rows), near))
            rungs.append(Rung(f"{what}, logistic regression, {shown}", len(rows), linear))
    text = np.log(predictions.scores + 1e-9)
    both = gda(frozen[few], labels[few], frozen[test], labels[test], text_scores=text)
    rungs.insert(6, Rung("frozen tiny-clip features and class names, 10 labels a class", len(few), both))
    return rungs


def split(labels: NDArray[np.int64], n_classes: int) -> tuple[NDArray[np.intp], NDArray[np.intp], NDArray[np.intp]]:
    """Positions of the training rows, of ten of them a class, and of the held-out quarter."""
    import numpy as np
    from sklearn.model_selection import train_test_split

    train, test = train_test_split(np.arange(len(labels)), test_size=TEST_SHARE, stratify=labels, random_state=SEED)
    return train, np.concatenate([train[labels[train] == c][:10] for c in range(n_classes)]), test


def tune(paths: Sequence[Path], labels: NDArray[np.int64], classes: Sequence[str], out: Path) -> Run:
    """The bundled model tuned on ten labels a class, judged on the held-out quarter; the folder holds its report."""
    from zoo.data.dataset import Dataset, Split
    from zoo.transfer import fit

    _, few, test = split(labels, len(classes))
    rows = [*few.tolist(), *test.tolist()]
    stated: list[Split | None] = ["train" if place < len(few) else "test" for place in range(len(rows))]
    data = Dataset.of(
        [str(paths[i]) for i in rows],
        [classes[labels[i]] for i in rows],
        modality="image",
        splits=stated,
        source="scikit-learn's digits",
    )
    run = fit(BUNDLED, data, recipe="auto", out=out, overwrite=True)
    run.report()
    return run


def answers(run: Run, paths: Sequence[Path]) -> str:
    """What the run says of some pictures, read from its folder."""
    said = run.predictor().predict([str(path) for path in paths])
    lines = [f"{path.name} of {path.parent.name}: {best[0][0]} ({best[0][1]:.1%})"
             for path, best in zip(paths, said.top(1), strict=True)]  # fmt: skip
    command = f"zoo predict {run.path} {paths[0]}"
    return "\n".join([str(run), f"report: {run.path / 'report.html'}", f"{command} says:", *lines])


def lesson(rungs: Sequence[Rung]) -> str:
    """What the figures say, in a few sentences; every number in it was measured just now."""
    chance, zero_shot = rungs[0].accuracy, rungs[1].accuracy
    few = [rung for rung in rungs if "10 labels" in rung.name]
    best_few, best = max(few, key=_accuracy), max(rungs, key=_accuracy)
    frozen = max((rung for rung in rungs if "frozen" in rung.name), key=_accuracy)
    raw = max((rung for rung in rungs if "raw" in rung.name), key=_accuracy)
    millions = (get_card(BUNDLED).n_parameters or 0) / 1e6
    by = frozen.accuracy - raw.accuracy
    stand = f"{points(abs(by))} {'ahead of' if by > 0 else 'behind'}" if by else "level with"
    return (
        f"Without one label, class names alone reach {zero_shot:.0%}, where guessing gives {chance:.0%}. "
        f"Ten labels a class reach {best_few.accuracy:.0%} ({best_few.name.rpartition(',')[0]}). "
        f"With all labels the best is {best.accuracy:.1%}; frozen features of a {millions:.1f} M parameter model stand "
        f"{stand} raw pixels, the control that every source model has to beat on your own data too."
    )


def _accuracy(rung: Rung) -> float:
    return rung.accuracy


def page(task: Task, advice: Recommendation, rungs: Sequence[Rung], tuned: str, seconds: float) -> Any:
    """The one page, as something that rich prints."""
    from rich.console import Group
    from rich.markup import escape
    from rich.padding import Padding
    from rich.rule import Rule
    from rich.table import Table
    from rich.text import Text

    candidates = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0))
    for column in ("", "source model", "expected", "why"):
        candidates.add_column(column, no_wrap=column in ("", "source model", "expected"))
    for place, candidate in enumerate(advice.candidates[:5], start=1):
        low, high = candidate.interval
        expected = "unknown" if candidate.expected is None else f"{candidate.expected:.2f} [{low:.2f}, {high:.2f}]"
        candidates.add_row(str(place), candidate.card.id, expected, escape(candidate.reasons[0]))

    ladder = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0))
    for column in ("rung", "labels", "accuracy", ""):
        ladder.add_column(column, justify="right" if column in ("labels", "accuracy") else "left", no_wrap=True)
    for rung in rungs:
        bar = Text("█" * round(rung.accuracy * 30), style="green" if "tiny-clip" in rung.name else "grey50")
        ladder.add_row(rung.name, f"{rung.n_labels:,}", f"{rung.accuracy:.1%}", bar)

    parts: list[tuple[str, Any]] = [
        ("What the data is", Text(task.describe())),
        ("Which source models, before looking at a single pixel", candidates),
        ("What was measured, on a held-out quarter", ladder),
        ("What that says", Text(lesson(rungs))),
        ("What to do", Text(advice.strategy_text())),
        ("What came of doing it, on ten labels a class", Text(tuned)),
        ("Mind", Text("\n".join(f"• {warning}" for warning in advice.warnings) or "nothing stands out")),
    ]
    body = [item for title, part in parts for item in (Rule(title, align="left"), Padding(part, (0, 0, 1, 2)))]
    return Group(*body, Text(f"{seconds:.0f} s, offline, on this machine.", style="dim"))


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(
        description="Describe, recommend, zero-shot, probe and tune on real images, offline."
    )
    parser.add_argument("--folder", type=Path, default=Path("build/demo/digits"), help="where the images are written")
    folder: Path = parser.parse_args(arguments).folder
    started = time.perf_counter()
    _note(f"writing scikit-learn's handwritten digits as PNG files below {folder}")
    n_written = write_digits(folder)
    _note(f"looking at {n_written:,} images")
    task = Task.from_folder(folder)
    advice = recommend(task, k=5)
    _note("zero-shot and probes with the bundled model")
    paths, labels, classes = _labelled(folder)
    rungs = measure(paths, labels, classes)
    _note("tuning the bundled model on ten labels a class")
    run = tune(paths, labels, classes, folder.parent / "run")
    tuned = answers(run, [paths[i] for i in split(labels, len(classes))[2][:3]])

    from rich.console import Console

    Console(highlight=False, width=None if sys.stdout.isatty() else 120).print(
        page(task, advice, rungs, tuned, time.perf_counter() - started)
    )
    return 0


def _labelled(folder: Path) -> tuple[list[Path], NDArray[np.int64], list[str]]:
    import numpy as np

    classes = [word for word in WORDS if (folder / word).is_dir()]
    paths = [path for word in classes for path in sorted((folder / word).glob("*.png"))]
    if not paths:
        raise DataError(f"no digit was written below {folder}.", "Give --folder a place that can be written.")
    index = {word: number for number, word in enumerate(classes)}
    return paths, np.array([index[path.parent.name] for path in paths]), classes


def _note(text: str) -> None:
    print(f"… {text}", file=sys.stderr, flush=True)


if __name__ == "__main__":
    sys.exit(main())
