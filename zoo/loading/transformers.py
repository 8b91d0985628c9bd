"""Builds transformers networks from a named class and a config; remote code is never run."""

from __future__ import annotations

import contextlib
import json
from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any

from zoo import hub
from zoo.cards import ModelCard, TransformersSource
from zoo.encoder.network import Network, read_weights
from zoo.errors import CapabilityError, WeightsError, ZooError
from zoo.foreign_json import read_json
from zoo.loading.adapters import put_adapter
from zoo.loading.foreign import transformers_config
from zoo.loading.sentence_head import attach
from zoo.loading.transformers_run import images_of, most_positions, texts_of, width_of, writer_of
from zoo.tokenizing import for_transformers

if TYPE_CHECKING:
    import torch

    from zoo.pulling import Fetched

_HEADS = ("pooler", "classifier", "head", "lm_head", "cls", "qa_outputs", "score", "projection")
"""Parts that a checkpoint may lack, because it was saved from the network without them."""


def build(
    card: ModelCard,
    fetched: Fetched | None,
    *,
    dtype: torch.dtype | None = None,
    local_files_only: bool | None = None,
) -> Network:
    """The network of a card that transformers loads, with the weights in `fetched` or random ones.

    Raises:
        CapabilityError: this transformers has no such class, or only code in the repository would build it.
        WeightsError: the weights do not fit.
        HubError: the config has to be read from the repository, which cannot be had.
    """
    source = card.source
    assert isinstance(source, TransformersSource)
    config = _config(card, source, fetched, local_files_only)
    if hasattr(config, "mask_ratio"):
        config.mask_ratio = 0.0  # a masked autoencoder would embed a random quarter of each picture
    kind = _class(card, source, config)
    notes: list[str] = []
    if fetched is None:
        with _quiet(), _refusals(card):
            module = _construct(kind, config, dtype)
    else:
        own = _names(kind, config, card) if source.path is not None else None
        module = _load(card, kind, config, read_weights(card, fetched, notes, own), dtype, notes)
    if source.adapter is not None and fetched is not None:
        module = put_adapter(module, card, source.adapter, fetched, notes)
    head = attach(module, card, fetched)
    return Network(
        module=module,
        dim=width_of(module, card),
        embed_images=images_of(module, card),
        embed_tokens=texts_of(module, card, head),
        tokenizer=for_transformers(card, fetched, most=most_positions(module), local_files_only=local_files_only),
        generate=writer_of(module, card, fetched, local_files_only=local_files_only),
        notes=notes,
    )


def _config(card: ModelCard, source: TransformersSource, fetched: Fetched | None, local_files_only: bool | None) -> Any:
    """The repository's config where it is here; without weights the card's own comes first."""
    from transformers import CONFIG_MAPPING

    stated = dict(source.config) if source.config is not None else None
    bare = fetched is None or not (fetched.folder / (source.subfolder or "") / "config.json").is_file()
    if bare and stated is not None and "model_type" in stated:
        model_type = str(stated.pop("model_type"))
        if model_type not in CONFIG_MAPPING:
            raise _unknown_type(card, model_type)
        with _refusals(card):
            return CONFIG_MAPPING[model_type](**stated)
    if fetched is not None:
        folder = fetched.folder
    elif source.repository is not None:
        name = f"{source.subfolder}/config.json" if source.subfolder else "config.json"
        folder = hub.snapshot(
            source.repository,
            patterns=(name,),
            revision=source.revision,
            local_files_only=local_files_only,
            model_id=card.id,
        )
    else:
        raise CapabilityError(
            f"{card.id} names neither a repository nor a config to build its network from.", "Mend the card."
        )
    folder = folder / source.subfolder if source.subfolder else folder
    told = _read(folder / "config.json", source.repository)
    model_type = str(told.get("model_type") or (stated or {}).get("model_type") or "")
    if model_type not in CONFIG_MAPPING:
        raise _unknown_type(card, model_type)
    with _refusals(card), TemporaryDirectory(prefix="zoo-") as scratch:
        (Path(scratch) / "config.json").write_text(json.dumps(transformers_config(told, card.id)), encoding="utf-8")
        return CONFIG_MAPPING[model_type].from_pretrained(scratch, local_files_only=True, trust_remote_code=False)


def _read(path: Path, repository: str | None) -> dict[str, Any]:
    try:
        told = read_json(path)
        return dict(told)
    except (OSError, ValueError, TypeError) as err:
        raise WeightsError(
            f"{path.name} of {repository} is missing or no table of settings.", "Fetch it again (zoo pull)."
        ) from err


def _unknown_type(card: ModelCard, model_type: str) -> CapabilityError:
    import transformers

    return CapabilityError(
        f"transformers {transformers.__version__} knows no model type {model_type!r}, which {card.id} is; its code may "
        "lie in its repository, and zoo runs no code from repositories.",
        "Upgrade it: pip install -U transformers; or choose another model.",
    )


def _class(card: ModelCard, source: TransformersSource, config: Any) -> Any:
    """The concrete class; one that begins with Auto is asked what it would build."""
    import torch
    import transformers

    name = source.model_class or "AutoModel"
    kind = getattr(transformers, name, None)
    if not isinstance(kind, type) or not hasattr(kind, "from_pretrained"):
        raise CapabilityError(
            f"transformers {transformers.__version__} has no class {name!r}, which {card.id} needs.",
            "Upgrade it: pip install -U transformers.",
        )
    if not hasattr(kind, "from_config"):
        return kind
    with _quiet(), _refusals(card), torch.device("meta"):
        return type(kind.from_config(config))


def _names(kind: Any, config: Any, card: ModelCard) -> list[str]:
    """Names of the tensors that the class has, without memory for them."""
    import torch

    with _quiet(), _refusals(card), torch.device("meta"):
        return list(kind(config).state_dict())


def _construct(kind: Any, config: Any, dtype: torch.dtype | None) -> torch.nn.Module:
    """Random weights in the wanted type from the start, so that a large network needs its memory once."""
    import torch

    before = torch.get_default_dtype()
    torch.set_default_dtype(dtype or torch.float32)
    try:
        module: torch.nn.Module = kind(config)
    finally:
        torch.set_default_dtype(before)
    return module


def _load(
    card: ModelCard,
    kind: Any,
    config: Any,
    state: dict[str, torch.Tensor],
    dtype: torch.dtype | None,
    notes: list[str],
) -> torch.nn.Module:
    """Through transformers' own renaming of old names, then held against the network strictly."""
    import torch

    with _quiet(), _refusals(card, WeightsError):
        module, told = kind.from_pretrained(
            None, config=config, state_dict=state, dtype=dtype or torch.float32, output_loading_info=True
        )
    missing = sorted(told["missing_keys"])
    spare = sorted(name for name in told["unexpected_keys"] if not str(name).endswith("position_ids"))
    if spare and card.source.path is not None:
        notes.append(f"{len(spare)} tensors have no place in the network and were left out ({', '.join(spare[:3])})")
    serious = [name for name in missing if not any(part in _HEADS for part in name.split("."))]
    wrong = sorted(str(key) for key in told["mismatched_keys"])
    if card.pooling == "pooler":
        serious += [name for name in missing if "pooler" in name.split(".")]
    if serious or wrong:
        faults = [
            f"{len(names)} {what} ({', '.join(names[:3])})"
            for names, what in ((serious, "missing"), (wrong, "of another shape"))
            if names
        ]
        raise WeightsError(
            f"the weights do not fit {card.id}: {'; '.join(faults)}.",
            "They belong to another architecture or version; check the card's source, or load with pretrained=False.",
        )
    if missing and card.pooling is None and any(name.startswith("pooler.") for name in missing):
        module.pooler = None  # without a stated rule its random output would be taken for the embedding
        notes.append("the pooler came without weights and was taken off")
    elif missing:
        notes.append(f"{', '.join(missing[:3])} came without weights and is random; it is not used for embeddings")
    return module  # type: ignore[no-any-return]  # from_pretrained has no types


@contextlib.contextmanager
def _refusals(card: ModelCard, kind: type[CapabilityError] | type[WeightsError] = CapabilityError) -> Iterator[None]:
    """Errors of transformers in our words."""
    import transformers

    try:
        yield
    except ZooError:
        raise
    except ImportError as err:
        raise CapabilityError(
            f"{card.id} needs a package that transformers misses: {(str(err).splitlines() or [''])[0][:200]}",
            "Install it and try again.",
        ) from err
    except Exception as err:  # it raises its own kinds for a faulty config beside the usual ones
        first = (str(err).strip().splitlines() or [type(err).__name__])[0][:200]
        raise kind(
            f"transformers {transformers.__version__} cannot build {card.id}: {first}",
            "Upgrade it: pip install -U transformers. If that does not help, the card is wrong.",
        ) from err


@contextlib.contextmanager
def _quiet() -> Iterator[None]:
    """Without progress bars and the table of keys, which would be one line in our own error."""
    import transformers

    logging: Any = transformers.utils.logging
    level, bars = logging.get_verbosity(), logging.is_progress_bar_enabled()
    logging.set_verbosity_error()
    logging.disable_progress_bar()
    try:
        yield
    finally:
        logging.set_verbosity(level)
        if bars:
            logging.enable_progress_bar()
