"""What loading a model would take, said before anything is loaded: no framework, and no network unless asked.

`wanted_patterns` is the one place that says which files of a repository each kind of loader needs;
`companions` names the other repositories that it needs something of, such as a tokenizer's.
"""

from __future__ import annotations

import importlib.metadata
import importlib.util
from dataclasses import asdict, dataclass
from pathlib import Path

from packaging.requirements import InvalidRequirement, Requirement

from zoo import hub
from zoo.cards import (
    BundledSource,
    CustomSource,
    ModelCard,
    TimmSource,
)
from zoo.hub.cache import PICKLES, RepoFile, cached_folder, cached_listing, chosen
from zoo.registry import Registry, default_registry
from zoo.repository.files import PACKAGE, bundled_files, companions, wanted_patterns

_PACKAGES = {"timm": ("timm",), "open_clip": ("open_clip_torch",), "transformers": ("transformers",)}


@dataclass(frozen=True)
class LoadPlan:
    """What `zoo.load` would do for one model on this machine, now."""

    id: str
    loader: str
    repository: str | None
    revision: str | None
    files: tuple[RepoFile, ...]
    """As far as known without asking the hub."""
    n_bytes: int | None
    """Of all files, or of the weights alone where only the card speaks; None: not known."""
    format: str | None
    cached: bool
    """Whether loading needs no network."""
    gated: bool | None
    packages_missing: tuple[str, ...]
    loadable: bool
    why_not: str | None

    def to_dict(self) -> dict[str, object]:
        """Plain data, for JSON."""
        return asdict(self)


def plan(
    name: str | ModelCard,
    *,
    registry: Registry | None = None,
    local_files_only: bool | None = None,
    ask_hub: bool = False,
) -> LoadPlan:
    """What loading this model would take: files, bytes, cached or not, gated or not, packages missing.

    Args:
        local_files_only: as for `zoo.load`; None: as HF_HUB_OFFLINE says.
        ask_hub: ask for the list of files where it was never asked for; else no network is used.

    Raises:
        UnknownModelError: no card of this name.
        HubError: the hub was to be asked, and does not tell.
    """
    card = (registry or default_registry()).get_card(name)
    source = card.source
    files, cached = _files(card, ask_hub and not hub.is_offline(local_files_only))
    sizes = [file.n_bytes for file in files]
    n_bytes = sum(size for size in sizes if size is not None) if sizes and None not in sizes else source.n_bytes
    missing = packages_missing(card)
    why_not = _why_not(card, cached, missing, hub.is_offline(local_files_only))
    return LoadPlan(
        id=card.id,
        loader=source.loader,
        repository=source.repository,
        revision=source.revision,
        files=files,
        n_bytes=n_bytes,
        format=source.format or _format(files),
        cached=cached,
        gated=card.gated,
        packages_missing=missing,
        loadable=why_not is None,
        why_not=why_not,
    )


def _files(card: ModelCard, ask_hub: bool) -> tuple[tuple[RepoFile, ...], bool]:
    """(files that loading needs, as far as known; whether all of them are on this disk)."""
    source = card.source
    if isinstance(source, BundledSource):
        found = tuple(
            RepoFile(path.relative_to(PACKAGE).as_posix(), path.stat().st_size) for path in bundled_files(source)
        )
        return found, bool(found)
    if source.path is not None:
        return _on_this_disk(card, Path(source.path).expanduser())
    if source.repository is None:
        return (), False
    if ask_hub and cached_listing(source.repository, source.revision) is None:
        hub.list_files(source.repository, revision=source.revision, model_id=card.id)
    files, complete = _in_repository(source.repository, source.revision, wanted_patterns(card))
    if not files and source.file is not None:
        files = (RepoFile(source.file, source.n_bytes, source.sha256),)
    elif not complete and source.file is not None and source.file not in {file.path for file in files}:
        files = (*files, RepoFile(source.file, source.n_bytes, source.sha256))
    has_weights = any(file.path.endswith((".safetensors", *PICKLES)) or file.path == source.file for file in files)
    rest = companions(card, cached_folder(source.repository, source.revision))
    complete = complete and has_weights and all(_in_repository(name, None, names)[1] for name, names in rest)
    return files, complete


def _on_this_disk(card: ModelCard, path: Path) -> tuple[tuple[RepoFile, ...], bool]:
    """Of a user's own model: its files, and whether nothing has to be fetched beside them."""
    source = card.source
    if path.is_dir():
        every = (file for file in sorted(path.rglob("*")) if file.is_file())
        files = chosen(
            (RepoFile(file.relative_to(path).as_posix(), file.stat().st_size) for file in every), wanted_patterns(card)
        )
        complete = bool(files)
    else:
        files = [RepoFile(str(path), path.stat().st_size if path.is_file() else source.n_bytes, source.sha256)]
        complete = path.is_file()
        if source.repository is not None and not isinstance(source, TimmSource) and wanted_patterns(card):
            beside, there = _in_repository(source.repository, source.revision, wanted_patterns(card))
            files, complete = [*files, *beside], complete and there
    rest = companions(card, path if path.is_dir() else None)
    return tuple(files), complete and all(_in_repository(name, None, names)[1] for name, names in rest)


def _in_repository(
    repository: str, revision: str | None, patterns: tuple[str, ...]
) -> tuple[tuple[RepoFile, ...], bool]:
    """(files that answer, whether all are cached): by the hub's list if it was ever asked, else by what lies there."""
    folder = cached_folder(repository, revision)
    listing = cached_listing(repository, revision)
    if listing is None and folder is not None:
        listing = tuple(
            RepoFile(path.relative_to(folder).as_posix(), path.stat().st_size)
            for path in sorted(folder.rglob("*"))
            if path.is_file()
        )
    files = tuple(chosen(listing or (), patterns))
    return files, bool(files) and folder is not None and all((folder / file.path).is_file() for file in files)


def _format(files: tuple[RepoFile, ...]) -> str | None:
    if any(file.path.endswith(".safetensors") for file in files):
        return "safetensors"
    return "pickle" if any(file.path.endswith(PICKLES) for file in files) else None


def packages_missing(card: ModelCard) -> tuple[str, ...]:
    """Requirements, as pip takes them, that this installation does not meet."""
    missing = []
    for stated in (*_PACKAGES.get(card.source.loader, ()), *card.source.needs):
        try:
            requirement = Requirement(stated)
            version = importlib.metadata.version(requirement.name)
        except (InvalidRequirement, importlib.metadata.PackageNotFoundError):
            missing.append(stated)
        else:
            if not requirement.specifier.contains(version, prereleases=True):
                missing.append(stated)
    return tuple(missing)


def _why_not(card: ModelCard, cached: bool, missing: tuple[str, ...], is_offline: bool) -> str | None:
    source = card.source
    if source.refusal is not None:
        return source.refusal
    if isinstance(source, CustomSource) and source.builder is None:
        return "its architecture is not built in zoo yet"
    if isinstance(source, BundledSource):
        return None if cached else "its weights are not in this installation"
    if source.path is not None and not Path(source.path).expanduser().exists():
        return f"there is no file {source.path}"
    if isinstance(source, CustomSource) and source.repository is None and source.url is not None:
        return f"its weights lie in no hub repository: download {source.url} and state its path in source.path"
    if source.repository is None and source.path is None:
        return "no published weights are known; random ones with pretrained=False"
    if missing:
        return f"packages are missing: pip install {' '.join(map(repr, missing))}"
    if is_offline and not cached:
        return "its files are not in the cache, and the network is switched off"
    return None
