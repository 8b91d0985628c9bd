"""An answer as a document, what was asked for first: the model, then the ranking, the strategy and what to mind."""

from __future__ import annotations

from ..constraints.cost import device_kind, sample_of
from ..constraints.exclusion import summary
from ..report.amounts import models, points_lost, signed_points
from ..report.charts import Bar, Point
from ..report.document import (
    Bullets,
    Commands,
    CostChart,
    Document,
    Entries,
    Entry,
    IntervalChart,
    Paragraph,
    Section,
    Table,
    document,
)
from .adjustment import chance
from .answer import Answer
from .candidate import LITTLE_EVIDENCE, Candidate
from .candidate_facts import cost_of, place_of, row_text, score_of, size_of, terms_of

_BRIEF_WARNINGS = 2
"""Warnings of one candidate in the short answer: first what keeps it from being used, then what is not known of it."""


def sections_of(advice: Answer) -> Document:
    """The whole answer."""
    return document(
        "Which source model to start from",
        "",
        [
            _answer(advice),
            _ranking(advice),
            Section("The task", (Paragraph(advice.task.describe()),)),
            *strategy_blocks(advice).sections,
            Section("Zero-shot baseline", (Paragraph(advice.zero_shot.describe()),)),
            Section("Mind", (Bullets(advice.warnings, "warning"),)),
            Section("What would change the answer", (Bullets(advice.what_would_change),)),
            Section("Next", (Commands(advice.commands),)),
            *_left_out(advice),
        ],
    )


def _answer(advice: Answer) -> Section:
    best = advice.candidates[0].card.id if advice.candidates else ""
    verdict = f"{advice.verdict.answer.capitalize()}: {advice.verdict.why}"
    loss = ""
    listed = advice.to_measure
    known = advice.expected_regret is not None and advice.n_ranked > 1
    if known and advice.n_ranked > len(listed.ids) and listed.loses_less_than(advice.expected_regret or 0.0):
        loss = f"Taking the first unmeasured loses {points_lost(advice.expected_regret or 0.0)} on average; "
        loss += f"{listed.describe()}."
    return Section(
        "",
        (
            Paragraph(best, "strong"),
            Paragraph(verdict),
            Paragraph(advice.default_told or advice.cheaper),
            Paragraph(loss),
        ),
    )


def _ranking(advice: Answer) -> Section:
    first = advice.candidates[0] if advice.candidates else None
    bars = [
        Bar(f"{c.card.id} (control)" if c.is_control else c.card.id, c.expected, *c.interval) for c in advice.candidates
    ]
    learns = advice.task.kind != "retrieval" and advice.zero_shot.model is not None  # else there is no gain to tell
    floor = None if first is None else chance(advice.task, first.metric)
    marks = [] if floor is None else [("chance", floor)]
    if learns and advice.zero_shot.expected is not None:
        marks.append(("zero-shot", advice.zero_shot.expected))
    columns = ("", "model", "expected", "interval", *(("over zero-shot",) if learns else ()))
    rows = tuple(_row(place, c, learns) for place, c in enumerate(advice.candidates, start=1))
    return Section(
        "Ranking",
        (
            Paragraph(advice.headline, "soft"),
            IntervalChart(tuple(bars), tuple(marks)),
            Table(
                (*columns, "parameters", "licence", "leakage"),
                rows,
                numbers=frozenset(range(2, len(columns) + 1)),
                names=frozenset({1}),
                on_terminal=False,
            ),
            _cost(advice),
            _entries(advice),
        ),
    )


def _row(place: int, c: Candidate, learns: bool) -> tuple[str, ...]:
    known = c.expected is not None
    gain = "not known" if c.gain is None else signed_points(c.gain)
    return (
        "control" if c.is_control else str(place),
        c.card.id,
        f"{c.metric} {c.expected:.2f}" if c.expected is not None else "not known",
        f"{c.interval[0]:.2f} to {c.interval[1]:.2f}" if known else "",
        *((gain,) if learns else ()),
        size_of(c.card),
        c.card.license.weights or "unknown",
        c.leakage.answer,
    )


def _cost(advice: Answer) -> CostChart:
    device = device_kind(advice.task.constraints.device)
    drawn = [
        Point(c.card.id, cost, c.expected)
        for c in advice.candidates
        if c.expected is not None and (cost := c.latency_ms(device)) is not None
    ]
    each = sample_of(advice.candidates[0].card) if advice.candidates else ""
    axis = f"milliseconds {each} on one {device.upper()}, estimated from published speeds"
    note = "On the line: no cheaper candidate is expected to reach as much."
    return CostChart(tuple(drawn), axis, "expected", note)


def _entries(advice: Answer) -> Entries:
    shared = _shared_warnings(advice.candidates)
    told = tuple(w for w in shared if w.removeprefix(LITTLE_EVIDENCE) not in advice.verdict.why)
    return Entries(tuple(_entry(advice, place, c, shared) for place, c in enumerate(advice.candidates, start=1)), told)


def _entry(advice: Answer, place: int, c: Candidate, shared: list[str]) -> Entry:
    seen = f", saw {advice.task.dataset}: {c.leakage.answer}" if advice.task.dataset else ""
    own = [warning for warning in c.warnings if warning not in shared][:_BRIEF_WARNINGS]
    rows = tuple(
        (row.dataset, row.metric, f"{row.value:.3f}", row.protocol, row.condition or "", row.source)
        for row in c.evidence
    )
    facts = [
        *(("for it", reason) for reason in c.reasons),
        *(("against it", warning) for warning in c.warnings),
        *(("evidence", row_text(row)) for row in c.evidence),
        *([] if c.evidence else [("evidence", "none of its own")]),
        ("cost", cost_of(c.card)),
        ("terms", terms_of(c.card)),
        ("leakage", f"{c.leakage.answer}: {c.leakage.why}"),
    ]
    return Entry(
        label=place_of(place, c),
        name=c.card.id,
        value=f"{score_of(c)}{seen}",
        brief=(*map(Paragraph, c.reasons[:1]), *(Paragraph(warning, "warning") for warning in own)),
        facts=tuple(facts),
        table=Table(("data set", "metric", "value", "protocol", "condition", "source"), rows, numbers=frozenset({2})),
    )


def _shared_warnings(candidates: tuple[Candidate, ...]) -> list[str]:
    """Warnings that every candidate has, so that they tell none from another."""
    if len(candidates) < 2:
        return []
    return [w for w in candidates[0].warnings if all(w in c.warnings for c in candidates[1:])]


def strategy_blocks(advice: Answer) -> Document:
    """The strategy with its rules, and the recipe that carries it out."""
    rules = tuple(f"{rule.text} ({rule.source})" for rule in advice.strategy.rules)
    said = Section("Strategy", (Paragraph(f"{advice.strategy.title}.", "strong"), Bullets(rules)))
    if not advice.candidates:
        return document("Strategy", "", [said])
    lines = advice.recipe.describe().splitlines()
    steps = tuple(line.partition(". ")[2] for line in lines if line[:1].isdigit())
    rest = tuple(line for line in lines if not line[:1].isdigit())
    recipe = Section(f"Recipe {advice.recipe.name}", (Bullets(steps, numbered=True), Bullets(rest)))
    sources = Section("The recipe also rests on", (Bullets(advice.recipe_sources, "soft"),), detail=True)
    return document("Strategy", "", [said, recipe, sources])


def _left_out(advice: Answer) -> list[Section]:
    if not advice.excluded:
        return []
    told = tuple((e.id, e.constraint.replace("_", " "), e.reason) for e in advice.told_exclusions)
    columns = ("model", "constraint", "reason")
    counted = f"{models(len(advice.excluded))} ({summary(advice.excluded)})."
    return [
        Section("Left out", (Paragraph(counted), Paragraph("--explain says why, and shows the evidence.", "soft"))),
        Section("Left out, one by one", (Table(columns, told, names=frozenset({0})),), detail=True),
    ]
