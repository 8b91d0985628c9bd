"""Markdown says what the terminal says: the ranking, the evidence with its terms and costs, and what was left out."""

from __future__ import annotations

import pytest

from tests.selector import toys
from zoo.selector import Task, recommend


@pytest.fixture(scope="module")
def advice():
    task = Task(modality="image", domain="natural", class_names=("cat", "dog"), labels_per_class=200)
    return recommend(task, registry=toys.registry(), k=3)


def test_every_candidate_has_its_evidence_cost_terms_and_leakage(advice):
    written = advice.to_markdown()
    for c in advice.candidates:
        part = written.split(f"`{c.card.id}`\n")[1].split("\n\n`")[0]
        assert "- cost: " in part
        assert "- terms: " in part
        assert f"- leakage: {c.leakage.answer}: " in part
        assert all(row.source in part for row in c.evidence)


def test_what_was_left_out_stands_there_with_its_reason(advice):
    written = advice.to_markdown()
    assert "| `toy/unbuilt` | loadable | its architecture is not built in zoo yet |" in written
    assert "toy/bert" not in written  # of another kind of data: counted, not listed


def test_the_numbers_of_a_recipe_have_a_source_in_every_long_form(advice):
    assert advice.recipe_sources
    for told in (advice.to_markdown(), advice.to_text(explain=True)):
        assert all(source in told for source in advice.recipe_sources)
    assert not set(advice.recipe_sources) & {rule.source for rule in advice.strategy.rules}


def test_without_a_candidate_there_is_no_table_and_no_empty_heading():
    written = recommend(Task(modality="image"), registry=toys.registry(toys.BERT)).to_markdown()
    assert "| model |" not in written
    assert "## Evidence" not in written


def test_where_nothing_is_trained_no_numbers_need_a_source():
    found = recommend(Task(modality="text", kind="retrieval"), registry=toys.registry())
    assert found.recipe_sources == ()
    assert "It also rests on" not in found.to_markdown()
