"""CONCH: the two contrastive towers of a CoCa model of pathology.

    tissue ─ ViT-B/16 at 448 px ─┬─ pooler of 1 query ─ norm (512, for probes) ─ projection ─ 512
                                 └─ pooler of 256 queries ─ norm: what the caption decoder would read
    text ─ 12 causal layers ─ class token at the end ─ norm ─ projection ─ 512

Names and shapes are those of upstream's network without the caption decoder, which was not released. The blocks
come from timm and open_clip.

Source:
    Lu et al. 2024, doi:10.1038/s41591-024-02856-4; layout of mahmoodlab/CONCH at 141cc09.
"""

from __future__ import annotations

import math
from collections.abc import Mapping

import torch
from open_clip.transformer import AttentionalPooler, TextTransformer
from timm.models.vision_transformer import VisionTransformer
from torch import Tensor, nn

JOINT_WIDTH = 512
N_COLUMNS = 128


class Conch(nn.Module):
    """Both towers, of one size, and the temperature of their contrast."""

    def __init__(
        self, width: int = 768, depth: int = 12, n_heads: int = 12, n_queries: int = 256, vocabulary: int = 32_007
    ) -> None:
        super().__init__()
        # open_clip counts text tokens alone; the class token takes the last of the 128 positions. Its mask is
        # upstream's for texts padded at the end: the class token sees the first pad too, and no other.
        self.text = TextTransformer(
            context_length=N_COLUMNS - 1,
            vocab_size=vocabulary,
            width=width,
            heads=n_heads,
            layers=depth,
            output_dim=JOINT_WIDTH,
            embed_cls=True,
            pad_id=0,
        )
        self.visual = _Visual(width, depth, n_heads, n_queries)
        self.logit_scale = nn.Parameter(torch.tensor(math.log(1 / 0.07)))

    def embed_images(self, pixels: Tensor) -> Tensor:
        """(n, 512) embeddings in the space of the texts, not normalised, of pixels (n, 3, h, w); sides divide by 16."""
        return torch.as_tensor(self.visual(pixels) @ self.visual.proj_contrast)

    def pool_images(self, pixels: Tensor) -> Tensor:
        """(n, 512) pooled features before the projection, which upstream advises for probes."""
        return torch.as_tensor(self.visual(pixels))

    def embed_texts(self, tokens: Mapping[str, Tensor]) -> Tensor:
        """(n, 512) embeddings in the space of the images, not normalised.

        The last column is cut to make space for the class token, whatever it holds, as upstream does: its tokenizer
        truncates and pads to 127 (start 1, text, end 2, pad 0) and appends one more pad as a placeholder. The class
        token's place depends on the number of columns, so texts are always padded to 128.

        Args:
            tokens: `input_ids` (n, 128), padded at the end with 0. An attention mask is not needed: pads tell.

        Raises:
            ValueError: another number of columns.
        """
        ids = tokens["input_ids"]
        if ids.ndim != 2 or ids.shape[1] != N_COLUMNS:
            raise ValueError(f"want (n, {N_COLUMNS}) token ids, padded with 0 and a placeholder last, got {ids.shape}")
        return torch.as_tensor(self.text(ids[:, :-1]))


class _Visual(nn.Module):
    def __init__(self, width: int, depth: int, n_heads: int, n_queries: int) -> None:
        super().__init__()
        self.trunk = VisionTransformer(
            img_size=448,
            patch_size=16,
            embed_dim=width,
            depth=depth,
            num_heads=n_heads,
            num_classes=0,
            dynamic_img_size=True,
        )
        self.attn_pool_contrast = AttentionalPooler(JOINT_WIDTH, width, n_head=8, n_queries=1)
        self.ln_contrast = nn.LayerNorm(JOINT_WIDTH)
        self.proj_contrast = nn.Parameter(width**-0.5 * torch.randn(JOINT_WIDTH, JOINT_WIDTH))
        # In the file; only a caption decoder would read them.
        self.attn_pool_caption = AttentionalPooler(width, width, n_head=8, n_queries=n_queries)
        self.ln_caption = nn.LayerNorm(width)

    def forward(self, pixels: Tensor) -> Tensor:
        """(n, 512) answers to the one query of the contrast."""
        tokens = self.trunk.forward_features(pixels)
        return torch.as_tensor(self.ln_contrast(self.attn_pool_contrast(tokens)[:, 0]))


def published_state(state: Mapping[str, Tensor]) -> dict[str, Tensor]:
    """The file's tensors under this module's names: as they are, without a caption decoder should one be there."""
    return {name: tensor for name, tensor in state.items() if not name.startswith("text_decoder.")}
