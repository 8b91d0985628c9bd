"""Masked autoencoding: a vision transformer sees a quarter of the patches, a small decoder fills in the rest."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from zoo.arguments import at_least_one
from zoo.errors import CapabilityError, DataError
from zoo.transfer.domain_pretraining.masked_language import loaded
from zoo.transfer.domain_pretraining.phases import Objective, Progress, in_phases
from zoo.transfer.domain_pretraining.result import Pretrained
from zoo.transfer.domain_pretraining.training import held_out, order, seeded

if TYPE_CHECKING:
    import torch

    from zoo.encoder import Encoder

STEPS = 300
RATE = 1e-3
"""For small batches; MAE's base rate is 1.5e-4 for 256 pictures, over 800 passes of ImageNet."""
MASK_SHARE = 0.75
"""He et al. 2021, figure 5."""
_STACKS = ("blocks", "layers", "encoder.layer", "encoder.layers", "transformer.resblocks")
"""Where timm, transformers and open_clip keep the blocks of a vision transformer."""


def masked_autoencoder(
    model: str | Encoder,
    images: Any,
    *,
    steps: int = STEPS,
    batch_size: int = 32,
    rate: float = RATE,
    mask_share: float = MASK_SHARE,
    decoder_width: int = 128,
    seed: int = 0,
    progress: Progress | None = None,
) -> Pretrained:
    """Goes on training a plain vision transformer of timm, transformers or open_clip without labels.

    The decoder (two blocks) is warmed with the body frozen, for a third of the steps; the control is the decoder
    learning alone for as long as both do. The loss is the squared error of the hidden patches, each scaled to mean 0
    and variance 1.

    Args:
        model: name, or an encoder of `zoo.load`, which is changed in place.
        images: paths, pictures or arrays, or a preprocessed (n, c, h, w) tensor; at least 20.
        mask_share: of the patches of each picture.

    Raises:
        CapabilityError: no plain vision transformer: a convolutional network, windows, or rotary positions.
        DataError: too few pictures, or a loss that is no number.

    Source:
        He et al. 2021, arXiv:2111.06377.
    """
    at_least_one("steps", steps)
    if not 0 < mask_share < 1:
        raise DataError(f"mask_share must lie between 0 and 1, got {mask_share!r}.", "0.75 is usual.")
    encoder = loaded(model)
    learn, held = held_out(len(images), seed=seed)
    batches = order(len(learn), batch_size, seed=seed)

    def pixels(rows: Sequence[int]) -> torch.Tensor:
        import torch

        if isinstance(images, torch.Tensor) and images.ndim == 4:
            return images[list(rows)].to(encoder.device, encoder.dtype)
        return torch.stack([encoder.preprocess(images[i]) for i in rows]).to(encoder.device, encoder.dtype)

    with seeded(seed):
        hidden = _Masking(encoder, pixels(learn[:1]), mask_share, decoder_width)
        head = list(hidden.decoder.parameters())

        def loss_of(step: int) -> torch.Tensor:
            given = pixels([learn[i] for i in batches(step)])
            if np.random.default_rng((seed, step)).random() < 0.5:
                given = given.flip(-1)
            return hidden(given, (seed, step)).mean()

        def measured() -> NDArray[np.float64]:
            return _held_losses(hidden, [pixels(held[k : k + 32]) for k in range(0, len(held), 32)], seed)

        return in_phases(
            Objective(
                name="masked autoencoding",
                encoder=encoder,
                head=head,
                everything=[*encoder.module.parameters(), *head],
                loss_of=loss_of,
                measured=measured,
                n_rows=len(learn),
            ),
            warm=max(1, steps // 3),
            steps=steps,
            rate=rate,
            head_rate=rate,
            progress=progress,
        )


class _Masking:
    """(b,) loss of each picture: its network runs as ever, but on the patches that are not hidden."""

    def __init__(self, encoder: Encoder, sample: torch.Tensor, share: float, width: int) -> None:
        import torch

        self._encoder = encoder
        self._blocks, patch = _plain_transformer(encoder)
        self._patch_px = patch
        height, width_px = sample.shape[-2] // patch, sample.shape[-1] // patch
        self._n = height * width_px
        self._n_kept = max(1, round((1 - share) * self._n))
        with torch.no_grad(), self._running(None) as seen:
            encoder.encode_pixels(sample)
        tokens = seen["out"]
        if tokens.ndim != 3 or tokens.shape[1] < self._n:
            raise _no_plain(encoder, f"its blocks give {tuple(tokens.shape)} for {self._n} patches")
        self._n_first = tokens.shape[1] - self._n  # class and register tokens
        n_values = sample.shape[1] * patch * patch
        self.decoder = _decoder(tokens.shape[2], width, self._n, n_values).to(encoder.device, encoder.dtype)

    def __call__(self, pixels: torch.Tensor, seed: tuple[int, int]) -> torch.Tensor:
        import torch

        draws = torch.Generator().manual_seed(int(np.random.default_rng(seed).integers(2**31)))
        order = torch.rand(len(pixels), self._n, generator=draws).argsort(dim=1).to(pixels.device)
        kept = order[:, : self._n_kept]
        with self._running(kept) as seen:
            try:
                self._encoder.encode_pixels(pixels)
            except (RuntimeError, CapabilityError) as err:
                raise _no_plain(self._encoder, "it does not run on a part of the patches") from err
        said = self.decoder(seen["out"][:, self._n_first :], kept)  # (b, n, values)
        wanted = self._patches(pixels)
        wanted = (wanted - wanted.mean(dim=2, keepdim=True)) / (wanted.var(dim=2, keepdim=True) + 1e-6).sqrt()
        hidden = torch.ones(len(pixels), self._n, device=pixels.device)
        hidden.scatter_(1, kept, 0)
        each = (said - wanted).square().mean(dim=2)
        loss: torch.Tensor = (each * hidden).sum(dim=1) / hidden.sum(dim=1)
        return loss

    def _patches(self, pixels: torch.Tensor) -> torch.Tensor:
        """(b, n, values) in the order of the tokens."""
        from torch.nn.functional import unfold

        return unfold(pixels, self._patch_px, stride=self._patch_px).transpose(1, 2)

    @contextmanager
    def _running(self, kept: torch.Tensor | None) -> Iterator[dict[str, torch.Tensor]]:
        """The first block gets the kept patches alone; what the last one gives is in `out`."""
        import torch

        seen: dict[str, torch.Tensor] = {}

        def drop(block: object, given: tuple[Any, ...]) -> tuple[Any, ...]:
            tokens = given[0]
            if kept is None:
                return given
            rows = (kept + self._n_first)[..., None].expand(-1, -1, tokens.shape[2])
            return (torch.cat([tokens[:, : self._n_first], tokens.gather(1, rows)], dim=1), *given[1:])

        def keep(block: object, given: object, output: Any) -> None:
            seen["out"] = output[0] if isinstance(output, tuple) else output

        hooks = [
            self._blocks[0].register_forward_pre_hook(drop),
            self._blocks[-1].register_forward_hook(keep),
        ]
        try:
            yield seen
        finally:
            for hook in hooks:
                hook.remove()


def _plain_transformer(encoder: Encoder) -> tuple[Sequence[torch.nn.Module], int]:
    """Its blocks, and the side of a patch in pixels."""
    from torch import nn

    module: Any = encoder.module
    tower = getattr(module, "visual", None) or getattr(module, "vision_model", None) or module
    tower = getattr(tower, "trunk", tower)
    stack = next(
        (found for name in _STACKS if isinstance(found := _part(tower, name), nn.Sequential | nn.ModuleList)), None
    )
    patch = next(
        (part for part in tower.modules() if isinstance(part, nn.Conv2d) and part.kernel_size == part.stride), None
    )
    if stack is None or not len(stack) or patch is None or patch.kernel_size[0] != patch.kernel_size[1]:
        raise _no_plain(encoder, "it has no stack of blocks on square patches")
    if getattr(tower, "rope", None) is not None or any("rope" in name for name, _ in tower.named_modules()):
        raise _no_plain(encoder, "its positions are rotary")
    if any(type(part).__name__.lower().startswith("window") for part in tower.modules()):
        raise _no_plain(encoder, "its attention runs in windows")
    return list(stack), int(patch.kernel_size[0])


def _part(module: Any, name: str) -> Any:
    for step in name.split("."):
        module = getattr(module, step, None)
    return module


def _no_plain(encoder: Encoder, why: str) -> CapabilityError:
    return CapabilityError(
        f"{encoder.card.id} cannot be trained by masking patches: {why}.",
        "Choose a plain vision transformer, such as one of timm's vit_* or of transformers' ViT.",
    )


def _decoder(width_in: int, width: int, n: int, n_values: int) -> Any:
    """(tokens of the kept patches, their places) -> (b, n, values)."""
    import torch
    from torch import nn

    class Decoder(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.narrow = nn.Sequential(nn.LayerNorm(width_in), nn.Linear(width_in, width))
            self.hidden = nn.Parameter(0.02 * torch.randn(width))
            self.places = nn.Parameter(0.02 * torch.randn(n, width))
            layer = nn.TransformerEncoderLayer(
                width, max(1, width // 32), 4 * width, dropout=0.0, activation="gelu", batch_first=True, norm_first=True
            )
            self.blocks = nn.TransformerEncoder(layer, 2, enable_nested_tensor=False)
            self.out = nn.Sequential(nn.LayerNorm(width), nn.Linear(width, n_values))

        def forward(self, tokens: torch.Tensor, kept: torch.Tensor) -> torch.Tensor:
            seen = self.narrow(tokens)
            rows = self.hidden.to(seen.dtype).expand(len(tokens), n, width)
            rows = rows.scatter(1, kept[..., None].expand(-1, -1, width), seen)
            found: torch.Tensor = self.out(self.blocks(rows + self.places))
            return found

    return Decoder()


def _held_losses(hidden: _Masking, batches: Sequence[torch.Tensor], seed: int) -> NDArray[np.float64]:
    """(n,) losses with the same patches hidden whenever it is asked."""
    import torch

    module = hidden._encoder.module
    module.eval()
    try:
        with torch.no_grad():
            found = [hidden(pixels, (seed, 1_000_000 + k)).double().cpu() for k, pixels in enumerate(batches)]
    finally:
        module.train()
    return np.asarray(torch.cat(found).numpy(), dtype=np.float64)
