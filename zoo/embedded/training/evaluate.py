"""Measures the bundled model on pictures that it never saw.

    python -m zoo.embedded.training.evaluate --data ../shared/data

Zero-shot throughout: only class names are given, put into the templates of the card's prompt set. The real sets
are measured on their test parts, where the folder of data is given.
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from zoo import preprocessing
from zoo.embedded import WEIGHTS, configuration, load_model, tokenize
from zoo.embedded.tokenizer import LETTERS
from zoo.embedded.training import real_images
from zoo.embedded.training.captions import COLOURS, DIGIT_NAMES, FILLS, HELD_OUT, NAMES, SHAPES
from zoo.embedded.training.glyphs import Drawn, find_fonts, printed_glyph
from zoo.embedded.training.scenes import draw_scene
from zoo.specs import spec_from_open_clip

if TYPE_CHECKING:
    import torch
    from open_clip.model import CLIP

TEMPLATES = ("{}", "a {}", "a photo of a {}.", "an image of a {}.", "a picture of a {}.")
"""The templates of the prompt set `tiny-clip`."""
FRESH = 900_001
"""Seed of the drawn test pictures; training draws from seeds of another form."""


@dataclass(frozen=True)
class Measure:
    """Accuracy of one zero-shot classification."""

    name: str
    n: int
    accuracy: float
    majority: float
    """Share of the largest class: what a guesser reaches."""


def classify(model: CLIP, pictures: Iterable[Any], labels: Sequence[str], templates: Sequence[str]) -> Any:
    """(n,) index of the best label for each picture, by mean text embedding over the templates."""
    import torch

    with torch.no_grad():
        rows = [model.encode_text(tokenize([t.format(label) for t in templates]), normalize=True) for label in labels]
        classifier = torch.nn.functional.normalize(torch.stack([row.mean(0) for row in rows]), dim=-1)
    return (embed(model, pictures) @ classifier.T).argmax(1).numpy()


def embed(model: CLIP, pictures: Iterable[Any], batch_size: int = 256) -> torch.Tensor:
    """(n, d) features of pictures (arrays, PIL images or paths) through the card's own preprocessing."""
    import torch

    transform = preprocessing.build(spec_from_open_clip(configuration()["preprocess_cfg"]))
    inputs = torch.stack([transform(picture) for picture in pictures])
    with torch.no_grad():
        return torch.cat([model.encode_image(batch) for batch in torch.split(inputs, batch_size)])


def measure_digits(model: CLIP) -> Measure:
    """scikit-learn's 1,797 real handwritten digits, 8x8, grey levels spread over 0-255; labels are words."""
    from sklearn.datasets import load_digits

    digits = load_digits()
    pictures = [np.round(image * 255 / 16).astype(np.uint8) for image in digits.images]
    return _measure("scikit-learn digits", model, pictures, digits.target, DIGIT_NAMES)


def measure_held_out(model: CLIP, n: int = 1200, *, plain: bool = True) -> Measure:
    """Single shapes in pairs of colour and shape that training never joined, among all 120 pairs.

    Args:
        model: the network.
        n: pictures to draw.
        plain: solid shapes; False: any fill, and so also an outline of few pixels or a shape half covered by checks.
    """
    pairs = [(colour, shape) for colour in COLOURS for shape in SHAPES]
    truth, pictures = [], []
    for i in range(n):
        pair = HELD_OUT[i % len(HELD_OUT)]
        pictures.append(draw_scene(np.random.default_rng((FRESH, i)), only=pair, count=1, plain=plain)[0])
        truth.append(pairs.index(pair))
    labels = [f"{colour} {shape}" for colour, shape in pairs]
    name = f"unseen pairs of colour and shape, {'solid' if plain else 'any fill'}"
    return _measure(name, model, pictures, np.array(truth), labels)


def measure_drawn(model: CLIP, n: int = 1000) -> Iterator[Measure]:
    """Fresh pictures by single attributes: colour, shape, fill and number of shapes, and letters."""
    scenes = [draw_scene(np.random.default_rng((FRESH, 1, i))) for i in range(n)]
    counts = [f"{DIGIT_NAMES[i]} {'shape' if i == 1 else 'shapes'}" for i in range(1, 6)]
    asked: tuple[tuple[str, Sequence[str], Sequence[str]], ...] = (
        ("colour", COLOURS, COLOURS),
        ("shape", SHAPES, SHAPES),
        ("fill", FILLS, [f"{fill} shape" for fill in FILLS]),
        ("count", [str(i) for i in range(1, 6)], counts),
    )
    for group, values, labels in asked:
        truth = np.array([values.index(_value(facts, group)) for _, facts in scenes])
        yield _measure(f"drawn shapes, {group}", model, [p for p, _ in scenes], truth, labels)
    fonts = find_fonts()
    letters: list[Drawn] = []
    for i in range(2 * n):
        glyph = printed_glyph(np.random.default_rng((FRESH, 2, i)), fonts)
        letters += [glyph] if "kind:letter" in glyph[1] else []
    truth = np.array([LETTERS.index(_value(facts, "letter")) for _, facts in letters])
    yield _measure("drawn letters", model, [p for p, _ in letters], truth, [f"letter {x}" for x in LETTERS])


def measure_real(model: CLIP, data: Path, name: str) -> Measure:
    """The test part of one real set."""
    pictures, facts = zip(*real_images.SETS[name][1](data, "test"), strict=True)
    kind = facts[0].split(":")[0]
    classes = [fact for fact in NAMES if fact.startswith(f"{kind}:")]
    truth = np.array([classes.index(fact) for fact in facts])
    return _measure(f"{name}, test part", model, pictures, truth, [NAMES[fact][0] for fact in classes])


def _measure(name: str, model: CLIP, pictures: Sequence[Any], truth: Any, labels: Sequence[str]) -> Measure:
    found = classify(model, pictures, labels, TEMPLATES)
    majority = np.bincount(truth).max() / len(truth)
    return Measure(name, len(truth), float((found == truth).mean()), float(majority))


def _value(facts: frozenset[str], group: str) -> str:
    return next(fact for fact in facts if fact.startswith(f"{group}:")).split(":")[1]


def measure_all(model: CLIP, data: Path | None) -> Iterator[Measure]:
    """Every measure that can be taken here."""
    yield measure_digits(model)
    yield measure_held_out(model)
    yield measure_held_out(model, plain=False)
    yield from measure_drawn(model)
    for name in real_images.present(data):
        assert data is not None
        yield measure_real(model, data, name)


def main(arguments: Sequence[str] | None = None, write: Callable[[str], object] = print) -> None:
    """The command line."""
    parser = argparse.ArgumentParser(
        prog="python -m zoo.embedded.training.evaluate", description="Measure the bundled model."
    )
    parser.add_argument("--data", type=Path, help="folder of the real sets; none: they are left out")
    parser.add_argument("--record", action="store_true", help="write the figures into the training record")
    chosen = parser.parse_args(arguments)
    write(f"{'zero-shot on':46} {'n':>5}  accuracy  majority class")
    figures = []
    for measure in measure_all(load_model(), chosen.data):
        write(f"{measure.name:46} {measure.n:5}  {measure.accuracy:8.3f}  {measure.majority:8.3f}")
        figures.append(
            {
                "name": measure.name,
                "n": measure.n,
                "accuracy": round(measure.accuracy, 4),
                "majority": round(measure.majority, 4),
            }
        )
    if chosen.record:
        path = WEIGHTS / "training_record.json"
        record = json.loads(path.read_text("utf-8")) | {"zero_shot": figures}
        path.write_text(json.dumps(record, indent=2) + "\n", "utf-8")


if __name__ == "__main__":
    main()
