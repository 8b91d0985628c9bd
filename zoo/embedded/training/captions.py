"""What is said of a picture, and what must be true of it for the words to hold.

A picture carries facts such as `digit:7` or `colour:red`; a caption carries the facts that it asserts. A caption
fits a picture if all of its facts are among the picture's: "something red" fits every red shape. Training needs
this, as a batch holds many pictures of one digit, and to call all but one of them wrong would teach nonsense.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from zoo.embedded.tokenizer import LETTERS, split_words

DIGIT_NAMES = ("zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine")
COLOURS = ("red", "orange", "yellow", "green", "cyan", "blue", "purple", "pink", "brown", "black", "white", "gray")
SHAPES = ("circle", "square", "triangle", "star", "cross", "ring", "diamond", "heart", "hexagon", "crescent")
FILLS = ("solid", "striped", "dotted", "checkered", "outlined")
PATTERNS = ("striped", "dotted", "checkered", "plain", "noisy", "gradient")
SIZES = ("small", "large")
HELD_OUT = tuple((colour, SHAPES[(3 * index + 1) % len(SHAPES)]) for index, colour in enumerate(COLOURS))
"""Pairs of colour and shape that no training picture and no training caption has; the measure is on these."""

NAMES: Mapping[str, tuple[str, ...]] = {
    "cell:rbc": ("red blood cell", "RBC", "erythrocyte", "red cell"),
    "cell:wbc": ("white blood cell", "WBC", "leukocyte", "white cell"),
    "cell:platelets": ("platelet", "platelets", "thrombocyte"),
    "lungs:normal": ("normal", "healthy", "normal lungs", "healthy lungs", "no pneumonia", "clear lungs"),
    "lungs:pneumonia": ("pneumonia", "lungs with pneumonia", "lung infection", "pneumonia lungs"),
    "nuclei:few": ("few nuclei", "a few nuclei", "few cells", "a few cell nuclei"),
    "nuclei:some": ("some nuclei", "some cells", "some cell nuclei"),
    "nuclei:many": ("many nuclei", "many cells", "many cell nuclei"),
}
"""The words for each class of the real pictures."""

_GENERIC = (
    *("{}",) * 4,
    *("a {}", "the {}", "a photo of a {}", "a photo of the {}", "a photo of {}", "an image of a {}", "image of {}"),
    *(
        "a picture of a {}",
        "a drawing of a {}",
        "a low resolution photo of a {}",
        "this is a {}",
        "a small photo of {}",
    ),
    *("a close-up photo of a {}", "a blurry photo of a {}", "a bright photo of a {}", "a dark photo of a {}"),
    *("a black and white photo of a {}", "a pixelated photo of a {}", "there is a {} in the picture"),
)
_DIGIT = (
    *("the digit {}", "the number {}", "digit {}", "number {}", "a photo of the digit {}", "an image of the digit {}"),
    *("a photo of the number {}", 'a photo of the number: "{}".', "a scan of the digit {}", "a {} digit", "numeral {}"),
    *("a low resolution image of the digit {}", "a picture of the number {}", "an 8x8 image of the digit {}"),
)
_HANDWRITTEN = ("a handwritten {}", "a handwritten digit {}", "handwritten {}", "a photo of a handwritten {}")
_PRINTED = ("a printed {}", "a typed {}", "a printed digit {}", "a {} in print")
_LETTER = ("the letter {}", "letter {}", "a photo of the letter {}", "an image of the letter {}", "a {} letter")
_CELL = (
    *("a microscope image of a {}", "a microscopy image of a {}", "a blood smear with a {}", "a stained {}"),
    *("a photomicrograph of a {}", "a microscopic image of {}", "{} in a blood smear", "a light micrograph of a {}"),
)
_LUNGS = (
    *("a chest x-ray of {}", "a chest x-ray showing {}", "chest x-ray with {}", "an x-ray of {}", "{} chest x-ray"),
    *("a chest radiograph showing {}", "a radiograph of {}", "a chest x-ray image of a patient with {}"),
    *("findings suggesting {}", "a {} chest x-ray", "an x-ray image showing {}"),
)
_NUCLEI = (
    *("a microscopy image with {}", "a microscope image of {}", "a fluorescence microscopy image of {}"),
    *("an image with {}", "a micrograph showing {}"),
)
_OF_KIND = {"cell": _CELL, "lungs": _LUNGS, "nuclei": _NUCLEI}
_KINDS: Mapping[str, tuple[str, ...]] = {
    "kind:digit": ("a digit", "a number", "a numeral"),
    "kind:letter": ("a letter", "a character", "a letter of the alphabet"),
    "kind:shape": ("a shape", "a geometric shape", "a drawing of shapes"),
    "kind:pattern": ("a pattern", "a texture", "a background"),
    "kind:cell": ("a blood cell", "a cell", "a microscope image", "a blood smear"),
    "kind:lungs": ("a chest x-ray", "an x-ray", "lungs", "a radiograph"),
    "kind:nuclei": ("cell nuclei", "nuclei", "a microscope image of cell nuclei"),
}

Caption = tuple[str, frozenset[str]]
"""Words, and the facts that they assert."""


def facts_vocabulary() -> tuple[str, ...]:
    """Every fact that a picture can carry, in a fixed order."""
    groups: Mapping[str, Sequence[str]] = {
        "digit": [str(digit) for digit in range(10)],
        "letter": LETTERS,
        "case": ("capital", "small"),
        "style": ("handwritten", "printed"),
        "colour": COLOURS,
        "shape": SHAPES,
        "fill": FILLS,
        "pattern": PATTERNS,
        "count": [str(count) for count in range(1, 6)],
        "size": SIZES,
        "ground": COLOURS,
    }
    listed = [f"{group}:{value}" for group, values in groups.items() for value in values]
    return (*listed, *NAMES, *_KINDS)


def describe(facts: frozenset[str], rng: np.random.Generator) -> Caption:
    """A caption that holds of a picture with these facts, drawn anew at each call."""
    found = dict(fact.split(":") for fact in facts)
    kind = found["kind"]
    if rng.random() < 0.04:
        return _pick(_KINDS[f"kind:{kind}"], rng), frozenset({f"kind:{kind}"})
    if kind == "digit":
        return _digit(found, rng)
    if kind == "letter":
        return _letter(found, rng)
    if kind == "shape":
        return _shape(found, rng)
    if kind == "pattern":
        return _pattern(found, rng)
    fact = f"{kind}:{found[kind]}"
    templates = _OF_KIND[kind]
    return _fill(_pick(NAMES[fact], rng), (*_GENERIC, *templates, *templates), rng), frozenset({fact})


def ask(pictures: Sequence[frozenset[str]], rng: np.random.Generator) -> list[list[Caption]]:
    """Questions such as "which digit?", each a list of its possible answers in one template that is drawn anew.

    The pairs of colour and shape that are asked for are those of the pictures, so a held-out pair never is.
    """
    template = _pick(_GENERIC, rng)
    digits = DIGIT_NAMES if rng.random() < 0.5 else [str(digit) for digit in range(10)]
    digit_template = _pick((*_GENERIC, *_DIGIT), rng)
    asked = [[(digit_template.format(name), frozenset({f"digit:{i}"})) for i, name in enumerate(digits)]]
    letter_template = _pick(_LETTER, rng)
    asked.append([(letter_template.format(letter), frozenset({f"letter:{letter}"})) for letter in LETTERS])
    noun = _pick((" shape", ""), rng)
    asked.append([(template.format(colour + noun), frozenset({f"colour:{colour}"})) for colour in COLOURS])
    asked.append([(template.format(shape), frozenset({f"shape:{shape}"})) for shape in SHAPES])
    asked.append([(template.format(f"{fill} shape"), frozenset({f"fill:{fill}"})) for fill in FILLS])
    counted = [f"{DIGIT_NAMES[count]} shape{'s' if count > 1 else ''}" for count in range(1, 6)]
    asked.append([(template.format(name), frozenset({f"count:{i + 1}"})) for i, name in enumerate(counted)])
    asked.append([(template.format(f"{x} pattern"), frozenset({f"pattern:{x}"})) for x in PATTERNS])
    for kind, templates in _OF_KIND.items():
        own = _pick((*_GENERIC, *templates, *templates), rng)
        facts = [fact for fact in NAMES if fact.startswith(f"{kind}:")]
        asked.append([(own.format(_pick(NAMES[fact], rng)), frozenset({fact})) for fact in facts])
    pairs = {tuple(sorted(fact for fact in facts if fact.startswith(("colour:", "shape:")))) for facts in pictures}
    together = [pair for pair in sorted(pairs) if len(pair) == 2]
    asked.append([(template.format(" ".join(x.split(":")[1] for x in pair)), frozenset(pair)) for pair in together])
    return asked


def _digit(found: Mapping[str, str], rng: np.random.Generator) -> Caption:
    digit = found["digit"]
    name = DIGIT_NAMES[int(digit)] if rng.random() < 0.5 else digit
    if rng.random() < 0.25:
        styled = _HANDWRITTEN if found["style"] == "handwritten" else _PRINTED
        return _fill(name, styled, rng), frozenset({f"digit:{digit}", f"style:{found['style']}"})
    return _fill(name, (*_GENERIC, *_DIGIT), rng), frozenset({f"digit:{digit}"})


def _letter(found: Mapping[str, str], rng: np.random.Generator) -> Caption:
    letter, case = found["letter"], found["case"]
    if rng.random() < 0.3:
        word = _pick(("capital", "upper case", "uppercase") if case == "capital" else ("small", "lower case"), rng)
        return f"a {word} letter {letter}", frozenset({f"letter:{letter}", f"case:{case}"})
    return _fill(letter, _LETTER, rng), frozenset({f"letter:{letter}"})


def _shape(found: Mapping[str, str], rng: np.random.Generator) -> Caption:
    asserted = set()

    def says(group: str, chance: float) -> bool:
        said = group in found and rng.random() < chance
        if said:
            asserted.add(f"{group}:{found[group]}")
        return said

    count = int(found["count"])
    words = []
    if says("count", 0.7 if count > 1 else 0.15):
        words.append(DIGIT_NAMES[count] if rng.random() < 0.6 else str(count))
    if says("size", 0.2):
        words.append(_pick({"small": ("small", "little"), "large": ("large", "big")}[found["size"]], rng))
    if says("fill", 0.25):
        words.append(found["fill"])
    if says("colour", 0.65):
        words.append("grey" if found["colour"] == "gray" and rng.random() < 0.3 else found["colour"])
    noun = found["shape"] if says("shape", 0.75) else _pick(("shape", "object"), rng)
    plural = {"cross": "crosses"}.get(noun, noun + "s")
    if not asserted:
        return _pick(_KINDS["kind:shape"], rng), frozenset({"kind:shape"})
    bare_colour = {group.split(":")[0] for group in asserted} == {"colour"} and rng.random() < 0.3
    phrase = _pick(("{}", "something {}", "the colour {}"), rng).format(words[-1]) if bare_colour else ""
    phrase = phrase or " ".join([*words, plural if count > 1 else noun])
    if says("ground", 0.15):
        phrase += f" on a {found['ground']} background"
    return _fill(phrase, _GENERIC, rng), frozenset(asserted)


def _pattern(found: Mapping[str, str], rng: np.random.Generator) -> Caption:
    asserted = {f"pattern:{found['pattern']}"}
    words = [found["pattern"]]
    if rng.random() < 0.5:
        asserted.add(f"colour:{found['colour']}")
        words.append(found["colour"])
    noun = _pick(("pattern", "texture", "background", "surface"), rng)
    return _fill(" ".join([*words, noun]), _GENERIC, rng), frozenset(asserted | {"kind:pattern"})


def _fill(name: str, templates: Sequence[str], rng: np.random.Generator) -> str:
    return _pick(templates, rng).format(name)


def _pick(choices: Sequence[str], rng: np.random.Generator) -> str:
    return choices[int(rng.integers(len(choices)))]


def vocabulary() -> set[str]:
    """Every word that a caption can hold."""
    nouns = {*SHAPES, *(f"{shape}s" for shape in SHAPES), "crosses", "shapes", "objects", "object", "shape", "grey"}
    said = [*_GENERIC, *_DIGIT, *_HANDWRITTEN, *_PRINTED, *_LETTER, *_CELL, *_LUNGS, *_NUCLEI, *DIGIT_NAMES, *LETTERS]
    said += [*COLOURS, *FILLS, *PATTERNS, *SIZES, *nouns, "little big something the colour on background surface"]
    said += [name for names in (*NAMES.values(), *_KINDS.values()) for name in names]
    said += ["capital upper case uppercase small lower letter pattern texture"]
    return {word for text in said for word in split_words(text.replace("{}", " "))}
