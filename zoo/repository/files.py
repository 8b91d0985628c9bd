"""Which files loading a card reads: of its repository or folder, and of others that it borrows from."""

from __future__ import annotations

import importlib.util
from collections.abc import Mapping
from pathlib import Path
from typing import Any

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
from zoo.foreign_json import read_json

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
PACKAGE = Path(__file__).parents[1]
"""Folder of the package, which holds the bundled model."""


def wanted_patterns(card: ModelCard) -> tuple[str, ...]:
    """Shell patterns of the files in the card's repository that loading needs, weights last.

    A repository has only some of them. Where the card does not state the format, both kinds of
    weights are named, and `zoo.hub.snapshot` leaves out the pickles where safetensors exist.
    """
    source = card.source
    safe, pickled = _WEIGHTS[source.loader]
    if source.path is not None and not Path(source.path).expanduser().is_dir():
        weights: tuple[str, ...] = ()  # the user's own file
    elif source.file is not None:
        weights = (source.file,)
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
        told = read_json(path)
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
