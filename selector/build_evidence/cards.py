"""What cards print of their own models, where one source measured enough of them to be compared.

Most figures of cards repeat the tables that are read anyway; those of sources that no table holds come from here.
"""

from __future__ import annotations

from collections.abc import Iterator

from zoo.registry import default_registry

from ..prior.model_features import model_facts, name_keys
from .sources import Figure

_LEXGLUE = "https://github.com/coastalcph/lex-glue/blob/419a49d/README.md"
DATASETS = {
    (_LEXGLUE, "ECtHR A"): "lexglue_ecthr_a",
    (_LEXGLUE, "ECtHR B"): "lexglue_ecthr_b",
    (_LEXGLUE, "SCOTUS"): "lexglue_scotus",
    (_LEXGLUE, "EUR-LEX"): "lexglue_eurlex",
    (_LEXGLUE, "LEDGAR"): "lexglue_ledgar",
    (_LEXGLUE, "UNFAIR-ToS"): "lexglue_unfair_tos",
    (_LEXGLUE, "CaseHOLD"): "lexglue_casehold",
}
"""(source, data set on the card) -> its name in the evidence."""
_METRICS = {"micro-F1": "micro_f1", "accuracy": "accuracy"}
_PROTOCOLS = {"full fine-tune": "fine-tune"}


def card_figures(known: dict[str, str]) -> Iterator[Figure]:
    for card in default_registry().cards.values():
        keys = name_keys(model_facts(card))
        model = next((known[key] for key in keys if key in known), card.id)
        for result in card.results:
            dataset = DATASETS.get((result.source, result.dataset))
            if dataset and result.metric in _METRICS and result.protocol in _PROTOCOLS:
                metric, protocol = _METRICS[result.metric], _PROTOCOLS[result.protocol]
                yield Figure(model, dataset, metric, result.value, protocol, "", result.source, "")
