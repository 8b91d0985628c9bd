"""Every pretrained tag of timm as a card, from the index; timm itself is not imported."""

from __future__ import annotations

import functools
from typing import Any

from zoo.cards import ModelCard, TimmSource

from .index import Contracts, license_of, pretraining_of, read

COMMERCIAL = {
    "apache-2.0": True,
    "mit": True,
    "bsd-3-clause": True,
    "cc-by-4.0": True,
    "cc-by-nc-4.0": False,
    "apple-amlr": False,
    "fair-noncommercial-research-license": False,
}
"""What is plain from a licence's name. Others have terms that a person must read."""

_CITATION = "Wightman 2019, PyTorch Image Models, doi:10.5281/zenodo.4414861"


@functools.cache
def cards() -> tuple[ModelCard, ...]:
    """All of them; made once in a process."""
    index, contracts = _index()
    return tuple(_card(name, row, contracts) for name, row in index["models"].items())


def resolve(name: str) -> ModelCard | None:
    """The card of `architecture.tag`, or of an architecture with its default tag; None: timm has no such one."""
    index, contracts = _index()
    models: dict[str, list[Any]] = index["models"]
    if name not in models and name in index["defaults"]:
        name = f"{name}.{index['defaults'][name]}"
    return _card(name, models[name], contracts) if name in models else None


@functools.cache
def _index() -> tuple[dict[str, Any], Contracts]:
    index = read("timm")
    return index, Contracts(index["contracts"])


def _card(name: str, row: list[Any], contracts: Contracts) -> ModelCard:
    """Without validation, which a test does once for the whole index: 1,800 cards must not cost a second."""
    contract, n_parameters, width, pooling, terms, repository, file, origin, papers = row
    architecture, _, tag = name.partition(".")
    license = None if terms in (None, "unknown") else terms
    seen = f"timm {_index()[0]['version']}, pretrained_cfg of {name}"
    return ModelCard.model_construct(
        id=f"timm/{name}",
        title=name,
        summary=f"{architecture} of timm" + (f", weights {tag}" if tag else ""),
        modality="image",
        domains=("satellite/rgb",) if "sat493m" in tag else ("natural",),
        capabilities=("embed",),
        source=TimmSource.model_construct(architecture=name, repository=repository, file=file),
        architecture=architecture,
        n_parameters=n_parameters,
        embed_dim=width,
        pooling=pooling,
        preprocess=contracts[contract],
        pretraining=pretraining_of(tag),
        license=license_of("Apache-2.0", license),
        commercial_use=COMMERCIAL.get(license or ""),
        gated=None,
        citation=_papers(papers) or _CITATION,
        sources=(seen, origin) if origin else (seen,),
    )


def _papers(stated: Any) -> str | None:
    """timm states one identifier or several."""
    told = [stated] if isinstance(stated, str) else list(stated or ())
    return ", ".join(told) or None
