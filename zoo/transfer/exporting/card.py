"""The README.md of an exported folder: what a stranger has to know, from the card and the run alone."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from zoo.transfer.exporting.served import Served

_TAGS = {"image": "image-feature-extraction", "text": "feature-extraction"}
_CLASSIFY = {"image": "image-classification", "text": "text-classification"}
_LIBRARIES = {"bundled": "open_clip"}


def model_card(served: Served, use: str) -> str:
    """Markdown with the header that hubs read.

    Args:
        use: Python lines that load the folder.
    """
    card = served.encoder.card
    tag = (_TAGS if served.head is None else _CLASSIFY)[served.kind]
    library = _LIBRARIES.get(served.encoder.loader, served.encoder.loader)
    if "SentenceTransformer" in use:
        library, tag = "sentence-transformers", "sentence-similarity" if served.head is None else tag
    header = [f"library_name: {library}", f"pipeline_tag: {tag}"]
    if card.source.repository is not None:
        header.append(f"base_model: {card.source.repository}")
    weights = card.license.weights
    header.append(f"license: {weights.lower() if weights else 'unknown'}")
    lines = ["---", *header, "---", "", f"# {card.title}" + (", tuned" if served.told else ""), ""]
    if served.told:
        lines += [served.told, ""]
    lines += [f"Source model: `{card.id}`. {card.summary}", ""]
    if served.class_names:
        lines += ["Classes, in the order of the logits: " + ", ".join(served.class_names) + ".", ""]
    lines += ["## Use", "", "```python", use, "```", ""]
    lines += [
        "## Inputs",
        "",
        "Inputs have to be prepared as `zoo_contract.json` says (`preprocess`); with others the figures do not hold.",
        "",
        "## Terms",
        "",
        f"Weights of the source: {weights or 'not stated'}. Code: {card.license.code or 'not stated'}. "
        f"Training data of the source: {card.license.data or 'not stated'}. Your own data may add terms.",
        "",
    ]
    if card.citation:
        lines += ["## Cite", "", "```", card.citation.strip(), "```", ""]
    return "\n".join(lines)
