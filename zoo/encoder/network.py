"""What a loader hands to the Encoder: the network and the functions that run it, whatever library built it."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, TypeAlias

from zoo.cards import ImagePreprocess, ModelCard, TextPreprocess
from zoo.hub.cache import PICKLES, RepoFile, chosen, matches
from zoo.local.checkpoints import fitted, open_checkpoint
from zoo.repository.files import dense_layers, wanted_patterns
from zoo.weights import read_state_dict

if TYPE_CHECKING:
    import torch

    from zoo.pulling import Fetched
    from zoo.tokenizing import Tokenizer

    Tokens: TypeAlias = Mapping[str, torch.Tensor]
else:
    Tokens: TypeAlias = Any


@dataclass
class Network:
    """A network in memory. The functions keep gradients; the Encoder takes care of batches, device and mode."""

    module: torch.nn.Module
    dim: int | None
    """Width of an embedding as the network itself says; None: seen when it first runs."""
    embed_images: Callable[[torch.Tensor], torch.Tensor] | None = None
    """(n, c, h, w) pixels -> (n, d)."""
    embed_tokens: Callable[[Tokens], torch.Tensor] | None = None
    """`input_ids` (n, l) and what else `tokenizer` gives -> (n, d)."""
    tokenizer: Tokenizer | None = None
    generate: Callable[[torch.Tensor | None, list[str], int], list[str]] | None = None
    """(pixels or None, prompts, most new tokens) -> texts."""
    notes: list[str] = field(default_factory=list)
    """What a user should know of how it was built, a sentence each."""


def text_side(card: ModelCard) -> TextPreprocess | None:
    """The contract for text, of a text model or of the text tower."""
    if card.text_preprocess is not None:
        return card.text_preprocess
    return card.preprocess if isinstance(card.preprocess, TextPreprocess) else None


def pixel_shape(card: ModelCard) -> tuple[int, int, int] | None:
    """(c, h, w) of a prepared picture; None: the card does not say."""
    spec = card.preprocess
    if not isinstance(spec, ImagePreprocess):
        return None
    height, width = (spec.size_px, spec.size_px) if isinstance(spec.size_px, int) else spec.size_px
    return len(spec.bands), height, width


def read_weights(
    card: ModelCard, fetched: Fetched, notes: list[str], own: Collection[str] | None = None
) -> dict[str, torch.Tensor]:
    """Every tensor of the card's repository, or of the user's own file, on the CPU.

    Args:
        notes: what was chosen in a user's file is added here.
        own: names in the network, to which those in a user's file are fitted.
    """
    if fetched.weights is not None:
        opened = open_checkpoint(fetched.weights)
        notes += opened.notes
        return opened.tensors if own is None else fitted(opened.tensors, own, notes, where=fetched.weights.name)
    folder = fetched.folder
    patterns = wanted_patterns(card)
    relative = [p.relative_to(folder).as_posix() for p in sorted(folder.rglob("*")) if p.is_file()]
    beside = tuple(f"{layer.folder}/" for layer in dense_layers(card))
    names = [file.path for file in chosen(map(RepoFile, relative), patterns) if not file.path.startswith(beside)]
    if card.source.file is not None:
        names = [name for name in names if matches(name, (card.source.file,))]
    index = next((name for name in names if name.endswith(".index.json")), None)
    promised = {name.rpartition("/")[2]: fetched.sha256[name] for name in names if name in fetched.sha256}
    state: dict[str, torch.Tensor] = read_state_dict(folder / index, promised=promised) if index is not None else {}
    for name in names if index is None else ():
        if name.endswith((".safetensors", *PICKLES)) or name == card.source.file:
            format = card.source.format if name == card.source.file else None
            state |= read_state_dict(folder / name, format=format, promised=promised)
    if card.source.path is not None and own is not None:
        return fitted(state, own, notes, where=folder.name)
    return state
