"""A question to the hub with a total deadline and a bounded number of tries.

huggingface_hub's own timeouts start anew with every retry, so that a silent hub may hold a caller for
minutes. Here the work runs in a thread that is left behind when the deadline passes, since a silent
socket cannot be interrupted; a download that is left behind stops at its next piece.
"""

from __future__ import annotations

import contextlib
import logging
import sys
import threading
import time
from collections.abc import Callable, Iterator
from typing import Any, TypeVar

from zoo.errors import HubError, HubTimeoutError
from zoo.hub.errors import Wanted, is_passing, retry_after_s, translate

TRIES = 3
PATIENCE_S = 10.0
"""Longest wait that the hub may ask for (Retry-After) and get."""

T = TypeVar("T")


def persevere(work: Callable[[threading.Event], T], wanted: Wanted, ends: float, *, resumes: bool = False) -> T:
    """Result of `work` by the moment `ends`; what may pass is tried anew, a bounded number of times.

    Args:
        work: gets an event that is set when nobody waits for the result any longer.
        ends: on the clock of time.monotonic.
        resumes: `work` resumes a broken connection by itself, so only an answer by status is tried anew.

    Raises:
        HubError: what went wrong, in zoo's words.
    """
    for attempt in range(1, TRIES + 1):
        try:
            return _within(work, wanted, ends)
        except HubError:
            raise
        except Exception as err:
            told = translate(err, wanted)
            wait = retry_after_s(err)
            wait = 0.5 * attempt if wait is None else wait
            late = wait > PATIENCE_S or time.monotonic() + wait > ends
            spent = resumes and not hasattr(err, "response")
            if attempt == TRIES or late or spent or not is_passing(err):
                raise told from err
            time.sleep(wait)
    raise AssertionError("the last try returns or raises")


def _within(work: Callable[[threading.Event], T], wanted: Wanted, ends: float) -> T:
    """Run in a thread that is left behind when the deadline passes: a silent socket cannot be interrupted."""
    outcome: list[T] = []
    failure: list[BaseException] = []
    cancelled = threading.Event()

    def run() -> None:
        try:
            outcome.append(work(cancelled))
        except BaseException as err:
            failure.append(err)

    thread = threading.Thread(target=run, name="zoo-hub", daemon=True)
    try:
        with _quiet():
            thread.start()
            thread.join(max(0.0, ends - time.monotonic()))
    finally:
        cancelled.set()
    if outcome:
        return outcome[0]
    if failure:
        raise failure[0]
    raise HubTimeoutError(
        f"the deadline passed before {wanted} came from {wanted.endpoint}.",
        "Try again; on a slow line set ZOO_DEADLINE_S to more seconds.",
    )


def progress_bar(cancelled: threading.Event) -> Any:
    """A bar on a terminal only, through which a download learns that nobody waits for it any longer."""
    from huggingface_hub import utils

    untyped: Any = utils
    base: Any = untyped.tqdm

    class Bar(base):  # type: ignore[misc]  # huggingface_hub's own bar has no types
        def __init__(self, *args: Any, **kwargs: Any) -> None:
            super().__init__(*args, **{**kwargs, "disable": kwargs.get("disable") or not sys.stderr.isatty()})

        def update(self, n: float | None = 1) -> Any:
            if cancelled.is_set():
                raise TimeoutError("nobody waits for this download any longer")
            return super().update(n)

    return Bar


@contextlib.contextmanager
def _quiet() -> Iterator[None]:
    """Hold back huggingface_hub's log lines, which repeat addresses; zoo's own errors say what matters."""
    import huggingface_hub.utils  # noqa: F401  # its handler exists only after the import

    handlers = [*logging.getLogger("huggingface_hub").handlers, *([logging.lastResort] if logging.lastResort else [])]

    class OnlyErrors(logging.Filter):
        def filter(self, record: logging.LogRecord) -> bool:
            return record.levelno >= logging.ERROR or not record.name.startswith("huggingface_hub")

    errors = OnlyErrors()
    for handler in handlers:
        handler.addFilter(errors)
    try:
        yield
    finally:
        for handler in handlers:
            handler.removeFilter(errors)
