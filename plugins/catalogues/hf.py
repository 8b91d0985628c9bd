"""Any repository of the hub as a card: from its listing, its small JSON files and its owner's words; no weights.

A repository that is not understood still gives a card that says what is known; loading it then says why not.
"""

from __future__ import annotations

import re
import warnings
from collections.abc import Mapping
from typing import Any

from zoo import hub
from zoo.cards import License, ModelCard, Pretraining, WeightFile
from zoo.errors import (
    GatedError,
    HubNotFoundError,
    HubTimeoutError,
    OfflineError,
    RateLimitedError,
    UnauthorizedError,
    UnavailableError,
)
from zoo.hub.cache import cached_folder
from zoo.lock_file import pinned_commit
from zoo.repository.reading import Reading, read_repository, refused
from zoo.repository.settings import NAMES, read_settings

from .timm import COMMERCIAL


def resolve(repository: str) -> ModelCard | None:
    """The card of `owner/name`; None: the hub has no such repository, or it is private.

    Raises:
        OfflineError: without a network, and nothing of it is in the cache.
        HubError: the hub does not answer.
    """
    try:
        known: hub.Description | None = hub.describe(repository, revision=pinned_commit(f"hf/{repository}"))
    except HubNotFoundError:
        return None
    except OfflineError:
        known = None
    except (UnauthorizedError, GatedError, RateLimitedError, UnavailableError, HubTimeoutError) as err:
        if cached_folder(repository) is None:
            raise
        known = None
        warnings.warn(f"hf/{repository} is taken from the cache: {err.problem}", stacklevel=2)
    revision = known.commit if known is not None else pinned_commit(f"hf/{repository}")
    try:
        settings, faulty = _settings(repository, revision)
    except (GatedError, UnauthorizedError, HubNotFoundError):
        settings, faulty = {}, ()
    return _card(repository, known, settings, faulty)


def _settings(repository: str, revision: str | None) -> tuple[dict[str, Mapping[str, Any]], tuple[str, ...]]:
    """(the repository's small JSON files by name, names of those that cannot be read)."""
    folder = hub.snapshot(repository, patterns=NAMES, revision=revision, model_id=f"hf/{repository}")
    return read_settings(folder, (path for path in folder.rglob("*.json") if path.is_file()))


def _card(
    repository: str,
    known: hub.Description | None,
    settings: Mapping[str, Mapping[str, Any]],
    faulty: tuple[str, ...],
) -> ModelCard:
    place = WeightFile(repository=repository, revision=known.commit if known is not None else None)
    stated = (known.library, known.task) if known is not None else (None, None)
    reading = read_repository(settings, place=place, library=stated[0], task=stated[1], faulty=faulty)
    facts = reading.facts()
    if "adapter_config.json" in settings and "config.json" not in settings:
        facts |= _adapter_alone(repository, settings["adapter_config.json"], reading)
    if not settings:
        facts["limitations"] = "Its settings could not be read, so how it is prepared and run is not known."
    terms = known.tagged("license") if known is not None else ()
    weights = terms[0] if terms and terms[0] not in ("other", "unknown") else None
    return ModelCard(
        id=f"hf/{repository}",
        title=repository.split("/")[1],
        summary=_summary(repository, known),
        domains=(),
        n_parameters=known.n_parameters if known is not None else None,
        pretraining=_pretraining(known),
        license=License(code=None, weights=weights, data=None),
        commercial_use=COMMERCIAL.get(weights or ""),
        gated=known.gated if known is not None else None,
        languages=_languages(known),
        citation=None,
        sources=(f"https://huggingface.co/{repository}",),
        **facts,
    )


def _adapter_alone(repository: str, told: Mapping[str, Any], reading: Reading) -> dict[str, Any]:
    """A repository that holds an adapter and no network of its own."""
    base = told.get("base_model_name_or_path")
    named = f"for {base}" if isinstance(base, str) and base else "whose base it does not name"
    source = refused(
        reading.source,
        f"it holds an adapter alone, {named}: load the base and put the adapter's folder on it, "
        "zoo.load(BASE, weights=FOLDER)",
    )
    return {"source": source, "limitations": f"It is an adapter {named}, not a network."}


def _pretraining(known: hub.Description | None) -> Pretraining | None:
    """What the owner lists; of a fine-tuned model that is not all it has seen, so nothing is said."""
    if known is None or known.tagged("base_model"):
        return None
    datasets = frozenset(known.tagged("dataset"))
    return Pretraining(datasets=datasets) if datasets else None


def _languages(known: hub.Description | None) -> tuple[str, ...] | None:
    codes = tuple(tag for tag in known.tags if re.fullmatch(r"[a-z]{2}", tag)) if known is not None else ()
    return codes or None


def _summary(repository: str, known: hub.Description | None) -> str:
    if known is None:
        return f"{repository} as it lies in the cache"
    told = [word for word in (known.library, known.task) if word]
    return f"{repository} on the hub" + (f": {', '.join(told)}" if told else "")
