"""Frozen encoders on satellite pictures: torchgeo-bench, with bands and statistics as variants of a measurement.

Bands make another task (colour alone, or all of them), statistics another column; of two ways to pool one network, the
better counts in each column. The benchmark's notes tell of cells with wrong units: a row under the authors' statistics
that lies far below its twin under those of the target is left out.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace
from pathlib import Path

from ..evidence.models import ModelFacts
from ..task.datasets import DatasetFacts
from .literature import name_of
from .sources import Dropped, Figure, read_csv

SOURCE = "https://github.com/torchgeo/torchgeo-bench/tree/0660813d94de"
FAR_BELOW = 0.1
"""Metric by which a row under the authors' statistics may lie below its twin; the mended cells gained .30 to .53."""

_PROTOCOLS = {"linear": "probe", "knn5": "knn"}
_METRICS = {"accuracy": "accuracy", "micro_mAP": "mean_average_precision"}
_STATISTICS = {"model_native": "the authors' statistics", "bandspec_zscore": "statistics of the target"}
_NO_MODEL = ("imagestats", "rcf")
_CARDS = {
    "tgeo_croma_base": "satellite/croma-base",
    "tgeo_dofa_base": "satellite/dofa-vit-b",
    "tgeo_dofa_large": "satellite/dofa-vit-l",
    "tgeo_panopticon": "satellite/panopticon-vit-b",
    "tgeo_scalemae_large_fmow": "satellite/scale-mae-vit-l",
    "tt_clay_v1_5_base": "satellite/clay-1.5",
    "tt_prithvi_eo_v1_100": "satellite/prithvi-1.0-100m",
    "tt_prithvi_eo_v2_100_tl": "satellite/prithvi-2.0-100m-tl",
    "tt_prithvi_eo_v2_300": "satellite/prithvi-2.0-300m",
    "tt_prithvi_eo_v2_300_tl": "satellite/prithvi-2.0-300m-tl",
    "tt_prithvi_eo_v2_600": "satellite/prithvi-2.0-600m",
    "tt_terramind_v1_base": "satellite/terramind-1.0-base",
    "tt_terramind_v1_large": "satellite/terramind-1.0-large",
    "olmoearth_v1_base": "satellite/olmoearth-1-base",
    "vit_large_patch16_dinov3": "vision/dinov3-large",
    "vit_large_patch16_dinov3sat": "satellite/dinov3-vit-l-sat493m",
}
_MILLIONS = {"resnet18": 11.2, "resnet50": 23.5, "swinv2b": 86.9, "swinv2t": 27.6, "croma_large": 600.0}
_HUB = {
    "olmoearth_v1_large": "hf/allenai/OlmoEarth-v1-Large",
    "olmoearth_v1_tiny": "hf/allenai/OlmoEarth-v1-Tiny",
    "olmoearth_v1_nano": "hf/allenai/OlmoEarth-v1-Nano",
    "olmoearth_v1_1_base": "hf/allenai/OlmoEarth-v1_1-Base",
    "olmoearth_v1_1_tiny": "hf/allenai/OlmoEarth-v1_1-Tiny",
    "olmoearth_v1_1_nano": "hf/allenai/OlmoEarth-v1_1-Nano",
}


def satellite_figures(tables: Path, known: dict[str, str], dropped: Dropped) -> Iterator[Figure]:
    rows = [row for row in read_csv(tables / "torchgeo_bench.csv.gz") if row["method"] in _PROTOCOLS]
    twins = {_key(row): float(row["metric_value"]) for row in rows if row["normalization"] == "bandspec_zscore"}
    for row in rows:
        value = float(row["metric_value"])
        if row["name"] in _NO_MODEL:
            dropped["torchgeo_bench", "a baseline of the benchmark that is no model"] += 1
        elif "lsat" in row["name"] or row["name"].endswith(("_naip_rgb", "_sar_db")):
            dropped["torchgeo_bench", "an ablation of units on one or two data sets"] += 1
        elif row["normalization"] == "model_native" and value < twins.get(_key(row), value) - FAR_BELOW:
            dropped["torchgeo_bench", "far below its twin under other statistics: wrong units"] += 1
        else:
            yield Figure(
                _model(row["name"], known),
                _dataset(row["dataset"], _is_colour(row)),
                _METRICS[row["metric_name"]],
                value,
                _PROTOCOLS[row["method"]],
                _STATISTICS[row["normalization"]],
                SOURCE,
                "",
            )


def colour_datasets(facts: Iterable[DatasetFacts]) -> Iterator[DatasetFacts]:
    """The same pictures reduced to colour: another task of the same group."""
    for own in facts:
        if own.domains == ("satellite/multispectral",):
            yield replace(own, dataset=_dataset(own.dataset, True), domains=("satellite/rgb",))


def satellite_model(name: str) -> ModelFacts:
    """A network of the benchmark that has no card."""
    size = next((millions for word, millions in _MILLIONS.items() if word in name), None)
    return ModelFacts(
        name,
        "multispectral" if "s2all" in name or "olmoearth" in name.lower() or "croma" in name else "image",
        domains=("satellite/multispectral",),
        n_parameters=size * 1e6 if size else None,
    )


def _model(name: str, known: dict[str, str]) -> str:
    network = name.removesuffix("_cls")
    return name_of(_CARDS.get(network) or _HUB.get(network) or f"torchgeo/{network}", known)


def _is_colour(row: dict[str, str]) -> bool:
    return row["bands"] == "rgb"


def _dataset(name: str, colour: bool) -> str:
    return f"{name}-rgb" if colour and name != "m-pv4ger" else name


def _key(row: dict[str, str]) -> tuple[str, ...]:
    return tuple(row[name] for name in ("name", "dataset", "method", "bands"))
