"""Which model, which recipe? Ranks source models for a task and says why.

    from zoo.selector import Task, recommend
    advice = recommend(Task.from_folder("my_images/"), k=5)
    print(advice.to_text())

Importing it is instant: every name is fetched from its module at first use.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from .advice.candidate import Candidate as Candidate
    from .advice.recommend import recommend as recommend
    from .advice.recommendation import Recommendation as Recommendation
    from .advice.strategy import Strategy as Strategy
    from .ranking.rank import rank as rank
    from .ranking.ranking import Ranking as Ranking
    from .task.limits import Constraints as Constraints
    from .task.task import Task as Task

_HOME = {
    "Candidate": "advice.candidates",
    "Constraints": "constraints.rules",
    "Ranking": "ranking.ranking",
    "Recommendation": "advice.recommendation",
    "Strategy": "advice.strategy",
    "Task": "task.task",
    "rank": "ranking.rank",
    "recommend": "advice.recommend",
}

__all__ = [*_HOME]


def __getattr__(name: str) -> Any:
    if name in _HOME:
        value = getattr(importlib.import_module(f"{__name__}.{_HOME[name]}"), name)
        globals()[name] = value
        return value
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


def __dir__() -> list[str]:
    return sorted([*globals(), *_HOME])
