"""Builds the bundled evidence from the folder of published tables:

    python -m zoo.selector.build_evidence TABLES_DIR [OUT_DIR]

Figures are carried over, each with the file and commit it was read from. Failed runs, known errors and
figures that are not results are left out; the script prints how many and why. Writes evidence.npz,
datasets.csv and models.csv.gz, then fits the prior to them (`fit_prior`).
"""

from __future__ import annotations

import argparse
import gzip
from collections import Counter
from pathlib import Path

from ..evidence.table import Evidence
from ..task.datasets import write_facts
from .cards import card_figures
from .datasets import every_task
from .literature import typed_figures
from .models import every_model, known_names
from .prior import store
from .sources import SOURCES, every_figure
from .torchgeo import satellite_figures


def evidence_of(tables: Path, dropped: Counter[tuple[str, str]]) -> Evidence:
    """Every figure of tables, literature and cards; (table, reason) of rows left out is counted in `dropped`."""
    known = known_names(tables)
    figures = list(
        dict.fromkeys(
            (
                *every_figure(tables, dropped),
                *satellite_figures(tables, known, dropped),
                *typed_figures(known, dropped),
                *card_figures(known),
            )
        )
    )
    return Evidence.from_columns(*zip(*figures, strict=True))


def build(tables: Path, out: Path) -> Counter[tuple[str, str]]:
    """Write the four files; give (table, reason) -> rows left out."""
    dropped: Counter[tuple[str, str]] = Counter()
    evidence = evidence_of(tables, dropped)
    out.mkdir(parents=True, exist_ok=True)
    evidence.save(str(out / "evidence.npz"))
    tasks = every_task(tables, evidence.words["dataset"])
    (out / "datasets.csv").write_text(write_facts(tasks), encoding="utf-8")
    models = write_facts(every_model(tables, evidence.words["model"])).encode("utf-8")
    (out / "models.csv.gz").write_bytes(gzip.compress(models, mtime=0))
    store(out)
    return dropped


def main() -> None:
    parser = argparse.ArgumentParser(description="Build the bundled evidence from the folder of published tables.")
    parser.add_argument("tables", type=Path, help="folder of the published tables")
    parser.add_argument("out", type=Path, nargs="?", default=Path(__file__).parents[1] / "data", help="where to write")
    arguments = parser.parse_args()
    dropped = build(arguments.tables, arguments.out)
    for (table, reason), n_rows in sorted(dropped.items()):
        print(f"{n_rows:7d}  {table}: {reason}")
    for key, (repository, commit, date, licence) in SOURCES.items():
        print(f"{key}: {repository} at {commit[:12]} of {date}, {licence}")
    for name in ("evidence.npz", "datasets.csv", "models.csv.gz", "prior.npz"):
        print(f"{(arguments.out / name).stat().st_size / 1e6:.2f} MB  {name}")


if __name__ == "__main__":
    main()
