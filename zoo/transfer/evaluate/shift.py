"""Label shift: are the classes as frequent where the model is used as where it was trained? Tested, and corrected.

    told = label_shift_test(held_out_predictions, new_predictions, n_classes)
    prior = shares_by_em(new_probabilities, training_shares)
    corrected = with_shares(new_probabilities, training_shares, prior)

It holds where only the shares of the classes change, not what the rows of a class look like.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from zoo.errors import DataError

Float = NDArray[np.floating]
Int = NDArray[np.integer]


@dataclass(frozen=True)
class ShiftTest:
    """Whether predictions on new rows are spread over the classes as on held-out rows."""

    p_value: float
    held_out_shares: tuple[float, ...]
    new_shares: tuple[float, ...]

    @property
    def shifted(self) -> bool:
        """At the 1 % level: with a test a batch of users' data, 5 % would cry wolf every twentieth time."""
        return self.p_value < 0.01


def label_shift_test(held_out: Int, new: Int, n_classes: int) -> ShiftTest:
    """Chi-squared test of the predicted classes; classes predicted in neither are left out.

    Args:
        held_out: (n,) predicted class of rows that training has not seen.
        new: (m,) predicted class of the rows in question.

    Raises:
        DataError: one of them is empty, or a class is out of range.

    Source:
        Rabanser et al. 2019, arXiv:1810.11953 (BBSDh); Lipton et al. 2018, arXiv:1802.03916.
    """
    from scipy.stats import chi2_contingency

    counts = np.stack([_counts(held_out, n_classes), _counts(new, n_classes)])
    shares = counts / counts.sum(axis=1, keepdims=True)
    table = counts[:, counts.sum(axis=0) > 0]
    p = float(chi2_contingency(table).pvalue) if table.shape[1] > 1 else 1.0
    return ShiftTest(p, tuple(map(float, shares[0])), tuple(map(float, shares[1])))


def shares_by_confusion(held_out: Int, targets: Int, new: Int, n_classes: int) -> Float:
    """(c,) shares of the classes among new rows, by inverting the confusion on held-out rows (BBSE).

    Args:
        held_out, targets: (n,) predicted and true class of rows that training has not seen.
        new: (m,) predicted class of the new rows.

    Raises:
        DataError: a class has no held-out row, so that nothing is known of its confusion.

    Source:
        Lipton et al. 2018, arXiv:1802.03916, section 4; least squares in place of the inverse, shares clipped at 0.
    """
    from scipy.optimize import nnls

    truth = _counts(targets, n_classes)
    if (truth == 0).any():
        raise DataError(
            f"class {int(np.argmin(truth))} has no held-out row, so its confusion is unknown.",
            "Use shares_by_em, or hold out rows of every class.",
        )
    given = np.zeros((n_classes, n_classes))  # column: truth, row: predicted
    np.add.at(given, (np.asarray(held_out), np.asarray(targets)), 1)
    given /= truth
    wanted = _counts(new, n_classes) / len(new)
    # One more equation, weighted heavily: the shares add up to one.
    found, _ = nnls(np.vstack([given, 100 * np.ones(n_classes)]), np.append(wanted, 100))
    shares: Float = found / found.sum()
    return shares


def shares_by_em(scores: Float, shares: Float, *, max_iterations: int = 1000, tolerance: float = 1e-8) -> Float:
    """(c,) maximum-likelihood shares of the classes among new rows, by EM; the scores must be calibrated.

    Args:
        scores: (m, c) probabilities of new rows.
        shares: (c,) shares of the classes that the model was trained with, above 0.

    Raises:
        DataError: shapes disagree, or a share is not above 0.

    Source:
        Saerens et al. 2002, doi:10.1162/089976602753284446; with calibrated scores it beats BBSE: Alexandari et al.
        2020, arXiv:1901.06852.
    """
    scores, old = _checked(scores, shares)
    now = old.copy()
    for _ in range(max_iterations):
        rows = scores * (now / old)
        new = (rows / rows.sum(axis=1, keepdims=True)).mean(axis=0)
        moved, now = float(np.abs(new - now).max()), new
        if moved < tolerance:
            break
    return now


def with_shares(scores: Float, old: Float, new: Float) -> Float:
    """(m, c) probabilities as they would be if the classes had the new shares.

    Raises:
        DataError: as for `shares_by_em`.
    """
    scores, old = _checked(scores, old)
    rows = scores * (np.asarray(new, dtype=np.float64) / old)
    weighed: Float = rows / rows.sum(axis=1, keepdims=True)
    return weighed


def _counts(classes: Int, n_classes: int) -> Int:
    classes = np.asarray(classes)
    if not len(classes) or classes.min() < 0 or classes.max() >= n_classes:
        raise DataError(f"want classes from 0 to {n_classes - 1} of at least one row.", "Give predicted class indices.")
    count: Int = np.bincount(classes, minlength=n_classes)
    return count


def _checked(scores: Float, shares: Float) -> tuple[Float, Float]:
    scores, shares = np.asarray(scores, dtype=np.float64), np.asarray(shares, dtype=np.float64)
    if scores.ndim != 2 or not len(scores) or shares.shape != scores.shape[1:]:
        raise DataError(f"scores {scores.shape} and shares {shares.shape} disagree.", "Give one share a class.")
    if not (shares > 0).all():
        raise DataError("a class has no share in training, so its scores cannot be re-weighed.", "Leave it out.")
    return scores, shares / shares.sum()
