"""What a recipe may add to the loss to keep the source knowledge, as data; `zoo.transfer.forgetting` has the terms."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from zoo.cards import Facts

Strength = Annotated[float, Field(ge=0)]


class L2SPSpec(Facts):
    """Distance of the body's weights from the source's (Li et al. 2018, arXiv:1802.01483)."""

    kind: Literal["l2-sp"] = "l2-sp"
    strength: Strength = 0.01
    head_strength: Strength = 0.0


class EWCSpec(Facts):
    """The same, each weight by its Fisher information on source rows (Kirkpatrick et al. 2017, arXiv:1612.00796)."""

    kind: Literal["ewc"] = "ewc"
    strength: Strength = 100.0
    fisher: Literal["exact", "sampled"] = "exact"
    max_rows: int = Field(default=500, ge=1)


class LwFSpec(Facts):
    """The source head's answers on the new rows, softened (Li and Hoiem 2016, arXiv:1606.09282)."""

    kind: Literal["lwf"] = "lwf"
    strength: Strength = 1.0
    temperature: float = Field(default=2.0, gt=0)


class SourceKLSpec(Facts):
    """KL divergence from the source head's answers on the new rows."""

    kind: Literal["source-kl"] = "source-kl"
    strength: Strength = 1.0
    reverse: bool = False


class FeatureDistanceSpec(Facts):
    """Distance of the features from the source's on the same rows (after Li et al. 2019, arXiv:1901.09229)."""

    kind: Literal["feature-distance"] = "feature-distance"
    strength: Strength = 0.1


class ReplaySpec(Facts):
    """The loss of the source task on stored source rows."""

    kind: Literal["replay"] = "replay"
    strength: Strength = 1.0
    batch_size: int = Field(default=16, ge=1)
    max_rows: int = Field(default=500, ge=1)


Penalty = Annotated[
    L2SPSpec | EWCSpec | LwFSpec | SourceKLSpec | FeatureDistanceSpec | ReplaySpec, Field(discriminator="kind")
]
NEED_SOURCE_ROWS = ("ewc", "lwf", "source-kl", "replay")
"""Kinds that need labelled rows of the source task: for its Fisher information, its head or its loss."""
