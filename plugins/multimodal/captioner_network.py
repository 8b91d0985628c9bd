"""OpenFlamingo put together: the eye of CLIP, a language model of transformers, and what a checkpoint joins them with.

A published checkpoint holds only what was trained; eye and language model come from their own repositories.

Source:
    mlfoundations/open_flamingo at 655f693, src/factory.py and README.md.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, NamedTuple

import torch
from torch import Tensor, nn

from zoo.cards import License, ModelCard, OpenClipSource, TransformersSource
from zoo.errors import CapabilityError, WeightsError
from zoo.loading import load
from zoo.settings import configured
from zoo.tokenizing import read_tokenizer

from .clip import CLIP_L14
from .flamingo_network import Flamingo, trained_state

if TYPE_CHECKING:
    from transformers import PreTrainedTokenizerBase

END_OF_ANSWER, PICTURE = "<|endofchunk|>", "<image>"
_VOCABULARY = 50_277  # words of the tokenizer of GPT-NeoX, which both language models use; new tokens follow


class _Parts(NamedTuple):
    """Language model of a checkpoint, and how often a layer of it is preceded by gated cross-attention."""

    language_model: str
    language: Mapping[str, Any]
    every: int
    eye: Mapping[str, Any] | None = None
    """Configuration of open_clip for another eye than `CLIP_L14`."""


PARTS = {
    "openflamingo-4b": _Parts(
        "togethercomputer/RedPajama-INCITE-Base-3B-v1",
        {
            "model_type": "gpt_neox",
            "vocab_size": 50_432,
            "hidden_size": 2560,
            "num_hidden_layers": 32,
            "num_attention_heads": 32,
            "intermediate_size": 10_240,
            "use_parallel_residual": False,
        },
        every=2,
    ),
    "openflamingo-9b": _Parts(
        "anas-awadalla/mpt-7b",
        {"model_type": "mpt", "vocab_size": 50_432, "d_model": 4096, "n_layers": 32, "n_heads": 32},
        every=4,
    ),
}
"""Builder on a card -> its parts."""


class Captioner(nn.Module):
    """Flamingo with its tokenizer, in the form in which zoo runs a network."""

    def __init__(self, flamingo: Flamingo, card: ModelCard) -> None:
        super().__init__()
        self.flamingo = flamingo
        self._card = card
        self._tokenizer: PreTrainedTokenizerBase | None = None

    def embed_images(self, pixels: Tensor) -> Tensor:
        """(n, vision width) of pixels (n, 3, h, w)."""
        return self.flamingo.embed_images(pixels)

    def generate(self, pixels: Tensor | None, prompts: list[str], max_new_tokens: int) -> list[str]:
        """What follows each prompt; one that does not say where its picture stands has it in front.

        Raises:
            CapabilityError: there are no pictures, which every layer looks at.
        """
        if pixels is None:
            raise CapabilityError(f"{self._card.id} answers about pictures, and got none.", "Give a picture a prompt.")
        if self._tokenizer is None:
            self.take_tokenizer(read_tokenizer(self._card, None))
        tokenizer = self._tokenizer
        assert tokenizer is not None
        end = tokenizer.convert_tokens_to_ids(END_OF_ANSWER)
        assert isinstance(end, int)
        marked = [prompt if PICTURE in prompt else PICTURE + prompt for prompt in prompts]
        tokens = tokenizer(marked, padding=True, return_tensors="pt").to(pixels.device)
        made = self.flamingo.generate(
            pixels[:, None],
            tokens["input_ids"],
            tokens["attention_mask"],
            max_new_tokens=max_new_tokens,
            end_token_id=end,
        )
        return list(tokenizer.batch_decode(made[:, tokens["input_ids"].shape[1] :], skip_special_tokens=True))

    def take_tokenizer(self, tokenizer: Any) -> None:
        """The tokenizer of the language model, with the two tokens that Flamingo adds."""
        tokenizer.add_special_tokens({"additional_special_tokens": [END_OF_ANSWER, PICTURE]})
        tokenizer.padding_side = "left"  # new tokens are appended on the right
        self.flamingo.media_token_id = tokenizer.convert_tokens_to_ids(PICTURE)
        self._tokenizer = tokenizer


def build(card: ModelCard, weights: Mapping[str, Tensor] | None) -> Captioner:
    """The network of a card whose builder is one of `PARTS`, with a checkpoint's tensors in it or random ones.

    Raises:
        WeightsError: the checkpoint lacks something that was trained, or holds what the network has not.
    """
    parts = configured(card, _Parts, PARTS[getattr(card.source, "builder", None) or ""]._asdict())
    trained = trained_state(weights) if weights is not None else None
    eye: Any = _built(_eye_of(parts), trained is not None).visual
    eye.output_tokens = True
    language_model: Any = _built(_card_of(parts), trained is not None)
    n_tokens = _VOCABULARY + 3
    if trained is not None:
        name = next((name for name in trained if name.endswith(("embed_in.weight", "wte.weight"))), None)
        n_tokens = trained[name].shape[0] if name is not None else n_tokens
    language_model.resize_token_embeddings(n_tokens, mean_resizing=False)
    flamingo = Flamingo(
        eye, language_model, media_token_id=_VOCABULARY + 1, vision_width=eye.conv1.out_channels, every=parts.every
    )
    if trained is not None:
        _put(flamingo, trained, card)
    return Captioner(flamingo.eval(), card)


def _built(card: ModelCard, pretrained: bool) -> nn.Module:
    """A part as zoo loads it, on the device on which the whole is being built."""
    place = torch.empty(0).device
    module: nn.Module = load(card, device=place, pretrained=pretrained).module
    return module


def _eye_of(parts: _Parts) -> ModelCard:
    """CLIP's ViT-L/14, or a network of the sizes that the card states in its place."""
    if parts.eye is None:
        return CLIP_L14
    source = OpenClipSource(repository=CLIP_L14.source.repository, format=CLIP_L14.source.format, config=parts.eye)
    return CLIP_L14.model_copy(update={"source": source, "embed_dim": None, "n_parameters": None})


def _card_of(parts: _Parts) -> ModelCard:
    """The language model as a card, so that it is fetched and checked like any other."""
    name = parts.language_model.rsplit("/", 1)[-1]
    return ModelCard(
        id=f"multimodal/{name.lower()}",
        title=name,
        summary="A part of OpenFlamingo.",
        modality="text",
        domains=("text/general",),
        capabilities=("embed", "generate"),
        source=TransformersSource(
            repository=parts.language_model, model_class="AutoModelForCausalLM", config=parts.language
        ),
        architecture=None,
        n_parameters=None,
        embed_dim=None,
        preprocess=None,
        pretraining=None,
        license=License(code=None, weights=None, data=None),
        commercial_use=None,
        gated=None,
        citation=None,
        sources=("https://github.com/mlfoundations/open_flamingo/blob/655f693/README.md",),
    )


def _put(flamingo: Flamingo, trained: Mapping[str, Tensor], card: ModelCard) -> None:
    told = flamingo.load_state_dict(dict(trained), strict=False)
    missing = [name for name in told.missing_keys if "gated_cross_attn_layer" in name or name.startswith("perceiver.")]
    faults = [*(f"{name} is missing" for name in missing), *(f"{name} is not its" for name in told.unexpected_keys)]
    if faults:
        raise WeightsError(
            f"the weights do not fit {card.id}: {len(faults)} faults, such as {faults[0]}.",
            "They belong to another model; check the card's source, or load with pretrained=False.",
        )
