"""From texts to token ids, by the tokenizer that a card names; says how many texts were cut.

A tokenizer is found at first use, so that a network with random weights can be built without one:
beside the weights, in the repository that the card names, inside open_clip or inside this package.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple, TypeAlias

from zoo import hub
from zoo.cards import ModelCard, TextPreprocess
from zoo.errors import CapabilityError, OfflineError
from zoo.foreign_json import read_json
from zoo.repository.files import TOKENIZER

if TYPE_CHECKING:
    import torch

    from zoo.pulling import Fetched

_ENDLESS = 1_000_000
"""transformers writes a huge number where a tokenizer knows no limit."""


class Tokenized(NamedTuple):
    """Ids of some texts, and how many of them were too long."""

    ids: dict[str, torch.Tensor]
    """`input_ids` (n, l), and `attention_mask` where the network reads one."""
    n_cut: int
    max_tokens: int | None


Tokenizer: TypeAlias = Callable[[list[str]], Tokenized]


def for_transformers(
    card: ModelCard,
    fetched: Fetched | None,
    *,
    most: int | None = None,
    local_files_only: bool | None = None,
) -> Tokenizer:
    """Tokenizer of transformers for a card's text side.

    Args:
        most: positions that the network has; None: not known.
    """
    side = _text_side(card)
    named = side.tokenizer if side is not None else None
    if named is not None and named.startswith("open_clip:"):
        return _registered(named.partition(":")[2])
    if named == "bundled":
        return bundled()
    return ByTransformers(card, fetched, most=most, local_files_only=local_files_only)


class ByTransformers:
    """A tokenizer of transformers, read at first use.

    Args:
        most: positions that the network has; None: not known.
    """

    def __init__(
        self, card: ModelCard, fetched: Fetched | None, *, most: int | None, local_files_only: bool | None
    ) -> None:
        self._card, self._fetched, self._most, self._local_files_only = card, fetched, most, local_files_only
        self._read: Any = None

    def __call__(self, texts: list[str]) -> Tokenized:
        side = _text_side(self._card)
        return _run(self.tokenizer, texts, self.max_tokens, _padding(self._card, side))

    @property
    def tokenizer(self) -> Any:
        """The object of transformers, ready to pad."""
        if self._read is None:
            self._read = read_tokenizer(self._card, self._fetched, local_files_only=self._local_files_only)
        return self._read

    @property
    def max_tokens(self) -> int | None:
        """Where a text is cut; None: no limit is known."""
        return _limit(self._card, _text_side(self._card), self.tokenizer, self._most)


def for_open_clip(
    card: ModelCard, config: Mapping[str, Any], fetched: Fetched | None, *, local_files_only: bool | None = None
) -> Tokenizer:
    """open_clip's own tokenizer for a `model_cfg`: byte pairs, or one of transformers by name."""
    text = dict(config.get("text_cfg") or {})
    length = int(text.get("context_length") or 77)
    named = text.get("hf_tokenizer_name") or ""
    side = _text_side(card)
    if not named and side is not None and side.tokenizer and "/" in side.tokenizer:
        named = side.tokenizer
    extra = dict(text.get("tokenizer_kwargs") or {})
    state: dict[str, Any] = {}

    def tokenize(texts: list[str]) -> Tokenized:
        if not state:
            if named:
                folder = _folder(card, named, fetched, local_files_only)
                state["tokenizer"] = _open_clip_by_transformers(folder, length, text.get("tokenizer_mode"), extra, card)
            else:
                from open_clip.tokenizer import SimpleTokenizer

                state["tokenizer"] = SimpleTokenizer(context_length=length, **extra)
        return _run_open_clip(state["tokenizer"], texts, length)

    return tokenize


def bundled() -> Tokenizer:
    """Tokenizer of the model inside this package."""

    def tokenize(texts: list[str]) -> Tokenized:
        from zoo import embedded
        from zoo.embedded import tokenizer as words

        ids = embedded.tokenize(texts)
        length = int(ids.shape[1])
        # Only a row without padding can have been cut.
        full = [k for k in range(len(texts)) if int((ids[k] != 0).sum()) == length]
        tokenizer = words.Tokenizer.read(embedded.WEIGHTS / "vocabulary.json") if full else None
        n_cut = sum(len(tokenizer.pieces(texts[k])) + 2 > length for k in full) if tokenizer is not None else 0
        return Tokenized({"input_ids": ids}, n_cut, length)

    return tokenize


def read_tokenizer(card: ModelCard, fetched: Fetched | None, *, local_files_only: bool | None = None) -> Any:
    """The tokenizer object of transformers for a card, ready to pad."""
    side = _text_side(card)
    named = side.tokenizer if side is not None else None
    tokenizer = _read(_folder(card, named or card.source.repository, fetched, local_files_only), card)
    _prepare(tokenizer, side)
    return tokenizer


def _registered(architecture: str) -> Tokenizer:
    state: dict[str, Any] = {}

    def tokenize(texts: list[str]) -> Tokenized:
        import open_clip

        if not state:
            config = open_clip.get_model_config(architecture) or {}
            length = int((config.get("text_cfg") or {}).get("context_length") or 77)
            state.update(length=length, tokenizer=open_clip.SimpleTokenizer(context_length=length))
        return _run_open_clip(state["tokenizer"], texts, state["length"])

    return tokenize


def _text_side(card: ModelCard) -> TextPreprocess | None:
    if card.text_preprocess is not None:
        return card.text_preprocess
    return card.preprocess if isinstance(card.preprocess, TextPreprocess) else None


def _folder(card: ModelCard, repository: str | None, fetched: Fetched | None, local_files_only: bool | None) -> Path:
    """Folder with the tokenizer's files: a companion, the card's own repository, or fetched now."""
    if repository is None and fetched is not None and card.source.path is not None:
        sub = getattr(card.source, "subfolder", None)
        return fetched.folder / sub if sub else fetched.folder
    if repository is None:
        raise CapabilityError(f"the card of {card.id} names no tokenizer.", "Give its author's to the card.")
    if fetched is not None and repository in fetched.companions:
        return fetched.companions[repository]
    sub = getattr(card.source, "subfolder", None)
    if fetched is not None:
        own = fetched.folder / sub if sub else fetched.folder
        if repository == card.source.repository or (own / "tokenizer.json").is_file():
            return own
    patterns: tuple[str, ...] = ("config.json", *TOKENIZER)
    if sub and repository == card.source.repository:
        patterns = tuple(f"{sub}/{name}" for name in patterns)
    revision = card.source.revision if repository == card.source.repository else None
    try:
        folder = hub.snapshot(
            repository, patterns=patterns, revision=revision, local_files_only=local_files_only, model_id=card.id
        )
    except OfflineError as err:
        raise OfflineError(f"the tokenizer of {card.id} lies in {repository}, and {err.problem}", err.remedy) from err
    return folder / sub if sub and repository == card.source.repository else folder


def _read(folder: Path, card: ModelCard) -> Any:
    """A tokenizer of transformers from files on this disk; code of a repository is never run."""
    import transformers

    foreign = _needs_foreign_code(folder)
    if foreign and not (folder / "tokenizer.json").is_file():
        raise CapabilityError(
            f"the tokenizer of {card.id} is code inside its repository, and zoo runs no code from repositories.",
            "Choose another model: zoo list --capability embed.",
        )
    kind: Any = transformers.PreTrainedTokenizerFast if foreign else transformers.AutoTokenizer
    try:
        return kind.from_pretrained(str(folder), local_files_only=True, trust_remote_code=False)
    except ImportError as err:
        raise CapabilityError(
            f"the tokenizer of {card.id} needs a package that is not installed: {str(err).splitlines()[0][:200]}",
            "Install it: pip install sentencepiece tiktoken.",
        ) from err
    except (OSError, ValueError, KeyError, TypeError, AttributeError, RuntimeError) as err:
        first = (str(err).splitlines() or [type(err).__name__])[0][:200]
        raise CapabilityError(
            f"the tokenizer of {card.id} cannot be read from {folder.name}: {first}",
            "Fetch it again (zoo pull), or upgrade transformers.",
        ) from err


def _needs_foreign_code(folder: Path) -> bool:
    """Whether a tokenizer's settings name code, in whichever form: a table, a list or one word."""
    for name in ("tokenizer_config.json", "config.json"):
        try:
            told = read_json(folder / name)
        except (OSError, ValueError):
            continue
        mapped = told.get("auto_map") if isinstance(told, dict) else None
        if mapped and (not isinstance(mapped, dict) or "AutoTokenizer" in mapped):
            return True
    return False


def _prepare(tokenizer: Any, side: TextPreprocess | None) -> None:
    if side is not None and side.padding_side is not None:
        tokenizer.padding_side = side.padding_side
    if tokenizer.pad_token is None:  # decoders were trained without one; the mask hides whatever stands there
        tokenizer.pad_token = tokenizer.eos_token or tokenizer.unk_token
    if side is not None and side.lower_case:
        _lower(tokenizer)


def _lower(tokenizer: Any) -> None:
    """Small letters before everything else, as sentence-transformers does."""
    from tokenizers import normalizers

    backend = getattr(tokenizer, "backend_tokenizer", None)
    if backend is None:
        tokenizer.do_lower_case = True
        return
    own = [backend.normalizer] if backend.normalizer is not None else []
    backend.normalizer = normalizers.Sequence([normalizers.Lowercase(), *own])


def _limit(card: ModelCard, side: TextPreprocess | None, tokenizer: Any, most: int | None) -> int | None:
    stated = (side.max_tokens if side is not None else None) or card.max_tokens
    limits = [limit for limit in (stated, most) if limit is not None]
    if not limits and tokenizer.model_max_length < _ENDLESS:
        limits = [tokenizer.model_max_length]
    return min(limits) if limits else None


def _padding(card: ModelCard, side: TextPreprocess | None) -> str | bool:
    wanted = side.padding if side is not None else None
    if wanted is None and card.zero_shot is not None:
        wanted = card.zero_shot.text_padding
    return "max_length" if wanted == "max_length" else "longest"


def _run(tokenizer: Any, texts: list[str], limit: int | None, padding: str | bool) -> Tokenized:
    encoded = tokenizer(
        texts,
        padding=padding if limit is not None or padding != "max_length" else "longest",
        truncation=limit is not None,
        max_length=limit,
        return_tensors="pt",
    )
    ids = {name: value for name, value in encoded.items() if name in ("input_ids", "attention_mask", "token_type_ids")}
    return Tokenized(ids, _count_cut(encoded, tokenizer, texts, limit), limit)


def _count_cut(encoded: Any, tokenizer: Any, texts: list[str], limit: int | None) -> int:
    if limit is None:
        return 0
    if getattr(encoded, "encodings", None):
        return sum(bool(one.overflowing) for one in encoded.encodings)
    # A slow tokenizer does not tell; only a text that fills the whole length can have been cut.
    full = [k for k, row in enumerate(encoded["attention_mask"]) if int(row.sum()) == limit]
    return sum(len(tokenizer(texts[k])["input_ids"]) > limit for k in full)


def _open_clip_by_transformers(
    folder: Path, length: int, mode: str | None, extra: dict[str, Any], card: ModelCard
) -> Any:
    _read(folder, card)  # refuses foreign code and unreadable files in our words
    from open_clip.tokenizer import HFTokenizer

    return HFTokenizer(
        str(folder), context_length=length, tokenizer_mode=mode, trust_remote_code=False, local_files_only=True, **extra
    )


def _run_open_clip(tokenizer: Any, texts: list[str], length: int) -> Tokenized:
    ids = tokenizer(texts)
    inner = getattr(tokenizer, "tokenizer", None)
    if inner is None:
        n_cut = sum(len(tokenizer.encode(text)) + 2 > length for text in texts)
    else:
        n_cut = sum(len(row) > length for row in inner([tokenizer.clean_fn(text) for text in texts])["input_ids"])
    return Tokenized({"input_ids": ids}, n_cut, length)
