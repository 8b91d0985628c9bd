"""What was published of the very data set stands above what other tasks suggest, unless it is left out."""

from __future__ import annotations

from collections import defaultdict

import numpy as np
import pytest

from zoo.selector import Task, recommend
from zoo.selector.evidence.models import load_models
from zoo.selector.prior import Prior, TaskFacts
from zoo.selector.prior.level import Level, skill_logit
from zoo.selector.prior.same_dataset import OWN_SHIFT, SHARED_SHIFT, own_level

BANKING = TaskFacts("text", kind="classification", dataset="Banking77Classification", protocol="few-shot")


@pytest.fixture(scope="module")
def prior():
    return Prior.load()


@pytest.fixture(scope="module")
def texts(prior):
    """Two models with a result on the data set, and one with none."""
    room = prior.room("text")
    place = next(i for i, c in enumerate(room.columns) if c.dataset == BANKING.dataset and c.protocol == "few-shot")
    seen = room.seen[:, place]
    rows = [*np.flatnonzero(seen)[:2], np.flatnonzero(~seen)[0]]
    by_name = {facts.model: facts for facts in load_models()}
    return [by_name[room.models[row]] for row in rows], room.values[rows, place]


def test_a_published_result_is_what_to_expect(prior, texts):
    models, published = texts
    found = prior.predict(BANKING, models)
    assert [e.expected for e in found[:2]] == pytest.approx(published[:2].tolist(), abs=1e-3)
    assert [e.is_measured for e in found] == [True, True, False]
    assert all(e.rows[0].dataset == "Banking77Classification" for e in found[:2])
    assert all(e.low < e.expected < e.high for e in found)


def test_a_model_without_one_is_less_certain(prior, texts):
    first, second, stranger = prior.predict(BANKING, texts[0])
    assert stranger.high - stranger.low > max(first.high - first.low, second.high - second.low)
    assert stranger.own_spread > max(first.own_spread, second.own_spread)


def test_what_is_left_out_is_not_known(prior, texts):
    models, _ = texts
    found = prior.predict(BANKING, models, exclude_evidence=[BANKING.dataset])
    assert not any(e.is_measured for e in found)
    assert all(row.dataset != BANKING.dataset for e in found for row in e.rows)
    assert all(e.high - e.low > 0.2 for e in found)


def test_results_for_another_purpose_are_not_taken(prior):
    by_name = {facts.model: facts for facts in load_models()}
    clip = [by_name["open_clip/ViT-B-32/openai"]]
    (zero_shot,) = prior.predict(TaskFacts("image", dataset="eurosat", protocol="zero-shot"), clip)
    (tuned,) = prior.predict(TaskFacts("image", dataset="eurosat", protocol="fine-tune"), clip)
    assert zero_shot.is_measured
    assert not tuned.is_measured


def test_the_table_that_measured_what_is_asked_is_read(prior):
    """Two tables tuned networks on DTD: one of them classifiers such as ResNet-50, the other generative models too."""
    by_name = {facts.model: facts for facts in load_models()}
    room = prior.room("image")
    tuned = next(c for c in room.columns if c.dataset == "dtd" and "Transfer-Learning-Library" in c.source)
    seen = room.seen[:, room.columns.index(tuned)]
    asked = [by_name[room.models[row]] for row in np.flatnonzero(seen)]
    found = prior.predict(TaskFacts("image", dataset="dtd", protocol="fine-tune", n_labels=4700), asked)
    assert [e.expected for e in found] == pytest.approx(room.values[seen, room.columns.index(tuned)].tolist(), abs=1e-3)


def test_where_nothing_asked_was_measured_the_data_set_is_like_any_other(prior):
    eva = [facts for facts in load_models() if facts.model.startswith("timm/eva02_large")][:1]
    task = TaskFacts("image", dataset="dtd", protocol="fine-tune", n_labels=4700)
    (alone,) = prior.predict(task, eva)
    resnet = [facts for facts in load_models() if facts.model == "timm/resnet50.tv_in1k"]
    beside, measured = prior.predict(task, [*eva, *resnet])
    assert [e.is_measured for e in (alone, beside, measured)] == [False, False, True]
    assert alone.high - alone.low > 2 * (beside.high - beside.low)


def test_a_column_of_few_models_is_drawn_to_the_slope_of_other_tasks(prior):
    room = prior.room("image")
    few = next(i for i, c in enumerate(room.columns) if c.dataset == "dtd" and room.seen[:, i].sum() == 10)
    many = next(i for i, c in enumerate(room.columns) if c.dataset == "dtd" and room.seen[:, i].sum() > 100)
    elsewhere = Level(0.0, 0.0, 1.0, 0.3, 0.2)
    for place, own in ((few, 10 / 20), (many, room.seen[:, many].sum() / (room.seen[:, many].sum() + 10))):
        level = own_level(room, place, elsewhere)
        assert level.log_slope == pytest.approx(own * room.level[place, 1], rel=1e-4)
        middle = room.residual[room.seen[:, place], place].mean()
        line = room.level[place, 0] + np.exp(room.level[place, 1]) * middle
        assert level.intercept + level.slope * middle == pytest.approx(line, rel=1e-4)


def test_two_sources_differ_on_one_data_set_as_stated(prior):
    """Probes on few labels, which two sources printed of the same models."""
    room = prior.room("image")
    by_dataset = defaultdict(list)
    for place, column in enumerate(room.columns):
        if column.protocol == "few-shot" and not column.condition.startswith("25 "):
            by_dataset[column.dataset].append(place)
    shifts, own = [], []
    for places in by_dataset.values():
        for a, b in [(a, b) for a in places for b in places if room.columns[a].source < room.columns[b].source]:
            both = room.seen[:, a] & room.seen[:, b]
            if both.sum() >= 5:
                left, right = (skill_logit(room.values[both, p], room.chance[p]) for p in (a, b))
                shifts.append((left - right).mean())
                own.append((left - right).std(ddof=1))
    assert len(shifts) >= 8
    assert np.sqrt(np.mean(np.square(shifts))) == pytest.approx(SHARED_SHIFT, abs=0.05)
    assert np.sqrt(np.mean(np.square(own))) == pytest.approx(OWN_SHIFT, abs=0.05)


def test_the_answer_says_that_it_stands_on_the_data_set_itself():
    task = Task(modality="text", dataset="Banking77Classification", labels_per_class=8)
    told = recommend(task)
    assert "published results on this data set and on others" in told.headline
    assert told.to_dict()["rung_meaning"] in told.headline
    left_out = recommend(task, exclude_evidence=["Banking77Classification"])
    assert "this data set" not in left_out.headline
