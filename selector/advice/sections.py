"""The report of a recommendation: one self-contained HTML page with ranking, intervals, cost, evidence and recipe."""

from __future__ import annotations

import os
from collections.abc import Iterable
from html import escape
from pathlib import Path
from typing import TYPE_CHECKING

from zoo.cards import ModelCard
from zoo.evidence import EvidenceRow

from ..constraints.cost import device_kind, latency_ms, memory_gb, sample_of
from ..constraints.exclusion import summary
from ..report.amounts import gigabytes, milliseconds, models, points_lost, signed_points
from ..report.charts import Bar, Point, intervals, pareto
from ..report.html import bullets, page, table, write_page
from .adjustment import chance
from .candidate import Candidate

if TYPE_CHECKING:
    from .recommendation import Recommendation


def write_report(advice: Recommendation, path: str | os.PathLike[str]) -> Path:
    """Write the page of a recommendation and give its path.

    Raises:
        DataError: the place cannot be written.
    """
    return write_page(render(advice), path)


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


def _shared_warnings(candidates: tuple[Candidate, ...]) -> list[str]:
    """Warnings that every candidate has, so that they tell none from another."""
    if len(candidates) < 2:
        return []
    return [w for w in candidates[0].warnings if all(w in c.warnings for c in candidates[1:])]


_TOLD_AGAINST = 2
"""Warnings of one candidate in the short answer: first what keeps it from being used, then what is not known of it."""


def _brief(c: Candidate, shared: list[str]) -> list[str]:
    own = [warning for warning in c.warnings if warning not in shared]
    return [*(f"     {reason}" for reason in c.reasons[:1]), *(f"     ! {warning}" for warning in own[:_TOLD_AGAINST])]


def _explained(c: Candidate) -> list[str]:
    """Everything that is known of one candidate, under headings."""
    lines = [f"     for it:     {reason}" for reason in c.reasons]
    lines += [f"     against it: {warning}" for warning in c.warnings]
    lines += [f"     evidence:   {row_text(row)}" for row in c.evidence]
    lines += [] if c.evidence else ["     evidence:   none of its own"]
    lines += [f"     cost:       {cost_of(c.card)}", f"     terms:      {terms_of(c.card)}"]
    return [*lines, f"     leakage:    {c.leakage.answer}: {c.leakage.why}"]


def markdown(advice: Recommendation) -> str:
    """The whole answer."""
    lines = ["# Which source model", "", *advice.task.describe().splitlines(), "", advice.headline, ""]
    lines += _ranking_lines(advice)
    lines += [f"**{advice.verdict.answer.capitalize()}**: {advice.verdict.why}", ""]
    lines += [advice.cheaper, ""] if advice.cheaper else []
    lines += _strategy_lines(advice)
    lines += ["## Zero-shot baseline", "", advice.zero_shot.describe(), ""]
    lines += _section("Mind", advice.warnings)
    lines += _section("What would change the answer", advice.what_would_change)
    if advice.commands:
        lines += ["## Next", "", "```console", *(f"$ {command}" for command in advice.commands), "```", ""]
    if advice.candidates:
        lines += ["## Evidence", ""]
    for c in advice.candidates:
        lines += _evidence_lines(c)
    told = [f"`{e.id}`: {e.reason}" for e in advice.told_exclusions]
    if advice.excluded:
        lines += ["## Left out", "", f"{models(len(advice.excluded))} ({summary(advice.excluded)}).", ""]
        lines += [*map(_bullet, told), ""] if told else []
    return "\n".join(lines)


def _ranking_lines(advice: Recommendation) -> list[str]:
    if not advice.candidates:
        return []
    lines = ["| | model | expected | parameters | licence | leakage | why |", "|---|---|---|---|---|---|---|"]
    for place, c in enumerate(advice.candidates, start=1):
        why = "; ".join(c.reasons[:2])
        terms = c.card.license.weights or "unknown"
        number = place_of(place, c).rstrip(".:")
        cells = (number, f"`{c.card.id}`", score_of(c), size_of(c.card), terms, c.leakage.answer, why)
        lines.append("| " + " | ".join(cell.replace("|", "\\|") for cell in cells) + " |")
    return [*lines, ""]


def _strategy_lines(advice: Recommendation) -> list[str]:
    lines = ["## Strategy", "", f"**{advice.strategy.title}**", ""]
    lines += [*(f"- {rule.text} ({rule.source})" for rule in advice.strategy.rules), ""]
    if not advice.candidates:
        return lines
    steps = [line if line[:1].isdigit() else _bullet(line) for line in advice.recipe.describe().splitlines()]
    lines += [f"Recipe `{advice.recipe.name}`:", "", *steps, ""]
    if advice.recipe_sources:
        lines += ["It also rests on:", "", *map(_bullet, advice.recipe_sources), ""]
    return lines


def _evidence_lines(c: Candidate) -> list[str]:
    return [
        f"`{c.card.id}`",
        "",
        *(_bullet(row_text(row)) for row in c.evidence),
        *([] if c.evidence else ["- none of its own"]),
        *(f"- against it: {warning}" for warning in c.warnings),
        f"- cost: {cost_of(c.card)}",
        f"- terms: {terms_of(c.card)}",
        f"- leakage: {c.leakage.answer}: {c.leakage.why}",
        "",
    ]


def _section(title: str, items: Iterable[str]) -> list[str]:
    told = [*map(_bullet, items)]
    return [f"## {title}", "", *told, ""] if told else []


def _bullet(line: str) -> str:
    return f"- {line}"


def place_of(place: int, c: Candidate) -> str:
    """Its place in the ranking; a control has none."""
    return "control:" if c.is_control else f"{place}."


def score_of(c: Candidate) -> str:
    """Metric, interval and protocol, and the gain over the baseline where that is another use of a model."""
    if c.expected is None:
        return "expected unknown (little evidence)"
    gain = "" if c.gain is None or c.protocol == "zero-shot" else f", {_against_zero_shot(c.gain)}"
    return f"{c.metric} {c.expected:.2f} [{c.interval[0]:.2f}, {c.interval[1]:.2f}] {c.protocol}{gain}"


def _against_zero_shot(gain: float) -> str:
    told = signed_points(gain)
    if told.startswith("-"):
        return f"{told.removeprefix('-')} below zero-shot"
    return f"{told} over zero-shot" if told.startswith("+") else "no more than zero-shot"


def size_of(card: ModelCard) -> str:
    """Number of parameters in millions."""
    return "unknown" if card.n_parameters is None else f"{card.n_parameters / 1e6:,.1f} M"


def cost_of(card: ModelCard) -> str:
    """Size, memory, and time per sample."""
    needs = needs_of(card)
    return f"{size_of(card)} parameters, {needs}, estimated from published speeds" if needs else "not known"


def needs_of(card: ModelCard) -> str:
    """Memory, and time per sample on both kinds of devices; empty where the size is not known."""
    memory, cpu, gpu = memory_gb(card), latency_ms(card, "cpu"), latency_ms(card, "gpu")
    if memory is None or cpu is None or gpu is None:
        return ""
    return f"{gigabytes(memory)}, {milliseconds(cpu)} {sample_of(card)} on a CPU, {milliseconds(gpu)} on a GPU"


def terms_of(card: ModelCard) -> str:
    """The licence of the weights, and whether it is known to allow commercial use."""
    allowed = {True: "allowed", False: "not allowed", None: "not known to be allowed"}[card.commercial_use]
    return f"{card.license.weights or 'weights not stated'}, commercial use {allowed}"


def row_text(row: EvidenceRow) -> str:
    """One published result with its source."""
    where = f", {row.condition}" if row.condition else ""
    return f"{row.dataset} {row.metric} {row.value:.3f} ({row.protocol}{where}) {row.source}"
