"""Prompt templates for photographs, as published with CLIP.

The large set is written by its pattern: most of its templates come once with "a" and once with "the".
"""

from __future__ import annotations

from zoo.prompts import PromptSet

_CLIP = "https://github.com/openai/CLIP, notebooks/Prompt_Engineering_for_ImageNet.ipynb and data/prompts.md"

_KINDS_OF_PHOTO = (
    "bad", "blurry", "bright", "black and white", "close-up", "cropped", "dark", "good", "jpeg corrupted",
    "low resolution", "pixelated",
)  # fmt: skip
_KINDS_OF_THING = ("clean", "cool", "dirty", "large", "nice", "small", "weird")
_WORKS = ("art", "graffiti", "itap")
_PICTURES = ("doodle", "drawing", "painting", "rendering", "rendition", "sculpture", "sketch", "tattoo")
_MADE_AS = ("cartoon", "embroidered", "origami", "plastic", "plushie", "toy")


def _imagenet() -> tuple[str, ...]:
    """The 80 templates, each once."""
    both = [
        *(f"a {kind} photo of @ {{}}." for kind in _KINDS_OF_PHOTO),
        *(f"a {picture} of @ {{}}." for picture in _PICTURES),
        *(f"{work} of @ {{}}." for work in _WORKS),
        *(f"a photo of @ {kind} {{}}." for kind in _KINDS_OF_THING),
        *(f"@ {made_as} {{}}." for made_as in _MADE_AS),
        "a photo of @ hard to see {}.",
        "a photo of @ {}.",
        "@ {} in a video game.",
    ]
    once = ("a photo of many {}.", "a photo of my {}.", "a photo of one {}.", "itap of my {}.")
    return (*(template.replace("@", article) for template in both for article in ("a", "the")), *once)


_SMALL_PHOTOS = ("", "blurry ", "black and white ", "low contrast ", "high contrast ", "bad ", "good ")

PROMPT_SETS = (
    PromptSet(
        name="clip-simple",
        domains=("natural",),
        templates=(
            "itap of a {}.",
            "a bad photo of the {}.",
            "a origami {}.",
            "a photo of the large {}.",
            "a {} in a video game.",
            "art of the {}.",
            "a photo of the small {}.",
        ),
        source=_CLIP,
    ),
    PromptSet(name="clip-imagenet", domains=("natural",), templates=_imagenet(), source=_CLIP),
    PromptSet(name="clip-photo", domains=("natural",), templates=("a photo of a {}.",), source=_CLIP),
    PromptSet(
        name="clip-small-photos",
        domains=(),
        templates=(
            *(f"a {kind}photo of {article} {{}}." for article in ("a", "the") for kind in _SMALL_PHOTOS),
            "a photo of a small {}.",
            "a photo of a big {}.",
            "a photo of the small {}.",
            "a photo of the big {}.",
        ),
        source=_CLIP,
    ),
    PromptSet(
        name="clip-textures",
        domains=(),
        templates=tuple(
            f"a photo of {article} {{}} {thing}."
            for article in ("a", "the")
            for thing in ("texture", "pattern", "thing", "object")
        ),
        source=_CLIP,
    ),
    PromptSet(name="clip-digits", domains=(), templates=('a photo of the number: "{}".',), source=_CLIP),
    PromptSet(name="clip-food", domains=(), templates=("a photo of {}, a type of food.",), source=_CLIP),
    PromptSet(name="clip-pets", domains=(), templates=("a photo of a {}, a type of pet.",), source=_CLIP),
    PromptSet(name="clip-flowers", domains=(), templates=("a photo of a {}, a type of flower.",), source=_CLIP),
    PromptSet(
        name="clip-aircraft",
        domains=(),
        templates=("a photo of a {}, a type of aircraft.", "a photo of the {}, a type of aircraft."),
        source=_CLIP,
    ),
    PromptSet(
        name="clip-faces",
        domains=(),
        templates=(
            "a photo of a {} looking face.",
            "a photo of a face showing the emotion: {}.",
            "a photo of a face looking {}.",
            "a face that looks {}.",
            "they look {}.",
            "look at how {} they are.",
        ),
        source=_CLIP,
    ),
)
