"""The answer as Markdown: the same as on a terminal, with the evidence and what was left out."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from .candidate_words import cost_of, place_of, row_text, score_of, size_of, terms_of
from .constraints.rules import summary
from .report.amounts import models

if TYPE_CHECKING:
    from .advice.candidates import Candidate
    from .advice.recommendation import Recommendation


def markdown(advice: Recommendation) -> str:
    """The whole answer."""
    lines = ["# Which source model", "", *advice.task.describe().splitlines(), "", advice.headline, ""]
    lines += _ranking(advice)
    lines += [f"**{advice.verdict.answer.capitalize()}**: {advice.verdict.why}", ""]
    lines += [advice.cheaper, ""] if advice.cheaper else []
    lines += _strategy(advice)
    lines += ["## Zero-shot baseline", "", advice.zero_shot.describe(), ""]
    lines += _section("Mind", advice.warnings)
    lines += _section("What would change the answer", advice.what_would_change)
    if advice.commands:
        lines += ["## Next", "", "```console", *(f"$ {command}" for command in advice.commands), "```", ""]
    if advice.candidates:
        lines += ["## Evidence", ""]
    for c in advice.candidates:
        lines += _evidence(c)
    told = [f"`{e.id}`: {e.reason}" for e in advice.told_exclusions]
    if advice.excluded:
        lines += ["## Left out", "", f"{models(len(advice.excluded))} ({summary(advice.excluded)}).", ""]
        lines += [*map(_bullet, told), ""] if told else []
    return "\n".join(lines)


def _ranking(advice: Recommendation) -> list[str]:
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


def _strategy(advice: Recommendation) -> list[str]:
    lines = ["## Strategy", "", f"**{advice.strategy.title}**", ""]
    lines += [*(f"- {rule.text} ({rule.source})" for rule in advice.strategy.rules), ""]
    if not advice.candidates:
        return lines
    steps = [line if line[:1].isdigit() else _bullet(line) for line in advice.recipe.describe().splitlines()]
    lines += [f"Recipe `{advice.recipe.name}`:", "", *steps, ""]
    if advice.recipe_sources:
        lines += ["It also rests on:", "", *map(_bullet, advice.recipe_sources), ""]
    return lines


def _evidence(c: Candidate) -> list[str]:
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
