"""Guards against forgetting the source, and the measure of what was forgotten.

A guard is a loss term `term(model, batch, outputs) -> scalar`; see `zoo.transfer.forgetting.seam`.
"""

from __future__ import annotations

from zoo.transfer.forgetting.averaging import average_weights as average_weights
from zoo.transfer.forgetting.averaging import averaged as averaged
from zoo.transfer.forgetting.backward import BackwardTransfer as BackwardTransfer
from zoo.transfer.forgetting.backward import backward_transfer as backward_transfer
from zoo.transfer.forgetting.backward import masked_losses as masked_losses
from zoo.transfer.forgetting.backward import source_correct as source_correct
from zoo.transfer.forgetting.backward import zero_shot_correct as zero_shot_correct
from zoo.transfer.forgetting.fisher import diagonal_fisher as diagonal_fisher
from zoo.transfer.forgetting.outputs import FeatureDistance as FeatureDistance
from zoo.transfer.forgetting.outputs import LearningWithoutForgetting as LearningWithoutForgetting
from zoo.transfer.forgetting.outputs import SourceKL as SourceKL
from zoo.transfer.forgetting.replay import Replay as Replay
from zoo.transfer.forgetting.seam import Term as Term
from zoo.transfer.forgetting.seam import warnings_for as warnings_for
from zoo.transfer.forgetting.weights import EWC as EWC
from zoo.transfer.forgetting.weights import L2SP as L2SP
