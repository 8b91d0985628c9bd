"""Groups of rows that belong together (a patient, a slide, a scene) and what crosses the splits."""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from zoo.data.dataset import Dataset
from zoo.errors import DataError

_PREFIX = re.compile(r"^(.*?[a-zA-Z]*\d+)[_\-. ]+[a-zA-Z]*\d+$")


def groups_by_pattern(dataset: Dataset, pattern: str) -> Dataset:
    """Groups by what the bracket of a pattern finds in the path of each picture.

    Raises:
        DataError: it is no pattern, or finds nothing in any path.
    """
    try:
        found = re.compile(pattern)
    except re.error as err:
        raise DataError(f"--group {pattern!r} is no pattern: {err}.", r"Write one such as '(patient\d+)_'.") from err
    told = [found.search(Path(str(path)).as_posix()) for path in dataset.inputs]
    groups = tuple(m.group(1) if m and found.groups else None for m in told)
    if not any(groups):
        raise DataError(
            f"--group {pattern!r} finds nothing in names such as {Path(str(dataset.inputs[0])).name!r}.",
            r"Put what names the group in brackets: '(patient\d+)_'.",
        )
    return replace(dataset, groups=groups, columns={**dataset.columns, "group": pattern})


def groups_by_folder(dataset: Dataset) -> Dataset:
    """Groups by the folder that a picture lies in."""
    groups = tuple(str(Path(str(path)).parent) for path in dataset.inputs)
    return replace(dataset, groups=groups, columns={**dataset.columns, "group": "folder"})


def crossing(dataset: Dataset) -> list[str]:
    """Groups that lie in more than one of the given splits."""
    if dataset.groups is None or dataset.splits is None:
        return []
    where: defaultdict[str, set[str]] = defaultdict(set)
    for group, split in zip(dataset.groups, dataset.splits, strict=True):
        if group is not None and split is not None:
            where[group].add(split)
    return sorted(group for group, splits in where.items() if len(splits) > 1)


def crossing_note(dataset: Dataset, name: str) -> list[str]:
    """A sentence where groups lie in more than one split."""
    across = crossing(dataset)
    if not across:
        return []
    shown = ", ".join(across[:3]) + (", …" if len(across) > 3 else "")
    return [
        f"{len(across):,} groups of column {name} lie in more than one split ({shown}): the test score would be too "
        "good; the given splits are not used for measuring."
    ]


def prefix_note(paths: Sequence[str]) -> list[str]:
    """A sentence where file names share prefixes with a number, which may be patients or scenes."""
    stems = [Path(path).stem for path in paths]
    found = Counter(m.group(1) for stem in stems if (m := _PREFIX.match(stem)))
    n = sum(found.values())
    if n < 0.9 * len(stems) or len(found) < 2 or len(found) > n / 2:
        return []
    one = found.most_common(1)[0][0]
    return [
        f"file names share {len(found):,} prefixes, such as {one}: if each is one patient or scene, keep it on one "
        rf"side: --group '([^/]*\d+)[_\-. ]+[a-zA-Z]*\d+\.'."
    ]
