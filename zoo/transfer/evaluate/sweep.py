"""Which layer groups should learn, and how fast: by trying each alone, or rates of all groups together (optuna)."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from zoo.arguments import at_least_one
from zoo.errors import DataError, MissingExtraError

RATES = (1e-4, 1e-3, 1e-2)
Measure = Callable[[Mapping[str, float]], float]
"""(learning rate of each layer group; 0: frozen) -> validation metric, higher is better."""


@dataclass(frozen=True)
class Trial:
    """One set of rates and what it reached."""

    rates: dict[str, float]
    score: float


@dataclass(frozen=True)
class Sweep:
    """All trials, best first; of equal ones the one tried first."""

    trials: tuple[Trial, ...]

    @property
    def best(self) -> Trial:
        """The highest score."""
        return self.trials[0]

    @property
    def best_group(self) -> str:
        """The group of the highest rate in the best trial: after a sweep of one group at a time, the one to tune."""
        return max(self.best.rates, key=lambda name: self.best.rates[name])

    def by_group(self) -> dict[str, float]:
        """Group -> its best score as the fastest learner."""
        found: dict[str, float] = {}
        for trial in self.trials:
            found.setdefault(max(trial.rates, key=lambda name: trial.rates[name]), trial.score)
        return found

    def to_dict(self) -> dict[str, Any]:
        """Plain data, for JSON."""
        return {"trials": [{"rates": trial.rates, "score": trial.score} for trial in self.trials]}


def layer_rate_sweep(
    groups: Sequence[str],
    measure: Measure,
    *,
    rates: Sequence[float] = RATES,
    how: Literal["one-group", "all-groups"] = "one-group",
    n_trials: int = 30,
    seed: int = 0,
) -> Sweep:
    """one-group: every group alone at every rate. all-groups: `n_trials` draws by optuna's TPE within the rates.

    The rows behind `measure` choose the rates, so they cannot also say how good the model is.

    Args:
        groups: names, from input to head, as of `encoder.layer_groups()`.
        rates: tried by one-group; all-groups draws between the least and the greatest, on the log scale.

    Raises:
        DataError: no group, or a rate that is not above 0.
        MissingExtraError: all-groups without optuna.

    Source:
        Lee et al. 2023, arXiv:2210.11466 (tuning one block: the first for corrupted inputs, the last for new labels).
    """
    if not groups or len(set(groups)) != len(groups):
        raise DataError(f"want different names of layer groups, got {list(groups)}.", "See encoder.layer_groups().")
    if not rates or not all(rate > 0 for rate in rates):
        raise DataError(f"rates must be above 0, got {list(rates)}.", "Leave a group out to freeze it.")
    if how == "one-group":
        tried = [{name: rate if name == own else 0.0 for name in groups} for own in groups for rate in rates]
        trials = [Trial(each, float(measure(each))) for each in tried]
    elif how == "all-groups":
        trials = _drawn(groups, measure, (min(rates), max(rates)), at_least_one("n_trials", n_trials), seed)
    else:
        raise DataError(f"no sweep named {how!r}.", "Give one-group or all-groups.")
    return Sweep(tuple(sorted(trials, key=lambda trial: -trial.score)))


def _drawn(
    groups: Sequence[str], measure: Measure, between: tuple[float, float], n_trials: int, seed: int
) -> list[Trial]:
    try:
        import optuna
    except ImportError as err:
        raise MissingExtraError("a sweep of all groups", "optuna", "pip install 'transfer-zoo[sweep]'") from err

    optuna.logging.set_verbosity(optuna.logging.WARNING)
    study = optuna.create_study(direction="maximize", sampler=optuna.samplers.TPESampler(seed=seed))
    trials = []
    for _ in range(n_trials):
        asked = study.ask()
        rates = {name: float(asked.suggest_float(name, *between, log=True)) for name in groups}
        trials.append(Trial(rates, float(measure(rates))))
        study.tell(asked, trials[-1].score)
    return trials
