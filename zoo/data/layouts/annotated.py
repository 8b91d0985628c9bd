"""Annotations beside pictures: COCO and YOLO files become the classes that occur in a picture; masks are paired."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from zoo.data.columns import Wanted
from zoo.data.dataset import Dataset
from zoo.data.folders import split_of
from zoo.data.joining import joined
from zoo.data.picture_set import picture_set
from zoo.data.table_data import Reading, table_data
from zoo.data.tables import Table
from zoo.data.tables.json_lines import rows_table
from zoo.data.walk import Files

_BOXES = "boxes and outlines are not used: the labels of a picture are the classes that occur in it."
_IMAGE_FOLDERS = frozenset({"images", "image", "imgs", "img", "jpegimages"})
_MASK_FOLDERS = frozenset(
    {"masks", "mask", "labels", "annotations", "segmentation", "segmentations", "gt", "groundtruth", "ground_truth"}
)
_MOST_JSON_BYTES = 1 << 30


def coco_table(path: Path) -> Table | None:
    """The table of a COCO file: a row a picture, with the names of its categories; None if it is no such file."""
    try:
        if path.stat().st_size > _MOST_JSON_BYTES or b'"images"' not in path.open("rb").read(1 << 22):
            return None
        told = json.loads(path.read_bytes())
        images, categories = told["images"], {c["id"]: str(c["name"]) for c in told["categories"]}
        names = {image["id"]: str(image["file_name"]) for image in images}
        found: defaultdict[Any, list[str]] = defaultdict(list)
        for each in told["annotations"]:
            found[each["image_id"]].append(categories[each["category_id"]])
    except (ValueError, KeyError, TypeError, OSError, RecursionError):
        return None
    rows = [{"file": name, "label": sorted(set(found[key]))} for key, name in names.items()]
    has_boxes = any("bbox" in each or "segmentation" in each for each in told["annotations"][:100])
    return rows_table(path.name, rows, path.parent).noting(*([_BOXES] if has_boxes else []))


def annotated(files: Files, wanted: Wanted, reading: Reading) -> Dataset | None:
    """The data set of pictures with COCO or YOLO annotations, or with masks; None without any."""
    found: list[tuple[Path, Table]] = []
    for path in files.others:
        if path.suffix.lower() == ".json" and (table := coco_table(path)) is not None:
            found.append((path, table))
    if not found and (table := _yolo_table(files)) is not None:
        return table_data(table, wanted, reading, source=str(files.root), pictures=files.pictures)
    if found:
        parts = []
        for path, table in found:
            split = split_of(path.stem.removeprefix("instances_").removeprefix("_annotations")) or split_of(
                path.parent.name
            )
            part = Reading(reading.separator, reading.merge, split)
            parts.append(table_data(table, wanted, part, source=str(files.root), pictures=files.pictures))
        return joined(parts, [path.name for path, _ in found])
    return _with_masks(files)


def _yolo_table(files: Files) -> Table | None:
    """A row a picture that has a text file of the same name below `labels/`, whose lines begin with a class."""
    texts = {p.stem: p for p in files.others if p.suffix.lower() == ".txt" and "labels" in (q.lower() for q in p.parts)}
    if not texts:
        return None
    names = _yolo_names(files)
    rows: list[dict[str, Any]] = []
    for picture in files.pictures:
        if picture.stem not in texts:
            continue
        try:
            lines = [line.split() for line in texts[picture.stem].read_text().splitlines() if line.strip()]
            codes = sorted({int(line[0]) for line in lines if len(line) >= 5})
        except (OSError, ValueError, UnicodeDecodeError):
            return None
        split = next((s for part in reversed(picture.parts[:-1]) if (s := split_of(part)) is not None), None)
        label = [names[code] if code < len(names) else str(code) for code in codes]
        rows.append({"file": str(picture), "label": label, "split": split})
    if len(rows) < len(files.pictures) / 2:
        return None
    return rows_table(f"{files.root.name}/labels", rows, files.root).noting(_BOXES)


def _yolo_names(files: Files) -> list[str]:
    import yaml

    for path in files.others:
        if path.suffix.lower() in (".yaml", ".yml") and path.stat().st_size < 1 << 20:
            try:
                names = (yaml.safe_load(path.read_text()) or {}).get("names")
            except (yaml.YAMLError, OSError, AttributeError, UnicodeDecodeError):
                continue
            if isinstance(names, dict):
                return [str(names[key]) for key in sorted(names)]
            if isinstance(names, list):
                return [str(name) for name in names]
    return []


def _with_masks(files: Files) -> Dataset | None:
    """Pictures of a folder `images` with masks of the same name in a folder `masks` beside it."""
    kinds: defaultdict[str, dict[str, Path]] = defaultdict(dict)
    for path in files.pictures:
        for number, part in enumerate(path.relative_to(files.root).parts[:-1]):
            kind = "image" if part.lower() in _IMAGE_FOLDERS else "mask" if part.lower() in _MASK_FOLDERS else ""
            if kind:
                rest = (
                    *path.relative_to(files.root).parts[:number],
                    *path.relative_to(files.root).parts[number + 1 : -1],
                )
                stem = path.stem.removesuffix("_mask").removesuffix("_segmentation").removesuffix("_gt")
                kinds[kind]["/".join((*rest, stem))] = path
                break
    both = sorted(kinds["image"].keys() & kinds["mask"].keys())
    if len(both) < 2 or len(both) < len(kinds["image"]) / 2:
        return None
    paths = sorted(kinds["image"])
    masks = tuple(str(kinds["mask"][key]) if key in kinds["mask"] else None for key in paths)
    splits = tuple(
        next((s for p in kinds["image"][key].parts if (s := split_of(p)) is not None), None) for key in paths
    )
    dataset = Dataset(
        modality="image",
        kind="segmentation",
        inputs=[str(kinds["image"][key]) for key in paths],
        class_names=(),
        targets=np.array([0 if mask else -1 for mask in masks], dtype=np.int64),
        masks=masks,
        splits=splits if any(splits) else None,
        source=str(files.root),
        notes=(*files.notes(), f"masks are the {len(both):,} pictures of the same names beside them: segmentation."),
    )
    return picture_set(dataset)


def mask_files(pictures: Sequence[Path]) -> list[Path]:
    """Pictures that are masks of others by their names: `a_mask.png` beside `a.png`."""
    stems = {(p.parent, p.stem) for p in pictures}
    found = [
        p for p in pictures
        for end in ("_mask", "_segmentation")
        if p.stem.endswith(end) and (p.parent, p.stem.removesuffix(end)) in stems
    ]  # fmt: skip
    return found if len(found) >= 2 else []
