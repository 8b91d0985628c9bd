"""The evidence base: built from the published tables, sourced, compact, and open to plugins."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import numpy as np
import pytest
from pydantic import ValidationError

from zoo.evidence import EvidenceRow
from zoo.selector.build_evidence.__main__ import evidence_of
from zoo.selector.build_evidence.datasets import corpus, every_task
from zoo.selector.build_evidence.models import every_model
from zoo.selector.build_evidence.sources import mteb_protocol
from zoo.selector.evidence.models import ModelFacts, load_models
from zoo.selector.evidence.table import Evidence
from zoo.selector.task.datasets import DATA, DatasetFacts, Datasets, read_facts, write_facts


@pytest.fixture(scope="module")
def evidence() -> Evidence:
    return Evidence.load()


@pytest.fixture(scope="module")
def tables(repository: Path) -> Path:
    folder = repository.parent / "shared" / "tables"
    if not folder.is_dir():
        pytest.skip("the published tables are not beside this checkout (../shared/tables)")
    return folder


@pytest.fixture(scope="module")
def rebuilt(tables: Path) -> tuple[Evidence, Counter[tuple[str, str]]]:
    dropped: Counter[tuple[str, str]] = Counter()
    return evidence_of(tables, dropped), dropped


def row(**changes) -> EvidenceRow:
    facts = {
        "model": "toy/one",
        "dataset": "toy-set",
        "metric": "accuracy",
        "value": 0.5,
        "protocol": "probe",
        "source": "a page",
    }
    return EvidenceRow(**(facts | changes))


def test_the_bundled_rows_are_those_of_the_published_tables(evidence, rebuilt):
    again, _ = rebuilt
    assert again.words == evidence.words
    assert np.array_equal(again.value, evidence.value)
    assert all(np.array_equal(again.codes[name], evidence.codes[name]) for name in again.codes)


def test_the_bundled_tasks_and_models_are_those_of_the_published_tables(evidence, tables):
    assert every_task(tables, evidence.words["dataset"]) == Datasets.load().facts
    assert every_model(tables, evidence.words["model"]) == load_models()


def test_a_figure_is_carried_over_as_printed(evidence):
    found = evidence.select(model="open_clip/ViT-H-14-378-quickgelu/dfn5b", dataset="imagenet1k")
    printed = next(row for row in found if "mlfoundations/open_clip" in row.source)
    assert (printed.metric, printed.value, printed.protocol) == ("acc1", 0.8437, "zero-shot")
    assert "89fb801f1e60/docs/openclip_results.csv" in printed.source


def test_what_is_left_out_has_a_reason(rebuilt):
    _, dropped = rebuilt
    reasons = {table: sum(n for (of, _), n in dropped.items() if of == table) for table, _ in dropped}
    assert dropped["openclip_zero_shot", "worst region exactly 0: a missing region, not a result"] == 31
    assert sum(n for (_, reason), n in dropped.items() if reason.startswith("failed run by rule")) == 119
    assert reasons["clip_benchmark_zero_shot"] == 306 + 1504
    assert dropped["mteb_results", "a correlation copied from a model card as a hundredth of its share"] == 2


def test_no_row_is_a_known_failure(evidence):
    fmow = [r.value for r in evidence.select(dataset="fmow") if r.metric == "acc_worst_region"]
    assert fmow
    assert min(fmow) > 0
    assert not [name for name in evidence.words["model"] if "mteb/baseline" in name]


def test_every_row_names_a_source_and_is_a_share(evidence):
    known = ("https://github.com/", "https://arxiv.org/")
    assert all(source.startswith(known) for source in evidence.words["source"])
    assert np.abs(evidence.value).max() <= 1
    assert set(evidence.words["protocol"]) <= {
        "zero-shot", "knn", "few-shot", "probe", "fine-tune", "embedding", "generation",
    }  # fmt: skip


def test_the_bundle_is_compact():
    assert sum(item.stat().st_size for item in Path(str(DATA)).iterdir() if item.is_file()) < 6e6


def test_every_data_set_and_model_of_the_rows_is_described(evidence):
    assert {fact.dataset for fact in Datasets.load().facts} == set(evidence.words["dataset"])
    assert {facts.model for facts in load_models()} == set(evidence.words["model"])


@pytest.mark.parametrize(
    ("name", "near"),
    [
        ("ImageNet 1k", "imagenet_sketch"),
        ("imagenet-a", "imagenet_real"),
        ("PCAM", "camelyon17"),
        ("NanoSciFactRetrieval", "SciFact"),
        ("oxford flowers-102", "flowers102"),
        ("banking77", "Banking77Classification"),
        ("STSBenchmark", "STS12"),
        ("STS17", "STSBenchmarkMultilingualSTS"),
    ],
)
def test_near_duplicates_share_a_group(name, near):
    assert near in Datasets.load().near_duplicates([name])


def test_unrelated_and_unknown_data_sets_are_no_near_duplicates():
    datasets = Datasets.load()
    assert "cifar100" not in datasets.near_duplicates(["cifar10"])
    assert "STS22" not in datasets.near_duplicates(["STSBenchmark"])
    assert datasets.near_duplicates(["my own photographs"]) == frozenset()


def test_corpora_are_told_by_their_names():
    assert corpus("CQADupstackUnixRetrieval") == corpus("CQADupstackAndroidRetrieval") != corpus("FiQA2018")


@pytest.mark.parametrize(
    ("kind", "protocol", "expected"),
    [
        ("ZeroShotClassification", "", "zero-shot"),
        ("Classification", "logistic regression on few labels", "few-shot"),
        ("MultilabelClassification", "nearest-neighbour on few labels", "knn"),
        ("Retrieval", "", "embedding"),
    ],
)
def test_protocols_of_the_embedding_benchmark_are_kept_apart(kind, protocol, expected):
    assert mteb_protocol(kind, protocol) == expected


@pytest.mark.parametrize("source", ["", "   "])
def test_a_row_without_a_source_is_refused(source):
    with pytest.raises(ValidationError, match="source"):
        row(source=source)
    with pytest.raises(ValueError, match="names no source"):
        Evidence.from_columns(["m"], ["d"], ["acc"], [0.5], ["probe"], [""], [source], [""])


@pytest.mark.parametrize("value", [71.3, float("nan")])
def test_a_value_that_is_no_share_is_refused(value):
    with pytest.raises(ValidationError):
        row(value=value)
    with pytest.raises(ValueError, match="divide percentages by 100"):
        Evidence.from_columns(["m"], ["d"], ["acc"], [value], ["probe"], [""], ["a page"], [""])


def test_rows_are_selected_by_model_and_data_set():
    table = Evidence.from_rows([row(), row(model="toy/two", value=0.25), row(model="toy/three", dataset="other")])
    assert [r.model for r in table.select(dataset="toy-set")] == ["toy/one", "toy/two"]
    assert table.select(model="toy/three", dataset="toy-set") == []


def test_a_table_is_the_same_after_a_round_trip_through_a_file(tmp_path):
    table = Evidence.from_rows([row(), row(model="toy/two", value=0.25, condition="10 images", version="v1")])
    table.save(str(tmp_path / "evidence.npz"))
    assert list(Evidence.load(tmp_path)) == list(table)


def test_facts_are_the_same_after_a_round_trip_through_text():
    tasks = (
        DatasetFacts("a", "image", ("natural", "document"), "classification", 10, None, (), "g", "cat dog", "x, y"),
    )
    models = (ModelFacts("m", "text", n_parameters=1e8, languages=("en", "de"), aliases=("hf/a/b",)),)
    assert read_facts(write_facts(tasks), DatasetFacts) == tasks
    assert read_facts(write_facts(models), ModelFacts) == models
