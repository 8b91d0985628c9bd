"""Pictures to vectors with the last block of a vision transformer run for the class token alone.

Only the class token's vector is used in the end; the patches of the last block need no more than to lend it
their keys and values. The result is that of the whole tower, up to rounding. Towers that are not recognised,
that pool otherwise, or that disagree with their own code on a first picture run as they were written.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any, TypeAlias

from zoo.encoder.running import inference, refusals
from zoo.zero_shot.towers import Block, attend, open_clip_block, transformers_block

if TYPE_CHECKING:
    import torch

    from zoo.encoder import Encoder

    Run: TypeAlias = Callable[[torch.Tensor], torch.Tensor]
else:
    Run: TypeAlias = Any

WORTH_FROM = 8
"""Pictures in a batch from which on checking one of them against the whole tower pays."""
_TOLERANCE = {"float32": 1e-5, "bfloat16": 0.03, "float16": 0.01}


def quick_tower(encoder: Encoder, pixels: torch.Tensor) -> Run | None:
    """(n, c, h, w) pixels -> (n, d), not normalised; None: no short way is known, or it does not agree on `pixels`."""
    import torch

    run = _recognise(encoder)
    if run is None:
        return None
    whole = encoder.embed_images(pixels[:1])
    short = _embed(encoder, run, pixels[:1], 1)
    unit = torch.nn.functional.normalize(torch.cat([whole, short]), dim=-1)
    name = str(encoder.dtype).removeprefix("torch.")
    agrees = bool((unit[0] - unit[1]).abs().max() <= _TOLERANCE.get(name, 1e-5))
    return (lambda images: _embed(encoder, run, images, len(images))) if agrees else None


def _embed(encoder: Encoder, run: Run, pixels: torch.Tensor, batch_size: int) -> torch.Tensor:
    import torch

    given = f"pixels of shape {tuple(pixels.shape)}"
    with inference(encoder.module), refusals(encoder.card, encoder.device, given, "what encoder.preprocess makes"):
        found = [run(part.to(encoder.device, encoder.dtype)).float().cpu() for part in torch.split(pixels, batch_size)]
    return torch.cat(found)


def _recognise(encoder: Encoder) -> Run | None:
    module: Any = encoder.module
    family = type(module).__module__.split(".", 1)[0]
    if family == "open_clip":
        return _open_clip(getattr(module, "visual", None))
    if family == "transformers" and type(module).__name__ == "CLIPModel":
        return _transformers_clip(module)
    return None


def _open_clip(visual: Any) -> Run | None:
    from open_clip import transformer

    if type(visual) is not transformer.VisionTransformer or type(visual.transformer) is not transformer.Transformer:
        return None
    blocks = list(visual.transformer.resblocks)
    plain = all(type(block) is transformer.ResidualAttentionBlock and block.attn.batch_first for block in blocks)
    if not plain or visual.attn_pool is not None or visual.pool_type != "tok" or visual.output_tokens:
        return None
    last = open_clip_block(blocks[-1])

    def run(pixels: torch.Tensor) -> torch.Tensor:
        x = visual._embeds(pixels)
        for block in blocks[:-1]:
            x = block(x)
        pooled: torch.Tensor = visual.ln_post(_class_token(last, x))
        return pooled if visual.proj is None else pooled @ visual.proj

    return run


def _transformers_clip(module: Any) -> Run:
    vision = getattr(module.vision_model, "vision_model", module.vision_model)
    layers = list(vision.encoder.layers)
    last = transformers_block(layers[-1])

    def run(pixels: torch.Tensor) -> torch.Tensor:
        x = vision.pre_layrnorm(vision.embeddings(pixels))
        for layer in layers[:-1]:
            x = layer(x, None)
            x = x[0] if isinstance(x, tuple) else x
        pooled: torch.Tensor = module.visual_projection(vision.post_layernorm(_class_token(last, x)))
        return pooled

    return run


def _class_token(block: Block, x: torch.Tensor) -> torch.Tensor:
    """(n, d) first tokens of (n, l, d) after a block."""
    import torch

    width = x.shape[-1]
    linear = torch.nn.functional.linear
    weight, bias = block.qkv_weight, block.qkv_bias
    h = block.norm_1(x)
    q = linear(h[:, :1], weight[:width], None if bias is None else bias[:width])
    k, v = linear(h, weight[width:], None if bias is None else bias[width:]).chunk(2, dim=-1)
    first = x[:, 0] + block.output(attend(block, q, k, v, None)[:, 0])
    return first + block.mlp(block.norm_2(first))
