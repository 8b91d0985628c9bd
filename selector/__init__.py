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
    from .advice import recommend as recommend
    from .candidates import Candidate as Candidate
    from .constraints import Constraints as Constraints
    from .measuring import rank as rank
    from .ranking import Ranking as Ranking
    from .recommendation import Recommendation as Recommendation
    from .strategy import Strategy as Strategy
    from .task import Task as Task

_HOME = {
    "Candidate": "candidates",
    "Constraints": "constraints",
    "Ranking": "ranking",
    "Recommendation": "recommendation",
    "Strategy": "strategy",
    "Task": "task",
    "rank": "measuring",
    "recommend": "advice",
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
