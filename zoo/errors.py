"""Every error that zoo raises on purpose, one tree.

    ZooError
    ├── UnknownModelError        no card of this name (also a LookupError)
    ├── PluginError              a plugin is broken or asked for wrongly
    │   └── DuplicateModelError  two plugins declare one id
    ├── MissingExtraError        an optional package is absent (also an ImportError)
    ├── CapabilityError          the model cannot do what was asked
    ├── HubError                 a file could not be had from a hub
    │   ├── HubNotFoundError     no such repository, revision or file
    │   ├── GatedError           the owner wants an agreement first
    │   ├── UnauthorizedError    the token is absent, wrong or too weak
    │   ├── RateLimitedError     too many requests
    │   ├── UnavailableError     the hub or the network does not answer
    │   ├── HubTimeoutError      the total deadline passed
    │   ├── OfflineError         offline, and the file is not in the cache
    │   └── CorruptFileError     the bytes are not the promised ones
    ├── WeightsError             a weights file is unsafe, malformed or of another model
    ├── LockError                a lock file is unreadable, or does not agree with card or bytes
    ├── DataError                the user's data cannot be used (also a ValueError)
    │   ├── ImageError           one image cannot be read
    │   ├── InputContractError   the image is not what the model expects
    │   └── LabelsError          class names or prompts are empty, repeated or malformed
    └── TaskError                a task or its constraints make no sense (also a ValueError)

Each message says what was wanted, what came and what to do now. `remedy` holds that last part
alone, for programs and for the second line that the command prints.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from difflib import get_close_matches


class ZooError(Exception):
    """Base of all errors that zoo raises on purpose.

    Args:
        problem: what was wanted and what came.
        remedy: what to do now; empty if nothing can be done.
    """

    def __init__(self, problem: str, remedy: str = "") -> None:
        super().__init__(f"{problem} {remedy}".strip())
        self.problem = problem
        self.remedy = remedy


class UnknownModelError(ZooError, LookupError):
    """No installed plugin declares a model of this name."""

    def __init__(self, name: str, known: Iterable[str]) -> None:
        known = list(known)
        near = _near_names(name, known)
        remedy = f"Did you mean {' or '.join(map(repr, near))}?" if near else "zoo.list_models() lists them."
        if re.fullmatch(r"[A-Za-z0-9][\w.-]*/[A-Za-z0-9][\w.-]*", name) and name.partition("/")[0] not in _prefixes(
            known
        ):
            remedy = f"A repository of the hub is named 'hf/{name}'. {remedy if near else ''}".strip()
        super().__init__(f"no model named {name!r} among {len(known)} installed cards.", remedy)
        self.name = name
        self.suggestions = tuple(near)


def _prefixes(known: Iterable[str]) -> set[str]:
    """What stands before the first slash of ids: plugins and catalogues."""
    return {"timm", "open_clip", "hf", "local", *(name.partition("/")[0] for name in known)}


def _near_names(name: str, known: list[str]) -> list[str]:
    """At most three names that a person may have meant, best first."""
    by_fold = {candidate.lower(): candidate for candidate in known}
    bare = {candidate.rsplit("/", 1)[-1].lower(): candidate for candidate in known}
    wanted = name.lower()
    near = [by_fold[match] for match in get_close_matches(wanted, by_fold, n=3, cutoff=0.6)]
    near += [bare[match] for match in get_close_matches(wanted.rsplit("/", 1)[-1], bare, n=3, cutoff=0.6)]
    return list(dict.fromkeys(near))[:3]


class PluginError(ZooError):
    """A plugin is broken, or was asked for something that it does not offer."""


class DuplicateModelError(PluginError):
    """Two plugins declare the same model id or alias."""

    def __init__(self, name: str, first: str, second: str) -> None:
        super().__init__(
            f"model id {name!r} is declared by two plugins, {first!r} and {second!r}.",
            f"Disable one: ZOO_DISABLED_PLUGINS={second} (or {first}).",
        )
        self.name = name
        self.plugins = (first, second)


class MissingExtraError(ZooError, ImportError):
    """An optional package is absent; the message holds the exact install command."""

    def __init__(self, wanted_for: str, package: str, install: str) -> None:
        super().__init__(f"{wanted_for} needs the package {package!r}, which is not installed.", f"Run: {install}")
        self.package = package
        self.install = install


class CapabilityError(ZooError):
    """The model cannot do what was asked: no text tower, no such architecture here, no weights."""


class HubError(ZooError):
    """A file could not be had from a hub."""


class HubNotFoundError(HubError):
    """No such repository, revision or file (or it is private)."""


class GatedError(HubError):
    """The owner wants an agreement before the files can be had."""


class UnauthorizedError(HubError):
    """The token is absent, wrong or too weak."""


class RateLimitedError(HubError):
    """The hub refuses more requests for now."""


class UnavailableError(HubError):
    """The hub or the network does not answer as it should."""


class HubTimeoutError(HubError):
    """The total deadline of a download passed."""


class OfflineError(HubError):
    """Offline was asked for, and the file is not in the cache."""


class CorruptFileError(HubError):
    """The bytes that came are not the ones that were promised."""


class WeightsError(ZooError):
    """A weights file is unsafe to open, malformed, or belongs to another model."""


class LockError(ZooError):
    """A lock file is unreadable, or what it pins is not what the card or the files are."""


class DataError(ZooError, ValueError):
    """The user's data cannot be used as it is."""


class ImageError(DataError):
    """One image cannot be read, or is too large to be read safely."""


class InputContractError(DataError):
    """The image is readable, but it is not what the model's card expects."""


class LabelsError(DataError):
    """Class names or prompts are empty, repeated or malformed."""


class TaskError(ZooError, ValueError):
    """A task or its constraints contradict themselves."""
