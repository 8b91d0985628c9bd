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
from zoo.hub.errors import Wanted, is_passing, is_wrong_length, retry_after_s, translate

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


def once_more(work: Callable[[], T]) -> T:
    """Result of `work`, tried a second time if the line broke at once or the length was wrong."""
    began = time.monotonic()
    try:
        return work()
    except Exception as err:
        at_once = time.monotonic() - began < _AT_ONCE_S  # later, huggingface_hub has resumed five times already
        if hasattr(err, "response") or not is_passing(err) or not (at_once or is_wrong_length(err)):
            raise
    return work()


_AT_ONCE_S = 2.0


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
            self.came = getattr(self, "came", 0.0) + (n or 0)
            if self.total and self.came > self.total + _SLACK_BYTES:
                raise OSError("Consistency check failed: more came than was announced")
            return super().update(n)

    return Bar


_SLACK_BYTES = 64 << 20
"""A resumed download tells some bytes twice; a body without end is cut off here."""


@contextlib.contextmanager
def without_xet() -> Iterator[None]:
    """Keep huggingface_hub from its second way to large files, for which the hub names an address.

    The token would be sent to that address, whichever host it is on.
    """
    from huggingface_hub import constants

    untyped: Any = constants
    with _XET_LOCK:
        if not _XET_USERS:
            _XET_BEFORE[:] = [untyped.HF_HUB_DISABLE_XET]
            untyped.HF_HUB_DISABLE_XET = True
        _XET_USERS.append(None)
    try:
        yield
    finally:
        with _XET_LOCK:
            _XET_USERS.pop()
            if not _XET_USERS:
                untyped.HF_HUB_DISABLE_XET = _XET_BEFORE[0]


_XET_LOCK = threading.Lock()
_XET_USERS: list[None] = []
_XET_BEFORE: list[bool] = [False]


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
