"""What domain pre-training gives: the encoder, and whether it learnt more than its new head did."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from zoo.encoder import Encoder


@dataclass(frozen=True, eq=False)
class Pretrained:
    """An encoder that every recipe takes, and its loss on held-out rows that it never saw."""

    objective: str
    encoder: Encoder
    n_rows: int
    n_held_out: int
    steps: int
    before: float
    """Held-out loss before the body learnt (with a warmed head, where it has none of its own)."""
    control: float
    """Held-out loss where only the head learnt for the same steps: a new head lowers the loss by itself."""
    after: float
    gain: float
    """control - after, mean over the same held-out rows."""
    gain_error: float
    """Standard error of the gain."""
    losses: tuple[float, ...]
    """Of each training step."""
    notes: tuple[str, ...] = ()

    @property
    def better(self) -> bool:
        """Whether the body learnt more than its head alone, by two standard errors."""
        return self.gain > 2 * self.gain_error

    def to_dict(self) -> dict[str, Any]:
        """Plain data, for JSON."""
        left_out = ("encoder", "losses")
        plain = {name: getattr(self, name) for name in self.__dataclass_fields__ if name not in left_out}
        return plain | {"better": self.better, "model": self.encoder.card.id}

    def save(self, folder: str | Path, *, overwrite: bool = False) -> Path:
        """Writes a folder that the model's own library loads, with a card and `pretraining.json`.

        Raises:
            DataError: the folder exists and is not empty.
            CapabilityError: the library has no folder of its own for such a model.
        """
        from zoo.transfer.exporting.hub import hub_folder

        found: Path = hub_folder(self.encoder, folder, overwrite=overwrite, told=str(self))
        text = json.dumps(self.to_dict() | {"losses": list(self.losses)}, indent=1)
        (found / "pretraining.json").write_text(text + "\n", encoding="utf-8")
        return found

    def __str__(self) -> str:
        verdict = "better than its head alone" if self.better else "not shown to be better than its head alone"
        return (
            f"{self.objective}, {self.steps} steps on {self.n_rows} rows: held-out loss {self.before:.3f} before, "
            f"{self.after:.3f} after, {self.control:.3f} with the head alone (gain {self.gain:.3f} ± "
            f"{self.gain_error:.3f}): {verdict}"
        )
