"""The models to measure: the first of the ranking and what adds to it, not five sizes of one family."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from tests.selector import toys
from tests.selector.toys import TILES
from zoo.evidence import EvidenceRow
from zoo.selector import Task, recommend
from zoo.selector.advice.bands import takes_bands
from zoo.selector.advice.candidates import regret
from zoo.selector.advice.leakage import Seen
from zoo.selector.advice.shortlist import ToMeasure, to_measure

PETS = Task(modality="image", domain="natural", class_names=("cat", "dog"), labels_per_class=20)
ROW = EvidenceRow(model="a", dataset="dtd", metric="acc1", value=0.7, protocol="probe", source="https://example.org/a")


@pytest.fixture(scope="module")
def order():
    """Ten candidates in the order of their expected accuracy, .80 to .71, all with results of their own."""
    one = recommend(PETS, registry=toys.registry(), k=1).candidates[0]
    return tuple(
        replace(
            one,
            card=one.card.model_copy(update={"id": f"toy/{place}"}),
            expected=0.80 - place / 100,
            estimate=replace(one.estimate, expected=0.80 - place / 100, own_spread=0.5, of_several=1.0),
            evidence=(ROW,),
        )
        for place in range(10)
    )


class Families:
    """A prior to which the first three candidates are twins, and no other two have anything in common."""

    def likeness(self, task, models, exclude_evidence=()):
        family = np.array([max(int(facts.model.removeprefix("toy/")), 2) for facts in models])
        return (family[:, None] == family).astype(float)


def ask(order, n):
    return to_measure(Families(), PETS, order, order[:n], Seen(None), (), regret(order))


def test_twins_of_the_first_make_room(order):
    found = ask(order, 3)
    assert found.ids == ("toy/0", "toy/3", "toy/4")
    assert not found.are_first
    assert "toy/0, toy/3, toy/4" in found.describe()
    assert all(c.reasons for c in found.candidates)


def test_a_model_without_results_is_listed_only_if_it_is_among_the_first(order):
    bare = [replace(c, evidence=()) if place >= 3 else c for place, c in enumerate(order)]
    assert set(ask(bare, 3).ids) == {"toy/0", "toy/1", "toy/2"}
    assert ask(bare, 3).describe().startswith("measuring the first 3 and taking the best")


def test_what_is_measured_loses_less_the_more_it_is(order):
    found = [ask(order, n).regret for n in (1, 2, 3, 5)]
    assert found == sorted(found, reverse=True)
    assert found[0] > found[-1] > 0


def test_measuring_never_loses_more_than_the_first_alone(order):
    for ahead in (0.02, 0.1, 0.3):
        far = replace(order[0], expected=0.6 + ahead, estimate=replace(order[0].estimate, expected=0.6 + ahead))
        rest = [replace(c, expected=0.6, estimate=replace(c.estimate, expected=0.6)) for c in order[1:]]
        alone = regret([far, *rest])
        assert all(ask([far, *rest], n).regret <= alone for n in (1, 2, 4))


def test_a_control_is_named_beside_the_first(order):
    control = replace(order[4], is_control=True)
    assert ToMeasure((*order[:2], control), 0.007, True).describe() == (
        "measuring the first 2 with the control and taking the best: a regret of 0.7 points"
    )


SIX_BANDS = TILES.revised(bands=("B02", "B03", "B04", "B08", "B11", "B12"))


def test_the_first_of_the_models_that_read_the_bands_are_called_so():
    found = recommend(SIX_BANDS, k=4)
    assert found.candidates[-1].is_control
    assert set(found.to_measure.ids) == {c.card.id for c in found.candidates}
    assert found.to_measure.are_first


def test_where_few_models_read_the_bands_the_best_of_colour_are_measured_too():
    found = recommend(SIX_BANDS, k=12)
    colour = [c.card.id for c in found.candidates if not takes_bands(c.card)]
    assert colour
    assert set(colour) <= set(found.to_measure.ids)
    assert len(found.to_measure.ids) == 12
    assert found.to_measure.regret <= recommend(SIX_BANDS, k=7).to_measure.regret


def test_without_a_metric_the_first_of_the_ranking_are_measured(order):
    blank = [replace(c, expected=None, estimate=replace(c.estimate, expected=None)) for c in order]
    found = ask(blank, 2)
    assert found == ToMeasure(tuple(blank[:2]), None, True)
    assert found.describe() == ""
    assert not found.loses_less_than(0.1)


def test_no_gain_is_not_told():
    assert not ToMeasure((), 0.0152, True).loses_less_than(0.0151)
    assert ToMeasure((), 0.007, True).loses_less_than(0.0151)
