"""The stored form of the rooms: one npz file, written when the prior is fitted and read a room at a time.

Numbers are kept as short as the ranking allows, and words as one compressed text beside them.
"""

from __future__ import annotations

import gzip
import json
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from ..task.datasets import DATA, Datasets
from .calibration import Checks
from .factor_model import Strengths
from .table import Column, Room, chances

_COLUMN_FIELDS = ("dataset", "metric", "protocol", "condition", "source", "version", "language", "group")


def pack(rooms: Sequence[Room], extra: Mapping[str, Any]) -> dict[str, np.ndarray[Any, Any]]:
    """Arrays of one npz file; results are stored once a cell, as their row, column, value and score."""
    arrays: dict[str, np.ndarray[Any, Any]] = {}
    words: dict[str, Any] = {"rooms": [room.name for room in rooms], **extra}
    for room in rooms:
        row, column = np.nonzero(room.seen)
        s = room.strengths
        arrays |= {
            f"{room.name}_row": row.astype(np.uint16),
            f"{room.name}_column": column.astype(np.uint16),
            f"{room.name}_value": np.round(room.values[row, column] * 20000).astype(np.int16),
            f"{room.name}_score": np.round(room.scores[row, column] * 8000).astype(np.int16),
            f"{room.name}_phi": room.phi.astype(np.float16),
            f"{room.name}_x": room.x.astype(np.float16),
            f"{room.name}_covariance": s.covariance,
            f"{room.name}_from_facts": s.from_facts,
            f"{room.name}_numbers": np.stack([s.mean, s.scale, s.noise, s.crowd, room.level[:, 0], room.level[:, 1]]),
            f"{room.name}_check_scores": room.checks.scores,
            f"{room.name}_check_group": room.checks.group.astype(np.uint16),
            f"{room.name}_check_misses": room.checks.misses,
            f"{room.name}_check_size": room.checks.size,
            f"{room.name}_check_realised": room.checks.realised,
            f"{room.name}_check_printed": room.checks.printed,
        }
        listed = {name: [getattr(column, name) for column in room.columns] for name in _COLUMN_FIELDS}
        words[room.name] = {
            "models": room.models,
            "vocabulary": room.vocabulary,
            "columns": listed,
            "check_groups": room.checks.groups,
            "check_kinds": room.checks.kind,
            "check_sources": room.checks.source,
        }
    arrays["words"] = np.frombuffer(gzip.compress(json.dumps(words).encode(), mtime=0), dtype=np.uint8)
    return arrays


def unpack(room: str, datasets: Datasets) -> tuple[Room, dict[str, Any]]:
    """The stored room of this name, and the words stored beside the rooms."""
    with (DATA / "prior.npz").open("rb") as handle, np.load(handle) as stored:
        words = json.loads(gzip.decompress(stored["words"].tobytes()))
        told = words[room]
        columns = tuple(Column(*fields) for fields in zip(*(told["columns"][n] for n in _COLUMN_FIELDS), strict=True))
        shape = (len(told["models"]), len(columns))
        cells = stored[f"{room}_row"], stored[f"{room}_column"]
        values, scores = np.full(shape, np.nan, np.float32), np.full(shape, np.nan, np.float32)
        values[cells] = stored[f"{room}_value"].astype(np.float32) / 20000
        scores[cells] = stored[f"{room}_score"].astype(np.float32) / 8000
        mean, scale, noise, crowd, intercept, slope = stored[f"{room}_numbers"]
        return (
            Room(
                name=room,
                models=tuple(told["models"]),
                columns=columns,
                vocabulary=tuple(told["vocabulary"]),
                values=values,
                scores=scores,
                phi=stored[f"{room}_phi"].astype(np.float32),
                x=stored[f"{room}_x"].astype(np.float32),
                strengths=Strengths(
                    stored[f"{room}_covariance"], stored[f"{room}_from_facts"], mean, scale, noise, crowd
                ),
                level=np.stack([intercept, slope], axis=1),
                chance=chances(columns, [datasets.by_name[column.dataset] for column in columns]),
                checks=Checks(
                    tuple(told["check_groups"]),
                    stored[f"{room}_check_scores"],
                    stored[f"{room}_check_group"].astype(np.int64),
                    tuple(told["check_kinds"]),
                    tuple(told["check_sources"]),
                    stored[f"{room}_check_size"],
                    stored[f"{room}_check_misses"],
                    stored[f"{room}_check_realised"],
                    stored[f"{room}_check_printed"],
                ),
                facts={column.dataset: datasets.by_name[column.dataset] for column in columns},
            ),
            {key: value for key, value in words.items() if key not in words["rooms"]},
        )
