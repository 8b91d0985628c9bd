"""Every pretrained tag of open_clip as a card, from the index; open_clip itself is not imported."""

from __future__ import annotations

import functools
from typing import Any

from zoo.cards import ModelCard, OpenClipSource, TextPreprocess, ZeroShot

from .index import Contracts, license_of, pretraining_of, read
from .terms import terms_of

_CITATION = "Ilharco et al. 2021, OpenCLIP, doi:10.5281/zenodo.5143773"
_SCORING = {
    True: ZeroShot(scoring="sigmoid", logit_scale=None, text_padding="max_length"),
    False: ZeroShot(scoring="softmax", logit_scale=None, text_padding="max_length"),
}


@functools.cache
def cards() -> tuple[ModelCard, ...]:
    """All of them; made once in a process."""
    index, contracts = _index()
    return tuple(_card(name, row, contracts) for name, row in index["models"].items())


def resolve(name: str) -> ModelCard | None:
    """The card of `architecture/tag`; None: open_clip has no such pair."""
    index, contracts = _index()
    row = index["models"].get(name)
    return _card(name, row, contracts) if row is not None else None


@functools.cache
def _index() -> tuple[dict[str, Any], Contracts]:
    index = read("open_clip")
    return index, Contracts(index["contracts"])


def _card(name: str, row: list[Any], contracts: Contracts) -> ModelCard:
    """Without validation, which a test does once for the whole index."""
    contract, n_parameters, width, max_tokens, tokenizer, is_sigmoid, repository, file, url = row
    architecture, _, tag = name.partition("/")
    weights, commercial_use = terms_of(tag, repository)
    seen = f"open_clip {_index()[0]['version']}, {architecture}.json and pretrained.py"
    return ModelCard.model_construct(
        id=f"open_clip/{name}",
        title=f"{architecture} {tag}",
        summary=f"{architecture} of open_clip, weights {tag}",
        modality="image-text",
        domains=("natural",),
        capabilities=("embed", "zero-shot"),
        source=OpenClipSource.model_construct(architecture=architecture, tag=tag, repository=repository, file=file),
        architecture=architecture,
        n_parameters=n_parameters,
        embed_dim=width,
        max_tokens=max_tokens,
        pooling="projection",
        preprocess=contracts[contract],
        text_preprocess=_text(tokenizer, max_tokens),
        zero_shot=_SCORING[is_sigmoid],
        pretraining=pretraining_of(tag),
        license=license_of("MIT", weights),
        commercial_use=commercial_use,
        gated=None,
        citation=_CITATION,
        sources=(seen, url) if url else (seen,),
    )


@functools.cache
def _text(tokenizer: str, max_tokens: int) -> TextPreprocess:
    return TextPreprocess(tokenizer=tokenizer, max_tokens=max_tokens, padding="max_length")
