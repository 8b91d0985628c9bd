"""What a person sees while a model trains: one line on stderr, only where that is a terminal."""

from __future__ import annotations

import contextlib
import sys
from collections.abc import Callable, Iterator
from typing import Any


@contextlib.contextmanager
def shown(wanted: bool | None, title: str) -> Iterator[Callable[[dict[str, Any]], None]]:
    """A function that takes the records of the log and shows phase, epoch, loss, metric and time."""
    if not (sys.stderr.isatty() if wanted is None else wanted):
        yield lambda record: None
        return
    from rich.console import Console
    from rich.progress import Progress, SpinnerColumn, TextColumn, TimeElapsedColumn

    columns = (SpinnerColumn(), TextColumn("{task.description}"), TimeElapsedColumn())
    with Progress(*columns, console=Console(stderr=True, force_terminal=wanted), transient=True) as bar:
        task = bar.add_task(title)

        def tell(record: dict[str, Any]) -> None:
            if "measured" in record:
                bar.update(task, description=f"{title}: measured {record['measured']}")
            elif "loss" in record:
                metric = f", metric {record['val_metric']:.3f}" if "val_metric" in record else ""
                said = f"{title}: {record['phase']}, epoch {record['epoch']}, loss {record['loss']:.4f}{metric}"
                bar.update(task, description=said)

        yield tell
