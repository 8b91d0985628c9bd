"""The page stands alone, shows what the advice says, and survives hostile words."""

from __future__ import annotations

import re
from html.parser import HTMLParser

import pytest

from tests.selector import toys
from zoo.errors import DataError
from zoo.selector import Task, recommend
from zoo.selector.advice.candidate_facts import cost_of, terms_of
from zoo.selector.advice.sections import sections_of
from zoo.selector.report import html as pages
from zoo.selector.report.charts import Bar, Point, intervals, pareto, pareto_front

VOID = {"meta", "line", "circle", "br", "polyline"}


class Outline(HTMLParser):
    """Open tags, attributes and text of a page; fails on a tag that is closed out of turn."""

    def __init__(self):
        super().__init__()
        self.open, self.seen, self.attributes, self.text = [], [], [], ""

    def handle_starttag(self, tag, attrs):
        self.seen.append(tag)
        self.attributes += attrs
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag, attrs):
        self.seen.append(tag)
        self.attributes += attrs

    def handle_endtag(self, tag):
        if tag not in VOID:
            assert self.open.pop() == tag

    def handle_data(self, data):
        self.text += data


def outline(html):
    parsed = Outline()
    parsed.feed(html)
    parsed.close()
    assert parsed.open == []
    return parsed


@pytest.fixture
def task():
    return Task(
        modality="image",
        domain="natural",
        class_names=("cat", "<script>alert(1)</script>"),
        labels_per_class=(200, 20),
        description="cats & dogs",
    )


def test_the_page_is_well_formed_and_shows_the_advice(task, tmp_path):
    advice = recommend(task, registry=toys.registry())
    page = outline(advice.report(tmp_path / "new" / "report.html").read_text())
    for candidate in advice.candidates:
        assert candidate.card.id in page.text
    for warning in advice.warnings:
        assert warning in page.text
    assert advice.strategy.title in page.text
    assert page.seen.count("svg") == 2


def test_the_page_needs_nothing_from_elsewhere_and_runs_nothing(task, tmp_path):
    page = outline(recommend(task, registry=toys.registry()).report(tmp_path / "r.html").read_text())
    assert not {"script", "img", "link", "iframe"} & set(page.seen)
    assert not [value for name, value in page.attributes if name in ("src", "onload", "onclick")]
    assert "<script>alert(1)</script>" in page.text  # as words, not as a tag


def test_the_page_tells_cost_terms_leakage_and_the_sources_of_the_recipe(task, tmp_path):
    advice = recommend(task.revised(labels_per_class=200), registry=toys.registry())
    page = outline(advice.report(tmp_path / "r.html").read_text())
    for c in advice.candidates:
        assert cost_of(c.card) in page.text
        assert terms_of(c.card) in page.text
    assert advice.recipe_sources
    assert all(source in page.text for source in advice.recipe_sources)


@pytest.mark.parametrize(("device", "axis"), [(None, "one CPU"), ("cuda:0", "one GPU")])
def test_costs_are_drawn_for_the_device_that_was_stated(task, tmp_path, device, axis):
    limits = {} if device is None else {"device": device}
    advice = recommend(task.revised(constraints=limits), registry=toys.registry())
    assert f"milliseconds a sample on {axis}" in outline(advice.report(tmp_path / "r.html").read_text()).text


def test_a_point_whose_label_has_no_room_above_is_named_below_it():
    drawn = Outline()
    drawn.feed(pareto([Point("toy/one", 10, 0.5), Point("toy/two", 10.2, 0.5001)], cost="ms", value="expected"))
    assert drawn.text.count("one") == drawn.text.count("two") == 2  # as a label, and where the pointer rests


def test_a_page_without_a_candidate_is_still_a_page(task, tmp_path):
    advice = recommend(task, registry=toys.registry(toys.BERT))
    assert "No good source" in outline(advice.report(tmp_path / "r.html").read_text()).text


def test_a_place_that_cannot_be_written_is_refused(task, tmp_path):
    (tmp_path / "file").touch()
    with pytest.raises(DataError, match="cannot be written"):
        recommend(task, registry=toys.registry()).report(tmp_path / "file" / "r.html")


def test_intervals_are_drawn_to_scale():
    drawn = Outline()
    drawn.feed(intervals([Bar("a", 0.5, 0.25, 0.75), Bar("b", None, 0, 1)]))
    places = [float(value) for name, value in drawn.attributes if name == "cx"]
    starts = [float(value) for name, value in drawn.attributes if name == "x1"]
    ends = [float(value) for name, value in drawn.attributes if name == "x2"]
    assert places[0] == pytest.approx((starts[-1] + ends[-1]) / 2, abs=0.1)
    assert "not known" in drawn.text
    assert intervals([Bar("b", None, 0, 1)]) == ""


def test_the_front_holds_only_what_no_other_beats():
    points = [Point("dear", 9, 0.9), Point("cheap", 1, 0.5), Point("dominated", 5, 0.4), Point("equal", 2, 0.5)]
    assert [point.name for point in pareto_front(points)] == ["cheap", "dear"]
    assert "polyline" in pareto(points, cost="ms", value="accuracy")
    assert pareto(points[:1], cost="ms", value="accuracy") == ""


@pytest.mark.parametrize("costs", [(0.3, 9000), (20, 300), (140, 350), (560, 790), (600, 601), (5, 5)])
def test_an_axis_has_numbers_whatever_it_spans(costs):
    drawn = Outline()
    drawn.feed(pareto([Point("a", costs[0], 0.512), Point("b", costs[1], 0.52)], cost="ms", value="accuracy"))
    ends = [float(value) for name, value in drawn.attributes if name == "y2"]
    assert 3 <= len(ends) - 5 <= 9  # five lines across, the others up


def test_numbers_of_one_axis_differ():
    drawn = pareto([Point("a", 1, 0.8), Point("b", 10, 0.805)], cost="ms", value="accuracy")
    told = re.findall(r'text-anchor="end">(0\.\d+)<', drawn)
    assert len(told) == len(set(told)) == 5


def test_a_search_has_nothing_to_gain_over_doing_without(tmp_path):
    searched = recommend(Task(modality="image-text", kind="retrieval"), registry=toys.registry())
    html = searched.report(tmp_path / "r.html").read_text()
    assert searched.candidates
    assert "over zero-shot" not in html
    assert 'class="mark"' not in html


def test_marks_in_one_place_share_a_name():
    bars = [Bar("toy/a", 0.6, 0.2, 0.9)]
    assert ">chance, zero-shot<" in intervals(bars, marks=[("zero-shot", 0.5), ("chance", 0.5)])
    apart = intervals(bars, marks=[("zero-shot", 0.7), ("chance", 0.5)])
    assert ">chance<" in apart
    assert ">zero-shot<" in apart


def test_an_axis_of_less_than_a_decade_has_more_than_one_number():
    drawn = pareto([Point("toy/a", 140, 0.7), Point("toy/b", 350, 0.8)], cost="ms", value="expected")
    assert len([tick for tick in ("150", "200", "250", "300") if f">{tick}<" in drawn]) >= 3


def test_one_class_draws_no_line_of_chance():
    found = recommend(Task(modality="image", class_names=("cat",), labels_per_class=20))
    assert ">chance" not in pages.render(sections_of(found))
    assert ">chance" in pages.render(
        sections_of(recommend(Task(modality="image", class_names=("cat", "dog"), labels_per_class=20)))
    )


def test_points_of_one_family_keep_names_that_differ():
    points = [Point("satellite/ssl4eo-s12-vit-s-dino", 20, 0.8), Point("satellite/ssl4eo-s12-vit-s-moco", 300, 0.7)]
    drawn = pareto(points, cost="ms", value="expected")
    assert ">ssl4eo-s12-vit-s-dino<" in drawn
    assert ">ssl4eo-s12-vit-s-moco<" in drawn
