"""Reads the published tables into rows of the evidence base; one function a table.

Every function yields `Figure`s and reports what it leaves out, with the reason, to `dropped`.
Values come out as shares in [0, 1] (rank correlations in [-1, 1]).
"""

from __future__ import annotations

import csv
import gzip
import io
from collections import Counter, defaultdict
from collections.abc import Iterator
from pathlib import Path
from statistics import fmean
from typing import NamedTuple

Dropped = Counter[tuple[str, str]]
"""(table, reason) -> number of rows left out."""

GITHUB = "https://github.com"
SOURCES = {
    # key: (repository, commit, date, licence of the file that holds the figures)
    "open_clip": ("mlfoundations/open_clip", "89fb801f1e6087880e951fc8354b8a2077b79c6d", "2026-06-27", "MIT"),
    "timm": (
        "huggingface/pytorch-image-models",
        "aa4b5850c1543fa488abf260f18390eda46cf85d",
        "2026-08-08",
        "Apache-2.0",
    ),
    "clip_benchmark": ("LAION-AI/CLIP_benchmark", "48de38c1689fa6d8b4dd53e3370c669c3bb18117", "2025-06-17", "MIT"),
    "tllib": ("thuml/Transfer-Learning-Library", "c4aa59eb565650a552b809411601d0589efbbfe4", "2024-03-23", "MIT"),
    "mteb": ("embeddings-benchmark/results", "f4cc6c8b365a3c779dbc708d6affe0b0355b2ddf", "2026-08-20", "CC0-1.0"),
    "eva": ("kaiko-ai/eva", "73b61a797bfda8daf232f6abea2bc87ac614589c", "2026-04-29", "Apache-2.0"),
    "vtab": ("google-research/task_adaptation", "d7630d3c43ba052b5a35546b312d9454a9f2c96b", "2021-03-22", "Apache-2.0"),
    "evalplus": ("evalplus/evalplus.github.io", "87418456d3a8c2bc6265f24ff91d2dd0e7993f4b", "2024-12-26", "Apache-2.0"),
    "geobench": ("ServiceNow/geo-bench", "4777011901e1e4e2519383921bc415df7deb0e47", "2024-11-06", "Apache-2.0"),
}


class Figure(NamedTuple):
    """One row of the evidence base, before its words are coded."""

    model: str
    dataset: str
    metric: str
    value: float
    protocol: str
    condition: str
    source: str
    version: str


def read_csv(path: Path) -> Iterator[dict[str, str]]:
    raw = path.read_bytes()
    text = (gzip.decompress(raw) if path.suffix == ".gz" else raw).decode("utf-8")
    yield from csv.DictReader(io.StringIO(text, newline=""))


def citation(key: str, file: str) -> tuple[str, str]:
    """(source, version) of a file in a repository: its address at the commit read, and that commit's date."""
    repository, commit, date, _ = SOURCES[key]
    return f"{GITHUB}/{repository}/blob/{commit[:12]}/{file}", date


def dataset_names(tables: Path) -> dict[tuple[str, str], str]:
    """(source, name there) -> the one name of that data set here."""
    return {(row["source"], row["name"]): row["dataset"] for row in read_csv(tables / "dataset_aliases.csv")}


def slug(name: str) -> str:
    """`Dollar Street` -> `dollar_street`: the name of a data set that only one table has."""
    return "_".join(name.lower().replace("-", " ").split())


def every_figure(tables: Path, dropped: Dropped) -> Iterator[Figure]:
    for read in (
        open_clip_zero_shot,
        clip_benchmark_zero_shot,
        clip_probe,
        timm_imagenet_family,
        tllib_fine_tuned,
        vtab_fine_tuned,
        eva_medical,
        geobench_segmentation,
        evalplus_generation,
        mteb,
    ):
        yield from read(tables, dropped)


def open_clip_zero_shot(tables: Path, dropped: Dropped) -> Iterator[Figure]:
    names = dataset_names(tables)
    for row in read_csv(tables / "openclip_zero_shot.csv"):
        if row["flag"] == "zero_worst_region":
            dropped["openclip_zero_shot", "worst region exactly 0: a missing region, not a result"] += 1
            continue
        dataset = names.get(("openclip", row["dataset"]), slug(row["dataset"]))
        source, date = citation("open_clip", f"docs/{row['table']}.csv")
        model = f"open_clip/{row['model']}/{row['pretrained']}"
        yield Figure(model, dataset, row["metric"], float(row["value"]), "zero-shot", "", source, date)


def clip_benchmark_zero_shot(tables: Path, dropped: Dropped) -> Iterator[Figure]:
    names = dataset_names(tables)
    files = {"benchmark": "benchmark/benchmark.csv", "probe_benchmark": "probe_benchmark/openclip_results.csv"}
    for row in read_csv(tables / "clip_benchmark_zero_shot.csv"):
        if row["dataset"] in ("vtab", "vtab+", "imagenet_robustness"):
            dropped["clip_benchmark_zero_shot", "a mean over other rows, not a data set"] += 1
            continue
        if row["metric"] == "acc5":
            dropped["clip_benchmark_zero_shot", "top-5 beside top-1 of the same run"] += 1
            continue
        dataset = names.get(("clip_benchmark", row["dataset"]), slug(row["dataset"].removeprefix("vtab/")))
        source, date = citation("clip_benchmark", files[row["source"]])
        model = f"open_clip/{row['model']}/{row['pretrained'].removesuffix('.pt')}"
        yield Figure(model, dataset, row["metric"], float(row["value"]), "zero-shot", "", source, date)


PROBE_SETTING = {"lr": "0.1", "batch_size": "256", "epochs": "20"}
"""The one setting of nine that is kept: the middle length at the rate that suits normalised features best."""


def clip_probe(tables: Path, dropped: Dropped) -> Iterator[Figure]:
    names = dataset_names(tables)
    source, date = citation("clip_benchmark", "probe_benchmark/scaling_experiment_data2.json")
    for row in read_csv(tables / "clip_benchmark_probe.csv"):
        if any(row[key] != value for key, value in PROBE_SETTING.items()):
            dropped["clip_benchmark_probe", "another training setting: the best of nine on test is optimistic"] += 1
            continue
        if row["dataset"] in ("vtab/cifar100", "vtab_svhn"):
            dropped["clip_benchmark_probe", "second run on the same data under another name"] += 1
            continue
        dataset = names.get(("clip_benchmark", row["dataset"]), slug(row["dataset"].removeprefix("vtab/")))
        shots = int(row["shots_per_class"])
        protocol, condition = ("probe", "all images") if shots < 0 else ("few-shot", f"{shots} images per class")
        model = f"open_clip/{row['model']}/{row['pretrained']}"
        yield Figure(model, dataset, "acc1", float(row["acc1"]), protocol, condition, source, date)


IMAGENET_FAMILY = {
    "in1k": ("imagenet1k", "results-imagenet.csv"),
    "real": ("imagenet_real", "results-imagenet-real.csv"),
    "v2": ("imagenet_v2", "results-imagenetv2-matched-frequency.csv"),
    "sketch": ("imagenet_sketch", "results-sketch.csv"),
    "a": ("imagenet_a", "results-imagenet-a.csv"),
    "r": ("imagenet_r", "results-imagenet-r.csv"),
    "a_clean": ("imagenet_a_clean", "results-imagenet-a-clean.csv"),
    "r_clean": ("imagenet_r_clean", "results-imagenet-r-clean.csv"),
}


def timm_imagenet_family(tables: Path, dropped: Dropped) -> Iterator[Figure]:
    for row in read_csv(tables / "timm_imagenet_family.csv"):
        for prefix, (dataset, file) in IMAGENET_FAMILY.items():
            percent = row[f"{prefix}_top1"]
            if not percent:
                dropped["timm_imagenet_family", "no figure in the source"] += 1
                continue
            source, date = citation("timm", f"results/{file}")
            value, size = float(percent) / 100, f"{row['img_size']} px"
            yield Figure(f"timm/{row['model']}", dataset, "acc1", value, "fine-tune", size, source, date)


# torchvision's weights that timm also carries, where they are the ones of the source (first training recipe).
_TORCHVISION_IN_TIMM = {
    "densenet121": "timm/densenet121.tv_in1k",
    "densenet169": "timm/densenet169.tv_in1k",
    "densenet201": "timm/densenet201.tv_in1k",
    "inception_v3": "timm/inception_v3.tv_in1k",
    "resnet50": "timm/resnet50.tv_in1k",
    "resnet101": "timm/resnet101.tv_in1k",
    "resnet152": "timm/resnet152.tv_in1k",
}


def tllib_fine_tuned(tables: Path, dropped: Dropped) -> Iterator[Figure]:
    names = dataset_names(tables)
    source, date = citation("tllib", "examples/model_selection/README.md")
    for row in read_csv(tables / "tllib_model_selection.csv"):
        name = row["torchvision_name"]
        model, value = _TORCHVISION_IN_TIMM.get(name, f"torchvision/{name}"), float(row["finetune_acc"]) / 100
        dataset = names["tllib", row["dataset"]]
        yield Figure(model, dataset, "acc1", value, "fine-tune", "all images", source, date)
        dropped["tllib_model_selection", "transferability scores: not results of a model on a task"] += 4


def vtab_fine_tuned(tables: Path, dropped: Dropped) -> Iterator[Figure]:
    names = dataset_names(tables)
    source, date = citation("vtab", "docs/data/results.csv")
    for row in read_csv(tables / "vtab_finetune.csv"):
        if row["flag"] or (row["method"] == "Cond-BigGAN" and row["dataset"].startswith("Clevr")):
            dropped["vtab_finetune", "failed run: far below its own small-sample result, or at the majority class"] += 1
            continue
        condition = "all images" if row["train_examples"] == "full" else "1000 images"
        model, value = f"vtab/{slug(row['method'])}", float(row["top1_pct"]) / 100
        yield Figure(model, names["vtab", row["dataset"]], "acc1", value, "fine-tune", condition, source, date)


def eva_medical(tables: Path, dropped: Dropped) -> Iterator[Figure]:
    names = dataset_names(tables)
    for row in read_csv(tables / "eva_medical.csv"):
        source, date = citation("eva", f"tools/data/leaderboards/{row['area']}.csv")
        dataset = names.get(("eva", row["task"]), row["task"])
        condition = "" if row["split"] == "test" else "validation or only split"
        yield Figure(
            f"eva/{row['model']}", dataset, row["metric"], float(row["value"]), "probe", condition, source, date
        )


def geobench_segmentation(tables: Path, dropped: Dropped) -> Iterator[Figure]:
    """Means over seeds at the full training set; smaller shares say how data helps, not which encoder to take."""
    source, date = citation("geobench", "baseline_segmentation_results.csv")
    runs: dict[tuple[str, str, str], list[float]] = defaultdict(list)
    for row in read_csv(tables / "geobench_segmentation_runs.csv"):
        if row["partition"] != "1.00x train":
            dropped["geobench_segmentation_runs", "a share of the training set: a data-size curve, not a ranking"] += 1
            continue
        runs[f"torchvision/{row['encoder']}", row["dataset"], row["decoder"]].append(float(row["test_metric"]))
    for (model, dataset, decoder), values in runs.items():
        dropped["geobench_segmentation_runs", "seeds averaged into one figure"] += len(values) - 1
        yield Figure(model, dataset, "jaccard", fmean(values), "fine-tune", decoder, source, date)


def evalplus_generation(tables: Path, dropped: Dropped) -> Iterator[Figure]:
    source, date = citation("evalplus", "results.json")
    for row in read_csv(tables / "evalplus_code_generation.csv"):
        hub = row["link"].partition("huggingface.co/")[2].strip("/")
        model = f"hf/{hub}" if hub.count("/") == 1 else f"evalplus/{slug(row['model'])}"
        dataset = row["benchmark"].replace("+", "_plus")
        value = float(row["pass_at_1_pct"]) / 100
        yield Figure(model, dataset, "pass@1", value, "generation", "", source, date)


_LEAST_COPIED_CORRELATION = 0.02
"""Correlations of sentence pairs that were copied from a model card and lie below are hundredths of a share."""


def mteb(tables: Path, dropped: Dropped) -> Iterator[Figure]:
    """Frozen-feature results; the condition is `language split/subset` as the benchmark names them."""
    names = dataset_names(tables)
    twins = {
        row["mteb_model"]: f"open_clip/{row['model']}/{row['pretrained']}"
        for row in read_csv(tables / "openclip_model_aliases.csv")
        if row["mteb_model"]
    }
    protocols = {
        row["task"]: mteb_protocol(row["type"], row["protocol"]) for row in read_csv(tables / "mteb_tasks.csv")
    }
    source = f"{GITHUB}/{SOURCES['mteb'][0]}/tree/{SOURCES['mteb'][1][:12]}/results"
    for row in read_csv(tables / "mteb_results.csv.gz"):
        if row["model"].startswith("mteb/baseline"):
            dropped["mteb_results", "a baseline of the benchmark that is no model (random, keyword search)"] += 1
            continue
        if _is_hundredth(row):
            dropped["mteb_results", "a correlation copied from a model card as a hundredth of its share"] += 1
            continue
        model = twins.get(row["model"], f"hf/{row['model']}")
        dataset = names.get(("mteb", row["task"]), row["task"])
        language = row["language"].partition("|")[0].partition("-")[0]
        # Tasks on one data set (classes, clusters, zero-shot) differ in protocol or metric; the split tells the rest.
        condition = f"{language} {row['split']}/{row['subset']}"
        version = row["mteb_version"] + (" (copied from a model card)" if row["origin"] == "external" else "")
        protocol = protocols[row["task"]]
        yield Figure(model, dataset, row["metric"], float(row["score"]), protocol, condition, source, version)
    for row in read_csv(tables / "mteb_dropped.csv"):
        dropped["mteb_results", f"failed run by rule {row['rule']} of the table"] += 1


def _is_hundredth(row: dict[str, str]) -> bool:
    """Whether a correlation was divided by 100 once too often on its way from a model card."""
    copied = row["metric"] == "cosine_spearman" and row["origin"] == "external"
    return copied and 0 < float(row["score"]) < _LEAST_COPIED_CORRELATION


def mteb_protocol(kind: str, protocol: str) -> str:
    if kind == "ZeroShotClassification":
        return "zero-shot"
    if "Classification" in kind:
        return "knn" if "nearest-neighbour" in protocol else "few-shot"
    return "embedding"
