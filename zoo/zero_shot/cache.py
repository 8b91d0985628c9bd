"""Classifiers on disk, so that a second call encodes no text and a changed one only what changed.

A file holds the unit vectors of one template for many class names, under a name made of everything that
they depend on: the weights, the tokenizer, the type that the tower computed in, and the template. A whole
classifier, once averaged, is kept as one more file.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
import warnings
from collections.abc import Mapping, Sequence
from pathlib import Path
from tempfile import NamedTemporaryFile
from typing import TYPE_CHECKING

from zoo.cache import digest, own_cache

if TYPE_CHECKING:
    import torch

    from zoo.encoder import Encoder

_LAYOUT = 2
"""Grows when older files would be wrong."""
_PROBE = "A photo of 2 grey cats, über-blurry!"
MOST_BYTES = 1 << 30
"""Files are dropped, the longest unused first, when together they are larger."""


def cache_folder() -> Path:
    """`$ZOO_CACHE/classifiers`, else below `$XDG_CACHE_HOME` or `~/.cache`."""
    return own_cache() / "classifiers"


def text_identity(encoder: Encoder, weights_sha256: str, dtype: str) -> str:
    """A hash of what an encoder's text vectors depend on, beside the text.

    The tokenizer counts by what it does to a sentence, and the library by its version.
    """
    from importlib.metadata import PackageNotFoundError, version

    packages = {"open_clip": "open_clip_torch", "bundled": "open_clip_torch", "transformers": "transformers"}
    try:
        library = version(packages.get(encoder.loader, "torch"))
    except PackageNotFoundError:
        library = None
    ids = encoder.tokenize([_PROBE])["input_ids"][0].tolist()
    return digest([_LAYOUT, encoder.card.id, encoder.loader, library, weights_sha256, dtype, ids])


class Columns:
    """The vectors of (template, name) pairs that one text tower made, in a folder."""

    def __init__(self, folder: Path, identity: str) -> None:
        self._folder = folder
        self._identity = identity

    def read(self, template: str) -> dict[str, torch.Tensor]:
        """(d) unit vector by class name; empty if nothing is kept of this template."""
        found = self._load(self._path("column", template))
        if found is None:
            return {}
        names, rows = found
        return dict(zip(names, rows, strict=True))

    def write(self, template: str, vectors: Mapping[str, torch.Tensor]) -> None:
        """Keep the vectors of a template, in place of those before."""
        import torch

        names = list(vectors)
        self._save(self._path("column", template), names, torch.stack([vectors[name] for name in names]))

    def read_classifier(self, slots: Sequence[Sequence[tuple[str, str]]]) -> torch.Tensor | None:
        """(c, d) rows of a classifier made of these prompts of each class."""
        found = self._load(self._path("classifier", slots))
        return None if found is None or found[1].shape[0] != len(slots) else found[1]

    def write_classifier(self, slots: Sequence[Sequence[tuple[str, str]]], rows: torch.Tensor) -> None:
        self._save(self._path("classifier", slots), [], rows)

    def _path(self, kind: str, content: object) -> Path:
        return self._folder / f"{kind}-{digest([self._identity, content])[:40]}.safetensors"

    def _load(self, path: Path) -> tuple[list[str], torch.Tensor] | None:
        """Names and rows; None where there is no file, or a damaged one, which then counts as absent."""
        from safetensors import SafetensorError, safe_open

        try:
            with safe_open(path, framework="pt") as file:
                told = json.loads((file.metadata() or {})["zoo"])
                names, rows = list(told["names"]), file.get_tensor("rows")
            if told["identity"] != self._identity or (names and len(names) != len(rows)):
                return None
            if told["sha256"] != _sum(names, rows):
                raise ValueError("its bytes have changed")
            os.utime(path)
        except FileNotFoundError:
            return None
        except (OSError, SafetensorError, ValueError, KeyError, TypeError, RecursionError, RuntimeError) as err:
            warnings.warn(f"zoo: the kept classifier {path.name} is damaged and made anew: {err}", stacklevel=3)
            return None
        return names, rows

    def _save(self, path: Path, names: list[str], rows: torch.Tensor) -> None:
        """Write beside and rename, so that a reader never sees half a file; a full disk costs only the cache."""
        from safetensors.torch import save

        rows = rows.contiguous()
        told = {"identity": self._identity, "names": names, "sha256": _sum(names, rows)}
        data = save({"rows": rows}, {"zoo": json.dumps(told)})
        try:
            self._folder.mkdir(parents=True, exist_ok=True)
            _make_room(self._folder, len(data))
            with NamedTemporaryFile(dir=self._folder, suffix=".tmp", delete=False) as file:
                try:
                    file.write(data)
                    file.close()
                    os.replace(file.name, path)
                except OSError:
                    with contextlib.suppress(OSError):
                        os.unlink(file.name)
                    raise
        except OSError as err:
            warnings.warn(f"zoo cannot keep the classifier in {self._folder}: {err}", stacklevel=2)


def _sum(names: list[str], rows: torch.Tensor) -> str:
    """SHA-256 of the names, the shape and the numbers."""
    import torch

    plain = rows.detach().cpu().contiguous()
    hasher = hashlib.sha256(json.dumps([names, list(plain.shape), str(plain.dtype)]).encode())
    hasher.update(plain.reshape(-1).view(torch.uint8).numpy().tobytes())
    return hasher.hexdigest()


def _make_room(folder: Path, n_bytes: int) -> None:
    files = []
    for path in folder.glob("*.safetensors"):
        with contextlib.suppress(OSError):
            told = path.stat()
            files.append((told.st_mtime, told.st_size, path))
    total = sum(size for _, size, _ in files) + n_bytes
    for _, size, path in sorted(files):
        if total <= MOST_BYTES:
            return
        with contextlib.suppress(OSError):
            path.unlink()
            total -= size
