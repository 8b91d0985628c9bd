"""Prompts to unit vectors by the cheapest way that is exact for the model at hand.

    prefixes   a causal tower of known build: no padding, each prefix once (`prefixes`)
    trimmed    a tower that is told which tokens are padding: prompts of like length together, no padding beyond
    plain      everything else, such as SigLIP, whose text tower looks at its padding: as the author wrote it

Before a short cut is trusted, one prompt goes through the plain tower as well, and both must agree.
"""

from __future__ import annotations

import contextlib
import textwrap
import warnings
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal, TypeAlias

from zoo.encoder.network import text_side
from zoo.encoder.running import inference
from zoo.errors import LabelsError

if TYPE_CHECKING:
    import torch

    from zoo.encoder import Encoder

Ids: TypeAlias = tuple[int, ...]

_TOLERANCE = {"float32": 1e-5, "bfloat16": 0.08, "float16": 0.02}
"""Largest difference of a unit vector's entries between short cut and plain tower that rounding explains."""
_TOKENIZED_AT_ONCE = 4096


@dataclass(frozen=True)
class EncodedTexts:
    """Vectors of some texts, and how they were made."""

    vectors: torch.Tensor
    """(n, d) float32 rows of unit length, on the CPU."""
    n_encoded: int
    """Texts that went through the tower; texts with equal tokens count once."""
    way: Literal["prefixes", "trimmed", "plain", "none"]


def encode_texts(
    encoder: Encoder, texts: Sequence[str], *, dtype: torch.dtype | None = None, batch_size: int = 32
) -> EncodedTexts:
    """Unit vectors of texts.

    Args:
        dtype: what the text tower computes in; None: the encoder's own type.

    Raises:
        LabelsError: a text is longer than the model's context; it is named, with what would be cut.
        CapabilityError: the model has no text tower.
    """
    import torch

    from zoo.zero_shot.prefixes import encode
    from zoo.zero_shot.towers import recognise

    if not texts:
        return EncodedTexts(torch.zeros((0, encoder.dim)), 0, "none")
    rows, masked = _tokenized(encoder, texts)
    first = dict(zip(rows, texts, strict=True))  # texts with equal tokens run once
    prompts = list(first)
    place = {ids: row for row, ids in enumerate(prompts)}

    def plain(wanted: Sequence[int]) -> torch.Tensor:
        with _computing(encoder, dtype):
            found = encoder.embed_texts([first[prompts[row]] for row in wanted], batch_size=batch_size)
        return found.clone()  # out of inference mode

    way: Literal["prefixes", "trimmed", "plain"] = "plain"
    vectors: torch.Tensor | None = None
    tower = recognise(encoder, dtype)
    if tower is not None:
        needed = [tower.needed(ids) for ids in prompts]
        quick = [row for row, ids in enumerate(needed) if ids is not None]
        found = encode(tower, [needed[row] or [] for row in quick]) if quick else None
        if found is not None and _agrees(encoder, first, prompts, quick, found, dtype):
            way, vectors = "prefixes", found
            slow = [row for row, ids in enumerate(needed) if ids is None]
            if slow:
                vectors = torch.empty((len(prompts), found.shape[1]))
                vectors[quick], vectors[slow] = found, plain(slow)
    elif masked:
        found = _trimmed(encoder, prompts, dtype, batch_size)
        if _agrees(encoder, first, prompts, range(len(prompts)), found, dtype):
            way, vectors = "trimmed", found
    if vectors is None:
        vectors = plain(range(len(prompts)))
    vectors.div_(vectors.norm(dim=-1, keepdim=True).clamp_min(1e-12))  # in place: there may be 80,000 of them
    if len(prompts) < len(rows):
        vectors = vectors[[place[ids] for ids in rows]]
    return EncodedTexts(vectors, len(prompts), way)


def _tokenized(encoder: Encoder, texts: Sequence[str]) -> tuple[list[Ids], bool]:
    """Ids of each text, and whether they are without padding, because the tower is told which tokens are padding."""
    rows: list[Ids] = []
    masked = True
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # the tokenizer counts what it cuts; the error below names it
        for start in range(0, len(texts), _TOKENIZED_AT_ONCE):
            part = texts[start : start + _TOKENIZED_AT_ONCE]
            tokens = encoder.tokenize(part)
            lengths = _real_lengths(encoder, tokens)
            masked = masked and lengths is not None
            own = tokens["input_ids"].tolist()
            width = len(own[0])
            # A cut text fills its whole row, up to the end token.
            full = [row for row, ids in enumerate(own) if width < 3 or ids[-1] != ids[-2]]
            if lengths is not None:
                own = [ids[:length] for ids, length in zip(own, lengths, strict=True)]
                full = [row for row in full if lengths[row] == width]
            for row in full:
                if width >= (_most_tokens(encoder) or 0):
                    _check_length(encoder, part[row])
            rows += map(tuple, own)
    return rows, masked


def _real_lengths(encoder: Encoder, tokens: Mapping[str, torch.Tensor]) -> list[int] | None:
    """Tokens of each row before its padding; None: the tower is not told, or padding stands on the left."""
    mask = tokens.get("attention_mask")
    if mask is None:
        text: Any = getattr(encoder.module, "text", None)
        if type(text).__name__ != "HFTextEncoder" or not type(text).__module__.startswith("open_clip."):
            return None
        mask = (tokens["input_ids"] != text.config.pad_token_id).long()  # what that class itself computes
    types = tokens.get("token_type_ids")
    if types is not None and bool(types.any()):
        return None
    lengths = mask.sum(dim=1)
    right = bool((mask[:, 1:] <= mask[:, :-1]).all()) and bool((lengths > 0).all())
    return lengths.tolist() if right else None


def _most_tokens(encoder: Encoder) -> int | None:
    side = text_side(encoder.card)
    return (side.max_tokens if side is not None else None) or encoder.card.max_tokens


def _check_length(encoder: Encoder, text: str) -> None:
    """Refuse a text whose end makes no difference to its tokens."""

    def tokens(part: str) -> list[int]:
        ids: list[int] = encoder.tokenize([part])["input_ids"][0].tolist()
        return ids

    whole = tokens(text)
    low, high = 0, len(text)  # the shortest beginning with these tokens has a length in (low, high]
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (low, middle) if tokens(text[:middle]) == whole else (middle, high)
    cut = text[high:].strip()
    if cut:
        raise LabelsError(
            f"the prompt {textwrap.shorten(repr(text), 80)} is longer than the {len(whole)} tokens that "
            f"{encoder.card.id} reads; "
            f"{textwrap.shorten(repr(cut), 80)} would be cut.",
            "Shorten the class name or the template.",
        )


def _trimmed(encoder: Encoder, prompts: Sequence[Ids], dtype: torch.dtype | None, batch_size: int) -> torch.Tensor:
    """(n, d): rows of like length together, padded to the longest of them."""
    import torch

    order = sorted(range(len(prompts)), key=lambda row: len(prompts[row]))
    pad = int(getattr(getattr(getattr(encoder.module, "text", None), "config", None), "pad_token_id", None) or 0)
    restored: torch.Tensor | None = None
    with _computing(encoder, dtype):
        for start in range(0, len(order), batch_size):
            part = order[start : start + batch_size]
            width = len(prompts[part[-1]])
            ids = torch.tensor([[*prompts[row], *[pad] * (width - len(prompts[row]))] for row in part])
            mask = torch.tensor([[1] * len(prompts[row]) + [0] * (width - len(prompts[row])) for row in part])
            vectors = encoder.encode_tokens({"input_ids": ids, "attention_mask": mask}).float().cpu()
            if restored is None:
                restored = torch.empty((len(prompts), vectors.shape[1]))
            restored[part] = vectors
    assert restored is not None
    return restored.clone()  # out of inference mode


def _agrees(
    encoder: Encoder,
    first: Mapping[Ids, str],
    prompts: Sequence[Ids],
    quick: Sequence[int],
    found: torch.Tensor,
    dtype: torch.dtype | None,
) -> bool:
    """Whether the shortest prompt comes out alike from the plain tower, beside the longest and padded like it."""
    import torch

    place = min(range(len(quick)), key=lambda row: (len(set(prompts[quick[row]])), row))
    longest = max(quick, key=lambda row: len(set(prompts[row])))
    plain = encoder.embed_texts([first[prompts[row]] for row in dict.fromkeys((quick[place], longest))])[0]
    unit = torch.nn.functional.normalize(torch.stack([plain, found[place]]), dim=-1)
    name = str(dtype or encoder.dtype).removeprefix("torch.")
    return bool((unit[0] - unit[1]).abs().max() <= _TOLERANCE.get(name, 1e-5))


@contextlib.contextmanager
def _computing(encoder: Encoder, dtype: torch.dtype | None) -> Iterator[None]:
    """Evaluation mode without gradients, in `dtype` where it is asked for."""
    import torch

    cast = dtype is not None and dtype != encoder.dtype
    with inference(encoder.module), torch.autocast(encoder.device.type, dtype=dtype, enabled=cast):
        yield
