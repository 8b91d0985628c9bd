"""How good is it, how sure is that, and what should a user know before trusting it?"""

from __future__ import annotations

from zoo.transfer.evaluate.calibration import Calibration as Calibration
from zoo.transfer.evaluate.calibration import expected_calibration_error as expected_calibration_error
from zoo.transfer.evaluate.calibration import noise_floor as noise_floor
from zoo.transfer.evaluate.calibration import probabilities as probabilities
from zoo.transfer.evaluate.calibration import reliability as reliability
from zoo.transfer.evaluate.calibration import temperature_scaling as temperature_scaling
from zoo.transfer.evaluate.conformal import ConformalSets as ConformalSets
from zoo.transfer.evaluate.curves import Point as Point
from zoo.transfer.evaluate.curves import few_shot_curve as few_shot_curve
from zoo.transfer.evaluate.gain import Gain as Gain
from zoo.transfer.evaluate.gain import transfer_gain as transfer_gain
from zoo.transfer.evaluate.intervals import Metric as Metric
from zoo.transfer.evaluate.layers import layer_features as layer_features
from zoo.transfer.evaluate.layers import probe_by_layer as probe_by_layer
from zoo.transfer.evaluate.novelty import Novelty as Novelty
from zoo.transfer.evaluate.report import Evaluation as Evaluation
from zoo.transfer.evaluate.report import evaluate as evaluate
from zoo.transfer.evaluate.shift import ShiftTest as ShiftTest
from zoo.transfer.evaluate.shift import label_shift_test as label_shift_test
from zoo.transfer.evaluate.shift import shares_by_confusion as shares_by_confusion
from zoo.transfer.evaluate.shift import shares_by_em as shares_by_em
from zoo.transfer.evaluate.shift import with_shares as with_shares
from zoo.transfer.evaluate.sweep import Sweep as Sweep
from zoo.transfer.evaluate.sweep import layer_rate_sweep as layer_rate_sweep
