"""The recipes that have a name, each with the places that its numbers come from.

named("lp-ft")           # or any of RECIPES
partial(head="text-initialised")
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from zoo.errors import DataError
from zoo.transfer.recipe import Head, Phase, Recipe, Stop

LP_FT = "Kumar et al. 2022, arXiv:2202.10054: probe first, then fine-tune (+1 pp in, +10 pp out of distribution)"
GUIDE = "the article's guide by labels per class"
ULMFIT = "Howard and Ruder 2018, arXiv:1801.06146: lower layers learn slower, and are unfrozen from the top"
LAYER_DECAY = "timm 1.0.31 and AutoGluon-MM 1.6.3: layer decay .65 to .9; .75 is timm's default"
GDA = "Wang et al. 2024 (GDA for CLIP); Tip-Adapter protocol, 11 sets: 62.2 / 69.8 / 76.1 % at 1 / 4 / 16 shots"
CLAP = "Silva-Rodriguez et al. 2024, arXiv:2312.12730: start the probe from the text weights, no hidden validation"
L2_SP = "tllib tables: staying near the source is worth 4 to 8 pp with 15 % of the labels, little with all of them"
SOUP = "Wortsman et al. 2022, arXiv:2109.01903: averaging the weights gains 1 to 6 pp, at no cost in use"
SURGICAL = "Lee et al. 2023, arXiv:2210.11466: for corruption-like shift the first blocks are the ones to tune"
LORA = "Schulman et al. 2025, LoRA without regret: all linear layers, ten times the rate of full tuning"
SETFIT = "Tunstall et al. 2022, arXiv:2209.11055: pairs first, then a head (+4 to +11 pp at 8 labels a class)"
MEASURED = "34 cells of six picture sets, one setting each: mean regret .6 points, LP-FT 1.2, probe 2.8"
CLOSED: tuple[Head, ...] = ("linear", "text-anchored-gda", "nearest-mean", "ridge")
"""Heads that are solved on stored features; the others are trained there."""


def zero_shot() -> Recipe:
    """No training: the class names are the classifier."""
    return Recipe(name="zero-shot", augment="none", keep_frozen_probe=False, sources=(GUIDE,))


def feature_extraction(head: Head = "linear") -> Recipe:
    """The body stays frozen; its features are computed once."""
    sources = {"text-anchored-gda": (GUIDE, GDA), "text-initialised": (GUIDE, CLAP)}.get(head, (GUIDE, LP_FT))
    return Recipe(name="feature-extraction", phases=(probe(head),), augment="none", sources=sources)


def partial(head: Head = "linear") -> Recipe:
    """Head first, then head and the last quarter of the layer groups."""
    tuned = Phase(name="last blocks", trainable="last-blocks", head=head, epochs=20, min_steps=60, max_steps=1000,
                  head_rate=1e-4, body_rate=1e-4, stop=Stop(patience=5))  # fmt: skip
    return Recipe(name="partial", phases=(probe(head), tuned), sources=(GUIDE, LP_FT, MEASURED))


def half(head: Head = "linear") -> Recipe:
    """Head first, then the upper half, each group slower than the one above it."""
    tuned = Phase(name="upper half", trainable="half", head=head, epochs=30, min_steps=60, head_rate=5e-4,
                  body_rate=1e-4, layer_decay=0.7, stop=Stop(patience=5))  # fmt: skip
    return Recipe(name="half", phases=(probe(head), tuned), average_weights=True,
                  sources=(GUIDE, LP_FT, ULMFIT, LAYER_DECAY, SOUP))  # fmt: skip


def lp_ft(head: Head = "linear") -> Recipe:
    """Head first, then everything at a small rate with early stopping."""
    tuned = Phase(name="all layers", trainable="all", head=head, epochs=20, min_steps=60, max_steps=2000,
                  head_rate=3e-5, body_rate=3e-5, stop=Stop(patience=3))  # fmt: skip
    return Recipe(name="lp-ft", phases=(probe(head), tuned), sources=(GUIDE, LP_FT))


def full() -> Recipe:
    """A random head, and all layers from the first step: what most scripts do."""
    tuned = Phase(name="all layers", trainable="all", epochs=20, min_steps=60, max_steps=2000, head_rate=1e-3,
                  body_rate=1e-4, stop=Stop(patience=5))  # fmt: skip
    return Recipe(name="full", phases=(tuned,), sources=(LP_FT,))


def gradual_unfreezing() -> Recipe:
    """The article's schedule: the head for 5 to 10 epochs, block by block to a plateau, then all at 1e-5."""
    return Recipe(
        name="gradual-unfreezing",
        phases=(
            Phase(name="head", trainable="head", epochs=10, stop=Stop(patience=5)),
            Phase(name="blocks", trainable="block-by-block", epochs=10, head_rate=1e-4, body_rate=1e-4,
                  layer_decay=1 / 2.6, stop=Stop(patience=2)),
            Phase(name="all layers", trainable="all", epochs=50, head_rate=1e-5, body_rate=1e-5, stop=Stop(patience=3)),
        ),
        sources=(GUIDE, ULMFIT),
    )  # fmt: skip


def surgical(blocks: Sequence[int] = (0,), head: Head = "linear") -> Recipe:
    """Head first, then the blocks that a sweep chose (`zoo.transfer.layer_rate_sweep`); the first by default."""
    tuned = Phase(name="chosen blocks", trainable="blocks", blocks=tuple(blocks), head=head, epochs=20, min_steps=60,
                  max_steps=1000, head_rate=1e-4, body_rate=1e-4, stop=Stop(patience=5))  # fmt: skip
    return Recipe(name="surgical", phases=(probe(head), tuned), sources=(SURGICAL, LP_FT))


def lora(head: Head = "linear") -> Recipe:
    """Head first, then low-rank updates of all linear layers at ten times the rate of full tuning."""
    tuned = Phase(name="low-rank updates", trainable="all", adapter="lora", head=head, epochs=20, min_steps=60,
                  max_steps=2000, head_rate=1e-3, body_rate=1e-3, weight_decay=0.0, stop=Stop(patience=5))  # fmt: skip
    return Recipe(name="lora", phases=(probe(head), tuned), sources=(LORA,))


def contrastive() -> Recipe:
    """Texts with few labels: rows of a class are drawn together, then a head is fitted."""
    pairs = Phase(name="pairs", trainable="all", loss="pairs", epochs=1, min_steps=60, max_steps=100, head_rate=2e-5,
                  body_rate=2e-5, stop=None)  # fmt: skip
    return Recipe(name="contrastive", phases=(pairs, probe()), batch_size=32, augment="none", sources=(SETFIT,))


def wise_ft(head: Head = "linear") -> Recipe:
    """Probe, then all layers, then the average of source and tuned weights that validates best."""
    return lp_ft(head).model_copy(update={"name": "wise-ft", "average_weights": True, "sources": (LP_FT, SOUP)})


def scratch() -> Recipe:
    """The same architecture from random weights: what the source is worth is measured against it."""
    tuned = Phase(name="all layers", trainable="all", epochs=20, min_steps=120, max_steps=2000, head_rate=1e-3,
                  body_rate=1e-3, stop=Stop(patience=5))  # fmt: skip
    return Recipe(name="scratch", phases=(tuned,), start="random", batch_norm="batch", keep_frozen_probe=False,
                  sources=(GUIDE,))  # fmt: skip


def probe(head: Head = "linear") -> Phase:
    """The head on stored features."""
    if head in CLOSED:
        return Phase(name="head", trainable="head", head=head, fit="closed-form", stop=None)
    return Phase(name="head", trainable="head", head=head, epochs=30, min_steps=100, weight_decay=1e-3,
                 stop=Stop(patience=5))  # fmt: skip


RECIPES: dict[str, Callable[[], Recipe]] = {
    "feature-extraction": feature_extraction,
    "partial": partial,
    "half": half,
    "gradual-unfreezing": gradual_unfreezing,
    "lp-ft": lp_ft,
    "full": full,
    "surgical": surgical,
    "lora": lora,
    "contrastive": contrastive,
    "wise-ft": wise_ft,
    "scratch": scratch,
}
DEFAULT = "lp-ft"


def named(name: str) -> Recipe:
    """The recipe of that name.

    Raises:
        DataError: there is none.
    """
    if name not in RECIPES:
        raise DataError(f"no recipe named {name!r}.", f"Give auto, or one of {', '.join(RECIPES)}.")
    return RECIPES[name]()
