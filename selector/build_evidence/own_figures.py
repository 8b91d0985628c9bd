"""What a model's own authors print of it, taken for a little less: they choose settings and data sets that suit it.

The discount is the median difference, in logits, between what the makers of a model print and what a third party
measured of the same model on the same data set under the same protocol. `python -m
zoo.selector.build_evidence.own_figures` prints the pairs that the cards and the tables hold.
"""

from __future__ import annotations

import math

OWN_DISCOUNT = 0.1
"""Logits; see the pairs."""


def discounted(share: float) -> float:
    """A share in (0, 1) as a third party may measure it; at and beyond the ends it stays.

    >>> round(discounted(0.9), 4)
    0.8906
    """
    if not 0 < share < 1:
        return share
    return 1 / (1 + math.exp(OWN_DISCOUNT - math.log(share / (1 - share))))
