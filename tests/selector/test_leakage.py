"""Whether a model saw the target in pretraining: yes, no or unknown, under any name of it."""

from __future__ import annotations

import pytest

from tests.selector import toys
from zoo.cards import Pretraining
from zoo.selector import Task, recommend
from zoo.selector.advice.leakage import Seen


@pytest.mark.parametrize(
    ("card", "dataset", "answer"),
    [
        (toys.CHEST, "CheXpert", "yes"),
        (toys.CHEST, "chexpert", "yes"),
        (toys.CHEST, "EuroSAT", "no"),
        (toys.CHEST, None, "unknown"),
        (toys.CLIP, "EuroSAT", "unknown"),
        (toys.TINY, "EuroSAT", "unknown"),
        (toys.RESNET, "imagenet", "yes"),
        (toys.RESNET, "cifar10", "no"),
    ],
)
def test_leakage_is_yes_no_or_unknown(card, dataset, answer):
    found = Seen(dataset).by(card)
    assert found.answer == answer
    assert found.why


@pytest.mark.parametrize(
    ("trained_on", "dataset", "answer"),
    [
        ("NIH-CXR", "ChestX-ray14", "yes"),
        ("NIH-CXR", "RSNA Pneumonia", "yes"),
        ("MIMIC-CXR", "MIMIC-CXR-JPG", "yes"),
        ("BBBC038", "dsb2018", "yes"),
        ("TCGA", "TCGA-BRCA", "unknown"),
        ("fMoW-RGB", "fMoW", "unknown"),
        ("CIFAR-10", "CIFAR-100", "no"),
        ("NIH-CXR", "VinDr-CXR", "no"),
    ],
)
def test_one_data_set_under_two_names_and_parts_of_it_are_not_called_clean(trained_on, dataset, answer):
    seen = Pretraining(datasets=frozenset({trained_on}), objective="supervised")
    found = Seen(dataset).by(toys.timm("reader", pretraining=seen))
    assert found.answer == answer
    assert trained_on in found.why


def test_leakage_is_warned_of_and_does_not_move_the_score():
    task = Task(modality="image", domain="medical/radiology", class_names=("cat", "dog"), labels_per_class=20)
    plain, named = (
        recommend(one, registry=toys.registry(), candidates=["toy/chest"])
        for one in (task, task.revised(dataset="CheXpert"))
    )
    assert named.candidates[0].leakage.answer == "yes"
    assert named.candidates[0].warnings[0].startswith("leakage")
    assert any("leakage" in warning for warning in named.warnings)
    assert named.candidates[0].expected == plain.candidates[0].expected is not None


@pytest.mark.parametrize(
    ("model", "dataset"),
    [
        ("medical/biomedclip", "ham10000"),
        ("satellite/remoteclip-vit-l-14", "ucmerced"),
        ("vision/eva02-large-448", "mscoco"),
        ("microscopy/bioclip-2", "cub"),
    ],
)
def test_a_collection_that_nobody_has_looked_into_is_no_clean_training_set(model, dataset):
    card = recommend(Task(modality="image"), candidates=[model]).candidates[0].card
    found = Seen(dataset).by(card)
    assert found.answer == "unknown"
    assert "nobody has looked" in found.why
