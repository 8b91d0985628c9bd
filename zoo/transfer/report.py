"""The page of a run: one self-contained HTML file, no script, nothing from elsewhere.

Score and gain, controls, what was compared, loss by epoch, confusion, calibration, worst errors with their inputs.
"""

from __future__ import annotations

import base64
import csv
import io
import os
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from zoo.output_files import writing
from zoo.transfer import run as runs
from zoo.transfer.told import measured_line, score_line

if TYPE_CHECKING:
    import jinja2

_N_ERRORS = 12
_THUMBNAIL_PX = 96
_MOST_CLASSES = 20
"""A confusion of more classes is no table to read; its largest mistakes are listed in any case."""


def write_report(path: str | os.PathLike[str], out: str | os.PathLike[str] | None = None) -> Path:
    """Writes the page and gives its path; None: `report.html` in the folder of the run.

    Raises:
        DataError: there is no run, or the place cannot be written.
    """
    folder = Path(path)
    facts = runs.read_facts(folder)
    target = folder / "report.html" if out is None else Path(out)
    page = _template().render(**_content(folder, facts))
    with writing(target):
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text(page, encoding="utf-8")
    return target


def _content(folder: Path, facts: runs.RunFacts) -> dict[str, Any]:
    rows = _predictions(folder)
    names = list(facts.class_names)
    confusion = facts.scores.get("confusion")
    return {
        "title": f"{facts.base.title}, {facts.recipe.name}",
        "facts": facts,
        "score": score_line(facts.scores),
        "controls": [(name, score_line(own)) for name, own in facts.controls.items()],
        "measured": [measured_line(own) for own in facts.measured],
        "steps": facts.recipe.describe().splitlines(),
        "curve": _curve(runs.read_log(folder)),
        "classes": names,
        "confusion": confusion if confusion and len(names) <= _MOST_CLASSES else None,
        "mistakes": _mistakes(confusion, names),
        "recalls": sorted(facts.scores.get("recalls", {}).items(), key=lambda item: item[1])[:10],
        "reliability": _reliability(rows, facts),
        "errors": _errors(rows, facts),
        "versions": sorted(facts.versions.items()),
    }


def _predictions(folder: Path) -> list[dict[str, str]]:
    file = folder / runs.PREDICTIONS
    if not file.is_file():
        return []
    with file.open(encoding="utf-8", newline="") as stream:
        return list(csv.DictReader(stream))


def _mistakes(confusion: Any, names: list[str]) -> list[tuple[str, str, int]]:
    """(truth, taken for, how often), the most frequent first."""
    if not confusion:
        return []
    found = [(names[i], names[j], int(n)) for i, row in enumerate(confusion) for j, n in enumerate(row) if i != j and n]
    return sorted(found, key=lambda item: -item[2])[:10]


def _curve(log: list[dict[str, Any]]) -> dict[str, Any] | None:
    """Points of an SVG 600 x 200: loss of training and validation by epoch, over all phases."""
    epochs = [record for record in log if "loss" in record]
    if len(epochs) < 2:
        return None
    lines = {"training": [r["loss"] for r in epochs], "validation": [r.get("val_loss") for r in epochs]}
    finite = [v for values in lines.values() for v in values if v is not None and np.isfinite(v)]
    if not finite:
        return None
    low, high = min(finite), max(finite)
    drawn = {}
    for name, values in lines.items():
        points = [
            f"{600 * i / (len(values) - 1):.1f},{190 - 180 * (v - low) / max(high - low, 1e-12):.1f}"
            for i, v in enumerate(values)
            if v is not None and np.isfinite(v)
        ]
        if points:
            drawn[name] = " ".join(points)
    return {"lines": drawn, "low": low, "high": high, "n": len(epochs)}


def _reliability(rows: list[dict[str, str]], facts: runs.RunFacts) -> list[dict[str, float]]:
    """Confidence and accuracy of each bin."""
    from zoo.transfer.evaluate import reliability

    if not rows or facts.task_kind == "multilabel":
        return []
    place = {name: i for i, name in enumerate(facts.class_names)}
    scores = np.array([[float(row[f"score {name}"]) for name in facts.class_names] for row in rows])
    targets = np.array([place[row["truth"]] for row in rows])
    return [
        {"confidence": found.confidence, "accuracy": found.accuracy, "n": found.n}
        for found in reliability(scores, targets, n_bins=10)
    ]


def _errors(rows: list[dict[str, str]], facts: runs.RunFacts) -> list[dict[str, Any]]:
    """The wrong rows that the model was surest of, with a thumbnail or the text."""
    wrong = [row for row in rows if row["truth"] != row["predicted"]]
    sure = sorted(wrong, key=lambda row: -max(float(row[f"score {name}"]) for name in facts.class_names))
    return [
        {
            "truth": row["truth"],
            "predicted": row["predicted"],
            "score": max(float(row[f"score {name}"]) for name in facts.class_names),
            "name": row["image"],
            "picture": _thumbnail(row["image"]) if facts.input_kind == "image" else None,
        }
        for row in sure[:_N_ERRORS]
    ]


def _thumbnail(name: str) -> str | None:
    """A picture as a data address; None where the file is gone or is none that a page can show."""
    from PIL import Image

    from zoo.errors import ZooError
    from zoo.images import read_picture

    try:
        pixels = np.asarray(read_picture(name).pixels, dtype=np.float64)
    except (ZooError, OSError, ValueError):
        return None
    shown = pixels[..., :3] if pixels.shape[2] >= 3 else pixels[..., :1].repeat(3, axis=2)
    low, high = np.nanpercentile(shown, [0.5, 99.5])
    grey = np.nan_to_num(np.clip((shown - low) / max(high - low, 1e-12), 0, 1))
    picture = Image.fromarray((255 * grey).astype(np.uint8))
    picture.thumbnail((_THUMBNAIL_PX, _THUMBNAIL_PX))
    file = io.BytesIO()
    picture.save(file, format="PNG")
    return "data:image/png;base64," + base64.b64encode(file.getvalue()).decode()


@lru_cache(maxsize=1)
def _template() -> jinja2.Template:
    import jinja2

    environment = jinja2.Environment(
        autoescape=True,
        loader=jinja2.PackageLoader("zoo.transfer", "."),
        trim_blocks=True,
        lstrip_blocks=True,
        undefined=jinja2.StrictUndefined,
    )
    environment.filters["percent"] = lambda value: f"{100 * value:.1f} %"
    return environment.get_template("run.html")
