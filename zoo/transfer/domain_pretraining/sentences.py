"""Going on with a sentence encoder on unlabelled texts: contrast of two views, or denoising through the vector."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
from numpy.typing import NDArray

from zoo.arguments import at_least_one
from zoo.errors import DataError
from zoo.transfer.domain_pretraining.masked_language import MAX_TOKENS, loaded, tokenizer_of
from zoo.transfer.domain_pretraining.phases import Objective, Progress, in_phases
from zoo.transfer.domain_pretraining.result import Pretrained
from zoo.transfer.domain_pretraining.training import held_out, order, seeded

if TYPE_CHECKING:
    import torch

    from zoo.encoder import Encoder

STEPS = 120
RATE = 3e-5
"""SimCSE's for BERT-base (arXiv:2104.08821, appendix A) and TSDAE's (arXiv:2104.06979, section 4)."""
TEMPERATURE = 0.05
"""SimCSE's."""
DELETED = 0.6
"""TSDAE's share of deleted words."""
HEAD_RATE = 1e-3
_HELD = 1_000_000
"""Added to the step of held-out batches, so that their deletions are none of the training."""


def sentence_pretraining(
    model: str | Encoder,
    texts: Sequence[str],
    *,
    objective: Literal["contrastive", "denoising"] = "contrastive",
    steps: int = STEPS,
    batch_size: int = 16,
    rate: float = RATE,
    max_tokens: int = MAX_TOKENS,
    seed: int = 0,
    progress: Progress | None = None,
) -> Pretrained:
    """Goes on training a sentence encoder without labels.

    contrastive: a text has to be nearer to itself under another dropout than to the other texts of the batch.
    denoising: the vector of a text of which six words in ten were deleted has to tell the tokens of the whole text; the
    decoder is one linear layer over the vocabulary, TSDAE's is a transformer. Its control is that layer learning alone.

    Args:
        model: name, or an encoder of `zoo.load`, which is changed in place.
        texts: at least 20; a tenth, at most 200, is held out.
        batch_size: of contrastive also the number of texts to be told apart.

    Raises:
        CapabilityError: the model is none of transformers.
        DataError: too few texts, an unknown objective, or a loss that is no number.

    Source:
        Gao et al. 2021, arXiv:2104.08821 (SimCSE); Wang et al. 2021, arXiv:2104.06979 (TSDAE).
    """
    at_least_one("steps", steps)
    if objective not in ("contrastive", "denoising"):
        raise DataError(f"no objective named {objective!r}.", "Give contrastive or denoising.")
    encoder = loaded(model)
    tokenizer = tokenizer_of(encoder).tokenizer
    learn, held = held_out(len(texts), seed=seed)
    batches = order(len(learn), batch_size, seed=seed)
    cut = {"truncation": True, "max_length": max_tokens, "padding": True, "return_tensors": "pt"}

    def tokens(rows: Sequence[str]) -> Any:
        return tokenizer(list(rows), **cut).to(encoder.device)

    with seeded(seed):
        task = _Contrastive(encoder) if objective == "contrastive" else _Denoising(encoder, tokenizer, seed)

        def loss_of(step: int) -> torch.Tensor:
            return task([texts[learn[i]] for i in batches(step)], tokens, step).mean()

        return in_phases(
            Objective(
                name=objective,
                encoder=encoder,
                head=task.head,
                everything=[*encoder.module.parameters(), *task.head],
                loss_of=loss_of,
                measured=lambda: _held_losses(task, [texts[i] for i in held], tokens, batch_size, seed),
                n_rows=len(learn),
            ),
            warm=steps,
            steps=steps,
            rate=rate,
            head_rate=HEAD_RATE,
            progress=progress,
        )


class _Contrastive:
    """(b,) InfoNCE between two dropout masks of each text."""

    head: Sequence[torch.nn.Parameter] = ()

    def __init__(self, encoder: Encoder) -> None:
        self._encoder = encoder

    def __call__(self, rows: Sequence[str], tokens: Callable[[Sequence[str]], Any], step: int) -> torch.Tensor:
        import torch
        from torch.nn.functional import cross_entropy, normalize

        given = tokens(rows)
        first, second = (normalize(self._encoder.encode_tokens(given), dim=1) for _ in range(2))
        own = torch.arange(len(rows), device=first.device)
        return cross_entropy(first @ second.T / TEMPERATURE, own, reduction="none")


class _Denoising:
    """(b,) mean negative log-likelihood of the tokens of a text, given the vector of what was left of it."""

    def __init__(self, encoder: Encoder, tokenizer: Any, seed: int) -> None:
        import torch

        self._encoder, self._seed = encoder, seed
        self._special = torch.tensor(tokenizer.all_special_ids, device=encoder.device)
        self._decoder = torch.nn.Linear(encoder.dim, len(tokenizer)).to(encoder.device, encoder.dtype)
        self.head: Sequence[torch.nn.Parameter] = list(self._decoder.parameters())

    def __call__(self, rows: Sequence[str], tokens: Callable[[Sequence[str]], Any], step: int) -> torch.Tensor:
        import torch

        wanted = tokens(rows)["input_ids"]
        draws = np.random.default_rng((self._seed, step))
        said: torch.Tensor = self._decoder(
            self._encoder.encode_tokens(tokens([_thinned(row, draws) for row in rows]))
        ).log_softmax(1)
        real = ~torch.isin(wanted, self._special)
        each = said.gather(1, wanted) * real
        loss: torch.Tensor = -each.sum(dim=1) / real.sum(dim=1).clamp(min=1)
        return loss


def _thinned(text: str, draws: np.random.Generator) -> str:
    """The text without six words in ten; at least one is left."""
    words = text.split()
    if not words:
        return text
    kept = draws.random(len(words)) >= DELETED
    kept[int(draws.integers(len(words)))] = True
    return " ".join(word for word, stays in zip(words, kept, strict=True) if stays)


def _held_losses(
    task: _Contrastive | _Denoising, rows: list[str], tokens: Callable[[Sequence[str]], Any], size: int, seed: int
) -> NDArray[np.float64]:
    """(n,) losses with the same dropout and deletions whenever it is asked; whole batches only, as the loss needs."""
    import torch

    size = min(size, len(rows))
    found = []
    with seeded(seed), torch.no_grad():
        for start in range(0, len(rows) - size + 1, size):
            found.append(task(rows[start : start + size], tokens, _HELD + start).double().cpu())
    return np.asarray(torch.cat(found).numpy(), dtype=np.float64)
