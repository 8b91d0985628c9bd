"""OpenFlamingo: a frozen CLIP tower and a frozen language model, joined by a resampler and gated cross-attention.

    images ─ CLIP patches ─ perceiver (64 latents an image) ─┐
    tokens ─ decoder layers, every n-th preceded by gated cross-attention to the latest image before the token ─ logits

The parameters that OpenFlamingo trained, `perceiver` and the `gated_cross_attn_layer` of each layer, have the names
of its checkpoints; the language model is any causal one of transformers whose layers `LAYERS` knows.

Source:
    Alayrac et al. 2022 (Flamingo); Awadalla et al. 2023, arXiv:2308.01390; layout of mlfoundations/open_flamingo,
    helpers.py and flamingo_lm.py.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import torch
from torch import Tensor, nn

LAYERS = {
    "gpt_neox": "gpt_neox.layers",
    "mpt": "transformer.blocks",
    "llama": "model.layers",
    "opt": "model.decoder.layers",
}
"""Type of a transformers configuration -> where its decoder layers lie."""

_HEADS, _HEAD_WIDTH, _LATENTS, _DEPTH = 8, 64, 64, 6


class Flamingo(nn.Module):
    """The joined model.

    Args:
        visual: an open_clip vision tower that returns (pooled, patch tokens).
        language_model: a causal language model of transformers.
        media_token_id: the token that stands for an image in a text.
        vision_width: width of the tower's patch tokens.
        every: a gated layer before every n-th decoder layer; it must be the checkpoint's.
    """

    def __init__(
        self, visual: nn.Module, language_model: Any, *, media_token_id: int, vision_width: int, every: int
    ) -> None:
        super().__init__()
        self.media_token_id = media_token_id
        self.vision_encoder = visual
        self.perceiver = _Perceiver(vision_width)
        self.lang_encoder = language_model
        width = getattr(language_model.config, "d_model", None) or language_model.config.hidden_size
        layers = language_model.get_submodule(LAYERS[language_model.config.model_type])
        for number in range(len(layers)):
            gated = _GatedCrossAttention(width, vision_width) if (number + 1) % every == 0 else None
            layers[number] = _Layer(gated, layers[number])
        self._gated = [layer.gated_cross_attn_layer for layer in layers if layer.gated_cross_attn_layer is not None]
        language_model.register_forward_pre_hook(self._place, with_kwargs=True)
        self._continued = False

    def forward(self, images: Tensor, input_ids: Tensor, attention_mask: Tensor | None = None) -> Tensor:
        """(n, l, vocabulary) logits.

        Args:
            images: (n, t, 3, h, w), as many per text as it has media tokens.
            input_ids: (n, l).
        """
        self._show(images)
        return torch.as_tensor(self.lang_encoder(input_ids=input_ids, attention_mask=attention_mask).logits)

    def generate(
        self,
        images: Tensor,
        input_ids: Tensor,
        attention_mask: Tensor | None = None,
        *,
        max_new_tokens: int = 20,
        end_token_id: int | None = None,
    ) -> Tensor:
        """(n, l + new) tokens by greedy search; new tokens look at the last image of their text."""
        self._show(images)
        self._continued = True
        try:
            return torch.as_tensor(
                self.lang_encoder.generate(
                    input_ids=input_ids,
                    attention_mask=attention_mask,
                    max_new_tokens=max_new_tokens,
                    eos_token_id=end_token_id,
                    do_sample=False,
                )
            )
        finally:
            self._continued = False

    def embed_images(self, pixels: Tensor) -> Tensor:
        """(n, vision width) mean of the latents of pictures (n, 3, h, w)."""
        return self.perceive(pixels[:, None])[:, 0].mean(dim=1)

    def perceive(self, images: Tensor) -> Tensor:
        """(n, t, 64, vision width) latents of images (n, t, 3, h, w)."""
        with torch.no_grad():
            patches = self.vision_encoder(images.flatten(0, 1))[1]
        return self.perceiver.forward(patches.reshape(*images.shape[:2], *patches.shape[1:]))

    def _show(self, images: Tensor) -> None:
        latents = self.perceive(images)
        for layer in self._gated:
            layer.media = latents

    def _place(self, _: nn.Module, args: tuple[Any, ...], kwargs: dict[str, Any]) -> None:
        """Before each pass of the language model: which image each token looks at, 1 the first, 0 none."""
        input_ids = kwargs["input_ids"] if "input_ids" in kwargs else args[0]
        is_media = input_ids == self.media_token_id
        going_on = self._continued and not bool(is_media.any())
        for layer in self._gated:
            if going_on and layer.seen is not None:
                layer.looks_at = layer.seen[:, None].expand(-1, input_ids.shape[1])
            else:
                layer.looks_at = is_media.cumsum(dim=1)
                layer.seen = layer.looks_at[:, -1]


class _Layer(nn.Module):
    """A decoder layer of the language model with what stands before it."""

    def __init__(self, gated: _GatedCrossAttention | None, decoder_layer: nn.Module) -> None:
        super().__init__()
        self.gated_cross_attn_layer = gated
        self.decoder_layer = decoder_layer

    def forward(self, hidden: Tensor, *args: Any, **kwargs: Any) -> Any:
        if self.gated_cross_attn_layer is not None:
            hidden = self.gated_cross_attn_layer(hidden)
        return self.decoder_layer(hidden, *args, **kwargs)


class _Perceiver(nn.Module):
    def __init__(self, width: int) -> None:
        super().__init__()
        self.latents = nn.Parameter(torch.randn(_LATENTS, width))
        self.layers = nn.ModuleList(
            nn.ModuleList([_PerceiverAttention(width), _feed_forward(width)]) for _ in range(_DEPTH)
        )
        self.norm = nn.LayerNorm(width)

    def forward(self, patches: Tensor) -> Tensor:
        """(n, t, 64, width) of patches (n, t, p, width)."""
        latents = self.latents.expand(*patches.shape[:2], -1, -1)
        for layer in self.layers:
            attend, feed = layer.children()
            latents = attend(patches, latents) + latents
            latents = feed(latents) + latents
        return torch.as_tensor(self.norm(latents))


class _PerceiverAttention(nn.Module):
    def __init__(self, width: int) -> None:
        super().__init__()
        self.norm_media = nn.LayerNorm(width)
        self.norm_latents = nn.LayerNorm(width)
        inner = _HEADS * _HEAD_WIDTH
        self.to_q = nn.Linear(width, inner, bias=False)
        self.to_kv = nn.Linear(width, 2 * inner, bias=False)
        self.to_out = nn.Linear(inner, width, bias=False)

    def forward(self, patches: Tensor, latents: Tensor) -> Tensor:
        latents = self.norm_latents(latents)
        key, value = self.to_kv(torch.cat([self.norm_media(patches), latents], dim=-2)).chunk(2, dim=-1)
        mixed = nn.functional.scaled_dot_product_attention(_heads(self.to_q(latents)), _heads(key), _heads(value))
        return torch.as_tensor(self.to_out(mixed.transpose(-3, -2).flatten(-2)))


class _GatedCrossAttention(nn.Module):
    """Cross-attention and feed-forward, each let in by the tanh of a gate that training opens from zero."""

    def __init__(self, width: int, vision_width: int) -> None:
        super().__init__()
        self.attn = _MaskedCrossAttention(width, vision_width)
        self.attn_gate = nn.Parameter(torch.zeros(1))
        self.ff = _feed_forward(width)
        self.ff_gate = nn.Parameter(torch.zeros(1))
        self.media: Tensor | None = None
        self.looks_at: Tensor | None = None
        self.seen: Tensor | None = None

    def forward(self, hidden: Tensor) -> Tensor:
        if self.media is None or self.looks_at is None:
            raise RuntimeError("the language model was run before any image was shown; call the joined model")
        hidden = self.attn(hidden, self.media, self.looks_at) * self.attn_gate.tanh() + hidden
        return torch.as_tensor(self.ff(hidden) * self.ff_gate.tanh() + hidden)


class _MaskedCrossAttention(nn.Module):
    def __init__(self, width: int, vision_width: int) -> None:
        super().__init__()
        inner = _HEADS * _HEAD_WIDTH
        self.norm = nn.LayerNorm(width)
        self.to_q = nn.Linear(width, inner, bias=False)
        self.to_kv = nn.Linear(vision_width, 2 * inner, bias=False)
        self.to_out = nn.Linear(inner, width, bias=False)

    def forward(self, hidden: Tensor, media: Tensor, looks_at: Tensor) -> Tensor:
        """Tokens (n, l, width) attend to the latents (n, t, 64, width) of the image that each looks at."""
        key, value = self.to_kv(media.flatten(1, 2)).chunk(2, dim=-1)
        image = torch.arange(1, media.shape[1] + 1, device=hidden.device).repeat_interleave(media.shape[2])
        mask = looks_at[:, None, :, None] == image  # (n, 1, l, t * 64)
        sees_none = looks_at == 0
        # A token that sees no image attends anywhere and is zeroed after; an empty row would be NaN.
        mask = mask | ~mask.any(dim=-1, keepdim=True)
        mixed = nn.functional.scaled_dot_product_attention(
            _heads(self.to_q(self.norm(hidden))), _heads(key), _heads(value), attn_mask=mask
        )
        mixed = mixed.transpose(1, 2).flatten(2).masked_fill(sees_none[..., None], 0.0)
        return torch.as_tensor(self.to_out(mixed))


def _heads(x: Tensor) -> Tensor:
    """(..., l, heads * width) -> (..., heads, l, width)."""
    return x.reshape(*x.shape[:-1], _HEADS, _HEAD_WIDTH).transpose(-3, -2)


def _feed_forward(width: int) -> nn.Sequential:
    return nn.Sequential(
        nn.LayerNorm(width), nn.Linear(width, 4 * width, bias=False), nn.GELU(), nn.Linear(4 * width, width, bias=False)
    )


def trained_state(state: Mapping[str, Tensor]) -> dict[str, Tensor]:
    """What a checkpoint holds beyond the frozen towers, each tensor once."""
    twice = ("lang_encoder.old_decoder_blocks.", "lang_encoder.gated_cross_attn_layers.", "vision_encoder.")
    return {
        name.removeprefix("module."): t
        for name, t in state.items()
        if not name.removeprefix("module.").startswith(twice)
    }
