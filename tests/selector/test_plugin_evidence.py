"""Evidence that plugins bring: it counts beside the published tables, and what is broken is named and left out."""

from __future__ import annotations

import pytest

from tests.selector import toys
from zoo.errors import PluginError
from zoo.evidence import EvidenceRow, EvidenceTable, EvidenceTask
from zoo.hookspecs import hookimpl
from zoo.selector import Task, recommend
from zoo.selector.advice.candidates import prior_for

PETS = Task(modality="image", domain="natural", class_names=("cat", "dog"), labels_per_class=20)
XRAYS = Task(modality="image", domain="medical/radiology", class_names=("normal", "edema"), labels_per_class=200)


def test_evidence_of_a_plugin_moves_its_model():
    """A model without a name in the tables rises when a plugin brings high published figures for it."""
    task = EvidenceTask(name="toy-pets", modality="image", domain="natural", kind="classification", n_classes=2)
    others = [("toy/clip", 0.3), ("toy/resnet50", 0.2), ("x", 0.25), ("y", 0.22), ("toy/star", 0.9)]
    rows = tuple(
        EvidenceRow(model=m, dataset="toy-pets", metric="acc1", value=v, protocol="probe", source="https://a.example")
        for m, v in others
    )

    class Figures:
        @hookimpl
        def zoo_evidence(self):
            return (EvidenceTable(name="toy", rows=rows, tasks=(task,)),)

    star = toys.toy_card("toy/star", architecture=None, source=toys.CustomSource(builder="x", path="/x.bin"))
    plain = recommend(PETS, registry=toys.registry(star)).candidates[0]
    told = toys.registry(star)
    told.register(Figures(), "figures")
    moved = recommend(PETS, registry=told).candidates[0]
    assert moved.estimate.strength > plain.estimate.strength
    assert moved.evidence[0].dataset == "toy-pets"


class Ward:
    """Figures of one hospital on two sets of x-rays: a model of x-rays beside models of photographs."""

    SCORES = (
        ("toy/chest", 0.95), ("toy/resnet50", 0.80), ("toy/convnext_large", 0.84), ("toy/clip", 0.82), ("x", 0.81)
    )  # fmt: skip

    @hookimpl
    def zoo_evidence(self):
        facts = {"modality": "image", "domain": "medical/radiology", "kind": "classification", "n_classes": 2}
        near = {"ward-a": ("CheXpert",), "ward-b": ()}
        tasks = tuple(EvidenceTask(name=name, near_duplicates=near[name], **facts) for name in near)
        rows = tuple(
            EvidenceRow(model=m, dataset=d, metric="accuracy", value=v, protocol="probe", source="the ward, table 2")
            for d in near
            for m, v in self.SCORES
        )
        return (EvidenceTable(name="ward", rows=rows, tasks=tasks),)


def test_a_result_on_the_data_set_itself_is_not_raised_for_the_domain():
    """Expected of the model of x-rays is its own result; the interval held only more than that."""
    told = toys.registry()
    told.register(Ward(), "ward")
    found = {c.card.id: c for c in recommend(XRAYS.revised(dataset="ward-a"), registry=told, k=7).candidates}
    for name in ("toy/chest", "toy/resnet50", "toy/clip"):
        assert found[name].expected == pytest.approx(dict(Ward.SCORES)[name], abs=0.002)
        assert found[name].interval[0] < dict(Ward.SCORES)[name] < found[name].interval[1]
    assert found["toy/chest"].worth > 0
    assert "assumed" not in " ".join(found["toy/chest"].reasons)


def test_figures_of_a_plugin_that_compare_are_not_denied():
    silent, told = toys.registry(), toys.registry()
    told.register(Ward(), "ward")
    before, after = (recommend(XRAYS, registry=r).candidates[0] for r in (silent, told))
    assert before.card.id == after.card.id == "toy/chest"
    assert "no figures compare" in " ".join(before.reasons)
    assert not before.estimate.is_compared
    assert after.estimate.is_compared
    assert "beyond those is assumed" in " ".join(after.reasons)
    assert after.reasons[0].startswith("published results")
    assert "no published figure compares" not in recommend(XRAYS, registry=told).verdict.why


def test_the_domain_of_a_data_set_that_a_plugin_describes_is_that_of_the_task():
    told = toys.registry()
    told.register(Ward(), "ward")
    named = Task(modality="image", dataset="ward-b", labels_per_class=200)
    found = recommend(named, registry=told)
    assert found.task.known_domain == "medical/radiology"
    assert "that of the data set ward-b" in found.to_text()
    assert recommend(named, registry=toys.registry()).task.known_domain is None
    assert recommend(named.revised(domain="natural"), registry=told).task.known_domain == "natural"


def test_a_result_of_a_plugin_that_stands_alone_is_told_as_unused():
    class Small(Ward):
        SCORES = (("toy/chest", 0.95), ("toy/resnet50", 0.80))

    told = toys.registry()
    told.register(Small(), "small")
    said = recommend(XRAYS, registry=told, candidates=["toy/chest"]).candidates[0]
    assert any("the 2 of a plugin are" in warning and "needs 5 models" in warning for warning in said.warnings)


def _table(**changes):
    row = {"model": "toy/chest", "dataset": "nowhere", "metric": "acc1", "value": 0.9, "protocol": "probe"}
    return EvidenceTable(name="bad", rows=(EvidenceRow(**{**row, "source": "us", **changes}),))


@pytest.mark.parametrize(
    ("give", "fault"),
    [
        (lambda: [_table()], "rows on 'nowhere', which no task describes"),
        (lambda: [_table(value=93)], "less than or equal to 1"),
        (lambda: [_table(source=" ")], "ValidationError"),
        (lambda: 1 / 0, "ZeroDivisionError"),
        (lambda: EvidenceTable(name="bad", rows=()), "want a list of EvidenceTable, it is one alone"),
        (lambda: ["rows"], "want a list of EvidenceTable, one is str"),
    ],
    ids=["no-task", "percent", "no-source", "crash", "bare", "words"],
)
def test_a_plugin_with_broken_evidence_is_named_and_the_others_still_count(give, fault, monkeypatch):
    class Broken:
        @hookimpl
        def zoo_evidence(self):
            return give()

    told = toys.registry()
    told.register(Ward(), "ward")
    told.register(Broken(), "broken")
    with pytest.warns(UserWarning, match=f"zoo plugin 'broken': its evidence is left out: .*{fault}"):
        found = recommend(XRAYS, registry=told)
    assert found.candidates[0].estimate.is_compared
    monkeypatch.setenv("ZOO_STRICT_PLUGINS", "1")
    with pytest.raises(PluginError, match="'broken'"):
        recommend(XRAYS, registry=told)


def test_near_duplicates_of_a_plugin_count_as_leakage():
    told = toys.registry()
    told.register(Ward(), "ward")
    for name, answer in (("ward-a", "yes"), ("ward-b", "no")):
        found = recommend(XRAYS.revised(dataset=name), registry=told, candidates=["toy/chest"]).candidates[0]
        assert found.leakage.answer == answer
    without = prior_for(told).datasets.near_duplicates(["CheXpert"])
    assert "ward-a" in without
    assert "ward-b" not in without
