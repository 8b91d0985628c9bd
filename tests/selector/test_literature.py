"""Figures typed from papers and repositories, and those of the satellite benchmark."""

from __future__ import annotations

from collections import Counter

import pytest

from zoo.selector.build_evidence.literature import name_of, typed_datasets, typed_figures, typed_models
from zoo.selector.evidence.models import load_models
from zoo.selector.evidence.table import Evidence
from zoo.selector.task.datasets import Datasets


@pytest.fixture(scope="module")
def evidence():
    return Evidence.load()


def test_every_typed_figure_is_a_row_of_the_evidence(evidence):
    known = {
        key: facts.model for facts in load_models() for key in (facts.model.lower(), *map(str.lower, facts.aliases))
    }
    held = {(row.dataset, row.metric, row.protocol, row.condition, row.source, row.value) for row in evidence}
    typed = list(typed_figures(known, Counter()))
    assert len(typed) > 400
    for figure in typed:
        key = (figure.dataset, figure.metric, figure.protocol, figure.condition or None, figure.source)
        assert (*key, round(figure.value, 6)) in held, figure


@pytest.mark.parametrize(
    ("model", "dataset", "value"),
    [
        ("medical/rad-dino", "radiographs_seven_classes", 0.907),
        ("medical/biomedclip", "ham10000", 0.6347),
        ("eva/mahmood_uni", "hest_skcm", 0.613),
        ("vision/dinov2-reg-large", "fishnet", 0.7234),
        ("text/deberta-v3-large", "glue_mnli", 0.918),
        ("text/caselaw-bert", "lexglue_scotus", 0.766),
    ],
)
def test_a_figure_is_the_one_that_the_source_prints(evidence, model, dataset, value):
    assert value in [row.value for row in evidence.select(model=model, dataset=dataset)]


def test_weights_that_another_table_knows_keep_their_name_there():
    known = {"hf/mahmoodlab/uni": "eva/mahmood_uni"}
    assert name_of("medical/uni", known) == "eva/mahmood_uni"
    assert name_of("paper/of-no-table", known) == "paper/of-no-table"


def test_every_typed_data_set_and_model_is_described_once():
    sets = [facts.dataset for facts in typed_datasets()]
    assert len(sets) == len(set(sets))
    assert all(facts.group and facts.domains for facts in typed_datasets())
    assert all(name == facts.model for name, facts in typed_models().items())


def test_colour_alone_is_another_task_of_the_same_satellite_data(evidence):
    sets = Datasets.load()
    assert sets.by_name["m-eurosat-rgb"].domains == ("satellite/rgb",)
    assert sets.by_name["m-eurosat-rgb"].group == sets.by_name["m-eurosat"].group == sets.by_name["eurosat"].group
    assert evidence.select(model="satellite/croma-base", dataset="m-eurosat")


def test_no_satellite_row_lies_far_below_its_twin_under_other_statistics(evidence):
    rows = {}
    for row in evidence:
        if "torchgeo-bench" in row.source:
            rows.setdefault((row.model, row.dataset, row.protocol), {}).setdefault(row.condition, []).append(row.value)
    assert len(rows) > 800
    pairs = [found for found in rows.values() if len(found) == 2 and all(len(values) == 1 for values in found.values())]
    assert pairs
    assert all(max(f["the authors' statistics"]) > min(f["statistics of the target"]) - 0.1 for f in pairs)
