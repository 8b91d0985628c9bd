"""What loading a model would take, said before anything is loaded: no framework, and no network unless asked.

`wanted_patterns` is the one place that says which files of a repository each kind of loader needs;
`companions` names the other repositories that it needs something of, such as a tokenizer's.
"""

from __future__ import annotations

import importlib.metadata
import importlib.util
import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from packaging.requirements import InvalidRequirement, Requirement

from zoo import hub
from zoo.cards import (
    BundledSource,
    CustomSource,
    Dense,
    ModelCard,
    OpenClipSource,
    TextPreprocess,
    TimmSource,
    TransformersSource,
)
from zoo.hub.cache import PICKLES, RepoFile, cached_folder, cached_listing, chosen
from zoo.registry import Registry, default_registry

TOKENIZER = (
    "tokenizer.json",
    "tokenizer_config.json",
    "special_tokens_map.json",
    "added_tokens.json",
    "vocab.txt",
    "vocab.json",
    "merges.txt",
    "spiece.model",
    "spm.model",
    "sentencepiece.bpe.model",
    "tokenizer.model",
)
"""What a tokenizer of transformers may consist of; a repository has some of them."""
_PROCESSOR = ("preprocessor_config.json", "processor_config.json")
_SENTENCE = ("modules.json", "[0-9]_*/config.json", "sentence_*_config.json", "config_sentence_transformers.json")
_DENSE = ("model.safetensors", "pytorch_model.bin")
ADAPTER = ("adapter_config.json", "adapter_model.safetensors", "adapter_model.bin")
"""Files of a low-rank adapter (PEFT)."""
_WEIGHTS = {
    "timm": (("model.safetensors",), ("pytorch_model.bin",)),
    "open_clip": (
        ("open_clip_model.safetensors", "open_clip_pytorch_model.safetensors"),
        ("open_clip_pytorch_model.bin",),
    ),
    "transformers": (
        ("model.safetensors", "model.safetensors.index.json", "model-*.safetensors"),
        ("pytorch_model.bin", "pytorch_model.bin.index.json", "pytorch_model-*.bin"),
    ),
    "custom": (("*.safetensors",), ("*.bin", "*.pt", "*.pth", "*.th", "*.ckpt")),
    "bundled": ((), ()),
}
"""Names of weights by loader: as safetensors, and as pickle."""
_PACKAGES = {"timm": ("timm",), "open_clip": ("open_clip_torch",), "transformers": ("transformers",)}
PACKAGE = Path(__file__).parent
"""Folder of the package, which holds the bundled model."""


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


def wanted_patterns(card: ModelCard) -> tuple[str, ...]:
    """Shell patterns of the files in the card's repository that loading needs, weights last.

    A repository has only some of them. Where the card does not state the format, both kinds of
    weights are named, and `zoo.hub.snapshot` leaves out the pickles where safetensors exist.
    """
    source = card.source
    safe, pickled = _WEIGHTS[source.loader]
    if source.file is not None:
        weights: tuple[str, ...] = (source.file,)
    else:
        weights = {"safetensors": safe, "pickle": pickled, None: safe + pickled}[source.format]
    match source:
        case TimmSource():
            return ("config.json", *weights)
        case OpenClipSource():
            return ("open_clip_config.json", *TOKENIZER, *weights)
        case TransformersSource(subfolder=subfolder, adapter=adapter):
            own = ("config.json", *_PROCESSOR, *TOKENIZER, *weights)
            names = tuple(f"{subfolder}/{name}" for name in own) if subfolder else own
            layers = [f"{layer.folder}/{name}" for layer in dense_layers(card) for name in _DENSE]
            return (*names, *_SENTENCE, *layers, *(ADAPTER if adapter == "." else ()))
        case CustomSource():
            reads = card.text_preprocess is not None or isinstance(card.preprocess, TextPreprocess)
            return ("config.json", *(TOKENIZER if reads else ()), *weights)
        case BundledSource():
            return ()


def dense_layers(card: ModelCard) -> tuple[Dense, ...]:
    """Layers of a sentence encoder that lie in folders of their own."""
    head = card.sentence_head
    return tuple(layer for layer in head.layers if isinstance(layer, Dense)) if head is not None else ()


def companions(card: ModelCard, folder: Path | None = None) -> tuple[tuple[str, tuple[str, ...]], ...]:
    """(repository, patterns) of everything that loading needs from elsewhere: tokenizers and text configs.

    Args:
        folder: the repository's snapshot, where an open_clip config may name more of them.
    """
    named: list[Any] = []
    for side in (card.preprocess, card.text_preprocess):
        if isinstance(side, TextPreprocess) and side.tokenizer and "/" in side.tokenizer and ":" not in side.tokenizer:
            named.append(side.tokenizer)
    if isinstance(card.source, OpenClipSource):
        text = _open_clip_config(card.source, folder).get("text_cfg")
        if isinstance(text, Mapping):
            named += [text.get("hf_tokenizer_name"), text.get("hf_model_name")]
    others = {name for name in named if isinstance(name, str) and name and name != card.source.repository}
    return tuple((name, ("config.json", *TOKENIZER)) for name in sorted(others))


def _open_clip_config(source: OpenClipSource, folder: Path | None) -> Mapping[str, Any]:
    """`model_cfg` of the repository, of the card, or of the architecture that the installed open_clip registers."""
    if folder is not None and (folder / "open_clip_config.json").is_file():
        told = _json(folder / "open_clip_config.json")
        inner = told.get("model_cfg", told)
        return inner if isinstance(inner, Mapping) else {}
    if source.config is not None:
        return source.config
    package = importlib.util.find_spec("open_clip") if source.architecture else None  # finds, does not import
    if package is None or package.origin is None or "/" in str(source.architecture):
        return {}
    return _json(Path(package.origin).parent / "model_configs" / f"{source.architecture}.json")


def _json(path: Path) -> Mapping[str, Any]:
    try:
        told = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return told if isinstance(told, Mapping) else {}


def bundled_files(source: BundledSource) -> tuple[Path, ...]:
    """Data files of a model that is shipped with zoo; empty where the installation lacks them."""
    for folder in (PACKAGE / source.folder, PACKAGE / "embedded" / source.folder):
        if folder.is_dir():
            files = (path for path in sorted(folder.rglob("*")) if path.is_file())
            return tuple(path for path in files if path.suffix not in (".py", ".pyc"))
    return ()


def _files(card: ModelCard, ask_hub: bool) -> tuple[tuple[RepoFile, ...], bool]:
    """(files that loading needs, as far as known; whether all of them are on this disk)."""
    source = card.source
    if isinstance(source, BundledSource):
        found = tuple(
            RepoFile(path.relative_to(PACKAGE).as_posix(), path.stat().st_size) for path in bundled_files(source)
        )
        return found, bool(found)
    if isinstance(source, CustomSource) and source.path is not None:
        path = Path(source.path).expanduser()
        size = path.stat().st_size if path.is_file() else source.n_bytes
        return (RepoFile(source.path, size, source.sha256),), path.is_file()
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
    if isinstance(source, CustomSource) and source.path is not None:
        return None if cached else f"there is no file {source.path}"
    if isinstance(source, CustomSource) and source.repository is None and source.url is not None:
        return f"its weights lie in no hub repository: download {source.url} and state its path in source.path"
    if source.repository is None:
        return "no published weights are known; random ones with pretrained=False"
    if missing:
        return f"packages are missing: pip install {' '.join(map(repr, missing))}"
    if is_offline and not cached:
        return "its files are not in the cache, and the network is switched off"
    return None
