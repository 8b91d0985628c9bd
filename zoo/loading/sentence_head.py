"""What stands behind the tokens of a sentence encoder: pooling in each mode, dense layers, unit length, truncation."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from zoo.cards import Dense, ModelCard, SentenceHead
from zoo.errors import WeightsError
from zoo.loading.pooling import pool
from zoo.weights import load_into, read_state_dict

if TYPE_CHECKING:
    import torch

    from zoo.pulling import Fetched

Head = Callable[..., Any]
"""(n, l, d) hidden states, mask and number of a prompt's tokens -> (n, d)."""


def attach(module: torch.nn.Module, card: ModelCard, fetched: Fetched | None) -> Head | None:
    """The function behind the tokens; its layers become `module.sentence_head`. None: the card names no such head.

    Raises:
        WeightsError: a dense layer has no weights, or others than its settings say.
    """
    import torch

    head = card.sentence_head
    if head is None:
        return None
    layers = torch.nn.ModuleDict()
    for number, layer in enumerate(head.layers):
        if isinstance(layer, Dense):
            layers[str(number)] = _dense(layer, card, fetched)
    if len(layers):
        module.add_module("sentence_head", layers)

    def encode(hidden: torch.Tensor, mask: torch.Tensor | None, n_prompt: int) -> torch.Tensor:
        left_out = 0 if head.include_prompt else n_prompt
        parts = [pool(hidden, mode, mask=mask, n_left_out=left_out) for mode in head.pooling]
        return _after(torch.cat(parts, dim=-1), head, layers)

    return encode


def _after(vectors: torch.Tensor, head: SentenceHead, layers: torch.nn.ModuleDict) -> torch.Tensor:
    import torch

    for number, layer in enumerate(head.layers):
        if isinstance(layer, Dense):
            own: Any = layers[str(number)]
            made = getattr(torch.nn, layer.activation)()(own["linear"](vectors))
            if layer.residual:
                made = made + (own["residual"](vectors) if "residual" in own else vectors)
            vectors = made
        else:
            vectors = torch.nn.functional.normalize(vectors, dim=-1)
    return vectors[:, : head.truncate_dim] if head.truncate_dim is not None else vectors


def _dense(layer: Dense, card: ModelCard, fetched: Fetched | None) -> torch.nn.ModuleDict:
    import torch

    made = torch.nn.ModuleDict({"linear": torch.nn.Linear(layer.n_in, layer.n_out, bias=layer.bias)})
    if layer.residual and layer.n_in != layer.n_out:
        made["residual"] = torch.nn.Linear(layer.n_in, layer.n_out, bias=False)
    if fetched is None:
        return made
    folder = fetched.folder / layer.folder
    found = [folder / name for name in ("model.safetensors", "pytorch_model.bin") if (folder / name).is_file()]
    if not found:
        raise WeightsError(
            f"the dense layer {layer.folder} of {card.id} came without weights.", "Fetch it again (zoo pull)."
        )
    load_into(made, read_state_dict(found[0]), model_id=f"{layer.folder} of {card.id}")
    return made
