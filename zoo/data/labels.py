"""What the cells of labels mean: one class, several, none of them, or a quantity that is no class.

`LabelCells` collects the distinct cells while a table is read and gives each row a number; `interpret` then says once
what each distinct cell means, so that two million rows cost no more than their distinct labels.
"""

from __future__ import annotations

import ast
import json
import unicodedata
from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from zoo.errors import DataError

NONE_OF_THEM = frozenset({"no finding", "no findings", "nofinding", "no_finding", "none", "no label", "no labels"})
"""A label that says that none of the others holds."""
MISSING = frozenset({"", "nan", "<na>", "null"})
_SEPARATORS = ("|", ";", ",")
_MOST_CELLS = 100_000
_QUANTITY_VALUES = 20
"""A column of numbers with decimals, or of more distinct numbers than this, is a quantity."""


@dataclass(frozen=True)
class Labels:
    """What the distinct cells mean.

    Attributes:
        names: for each distinct cell the classes that it names; None: no label.
    """

    kind: Literal["classification", "multilabel"]
    class_names: tuple[str, ...]
    names: tuple[tuple[str, ...] | None, ...]
    notes: tuple[str, ...] = ()

    def targets(self, cells: NDArray[np.int64]) -> NDArray[np.int64]:
        """(n,) or (n, c) targets of rows whose cells are these."""
        place = {name: i for i, name in enumerate(self.class_names)}
        if self.kind == "classification":
            table = np.array([-1 if not names else place[names[0]] for names in self.names] or [-1], dtype=np.int64)
            return np.asarray(table[cells])
        table = np.full((max(1, len(self.names)), len(self.class_names)), -1, dtype=np.int64)
        for row, names in zip(table, self.names, strict=False):
            if names is not None:
                row[:] = 0
                row[[place[name] for name in names]] = 1
        return np.asarray(table[cells])


class LabelCells:
    """The distinct cells of a column, in the order of their first row."""

    def __init__(self, columns: tuple[str, ...]) -> None:
        self.columns = columns
        self.of: dict[Any, int] = {}
        self.counts: Counter[int] = Counter()

    def add(self, cells: Sequence[Any]) -> list[int]:
        """The number of each cell.

        Raises:
            DataError: there are too many distinct ones for classes.
        """
        try:
            numbers = [self.of.setdefault(cell, len(self.of)) for cell in cells]
        except TypeError:  # lists
            numbers = [self.of.setdefault(_hashable(cell), len(self.of)) for cell in cells]
        self.counts.update(numbers)
        if len(self.of) > _MOST_CELLS:
            raise DataError(
                f"column {self.columns[0]!r} holds more than {_MOST_CELLS:,} different values: it names no classes.",
                "Name the column of the labels: --label COLUMN (label=...).",
            )
        return numbers


def _hashable(cell: Any) -> Any:
    if isinstance(cell, dict):
        return json.dumps(cell, sort_keys=True, default=str)
    return tuple(_hashable(c) for c in cell) if isinstance(cell, (list, tuple, set, np.ndarray)) else cell


def interpret(
    cells: LabelCells, *, separator: str | None = None, merge: bool = False, categories: Sequence[str] | None = None
) -> Labels:
    """The classes behind the distinct cells.

    Args:
        separator: what stands between several labels of one cell; "" for labels that stand alone; None: found out.
        merge: make one class of names that differ only in case, blanks, underscores or `.0`.
        categories: names behind whole numbers.

    Raises:
        DataError: the column holds a quantity, or both readings of a cell are likely.
    """
    notes: list[str] = []
    distinct = list(cells.of)
    if len(cells.columns) > 1:
        sets, kind = _of_columns(cells, notes)
    elif any(isinstance(cell, tuple) for cell in distinct):
        sets, kind = _of_lists(distinct, categories)
    else:
        texts = [_name(cell, categories) for cell in distinct]
        _refuse_quantities(cells, distinct, notes)
        listed = _written_lists(texts)
        if listed is not None:
            sets, kind = _of_lists(listed, categories)
        else:
            sets, kind = _of_texts(texts, cells, separator, notes)
    if kind == "multilabel":
        sets = _without_none(sets, notes)
        n_joined = sum(cells.counts[i] for i, s in enumerate(sets) if s is not None and len(s) > 1)
        notes.append(f"several labels a row are possible ({n_joined:,} rows have more than one): read as multi-label.")
    sets = _composed(sets, notes)
    weights = Counter[str]()
    for number, names in enumerate(sets):
        for name in names or ():
            weights[name] += cells.counts[number]
    sets = _alike(sets, weights, merge, notes)
    found = sorted({name for names in sets if names for name in names}, key=_natural)
    return Labels(kind, tuple(found), tuple(sets), tuple(notes))


def _natural(name: str) -> tuple[int, float, str]:
    """Whole numbers in their order, before words."""
    return (0, float(name), name) if name.isascii() and name.isdigit() else (1, 0.0, name)


_Sets = list[tuple[str, ...] | None]
_Kind = Literal["classification", "multilabel"]


def _name(cell: Any, categories: Sequence[str] | None) -> str:
    """A cell as a text; blanks at the ends stay for now."""
    if cell is None or cell != cell:
        return ""
    if categories and isinstance(cell, int) and not isinstance(cell, bool):
        return categories[cell] if 0 <= cell < len(categories) else ""
    if isinstance(cell, float) and cell.is_integer():
        return str(int(cell))  # a whole number that a table with a gap keeps as 1.0
    if isinstance(cell, bytes):
        return cell.decode("utf-8", "replace")
    return str(cell).encode("utf-8", "replace").decode()  # JSON can hold half a character


def _of_columns(cells: LabelCells, notes: list[str]) -> tuple[_Sets, _Kind]:
    """One column a class: its name where the cell says 1."""
    sets: _Sets = []
    n_uncertain = 0
    for number, row in enumerate(cells.of):
        said = [str(_name(cell, None)).strip().lower() for cell in row]
        n_uncertain += cells.counts[number] * any(s in ("-1", "-1.0") for s in said)
        if all(s in MISSING for s in said):
            sets.append(None)
        else:
            sets.append(tuple(c for c, s in zip(cells.columns, said, strict=True) if s in ("1", "1.0", "true", "yes")))
        strange = next(
            (
                s
                for s in said
                if s not in MISSING | {"0", "0.0", "false", "no", "1", "1.0", "true", "yes", "-1", "-1.0"}
            ),
            None,
        )
        if strange is not None:
            raise DataError(
                f"the columns {', '.join(cells.columns[:3])} hold {strange!r}, want 0 or 1.",
                "Name one column of labels, or columns of 0 and 1: --label COLUMN.",
            )
    if n_uncertain:
        notes.append(f"{n_uncertain:,} rows hold -1 (uncertain): taken as absent.")
    single = all(s is None or len(s) == 1 for s in sets)
    if single:
        notes.append("every row has exactly one 1: read as one class a row.")
    return sets, "classification" if single else "multilabel"


def _of_lists(distinct: Sequence[Any], categories: Sequence[str] | None) -> tuple[_Sets, _Kind]:
    sets: _Sets = []
    for cell in distinct:
        if cell is None or cell == "":
            sets.append(None)
            continue
        parts = cell if isinstance(cell, (tuple, list)) else (cell,)
        names = [_name(part, categories).strip() for part in parts]
        sets.append(tuple(dict.fromkeys(name for name in names if name.lower() not in MISSING)))
    single = all(s is None or len(s) == 1 for s in sets)
    return sets, "classification" if single else "multilabel"


def _written_lists(texts: Sequence[str]) -> list[Any] | None:
    """The lists that texts such as "['a', 'b']" or '["a"]' write out; None where they do not."""
    filled = [t for t in texts if t.strip()]
    if not filled or not all(t.strip().startswith("[") and t.strip().endswith("]") for t in filled):
        return None
    found: list[Any] = []
    for text in texts:
        if not text.strip():
            found.append(None)
            continue
        if len(text) > 10_000:
            return None
        try:
            value = json.loads(text)
        except ValueError:
            try:
                value = ast.literal_eval(text.strip())
            except (ValueError, SyntaxError, MemoryError, RecursionError):
                return None
        if not isinstance(value, list):
            return None
        found.append(tuple(map(str, value)))
    return found


def _of_texts(texts: Sequence[str], cells: LabelCells, separator: str | None, notes: list[str]) -> tuple[_Sets, _Kind]:
    """One label a cell, or several with a separator between."""
    column = cells.columns[0]
    mark = separator
    if mark is None:
        mark = next((m for m in _SEPARATORS if _separates(m, texts, column)), "")
    n_blank = sum(cells.counts[i] for i, t in enumerate(texts) if t != t.strip() and t.strip())
    if n_blank and not mark:
        notes.append(f"{n_blank:,} labels have blanks before or after them: taken as the same without.")
    if not mark:
        return [None if t.strip().lower() in MISSING else (t.strip(),) for t in texts], "classification"
    sets: _Sets = []
    for text in texts:
        names = tuple(dict.fromkeys(part.strip() for part in text.split(mark) if part.strip()))
        sets.append(None if not names or text.strip().lower() in MISSING else names)
    n_empty = sum(cells.counts[i] for i, s in enumerate(sets) if s is None)
    empty = f"; {n_empty:,} rows with nothing are unlabelled, not 'none of them'" if n_empty else ""
    notes.append(f"labels of column {column} are parted at {mark!r} (--separator '' keeps them whole){empty}.")
    return sets, "multilabel"


def _separates(mark: str, texts: Sequence[str], column: str) -> bool:
    """Whether cells with this mark hold several labels: their parts come back in other cells.

    Raises:
        DataError: some do and most do not, with a mark that seldom stands in a name.
    """
    filled = [t for t in texts if t.strip()]
    joined = [t for t in filled if mark in t.strip(f"{mark} ")]
    if not joined:
        return False
    where: defaultdict[str, set[int]] = defaultdict(set)
    for number, text in enumerate(filled):
        for part in text.split(mark):
            if part.strip():
                where[part.strip()].add(number)
    parts = {part.strip() for t in joined for part in t.split(mark) if part.strip()}
    shared = sum(len(where[part]) > 1 for part in parts) / len(parts)
    if mark == ",":
        return shared > 0.6 and len(where) < len(filled)
    if shared >= 0.5:
        return True
    if mark == "|" or (mark == ";" and len(joined) > 1):
        raise DataError(
            f"labels of column {column!r} such as {joined[0]!r} may be one class or several.",
            f"Say which: --separator '{mark}' for several, --separator '' for one.",
        )
    return False


def _refuse_quantities(cells: LabelCells, distinct: Sequence[Any], notes: list[str]) -> None:
    """Refuse numbers that measure and do not name; of those that may be grades it is said that no order is used.

    Raises:
        DataError: numbers with decimals, or many different ones.
    """
    numbers = []
    for cell in distinct:
        if isinstance(cell, bool):
            return
        text = _name(cell, None).strip()
        if text.lower() in MISSING:
            continue
        try:
            numbers.append(float(text))
        except ValueError:
            return
    n_rows = sum(cells.counts.values())
    broken = [n for n in numbers if not float(n).is_integer()]
    many = len(numbers) > max(_QUANTITY_VALUES, 0.2 * n_rows)
    if broken or (many and len(numbers) > _QUANTITY_VALUES):
        shown = f"{min(numbers):g} to {max(numbers):g}"
        raise DataError(
            f"column {cells.columns[0]!r} holds {len(numbers):,} different numbers ({shown}): a quantity, no classes. "
            "Regression is not what zoo does.",
            "Cut it into ranges with names of their own, or name another column: --label COLUMN.",
        )
    if len(numbers) > 2:
        notes.append(f"labels are whole numbers ({min(numbers):g} to {max(numbers):g}): classes without an order.")


def _without_none(sets: _Sets, notes: list[str]) -> _Sets:
    """`No Finding` is none of the others, where it stands alone."""
    alone = {names[0] for names in sets if names and len(names) == 1 and names[0].lower() in NONE_OF_THEM}
    beside = {name for names in sets if names and len(names) > 1 for name in names}
    none = alone - beside
    if not none:
        return sets
    notes.append(f"{', '.join(map(repr, sorted(none)))} is read as none of the classes.")
    return [() if names and names[0] in none else names for names in sets]


def _composed(sets: _Sets, notes: list[str]) -> _Sets:
    """Letters with accents in one spelling: two that look alike are the same."""
    before = {name for names in sets if names for name in names}
    after = {unicodedata.normalize("NFC", name) for name in before}
    if len(after) < len(before):
        notes.append("class names that differ only in how accents are stored are the same.")
    return [None if s is None else tuple(dict.fromkeys(unicodedata.normalize("NFC", n) for n in s)) for s in sets]


def alike_names(names: Sequence[str]) -> list[tuple[str, ...]]:
    """Groups of names that differ only in case, blanks, underscores or `.0`."""
    groups: defaultdict[str, list[str]] = defaultdict(list)
    for name in names:
        key = " ".join(name.casefold().replace("_", " ").replace("-", " ").split())
        groups[key.removesuffix(".0") if key[:1].isdigit() else key].append(name)
    return [tuple(group) for group in groups.values() if len(group) > 1]


def _alike(sets: _Sets, weights: Mapping[str, int], merge: bool, notes: list[str]) -> _Sets:
    same = alike_names(sorted(weights))
    if not same:
        return sets
    shown = "; ".join(" / ".join(group) for group in same[:3])
    if not merge:
        notes.append(f"class names differ only in case, blanks or '.0': {shown}. --merge-labels makes each one class.")
        return sets
    to = {name: max(group, key=lambda n: weights[n]) for group in same for name in group}
    notes.append(f"class names made one: {shown}.")
    return [None if s is None else tuple(dict.fromkeys(to.get(n, n) for n in s)) for s in sets]
