"""Masked language modelling on unlabelled texts of the user's domain."""

from __future__ import annotations

import warnings
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from zoo.arguments import at_least_one
from zoo.errors import CapabilityError, DataError, ZooError
from zoo.tokenizing import ByTransformers
from zoo.transfer.domain_pretraining.phases import Objective, Progress, in_phases
from zoo.transfer.domain_pretraining.result import Pretrained
from zoo.transfer.domain_pretraining.training import held_out, order, seeded
from zoo.transfer.forgetting.backward import masked_losses

if TYPE_CHECKING:
    import torch

    from zoo.encoder import Encoder

STEPS = 120
RATE = 1e-4
"""All layers; 60 steps of 12 texts raised MiniLM's frozen probe by 3.6 points on six cells (make bench-pretraining)."""
HEAD_RATE = 1e-3
MAX_TOKENS = 128
"""More than most sentences have; the cost grows with it."""


def masked_language_modeling(
    model: str | Encoder,
    texts: Sequence[str],
    *,
    steps: int = STEPS,
    batch_size: int = 16,
    rate: float = RATE,
    mask_share: float = 0.15,
    whole_words: bool = False,
    max_tokens: int = MAX_TOKENS,
    head_steps: int | None = None,
    seed: int = 0,
    progress: Progress | None = None,
) -> Pretrained:
    """Goes on training a text model by filling in masked tokens; the encoder then gives vectors as before.

    A body that came without its masked-language head (sentence encoders) gets a new one, warmed with the body frozen,
    since a random head would first destroy the body. The control is that head learning alone for the same steps.

    Args:
        model: name, or an encoder of `zoo.load`, which is changed in place.
        texts: at least 20; a tenth, at most 200, is held out. No label is read.
        rate: of all layers; the head that is warmed alone learns at 1e-3.
        mask_share: of the tokens.
        whole_words: masks all pieces of a word together; none is then replaced by a random one (transformers).
        max_tokens: longer texts are cut.
        head_steps: of the new head alone, before the body learns; None: as many as `steps`; 0 where the head came with
            the weights.
        progress: called with the name of the phase and its steps when it begins.

    Raises:
        CapabilityError: transformers has no masked-language network of this architecture, or no mask token.
        DataError: too few texts, or a loss that is no number.

    Source:
        Gururangan et al. 2020, arXiv:2004.10964 (domain- and task-adaptive pre-training).
    """
    at_least_one("steps", steps)
    if not 0 < mask_share < 1:
        raise DataError(f"mask_share must lie between 0 and 1, got {mask_share!r}.", "0.15 is usual.")
    encoder = loaded(model)
    tokenizer = tokenizer_of(encoder)
    learn, held = held_out(len(texts), seed=seed)
    with seeded(seed):
        network, own_head = with_head(encoder)
        collate = _collator(encoder, tokenizer, mask_share, whole_words, seed)
        limit = min(value for value in (max_tokens, tokenizer.max_tokens) if value is not None)
        rows = _encoded(tokenizer.tokenizer, texts, limit, whole_words)
        kept = [_batch(collate, [rows[i] for i in held[k : k + 32]], encoder) for k in range(0, len(held), 32)]
        batches = order(len(learn), batch_size, seed=seed)

        def loss_of(step: int) -> torch.Tensor:
            return masked_loss(network, _batch(collate, [rows[learn[i]] for i in batches(step)], encoder))

        body = {id(value) for value in encoder.module.parameters()}
        everything = list(network.parameters())
        network.train()
        return in_phases(
            Objective(
                name="masked language modelling" + (" of whole words" if whole_words else ""),
                encoder=encoder,
                head=[value for value in everything if id(value) not in body],
                everything=everything,
                loss_of=loss_of,
                measured=lambda: masked_losses(network, kept),
                n_rows=len(learn),
            ),
            warm=0 if own_head else steps if head_steps is None else head_steps,
            steps=steps,
            rate=rate,
            head_rate=HEAD_RATE,
            progress=progress,
        )


def masked_loss(network: Any, batch: Mapping[str, torch.Tensor]) -> torch.Tensor:
    """Mean loss of the masked tokens; the head runs on those alone where it is one part of the network.

    Of a small model the head over the vocabulary costs as much as the body, and six tokens in seven are not masked.
    """
    from torch.nn.functional import cross_entropy

    heads = [part for name, part in network.named_children() if name != network.base_model_prefix]
    if len(heads) != 1:
        loss: torch.Tensor = network(**batch).loss
        return loss
    given = {name: value for name, value in batch.items() if name != "labels"}
    masked = batch["labels"] != -100
    hidden = getattr(network, network.base_model_prefix)(**given)[0]
    return cross_entropy(heads[0](hidden[masked]).float(), batch["labels"][masked])


def loaded(model: str | Encoder) -> Encoder:
    """The encoder, or that of the name."""
    if isinstance(model, str):
        from zoo.loading import load

        return load(model)
    return model


def tokenizer_of(encoder: Encoder) -> ByTransformers:
    """Raises:
    CapabilityError: it has no tokenizer of transformers.
    """
    found = encoder.tokenizer
    if not isinstance(found, ByTransformers):
        raise CapabilityError(
            f"{encoder.card.id} has no tokenizer of transformers, which masks tokens.",
            "Choose a text model of transformers, such as text/all-minilm-l6-v2.",
        )
    return found


def with_head(encoder: Encoder) -> tuple[Any, bool]:
    """The body inside a masked-language network, and whether its head came with the weights.

    Raises:
        CapabilityError: transformers has no such network for the architecture.
    """
    from transformers import MODEL_FOR_MASKED_LM_MAPPING, PretrainedConfig

    config = getattr(encoder.module, "config", None)
    kind = MODEL_FOR_MASKED_LM_MAPPING.get(type(config), None) if isinstance(config, PretrainedConfig) else None
    if kind is None or config is None:
        raise CapabilityError(
            f"transformers has no masked-language network of the architecture of {encoder.card.id}.",
            "Choose an encoder such as BERT, or zoo.transfer.domain_pretraining.sentence_pretraining.",
        )
    build: Any = kind
    network = build(config)
    prefix = network.base_model_prefix
    own = {name for name, _ in network.named_parameters() if not name.startswith(f"{prefix}.")}
    setattr(network, prefix, encoder.module)
    network.tie_weights()
    network.to(encoder.device, encoder.dtype)
    found = _published_head(encoder, own)
    if found:
        network.load_state_dict(found, strict=False)
        network.tie_weights()
    return network, bool(found)


def _published_head(encoder: Encoder, own: set[str]) -> Mapping[str, torch.Tensor]:
    """Tensors of the head, if the files that the encoder came from hold all that are not tied."""
    from zoo.encoder.network import read_weights
    from zoo.pulling import fetch

    if not encoder.pretrained or encoder.card.source.repository is None:
        return {}
    try:
        state = read_weights(encoder.card, fetch(encoder.card, local_files_only=True), [])
    except ZooError:  # not in the cache: the encoder was given weights in another way
        return {}
    return _own_part(state, own)


def _own_part(state: Mapping[str, torch.Tensor], own: set[str]) -> Mapping[str, torch.Tensor]:
    """Those of the head's tensors, if all that are not tied to the body are there; else none."""
    renamed = {name.replace(".gamma", ".weight").replace(".beta", ".bias"): value for name, value in state.items()}
    found = {name: value for name, value in renamed.items() if name in own}
    needed = {name for name in own if not name.endswith(("decoder.weight", "decoder.bias"))}
    return found if needed <= set(found) else {}


def _collator(encoder: Encoder, tokenizer: ByTransformers, share: float, whole_words: bool, seed: int) -> Any:
    from transformers import DataCollatorForLanguageModeling

    if tokenizer.tokenizer.mask_token is None:
        raise CapabilityError(
            f"the tokenizer of {encoder.card.id} has no mask token.",
            "Choose a model that was trained by masking, such as BERT.",
        )
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # that whole words are never replaced at random: said in the docstring
        return DataCollatorForLanguageModeling(
            tokenizer.tokenizer, mlm_probability=share, whole_word_mask=whole_words, seed=seed
        )


def _encoded(tokenizer: Any, texts: Sequence[str], limit: int, whole_words: bool) -> list[dict[str, Any]]:
    told = tokenizer(
        list(texts),
        truncation=True,
        max_length=limit,
        return_special_tokens_mask=True,
        return_offsets_mapping=whole_words,
    )
    names = ("input_ids", "attention_mask", "special_tokens_mask", *(("offset_mapping",) if whole_words else ()))
    return [{name: told[name][i] for name in names} for i in range(len(texts))]


def _batch(collate: Any, rows: list[dict[str, Any]], encoder: Encoder) -> dict[str, torch.Tensor]:
    """One masked batch on the encoder's device."""
    if "offset_mapping" in rows[0]:  # what the tokenizer does not pad
        longest = max(len(row["input_ids"]) for row in rows)
        rows = [
            row | {"offset_mapping": row["offset_mapping"] + [(0, 0)] * (longest - len(row["input_ids"]))}
            for row in rows
        ]
    return {name: value.to(encoder.device) for name, value in collate(rows).items()}
