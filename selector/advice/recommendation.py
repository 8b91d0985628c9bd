"""What `recommend` gives back: the answer, and its forms for a terminal, a page and a program."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ..report import html, markdown, text
from .answer import Answer
from .candidate import Candidate
from .sections import sections_of, strategy_blocks


@dataclass(frozen=True)
class Recommendation(Answer):
    """An answer that can be shown."""

    def to_text(self, *, explain: bool = False) -> str:
        """The whole answer for a terminal; `explain` adds the evidence and every exclusion."""
        return text.render(sections_of(self), explain=explain)

    def to_markdown(self) -> str:
        """The answer as Markdown."""
        return markdown.render(sections_of(self))

    def report(self, path: str | os.PathLike[str]) -> Path:
        """Write one self-contained HTML page and give its path.

        Raises:
            DataError: the place cannot be written.
        """
        return html.write_page(html.render(sections_of(self)), path)

    def strategy_text(self) -> str:
        """The strategy with its rules, its recipe and the zero-shot baseline, for a person."""
        return f"{text.render(strategy_blocks(self))}\n\nZero-shot baseline: {self.zero_shot.describe()}"

    def to_dict(self) -> dict[str, Any]:
        """Plain data, for JSON."""
        data = self.task.data
        return {
            "task": self.task.model_dump(mode="json"),
            "domain": self.task.known_domain,
            "findings": list(data.findings()) if data is not None else [],
            "rung": self.rung,
            "rung_meaning": self.stands_on,
            "expected_regret": self.expected_regret,
            "to_measure": list(self.to_measure.ids),
            "regret_of_measured": self.to_measure.regret,
            "n_ranked": self.n_ranked,
            "verdict": {"answer": self.verdict.answer, "why": self.verdict.why},
            "candidates": [_candidate_dict(c) for c in self.candidates],
            "strategy": {
                "name": self.strategy.name,
                "title": self.strategy.title,
                "labels_per_class": self.strategy.labels_per_class,
                "distance": self.strategy.distance,
                "rules": [{"text": rule.text, "source": rule.source} for rule in self.strategy.rules],
            },
            "recipe": self.recipe.model_dump(mode="json"),
            "zero_shot": {
                "model": self.zero_shot.model,
                "templates": list(self.zero_shot.templates),
                "prompts": list(self.zero_shot.prompts),
                "metric": self.zero_shot.metric,
                "expected": self.zero_shot.expected,
                "interval": list(self.zero_shot.interval),
                "note": self.zero_shot.note,
                "cost": self.zero_shot.cost,
                "bundled": self.zero_shot.bundled,
                "bundled_note": self.zero_shot.bundled_note or None,
            },
            "warnings": list(self.warnings),
            "what_would_change": list(self.what_would_change),
            "cheaper": self.cheaper or None,
            "default_for_this_machine": self.default.card.id if self.default is not None else None,
            "commands": list(self.commands),
            "excluded": [{"id": e.id, "constraint": e.constraint, "reason": e.reason} for e in self.excluded],
        }


def _candidate_dict(c: Candidate) -> dict[str, Any]:
    return {
        "id": c.card.id,
        "title": c.card.title,
        "expected": c.expected,
        "interval": list(c.interval),
        "metric": c.metric,
        "protocol": c.protocol,
        "gain_over_zero_shot": c.gain,
        "n_parameters": c.card.n_parameters,
        "memory_gb": c.memory_gb,
        "latency_ms_cpu": c.latency_ms("cpu"),
        "latency_ms_gpu": c.latency_ms("gpu"),
        "license": c.card.license.weights,
        "commercial_use": c.card.commercial_use,
        "gated": c.card.gated,
        "domain_match": c.match,
        "is_control": c.is_control,
        "leakage": c.leakage.answer,
        "leakage_why": c.leakage.why,
        "reasons": list(c.reasons),
        "warnings": list(c.warnings),
        "evidence": [row.model_dump(mode="json") for row in c.evidence],
    }
