"""What a specialist would say of the answers: the floor that was reached (`make bench-expert` prints the whole)."""

from __future__ import annotations

import pytest

from tests.selector.expert_tasks import expert_tasks, judge

LEAST_ACCEPTED, MOST_LAUGHABLE, LEAST_STRATEGY = 0.94, 0.02, 0.94


@pytest.fixture(scope="module")
def judged():
    return [judge(field, entry) for field, entry in expert_tasks()]


def test_there_are_tasks_of_every_field():
    fields = [field for field, _ in expert_tasks()]
    assert len(fields) >= 60
    assert {"earth", "life", "medicine", "photographs", "texts"} <= set(fields)
    assert all(entry["source"] and entry["accepted"] and entry["laughable"] for _, entry in expert_tasks())


def test_a_specialist_takes_one_of_the_first_three(judged):
    missed = [one.name for one in judged if not one.accepted]
    assert len(missed) <= (1 - LEAST_ACCEPTED) * len(judged), missed


def test_a_specialist_laughs_at_none_of_the_first(judged):
    assert not [(one.name, one.first[0]) for one in judged if one.laughable_first]
    shown = sum(len(one.first) for one in judged)
    assert sum(len(one.laughable) for one in judged) <= MOST_LAUGHABLE * shown


def test_the_strategy_is_one_that_a_specialist_gives(judged):
    missed = [(one.name, one.advised) for one in judged if not one.strategy]
    assert len(missed) <= (1 - LEAST_STRATEGY) * len(judged), missed
