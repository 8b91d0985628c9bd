"""What the folders of pictures mean: splits, classes, wrappers."""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

from zoo.data.dataset import Split
from zoo.errors import DataError

_SPLIT_WORDS: Mapping[str, Split] = {
    **dict.fromkeys((
        "train", "training", "trn", "tr", "treino", "treinamento", "entrenamiento", "entrainement", "entraînement",
        "apprentissage", "addestramento", "trainset", "trainval", "训练", "训练集", "訓練",
    ), "train"),
    **dict.fromkeys((
        "val", "valid", "validation", "validating", "dev", "development", "eval", "evaluation", "valset", "validacao",
        "validação", "validacion", "validación", "validierung", "validazione", "验证", "验证集", "検証",
    ), "val"),
    **dict.fromkeys((
        "test", "testing", "tst", "teste", "prueba", "pruebas", "testset", "holdout", "heldout", "测试", "测试集",
        "テスト",
    ), "test"),
}  # fmt: skip
_NEUTRAL = frozenset({
    "set", "data", "dataset", "images", "image", "imgs", "img", "seg", "split", "folder", "pictures", "pics", "photos",
    "files", "full", "all", "raw", "real", "new", "final", "cropped", "resized", "jpg", "png", "labeled", "labelled",
    "out",
})  # fmt: skip
"""Words beside `train` or `test` in the name of a folder that is still a split."""
UNLABELLED = frozenset({"unlabelled", "unlabeled", "unsorted", "unknown_label", "unsup"})
_NOT_A_CLASS = frozenset({
    "images", "image", "imgs", "img", "pictures", "photos", "files", "data", "raw", "frames", "jpegimages", "jpg",
    "png", "dataset", "pics",
})  # fmt: skip
"""A folder of this name that stands alone holds pictures, not a class."""

Place = tuple[str | None, Split | None]
"""(label, split) of one picture."""


def split_of(name: str) -> Split | None:
    """The split that a folder, file or cell names, in its many spellings; None for any other word.

    >>> split_of("training_set"), split_of("val2017"), split_of("seg_test"), split_of("train_station")
    ('train', 'val', 'test', None)
    """
    text = name.strip().lower().replace("held_out", "heldout").replace("hold_out", "holdout")
    words = [word for word in re.split(r"[\s_\-.]+", re.sub(r"\d+$", "", text)) if word]
    found = {_SPLIT_WORDS[word] for word in words if word in _SPLIT_WORDS}
    rest = [word for word in words if word not in _SPLIT_WORDS and not word.isdigit()]
    return found.pop() if len(found) == 1 and all(word in _NEUTRAL for word in rest) else None


def splits_among(names: Iterable[str]) -> dict[str, Split]:
    """Name -> split of those names that are splits, told from each other: `xray_train` beside `xray_test`, too."""
    told = {name: split for name in names if (split := split_of(name)) is not None}
    rest: defaultdict[str, dict[str, Split]] = defaultdict(dict)
    for name in names:
        words = re.split(r"[\s_\-.]+", name.strip().lower())
        found = [word for word in words if word in _SPLIT_WORDS]
        if len(found) == 1 and name not in told:
            rest[" ".join(word for word in words if word != found[0])][name] = _SPLIT_WORDS[found[0]]
    for same in rest.values():
        if len(set(same.values())) > 1:
            told |= same
    return told


@dataclass(frozen=True)
class Layout:
    """Where each picture belongs."""

    place: Mapping[Path, Place]
    notes: tuple[str, ...]
    class_folders: frozenset[Path]
    """Folders that hold the pictures of a class, those without one as well."""
    depth: int = 0

    @property
    def has_labels(self) -> bool:
        return any(label is not None for label, _ in self.place.values())


def layout(root: Path, paths: Iterable[Path], empty: Iterable[Path] = (), level: int | None = None) -> Layout:
    """(label, split) of each picture, from the folders above it.

    Args:
        empty: folders without pictures; those that stand where classes stand are classes without any.
        level: which folder names the class, from 1 below `root`; None: found out.

    Raises:
        DataError: two levels could be the classes, and `level` does not say which.
    """
    parts = {path: path.relative_to(root).parts[:-1] for path in paths}
    if level is not None:
        return _at_level(parts, level)
    notes: list[str] = []
    depth = _wrappers(list(parts.values()))
    inside = {path: p[depth:] if len(p) >= depth else () for path, p in parts.items()}
    tops = {p[0] for p in inside.values() if p}
    splits = splits_among(tops)
    kinds = set(splits.values())
    if not (kinds and (len(kinds) > 1 or tops <= splits.keys() | UNLABELLED)):
        splits = {}
    place: dict[Path, Place] = {}
    below: dict[Path, tuple[str, ...]] = {}
    n_outside = 0
    for path, p in inside.items():
        split = splits.get(p[0]) if p else None
        outside = bool(splits) and split is None
        n_outside += outside and not (p and p[0].lower() in UNLABELLED)
        below[path] = () if outside else p[1:] if split else p
        place[path] = (None, split)
    n_skipped = _wrappers(list(below.values()))
    below = {path: p[n_skipped:] for path, p in below.items()}
    by_class = _splits_below_classes(below) if not splits else {}
    if by_class:
        notes.append("splits are the folders below each class.")
    else:
        _refuse_two_levels(below)
    for path, p in below.items():
        label = p[0] if p and p[0].lower() not in UNLABELLED else None
        split = place[path][1] or (by_class.get(p[1]) if len(p) > 1 else None)
        place[path] = (label, split)
    if {label.lower() for label, _ in place.values() if label is not None} <= _NOT_A_CLASS:
        place = {path: (None, split) for path, (_, split) in place.items()}
    if splits:
        shown = ", ".join(
            f"{name} ({splits[name]})" if name.lower() != splits[name] else name for name in sorted(splits)
        )
        notes += (
            [f"splits are the folders {shown}."]
            if any(n.lower() not in ("train", "val", "test") for n in splits)
            else []
        )
    if n_outside:
        notes.append(f"{n_outside:,} pictures lie outside the split folders and are taken as unlabelled.")
    loose = sum(label is None for label, _ in place.values())
    if loose and loose < len(place) and not n_outside:
        notes.append(f"{loose:,} pictures lie beside the class folders and are taken as unlabelled.")
    notes += _on_deeper(below, by_class)
    at = depth + bool(splits) + n_skipped
    folders = {root.joinpath(*parts[path][: at + 1]) for path, (label, _) in place.items() if label is not None}
    if folders:
        parents = {folder.parent for folder in folders}
        folders |= {f for f in empty if f.parent in parents and split_of(f.name) is None}
    return Layout(place, tuple(notes), frozenset(folders), at)


def _at_level(parts: Mapping[Path, tuple[str, ...]], level: int) -> Layout:
    place: dict[Path, Place] = {}
    names = splits_among({name for p in parts.values() for place_, name in enumerate(p) if place_ != level - 1})
    for path, p in parts.items():
        split = next((names[name] for number, name in enumerate(p) if number != level - 1 and name in names), None)
        place[path] = (p[level - 1] if len(p) >= level else None, split)
    if not any(label for label, _ in place.values()):
        raise DataError(
            f"no picture lies {level} folders deep.", "Name a level that holds folders: --label 'folder 1'."
        )
    return Layout(place, (f"classes are the folders of level {level}.",), frozenset(), level - 1)


def _wrappers(parts: list[tuple[str, ...]]) -> int:
    """Folders at the top that hold everything but loose files: left by an unpacked archive, or called `images`."""
    n = 0
    deep = [p for p in parts if p]
    while deep:
        names = {p[n] for p in deep}
        if len(names) > 1 or split_of(name := next(iter(names))) is not None:
            break
        further = [p for p in deep if len(p) > n + 1]
        if not further or (len(further) < len(deep) and name.lower() not in _NOT_A_CLASS):
            break
        n, deep = n + 1, further
    return n


def _splits_below_classes(below: Mapping[Path, tuple[str, ...]]) -> dict[str, Split]:
    """Name -> split where every class folder holds the same split folders: cat/train, cat/test, dog/train, ..."""
    of_class: defaultdict[str, set[str]] = defaultdict(set)
    for p in below.values():
        if p:
            of_class[p[0]].add(p[1] if len(p) > 1 else "")
    names = {name for under in of_class.values() for name in under if name}
    told = splits_among(names)
    is_split = len(of_class) > 1 and bool(names) and names == told.keys() and len(set(told.values())) > 1
    return told if is_split else {}


def _refuse_two_levels(below: Mapping[Path, tuple[str, ...]]) -> None:
    """Refuse where the second level repeats the same few names below every folder of the first.

    Raises:
        DataError: patient/class and class/part cannot be told apart.
    """
    under: defaultdict[str, set[str]] = defaultdict(set)
    for p in below.values():
        if len(p) > 1:
            under[p[0]].add(p[1])
    tops = {p[0] for p in below.values() if p}
    seconds = Counter(name for names in under.values() for name in names)
    shared = [name for name, n in seconds.items() if n > 1]
    if len(tops) > 1 and len(seconds) > 1 and len(shared) == len(seconds) and len(under) == len(tops):
        one, other = sorted(tops)[:2], sorted(seconds)[:2]
        raise DataError(
            f"folders {one[0]}, {one[1]}, … and, below each, {other[0]}, {other[1]}, … could both be the classes.",
            "Say which level names the class: --label 'folder 1' or --label 'folder 2'.",
        )


def _on_deeper(below: Mapping[Path, tuple[str, ...]], by_class: Mapping[str, Split]) -> list[str]:
    """A word on folders below the classes, which may be patients or series."""
    deeper = {p[:2] for p in below.values() if len(p) > 1 and p[1] not in by_class}
    if not deeper:
        return []
    one = "/".join(sorted(deeper)[0])
    return [
        f"{len(deeper):,} folders lie below class folders, such as {one}: if each is one patient or scene, "
        "--group folder keeps it on one side."
    ]
