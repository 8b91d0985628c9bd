"""Which column of a table is what: the picture, the text, the label, the group, the split.

What a user names is taken. The rest is guessed from names and from what the cells hold; each guess is a note with the
option that overrides it, and where two readings are as likely the user is asked.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from zoo.data.folders import split_of
from zoo.data.tables import Table
from zoo.errors import DataError

IMAGE_NAMES = (
    "image", "images", "image path", "image file", "image name", "image index", "image id", "img", "img path", "file",
    "filename", "file name", "filepath", "file path", "path", "picture", "photo", "dicom", "scan", "tile", "id", "uid",
    "name",
)  # fmt: skip
TEXT_NAMES = (
    "text", "body", "sentence", "content", "document", "review", "message", "abstract", "code", "func",
    "query", "question", "title", "comment", "tweet", "clause", "utterance", "post", "article", "headline",
    "description", "report", "note", "summary", "source code", "whole func string",
)  # fmt: skip
LABEL_NAMES = (
    "label", "labels", "class", "category", "topic", "target", "intent", "sentiment", "y", "classes", "categories",
    "class name", "label name", "label text", "class label", "tag", "tags", "finding", "findings", "finding labels",
    "diagnosis", "dx", "disease", "species", "breed", "genre", "emotion", "stance", "gold label", "grade", "severity",
    "annotation", "ground truth",
)  # fmt: skip
GROUP_NAMES = (
    "patient", "patientid", "subject", "participant", "person", "donor", "animal", "case", "slide", "specimen", "study",
    "series", "scene", "speaker", "author", "writer", "user", "document", "doc", "site", "group",
)  # fmt: skip
SPLIT_NAMES = ("split", "set", "subset", "partition", "phase", "usage", "fold", "split name")
PAIRS = (
    ("sentence1", "sentence2"), ("sentence 1", "sentence 2"), ("text1", "text2"), ("text 1", "text 2"),
    ("text a", "text b"), ("sentence a", "sentence b"), ("question1", "question2"), ("premise", "hypothesis"),
    ("question", "passage"), ("question", "context"), ("question", "sentence"), ("question", "answer"),
    ("question", "text"), ("query", "passage"), ("query", "document"), ("query", "code"), ("query", "text"),
    ("claim", "evidence"), ("tweet", "reply"), ("anchor", "positive"),
)  # fmt: skip
"""Columns that are two sides of one row."""
TITLES = (("title", "abstract"), ("title", "body"), ("title", "text"), ("title", "content"), ("title", "description"),
          ("headline", "body"), ("headline", "text"))  # fmt: skip
"""A short heading and its text: one text."""
_NO_LABEL = frozenset({
    *TEXT_NAMES, *SPLIT_NAMES, *GROUP_NAMES, "id", "index", "url", "date", "time", "lang", "language", "source", "sex",
    "gender", "age", "view", "view position", "width", "height", "idx", "row", "col", "column", "xmin", "ymin", "xmax",
    "ymax", "x", "size", "unnamed: 0", "title", "name", "premise", "hypothesis", "passage", "context", "answer",
} - {"answer", "group", "case", "user"})  # fmt: skip
_MASK_NAMES = ("mask", "mask path", "segmentation", "annotation path", "label path")
MANY_VALUES = 1000
"""More distinct values than this in a column are no classes that would be guessed."""


@dataclass(frozen=True)
class Columns:
    """Names of the columns in their roles; empty where a table has none of that role."""

    image: str | None = None
    text: tuple[str, ...] = ()
    """One column, or two: a pair, or a title and its text."""
    joined: bool = False
    """Whether two columns of texts make one text (a title and its body)."""
    label: tuple[str, ...] = ()
    """One column, or one for each class (one-hot)."""
    group: str | None = None
    split: str | None = None
    mask: str | None = None
    others: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()


@dataclass(frozen=True)
class Wanted:
    """What a user said of the columns; None: guess."""

    image: str | None = None
    text: str | Sequence[str] | None = None
    label: str | Sequence[str] | None = None
    group: str | None = None
    split: str | None = None


def plain(name: str) -> str:
    """A heading for comparison: lower case, words with blanks between.

    >>> plain("Image_Index "), plain("PatientID"), plain("imagePath")
    ('image index', 'patientid', 'image path')
    """
    spaced = re.sub(r"(?<=[a-z])(?=[A-Z][a-z])", " ", name.strip())
    return re.sub(r"[\s_\-./]+", " ", spaced).strip().lower()


def guess_columns(table: Table, wanted: Wanted, opens: Callable[[Sequence[Any]], float]) -> Columns:
    """The role of each column.

    Args:
        opens: share of the given cells that open as pictures, in [0, 1].

    Raises:
        DataError: a named column is not there, two columns could be meant, or there is neither picture nor text.
    """
    head = table.head()
    columns = list(table.columns)
    label = _named(table, wanted.label, "label")
    text = _named(table, wanted.text, "text")
    taken = {*label, *text}
    notes: list[str] = []
    group = None
    if wanted.group is not None and not is_pattern(wanted.group):
        group = table.column(wanted.group, "group")
    elif wanted.group is None and (group := _group(columns, taken, head)) is not None:
        notes.append(f"groups are those of column {group} (--group names another): no group is parted.")
    split = table.column(wanted.split, "split") if wanted.split is not None else _split(columns, taken, head)
    taken |= {c for c in (group, split) if c}
    image = table.column(wanted.image, "image") if wanted.image is not None else None
    if image is None and not text:
        image = _image(table, head, [c for c in columns if c not in taken], opens, notes)
    mask = None
    if image is not None:
        taken.add(image)
        mask = next(
            (c for c in columns if plain(c) in _MASK_NAMES and c not in taken and opens(head[c][:50]) > 0.5), None
        )
    joined = len(text) == 2 and (plain(text[0]), plain(text[1])) in TITLES
    if not label:
        label = _label(table, head, {*taken, *text, *([mask] if mask else [])}, image is not None, notes)
    taken |= {*label, *([mask] if mask else [])}
    left = [c for c in columns if c not in taken]
    if image is None and not text:
        text, joined = _texts(table, head, left, notes)
    elif image is not None and wanted.image is None and not text:
        _refuse_texts_beside(image, head, left)
    others = tuple(c for c in left if c not in text and plain(c) not in {*_NO_LABEL, *LABEL_NAMES} - {"answer"})
    return Columns(image, tuple(text), joined, tuple(label), group, split, mask, others, tuple(notes))


def is_pattern(group: str) -> bool:
    """Whether a group is a pattern for file names, such as `(patient\\d+)`, and no column."""
    return "(" in group and ")" in group


def _named(table: Table, given: str | Sequence[str] | None, role: str) -> tuple[str, ...]:
    if given is None:
        return ()
    if isinstance(given, str):
        if given in table.columns or "," not in given:
            return (table.column(given, role),)
        given = given.split(",")
    elif not isinstance(given, Sequence):
        given = (given,)
    return tuple(table.column(name if not isinstance(name, str) else name.strip(), role) for name in given)


def _filled(values: Sequence[Any]) -> list[Any]:
    return [v for v in values if not (v is None or (isinstance(v, (str, float)) and (v == "" or v != v)))]


def _split(columns: Sequence[str], taken: set[str], head: Mapping[str, list[Any]]) -> str | None:
    for column in columns:
        if plain(column) in SPLIT_NAMES and column not in taken:
            values = _filled(head[column])
            if values and sum(split_of(str(v)) is not None for v in values) > len(values) / 2:
                return column
    return None


def _group(columns: Sequence[str], taken: set[str], head: Mapping[str, list[Any]]) -> str | None:
    """The first usual name whose values repeat."""
    stems = {column: re.sub(r" ?(id|no|nr|number|name|uid|code)$", "", plain(column)) for column in columns}
    for usual in GROUP_NAMES:
        for column, stem in stems.items():
            if usual in (stem, plain(column)) and column not in taken:
                values = [v for v in _filled(head[column]) if isinstance(v, (str, int, float))]
                short = bool(values) and all(len(str(v)) <= 80 and len(str(v).split()) <= 5 for v in values)
                if short and len(set(values)) < len(values):
                    return column
    return None


def _image(
    table: Table,
    head: Mapping[str, list[Any]],
    columns: Sequence[str],
    opens: Callable[[Sequence[Any]], float],
    notes: list[str],
) -> str | None:
    """The column whose cells open as pictures."""

    def rank(column: str) -> int:
        name = plain(column)
        return IMAGE_NAMES.index(name) if name in IMAGE_NAMES else len(IMAGE_NAMES)

    found = {}
    for column in columns:
        if plain(column) in _MASK_NAMES:
            continue
        values = _filled(head[column])[:50]
        share = opens(values) if values else 0.0
        if share > 0.5:
            found[column] = share
    if not found:
        return None
    named = sorted(found, key=rank)
    if len(named) > 1 and rank(named[0]) == rank(named[1]) == len(IMAGE_NAMES):
        raise DataError(
            f"two columns of {table.name} hold pictures: {named[0]} and {named[1]}.",
            f"Say which is meant: --image {named[0]} (image={named[0]!r}).",
        )
    notes.append(f"pictures are those of column {named[0]} (--image names another).")
    return named[0]


def _label(
    table: Table, head: Mapping[str, list[Any]], taken: set[str], of_pictures: bool, notes: list[str]
) -> tuple[str, ...]:
    """The column of labels by its name; else columns of 0 and 1; else the only one of few values."""
    free = [c for c in table.columns if c not in taken]
    named = sorted((c for c in free if plain(re.sub(r"\.\d+$", "", c)) in LABEL_NAMES and _could_label(head[c])),
                   key=lambda c: LABEL_NAMES.index(plain(re.sub(r"\.\d+$", "", c))))  # fmt: skip
    if named:
        rivals = [c for c in named[1:] if not _same_partition(head[named[0]], head[c])]
        if rivals and not _outranks(named[0], rivals[0]):
            raise two_labels(table, named[0], rivals[0])
        chosen = named[0]
        if not rivals and len(named) > 1 and _are_numbers(head[chosen]) and not _are_numbers(head[named[1]]):
            chosen = named[1]  # the names of the same classes
        more = f"; {rivals[0]} is not used" if rivals else ""
        notes.append(f"labels are those of column {chosen} (--label names another{more}).")
        return (chosen,)
    hot = [c for c in free if _is_binary(head[c]) and plain(c) not in _NO_LABEL]
    if len(hot) > 1:
        shown = f"{', '.join(hot[:3])}{', …' if len(hot) > 3 else ''}"
        notes.append(f"labels are the {len(hot)} columns of 0 and 1 ({shown}); --label names others.")
        return tuple(hot)
    few = [c for c in free if plain(c) not in _NO_LABEL and _is_categorical(head[c])]
    if len(few) > 1:
        raise two_labels(table, few[0], few[1])
    if few:
        notes.append(f"labels are those of column {few[0]}, the only one of few values (--label names another).")
    return tuple(few)


def two_labels(table: Table, one: str, other: str) -> DataError:
    return DataError(
        f"two columns of {table.name} could be the label: {one} and {other}.",
        f"Say which is meant: --label {_quoted(one)} (label={one!r}).",
    )


def _quoted(name: str) -> str:
    return f"'{name}'" if " " in name else name


def _outranks(first: str, second: str) -> bool:
    """Whether the first says `label` outright and the second is but a usual name."""
    strong = ("label", "labels", "class", "target", "finding labels", "diagnosis")
    return plain(first) in strong and plain(second) not in (*strong, plain(first)) and "." not in second


def _could_label(values: Sequence[Any]) -> bool:
    """Whether cells are short enough for names of classes: a column `findings` may hold whole reports."""
    filled = _filled(values)
    if not filled:
        return False
    if any(isinstance(v, (bytes, dict)) for v in filled[:20]):
        return False
    words = sorted(len(str(v).split()) for v in filled)
    return words[len(words) // 2] <= 8


def _same_partition(one: Sequence[Any], other: Sequence[Any]) -> bool:
    """Whether two columns name the same classes, each in its way."""
    pairs = {(str(a), str(b)) for a, b in zip(one, other, strict=True)}
    return len(pairs) == len({a for a, _ in pairs}) == len({b for _, b in pairs})


def _are_numbers(values: Sequence[Any]) -> bool:
    return all(_number(v) is not None for v in _filled(values))


def _number(value: Any) -> float | None:
    if isinstance(value, bool):
        return float(value)
    try:
        return float(value)
    except (TypeError, ValueError):
        return None


_BINARY = frozenset({"0", "1", "0.0", "1.0", "-1", "-1.0", "true", "false"})


def _is_binary(values: Sequence[Any]) -> bool:
    """Whether cells are 0 or 1 (or -1, uncertain), some of them 1."""
    filled = _filled(values)
    if not all(isinstance(v, (str, int, float)) for v in filled):
        return False
    said = {str(v).strip().lower() for v in filled}
    return bool(said) and said <= _BINARY


def _is_categorical(values: Sequence[Any]) -> bool:
    """Whether cells repeat a few short values."""
    filled = _filled(values)
    if len(filled) < 4 or any(isinstance(v, (bytes, dict, list)) for v in filled[:20]):
        return False
    said = {str(v).strip() for v in filled}
    short = all(len(v) <= 60 and len(v.split()) <= 6 for v in said)
    return (
        short
        and 2 <= len(said) <= min(MANY_VALUES, len(filled) / 2)
        and not any("." in v and _number(v) is not None for v in said)
    )


def _texts(
    table: Table, head: Mapping[str, list[Any]], left: Sequence[str], notes: list[str]
) -> tuple[tuple[str, ...], bool]:
    """The column of texts, or two of them, and whether those two are one text."""
    by_name = {plain(c): c for c in reversed(left)}
    for first, second in TITLES:
        if first in by_name and second in by_name and _is_text(head[by_name[second]]):
            notes.append(f"texts are {first} and {second}, joined (--text names one).")
            return (by_name[first], by_name[second]), True
    for first, second in PAIRS:
        if first in by_name and second in by_name and all(_is_text(head[by_name[c]]) for c in (first, second)):
            notes.append(f"pairs of texts: {by_name[first]} and {by_name[second]} (--text names one).")
            return (by_name[first], by_name[second]), False
    usual = next((by_name[name] for name in TEXT_NAMES if name in by_name and _is_text(head[by_name[name]])), None)
    if usual is not None:
        also = [c for c in left if c != usual and plain(c) not in ("title", "url") and _is_prose(head[c])]
        more = f"; {also[0]} is a second text: --text {usual},{also[0]} reads both" if also else ""
        if plain(usual) != "text" or also:
            notes.append(f"texts are those of column {usual} (--text names another{more}).")
        return (usual,), False
    long = {c: sum(len(str(v)) for v in _filled(head[c])[:200]) for c in left if _is_text(head[c])}
    long = {c: n for c, n in long.items() if plain(c) not in (*LABEL_NAMES, *SPLIT_NAMES, "id", "index")}
    if not long:
        raise _neither(table, head)
    best = max(long, key=long.__getitem__)
    prose = [c for c in long if c != best and _is_prose(head[c])]
    if prose and long[prose[0]] > 0.5 * long[best]:
        raise DataError(
            f"two columns of {table.name} hold texts: {best} and {prose[0]}.",
            f"Say --text {_quoted(best)}, or --text {best},{prose[0]} for pairs.",
        )
    notes.append(f"texts are those of column {best} (--text names another).")
    return (best,), False


def _neither(table: Table, head: Mapping[str, list[Any]]) -> DataError:
    filled = [c for c in table.columns if _filled(head[c])]
    if len(filled) < len(table.columns):
        empty = next(c for c in table.columns if c not in filled)
        if plain(empty) in TEXT_NAMES:
            return DataError(
                f"column {empty!r} of {table.name} is empty in every row.",
                "Name the column that holds the texts: --text.",
            )
    return DataError(
        f"no column of {table.name} holds pictures or texts ({table.shown}).",
        "Name it: --image COLUMN for paths of pictures, or --text COLUMN.",
    )


def _is_text(values: Sequence[Any]) -> bool:
    """Whether cells are words and no numbers."""
    filled = _filled(values)
    return bool(filled) and sum(isinstance(v, str) and _number(v) is None for v in filled) > len(filled) / 2


def _is_prose(values: Sequence[Any]) -> bool:
    """Whether cells are sentences, nearly all different."""
    filled = [v for v in _filled(values) if isinstance(v, str)]
    if len(filled) < 2 or len(set(filled)) < 0.5 * len(filled):
        return False
    words = sorted(len(v.split()) for v in filled)
    return words[len(words) // 2] >= 4


def _refuse_texts_beside(image: str, head: Mapping[str, list[Any]], left: Sequence[str]) -> None:
    named = [c for c in left if plain(c) in TEXT_NAMES and _is_prose(head[c])]
    if named:
        raise DataError(
            f"columns {image} (pictures) and {named[0]} (texts) could both be the input.",
            f"Say --image {_quoted(image)} or --text {_quoted(named[0])}.",
        )
