"""Recognises causal text towers, so that prompts need no padding and share the work on their prefixes.

A tower is taken apart only if its classes are known and its mask really is causal; whatever is not
recognised gives None and runs as its author wrote it.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import torch

    from zoo.encoder import Encoder


@dataclass(frozen=True, eq=False)
class Block:
    """One pre-norm transformer block, as functions on rows of tokens (n, d)."""

    norm_1: Callable[[torch.Tensor], torch.Tensor]
    qkv_weight: torch.Tensor
    """(3 d, d): queries, keys, values."""
    qkv_bias: torch.Tensor | None
    n_heads: int
    output: Callable[[torch.Tensor], torch.Tensor]
    """After attention: projection and layer scale."""
    norm_2: Callable[[torch.Tensor], torch.Tensor]
    mlp: Callable[[torch.Tensor], torch.Tensor]
    """With layer scale."""


@dataclass(frozen=True, eq=False)
class Tower:
    """A causal text tower: every token sees those before it and itself, nothing else."""

    tokens: torch.Tensor
    """(vocabulary, d) token vectors, in the type that the tower computes in."""
    positions: torch.Tensor
    """(length, d) position vectors."""
    blocks: tuple[Block, ...]
    finish: Callable[[torch.Tensor], torch.Tensor]
    """(n, d) vectors of the end tokens -> (n, width of an embedding)."""
    needed: Callable[[Sequence[int]], list[int] | None]
    """Padded ids -> the ids up to the token whose vector is taken; None: this text must run as the author wrote it."""
    class_token: int | None = None
    """Id, in `tokens`, of a token that is put behind the text at the last position (CoCa)."""
    class_token_sees_itself: bool = True


def recognise(encoder: Encoder, dtype: torch.dtype | None = None) -> Tower | None:
    """The tower of an encoder, with its weights in `dtype` (None: as they are); None: not known to be causal."""
    module: Any = encoder.module
    family = type(module).__module__.split(".", 1)[0]
    if family == "open_clip":
        return _open_clip(module, dtype)
    if family == "transformers" and type(module).__name__ == "CLIPModel":
        return _transformers_clip(module, dtype)
    return None


def attend(block: Block, q: torch.Tensor, k: torch.Tensor, v: torch.Tensor, mask: torch.Tensor | None) -> torch.Tensor:
    """(n, s, d) queries over (n, l, d) keys and values."""
    import torch

    n, s, d = q.shape

    def by_head(part: torch.Tensor) -> torch.Tensor:
        return part.view(n, -1, block.n_heads, d // block.n_heads).transpose(1, 2)

    mixed = torch.nn.functional.scaled_dot_product_attention(by_head(q), by_head(k), by_head(v), attn_mask=mask)
    return mixed.transpose(1, 2).reshape(n, s, d)


def _open_clip(module: Any, dtype: torch.dtype | None) -> Tower | None:
    """CLIP keeps the parts of its text tower itself; CustomTextCLIP and CoCa keep a TextTransformer."""
    from open_clip import model, transformer

    text: Any = module if type(module) is model.CLIP else getattr(module, "text", None)
    if text is not module and type(text) is not transformer.TextTransformer:
        return None
    stack = text.transformer
    known = type(stack) is transformer.Transformer and all(
        type(block) is transformer.ResidualAttentionBlock and not hasattr(block, "ln_1_kv") for block in stack.resblocks
    )
    if not known or not _is_causal(text.attn_mask):
        return None
    pool, end = (
        (text.text_pool_type, text.text_eos_id) if text is module else (text.pool_type, getattr(text, "eos_id", None))
    )
    class_vector = None if text is module else text.cls_emb
    if class_vector is None and pool not in ("argmax", "eos"):
        return None
    cast = _cast(dtype)
    tokens = text.token_embedding.weight
    if class_vector is not None:
        import torch

        tokens = torch.cat([tokens, class_vector[None]])
    projection = text.text_projection
    final = cast(text.ln_final)

    head: Any = cast(projection)

    def finish(x: torch.Tensor) -> torch.Tensor:
        x = final(x)
        projected: torch.Tensor = x if head is None else head(x) if callable(head) else x @ head
        return projected

    return Tower(
        tokens=cast(tokens),
        positions=cast(text.positional_embedding),
        blocks=tuple(open_clip_block(block, dtype) for block in stack.resblocks),
        finish=finish,
        needed=_up_to_padding(text) if class_vector is not None else _up_to_end(end if pool == "eos" else None),
        class_token=None if class_vector is None else len(tokens) - 1,
        class_token_sees_itself=class_vector is None or text.correct_cls_mask,
    )


def open_clip_block(block: Any, dtype: torch.dtype | None = None) -> Block:
    """A ResidualAttentionBlock, with its weights in `dtype`."""
    cast = _cast(dtype)
    return Block(
        norm_1=cast(block.ln_1),
        qkv_weight=cast(block.attn.in_proj_weight),
        qkv_bias=cast(block.attn.in_proj_bias),
        n_heads=block.attn.num_heads,
        output=_then(cast(block.attn.out_proj), cast(block.ls_1)),
        norm_2=cast(block.ln_2),
        mlp=_then(cast(block.mlp), cast(block.ls_2)),
    )


def transformers_block(layer: Any, dtype: torch.dtype | None = None) -> Block:
    """A CLIPEncoderLayer, with its weights in `dtype`."""
    import torch

    cast = _cast(dtype)
    parts = [layer.self_attn.q_proj, layer.self_attn.k_proj, layer.self_attn.v_proj]
    return Block(
        norm_1=cast(layer.layer_norm1),
        qkv_weight=cast(torch.cat([part.weight for part in parts])),
        qkv_bias=cast(torch.cat([part.bias for part in parts])),
        n_heads=layer.self_attn.num_heads,
        output=cast(layer.self_attn.out_proj),
        norm_2=cast(layer.layer_norm2),
        mlp=cast(layer.mlp),
    )


def _transformers_clip(module: Any, dtype: torch.dtype | None) -> Tower | None:
    text = module.text_model
    text = getattr(text, "text_model", text)
    end = int(text.eos_token_id)
    cast = _cast(dtype)
    final, projection = cast(text.final_layer_norm), cast(module.text_projection)
    return Tower(
        tokens=cast(text.embeddings.token_embedding.weight),
        positions=cast(text.embeddings.position_embedding.weight),
        blocks=tuple(transformers_block(layer, dtype) for layer in text.encoder.layers),
        finish=lambda x: projection(final(x)),
        # transformers takes the greatest id where the configuration still has the wrong end token 2.
        needed=_up_to_end(None if end == 2 else end),
    )


def _is_causal(mask: torch.Tensor | None) -> bool:
    """Whether a mask hides exactly what comes later."""
    import torch

    if mask is None or mask.ndim != 2:
        return False
    wanted = torch.full(mask.shape, float("-inf"), device=mask.device).triu_(1)
    return torch.equal(mask.float(), wanted)


def _up_to_end(end: int | None) -> Callable[[Sequence[int]], list[int] | None]:
    """Up to the first token of this id; None: up to the first greatest id."""

    def needed(ids: Sequence[int]) -> list[int] | None:
        wanted = max(ids) if end is None else end
        return list(ids[: ids.index(wanted) + 1]) if wanted in ids else None

    return needed


def _up_to_padding(text: Any) -> Callable[[Sequence[int]], list[int] | None]:
    """What CoCa's class token sees: the text, and with the mask of the published weights one padding token, too."""
    pad, extra = int(text.pad_id), 0 if text.correct_cls_mask else 1

    def needed(ids: Sequence[int]) -> list[int] | None:
        n = len(ids)
        while n and ids[n - 1] == pad:
            n -= 1
        # A padding id inside the text is hidden, too (the first half of "!$" is id 0), and a full text has no padding.
        if n == len(ids) or pad in ids[:n]:
            return None
        return list(ids[: n + extra])

    return needed


def _then(first: Any, second: Any) -> Callable[[torch.Tensor], torch.Tensor]:
    if type(second).__name__ == "Identity":
        return first  # type: ignore[no-any-return]  # a torch module
    return lambda x: second(first(x))


def _cast(dtype: torch.dtype | None) -> Any:
    """A function that gives a module or tensor in `dtype`, a copy where that changes it."""
    import copy

    import torch

    def cast(part: Any) -> Any:
        if isinstance(part, torch.nn.Module):
            own = next(part.parameters(), None)
            return part if dtype is None or own is None or own.dtype == dtype else copy.deepcopy(part).to(dtype)
        return None if part is None else part.detach() if dtype is None else part.detach().to(dtype)

    return cast
