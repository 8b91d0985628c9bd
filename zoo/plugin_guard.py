"""Every call of a plugin's code: what it raises names the plugin, and what it changed in this process is undone.

    guarded(plugin, what, work)   → its result and what was odd about it, or PluginError
    checked(hook, given)          → the answer of a hook, if it is of the promised kind, or TypeError

The code of a plugin that is not built in runs in a thread of its own, so that a hook that never ends costs a
deadline and not the program, and so that a KeyboardInterrupt there can only be the plugin's own.
"""

from __future__ import annotations

import contextlib
import io
import os
import random
import signal
import sys
import threading
import time
import warnings
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any, TypeVar

from zoo.cards import ModelCard
from zoo.errors import PluginError, ZooError

SLOW_S = 0.2
"""An import or a hook that takes longer delays every verb, and is named."""
_USUAL_LIMIT_S = 30.0
_LONGEST_TOLD = 300

T = TypeVar("T")


def guarded(plugin: str, what: str, work: Callable[[], T], *, built_in: bool = False) -> tuple[T, tuple[str, ...]]:
    """(result of `work`, a sentence for everything that it changed, printed or was slow in).

    Raises:
        PluginError: whatever it raised, SystemExit and KeyboardInterrupt too, or it did not end in time.
        ZooError: that it raised on purpose.
    """
    if built_in:
        try:
            return work(), ()
        except ZooError:
            raise
        except Exception as err:
            raise broken(plugin, what, err) from err
    before, began = _state(), time.monotonic()
    with warnings.catch_warnings(), _muted() as said:
        outcome = _in_thread(work, said)
        n_filters = _filters_changed(before)
    notes = _undo(before) + n_filters
    seconds = time.monotonic() - began
    if said.text:
        notes.append(f"{what} prints: {told(said.text)!r}")
    if seconds > SLOW_S:
        notes.append(f"{what} takes {seconds:.1f} s")
    if not outcome:
        raise PluginError(
            f"plugin {plugin!r}: {what} did not end within {_limit_s():g} s.",
            f"Mend it, or disable it: ZOO_DISABLED_PLUGINS={plugin}.",
        )
    value, fault = outcome[0]
    if isinstance(fault, ZooError):
        raise fault
    if fault is not None:
        raise broken(plugin, what, fault) from fault
    return value, tuple(notes)


def broken(plugin: str, what: str, err: BaseException) -> PluginError:
    """The fault of a plugin in zoo's words."""
    return PluginError(
        f"plugin {plugin!r}: {what} raised {type(err).__name__}: {told(err) or 'no reason given'}.",
        f"Mend it, or disable it: ZOO_DISABLED_PLUGINS={plugin}.",
    )


def told(thing: object) -> str:
    """The first lines of what a plugin says, in one line of bounded length and without control letters."""
    try:
        text = str(thing)
    except BaseException:
        text = f"a {type(thing).__name__} without words"
    line = " ".join(text[: 4 * _LONGEST_TOLD].split())[:_LONGEST_TOLD].rstrip(".")
    return "".join(letter if letter.isprintable() else "?" for letter in line)


def checked(hook: str, given: Any) -> Any:
    """The answer, an iterable made a tuple.

    Raises:
        TypeError: it is not what `zoo.hookspecs` promises.
    """
    if hook in _TABLES:
        if not isinstance(given, Mapping) or any(not isinstance(key, str) or not callable(given[key]) for key in given):
            raise TypeError(f"it gave {_kind(given)}, want a mapping of names to functions")
        return dict(given)
    if hook == "zoo_resolve_model":
        return None if given is None else sound_card(given)
    if isinstance(given, (str, bytes, Mapping)) or not isinstance(given, Iterable):
        raise TypeError(f"it gave {_kind(given)}, want a list")
    wanted = _wanted(hook)
    if isinstance(given, wanted):
        raise TypeError(f"want a list of {wanted.__name__}, it is one alone")
    items = tuple(given)
    for item in items:
        if not isinstance(item, wanted):
            raise TypeError(f"want a list of {wanted.__name__}, one is {type(item).__name__}")
    return items


def sound_card(card: object) -> ModelCard:
    """The card, if it would pass as a new one: pydantic lets a copy or a construct go by unseen.

    Raises:
        TypeError, ValueError: it is no card, or states what cannot be.
    """
    if not isinstance(card, ModelCard):
        raise TypeError(f"it gave {_kind(card)}, want ModelCard")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # pydantic warns of what the next line refuses
        ModelCard.model_validate(card.model_dump())
    return card


_TABLES = ("zoo_catalogue", "zoo_preprocessing_steps", "zoo_transferability_scores")


def _wanted(hook: str) -> type:
    if hook == "zoo_prompt_sets":
        from zoo.prompts import PromptSet

        return PromptSet
    if hook == "zoo_evidence":
        from zoo.evidence import EvidenceTable

        return EvidenceTable
    if hook == "zoo_commands":
        import click

        return click.Command
    return ModelCard


def _kind(given: object) -> str:
    return "nothing" if given is None else f"a {type(given).__name__}"


class _Heard(io.TextIOBase):
    """Standard output that keeps the words of one thread to itself; those of others go on."""

    def __init__(self, behind: Any) -> None:
        self.text = ""
        self.thread: int | None = None
        self._behind = behind

    def write(self, text: str) -> int:
        if threading.get_ident() == self.thread:
            self.text = (self.text + text)[:_LONGEST_TOLD]
        else:
            self._behind.write(text)
        return len(text)

    def flush(self) -> None:
        if self._behind is not None:
            self._behind.flush()

    def isatty(self) -> bool:
        return False

    def __getattr__(self, name: str) -> Any:
        return getattr(self._behind, name)


@contextlib.contextmanager
def _muted() -> Iterator[_Heard]:
    behind = sys.stdout
    heard = _Heard(behind)
    sys.stdout = heard
    try:
        yield heard
    finally:
        sys.stdout = behind


def _in_thread(work: Callable[[], T], said: _Heard) -> list[tuple[Any, BaseException | None]]:
    outcome: list[tuple[Any, BaseException | None]] = []

    def run() -> None:
        said.thread = threading.get_ident()
        try:
            outcome.append((work(), None))
        except BaseException as err:
            outcome.append((None, err))

    thread = threading.Thread(target=run, name="zoo-plugin", daemon=True)
    thread.start()
    thread.join(_limit_s())
    return outcome


def _limit_s() -> float:
    try:
        limit = float(os.environ.get("ZOO_PLUGIN_SECONDS", ""))
    except ValueError:
        return _USUAL_LIMIT_S
    return limit if 0 < limit < threading.TIMEOUT_MAX else _USUAL_LIMIT_S


_SIGNALS = [
    getattr(signal, name) for name in ("SIGINT", "SIGTERM", "SIGALRM", "SIGHUP", "SIGCHLD") if hasattr(signal, name)
]


def _state() -> dict[str, Any]:
    """What a plugin may change for everybody in this process."""
    state: dict[str, Any] = {
        "environment": dict(os.environ),
        "recursion limit": sys.getrecursionlimit(),
        "warning filters": list(warnings.filters),
        "random numbers of Python": random.getstate(),
        "signal handlers": {number: signal.getsignal(number) for number in _SIGNALS},
    }
    with contextlib.suppress(OSError):
        state["working directory"] = os.getcwd()
    torch = sys.modules.get("torch")
    if torch is not None and hasattr(torch, "default_generator"):
        state["default type of torch"] = torch.get_default_dtype()
        state["random numbers of torch"] = bytes(torch.random.get_rng_state().numpy())
    numpy = sys.modules.get("numpy")
    if numpy is not None and hasattr(numpy, "random"):
        kind, keys, *rest = numpy.random.get_state()
        state["random numbers of numpy"] = (kind, keys.tobytes(), *rest)
    return state


def _filters_changed(before: Mapping[str, Any]) -> list[str]:
    return ["it changed the warning filters (undone)"] if list(warnings.filters) != before["warning filters"] else []


def _undo(before: Mapping[str, Any]) -> list[str]:
    """Sentences on what differs from `before`; random numbers stay, since other threads draw them too."""
    now = _state()
    changed = [name for name in before if name != "warning filters" and now.get(name) != before[name]]
    for name in changed:
        match name:
            case "environment":
                for key in os.environ.keys() - before[name].keys():
                    del os.environ[key]
                os.environ.update(before[name])
            case "working directory":
                os.chdir(before[name])
            case "recursion limit":
                sys.setrecursionlimit(before[name])
            case "signal handlers":
                if threading.current_thread() is threading.main_thread():
                    for number, handler in before[name].items():
                        signal.signal(number, signal.SIG_DFL if handler is None else handler)
            case "default type of torch":
                sys.modules["torch"].set_default_dtype(before[name])
    return [f"it changed the {name}{'' if name.startswith('random') else ' (undone)'}" for name in changed]
