"""Predictions of a run: the same preprocessing, batches and calibration as behind its printed score.

predictor = Predictor("run/")
predictor.predict(["a.png", "b.png"]).predicted
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from zoo.errors import DataError, ZooError
from zoo.image_sources import Failure
from zoo.transfer import run as runs
from zoo.transfer.model import make_head, tuned_model
from zoo.transfer.rows import PreparedRows
from zoo.zero_shot.metrics import to_scores
from zoo.zero_shot.predictions import Predictions

if TYPE_CHECKING:
    import torch

    from zoo.registry import Registry


class Predictor:
    """A run in memory.

    Args:
        path: its folder.

    Raises:
        DataError: there is no run.
        WeightsError: a file was altered, or the source's weights are not at hand as they were.
    """

    def __init__(
        self,
        path: str | os.PathLike[str],
        *,
        device: str | torch.device = "auto",
        local_files_only: bool | None = None,
        registry: Registry | None = None,
    ) -> None:
        self.path = Path(path)
        self.facts = runs.read_facts(path)
        runs.warn_of_versions(self.facts)
        encoder = runs.body_of(path, device=device, local_files_only=local_files_only, registry=registry)
        state = runs.load_state(self.path, runs.HEAD, self.facts)
        head = make_head(state["weight"], state["bias"], unit_rows=self.facts.unit_rows).to(encoder.device)
        self.model = tuned_model(encoder, head, self.facts.input_kind).eval()
        self.class_names = self.facts.class_names
        self._reference: NDArray[np.float32] | None = None

    def predict(
        self, inputs: Any, *, abstain_below: float | None = None, top_k: int = 1, progress: bool = False
    ) -> Predictions:
        """Calibrated scores of pictures, texts or pairs of texts; what cannot be read is one failure each.

        Args:
            inputs: paths, folders, arrays, texts or pairs, as the training data had them.
            abstain_below: a best score below this is no answer.
        """
        names: list[str] = []
        logits: list[NDArray[np.floating]] = []
        failures: list[Failure] = []
        notes: list[str] = []
        for part in self.batches(inputs):
            names += part.paths
            logits.append(part.logits)
            failures += part.failures
            notes += part.notes
        made = np.concatenate(logits) if logits else np.zeros((0, len(self.class_names)))
        return self._predictions(names, made, failures, notes, abstain_below, top_k)

    def batches(self, inputs: Any, *, abstain_below: float | None = None, top_k: int = 1) -> Iterator[Predictions]:
        """The same, a batch at a time, for more inputs than fit into memory."""
        batch: list[tuple[str, Any]] = []
        size = self.facts.batch_size
        for place, item in enumerate(self._several(inputs)):
            batch.append((_name(item, place), item))
            if len(batch) == size:
                yield self._batch(batch, abstain_below, top_k)
                batch = []
        if batch:
            yield self._batch(batch, abstain_below, top_k)

    def _batch(self, batch: Sequence[tuple[str, Any]], abstain_below: float | None, top_k: int) -> Predictions:
        import torch

        facts = self.facts
        kept, failures = list(batch), []
        rows = self._rows([item for _, item in kept])
        if facts.input_kind == "image":
            good = []
            for place, (name, _) in enumerate(kept):
                try:
                    rows.picture(place)
                    good.append(place)
                except ZooError as err:
                    failures.append(Failure(name, err.problem))
            kept = [kept[place] for place in good]
        else:
            good = list(range(len(kept)))
        if not kept:
            return self._predictions([], np.zeros((0, len(self.class_names))), failures, [], abstain_below, top_k)
        with torch.inference_mode():
            said = self.model(rows.batch(good))
        logits = said.logits.float().cpu().numpy().astype(np.float64) / facts.temperature
        far = self.unlike(said.features.float().cpu().numpy())
        notes = [f"{kept[i][0]} is unlike the training data" for i in np.flatnonzero(far)]
        return self._predictions([name for name, _ in kept], logits, failures, notes, abstain_below, top_k)

    def unlike(self, features: NDArray[np.floating]) -> NDArray[np.bool_]:
        """(n,) whether a row lies further from every training row than 99 % of those lie from each other."""
        if self.facts.far_beyond is None:
            return np.zeros(len(features), dtype=bool)
        return self.distances(features) > self.facts.far_beyond

    def distances(self, features: NDArray[np.floating]) -> NDArray[np.float64]:
        """(n,) cosine distance to the nearest training row that the run keeps."""
        if self._reference is None:
            state = runs.load_state(self.path, runs.REFERENCE, self.facts)
            self._reference = state["rows"].float().numpy()
        rows = features / np.maximum(np.linalg.norm(features, axis=1, keepdims=True), 1e-12)
        return np.asarray(1 - (rows @ self._reference.T).max(axis=1), dtype=np.float64)

    def _rows(self, items: Sequence[Any]) -> PreparedRows:
        facts = self.facts
        return PreparedRows(self.model.encoder, items, facts.input_kind, bands=facts.bands, max_tokens=facts.max_tokens)

    def _several(self, inputs: Any) -> Iterable[Any]:
        if self.facts.input_kind == "image":
            from zoo.image_sources import named_images

            return (picture for _, picture in named_images(inputs))
        if isinstance(inputs, str):
            return [inputs]
        if not isinstance(inputs, Iterable):
            raise DataError(f"want texts, got {type(inputs).__name__}.", "Give a list of them.")
        return inputs

    def _predictions(
        self,
        names: Sequence[str],
        logits: NDArray[np.floating],
        failures: Sequence[Failure],
        notes: Sequence[str],
        abstain_below: float | None,
        top_k: int,
    ) -> Predictions:
        rule = "sigmoid" if self.facts.task_kind == "multilabel" else "softmax"
        return Predictions(
            labels=self.class_names,
            scores=to_scores(logits, rule) if len(logits) else np.zeros((0, len(self.class_names)), dtype=np.float32),
            logits=np.asarray(logits, dtype=np.float32),
            paths=tuple(names),
            failures=tuple(failures),
            notes=tuple(notes),
            provenance=self.provenance(),
            top_k=top_k,
            abstain_below=abstain_below,
        )

    def provenance(self) -> dict[str, Any]:
        """What would have to be known to predict the same again."""
        facts = self.facts
        return {
            "model": facts.base.id,
            "weights_sha256": facts.sha256.get(runs.MODEL) or facts.sha256.get(runs.ADAPTER) or facts.base_sha256,
            "head_sha256": facts.sha256[runs.HEAD],
            "labels": list(facts.class_names),
            "scoring": "sigmoid" if facts.task_kind == "multilabel" else "softmax",
            "temperature": facts.temperature,
            "versions": runs.versions(),
        }


def _name(item: Any, place: int) -> str:
    if isinstance(item, (str, os.PathLike)):
        return os.fspath(item)
    if isinstance(item, (tuple, list)) and all(isinstance(side, str) for side in item):
        return " | ".join(item)
    return f"row {place}"
