"""The report of a recommendation: one self-contained HTML page with ranking, intervals, cost, evidence and recipe."""

from __future__ import annotations

import os
from html import escape
from pathlib import Path

from zoo.output_files import writing

from ..candidate_words import cost_of, terms_of
from ..constraints.cost import device_kind, sample_of
from ..report.amounts import models, points_lost, signed_points
from ..report.html import Bar, Point, bullets, intervals, page, pareto, table
from .adjustment import chance
from .candidates import Candidate
from .recommendation import Recommendation


def write_report(advice: Recommendation, path: str | os.PathLike[str]) -> Path:
    """Write the page of a recommendation and give its path.

    Raises:
        DataError: the place cannot be written.
    """
    return write_page(render(advice), path)


def write_page(text: str, path: str | os.PathLike[str]) -> Path:
    """Write a page and give its path; missing folders are made.

    Raises:
        DataError: the place cannot be written.
    """
    target = Path(path).expanduser()
    with writing(target):
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text(text, encoding="utf-8")
    return target


def render(advice: Recommendation) -> str:
    """The page as text."""
    task = advice.task
    lead = f"Rung {advice.rung} of 5: {advice.stands_on}."
    return page(
        "Which source model to start from",
        lead,
        [
            ("The task", "".join(f"<p>{escape(line)}</p>" for line in task.describe().splitlines())),
            ("The answer", _answer(advice)),
            (_expected_title(advice), _ranking(advice)),
            ("Cost against what is expected", _cost(advice)),
            ("What to do", _strategy(advice)),
            ("Mind", bullets(advice.warnings, "warn")),
            ("Evidence, candidate by candidate", "".join(map(_evidence, advice.candidates))),
            ("What would change the answer", bullets(advice.what_would_change)),
            ("Next", "".join(f"<p><code>{escape(command)}</code></p>" for command in advice.commands)),
            ("Left out", _excluded(advice)),
        ],
    )


def _answer(advice: Recommendation) -> str:
    best = f"<p class='big'>{escape(advice.candidates[0].card.id)}</p>" if advice.candidates else ""
    said = f"<p><b>{escape(advice.verdict.answer.capitalize())}:</b> {escape(advice.verdict.why)}</p>"
    loss = ""
    if advice.expected_regret is not None and advice.n_ranked > 1:
        like = " over tasks like those published" if advice.is_by_likeness else ""
        loss = f"<p>Taking the first unmeasured loses {points_lost(advice.expected_regret)} on average{like}"
        listed = advice.to_measure
        if advice.n_ranked > len(listed.ids) and listed.loses_less_than(advice.expected_regret):
            loss += f"; {escape(listed.describe())}"
        loss += ".</p>"
    cheaper = f"<p>{escape(advice.cheaper)}</p>" if advice.cheaper else ""
    return f"{best}{said}{cheaper}{loss}<p><b>Zero-shot baseline:</b> {escape(advice.zero_shot.describe())}</p>"


def _expected_title(advice: Recommendation) -> str:
    first = advice.candidates[0] if advice.candidates else None
    if first is None or first.expected is None:
        return "Ranking"
    return f"Expected {first.metric} ({first.protocol}), with the interval that covers four of five results"


def _ranking(advice: Recommendation) -> str:
    bars = [
        Bar(f"{c.card.id} (control)" if c.is_control else c.card.id, c.expected, *c.interval) for c in advice.candidates
    ]
    marks = []
    floor = chance(advice.task, advice.candidates[0].metric) if advice.candidates else None
    if floor is not None:
        marks.append(("chance", floor))
    learns = advice.task.kind != "retrieval" and advice.zero_shot.model is not None  # else there is no gain to tell
    if learns and advice.zero_shot.expected is not None:
        marks.append(("zero-shot", advice.zero_shot.expected))
    rows = [_row(place, c, learns) for place, c in enumerate(advice.candidates, start=1)]
    gain = ("over zero-shot",) if learns else ()
    columns = ("", "model", "expected", "interval", *gain, "parameters", "licence", "leakage")
    numbers = frozenset(range(2, 4 + len(gain) + 1))
    return intervals(bars, marks=marks) + (table(columns, rows, numbers=numbers) if rows else "")


def _row(place: int, c: Candidate, learns: bool) -> tuple[str, ...]:
    known = c.expected is not None
    gain = "not known" if c.gain is None else signed_points(c.gain)
    return (
        "control" if c.is_control else str(place),
        c.card.id,
        f"{c.expected:.2f}" if c.expected is not None else "not known",
        f"{c.interval[0]:.2f} to {c.interval[1]:.2f}" if known else "",
        *((gain,) if learns else ()),
        "unknown" if c.card.n_parameters is None else f"{c.card.n_parameters / 1e6:,.0f} M",
        c.card.license.weights or "unknown",
        c.leakage.answer,
    )


def _cost(advice: Recommendation) -> str:
    device = device_kind(advice.task.constraints.device)
    drawn = [
        Point(c.card.id, cost, c.expected)
        for c in advice.candidates
        if c.expected is not None and (cost := c.latency_ms(device)) is not None
    ]
    each = sample_of(advice.candidates[0].card) if advice.candidates else ""
    axis = f"milliseconds {each} on one {device.upper()}, estimated from published speeds"
    chart = pareto(drawn, cost=axis, value="expected")
    note = "<p class='soft'>On the line: no cheaper candidate is expected to reach as much.</p>"
    return chart + note if chart else ""


def _strategy(advice: Recommendation) -> str:
    rules = "".join(
        f"<li>{escape(rule.text)} <span class='soft'>({escape(rule.source)})</span></li>"
        for rule in advice.strategy.rules
    )
    steps = "".join(
        f"<li>{escape(line.partition('. ')[2] or line)}</li>" if line[:1].isdigit() else ""
        for line in _recipe_lines(advice)
    )
    rest = bullets(line for line in _recipe_lines(advice) if not line[:1].isdigit())
    if not advice.candidates:
        return f"<p class='big'>{escape(advice.strategy.title)}</p><ul>{rules}</ul>"
    name = f"<p>Recipe <code>{escape(advice.recipe.name)}</code>:</p>"
    read = "".join(f"<li>{escape(source)}</li>" for source in advice.recipe_sources)
    read = f"<p class='soft'>It also rests on:</p><ul class='soft'>{read}</ul>" if read else ""
    return f"<p class='big'>{escape(advice.strategy.title)}</p><ul>{rules}</ul>{name}<ol>{steps}</ol>{rest}{read}"


def _recipe_lines(advice: Recommendation) -> list[str]:
    """The recipe, line by line."""
    return advice.recipe.describe().splitlines()


def _evidence(c: Candidate) -> str:
    rows = [
        (row.dataset, row.metric, f"{row.value:.3f}", row.protocol, row.condition or "", row.source)
        for row in c.evidence
    ]
    columns = ("data set", "metric", "value", "protocol", "condition", "source")
    shown = (
        table(columns, rows, numbers=frozenset({2}))
        if rows
        else "<p class='soft'>No published result of its own is used.</p>"
    )
    facts = (
        f"<p>Leakage: <b>{c.leakage.answer}</b> ({escape(c.leakage.why)}).</p>"
        f"<p>Cost: {escape(cost_of(c.card))}.</p><p>Terms: {escape(terms_of(c.card))}.</p>"
    )
    inner = bullets(c.reasons) + bullets(c.warnings, "warn") + facts + shown
    return f"<details open><summary><b>{escape(c.card.id)}</b></summary>{inner}</details>"


def _excluded(advice: Recommendation) -> str:
    told = [(e.id, e.constraint.replace("_", " "), e.reason) for e in advice.told_exclusions]
    other = sum(e.constraint == "modality" for e in advice.excluded)
    note = f"<p class='soft'>Of other kinds of data, and not listed: {models(other)}.</p>" if other else ""
    if not told:
        return note
    shown = table(("model", "constraint", "reason"), told)
    return f"<details><summary>{models(len(told))}</summary>{shown}</details>{note}"
