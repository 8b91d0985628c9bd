"""What a repository of sentence-transformers does with the vectors of its tokens, from modules.json and its folders.

Source:
    sentence-transformers 5 and 6: base/modules/{transformer,dense,normalize}.py, modules/pooling.py, base/model.py.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from zoo.cards import Dense, Normalize, PoolingMode, SentenceHead
from zoo.repository.settings import Settings, unknown_keys

_MODES: dict[str, PoolingMode] = {
    "cls": "cls",
    "max": "max",
    "mean": "mean",
    "mean_sqrt_len_tokens": "mean-sqrt-length",
    "weightedmean": "weighted-mean",
    "lasttoken": "last",
}
_FLAGS: dict[str, PoolingMode] = {
    "pooling_mode_cls_token": "cls",
    "pooling_mode_max_tokens": "max",
    "pooling_mode_mean_tokens": "mean",
    "pooling_mode_mean_sqrt_len_tokens": "mean-sqrt-length",
    "pooling_mode_weightedmean_tokens": "weighted-mean",
    "pooling_mode_lasttoken": "last",
}
"""In the order in which their results stand side by side."""
ACTIVATIONS = ("Identity", "Tanh", "ReLU", "GELU", "SiLU", "Sigmoid", "Softplus", "LeakyReLU", "ELU", "Mish")
_FAMILIES = "bert|roberta|distilbert|camembert|albert|xlm-roberta|xlnet"
_FOLDER = re.compile(r"[0-9A-Za-z_][0-9A-Za-z_.-]*")
_NO_EFFECT = {"transformer_task": "feature-extraction", "module_output_name": "token_embeddings"}
_READ_AS_TOLD = ("max_seq_length", "do_lower_case", "unpad_inputs", "modality_config", *_NO_EFFECT)
_MODEL_KEYS = (
    "__version__",
    "prompts",
    "default_prompt_name",
    "similarity_fn_name",
    "truncate_dim",
    "model_type",
)


@dataclass
class Sentences:
    """What was read; `refusals` are the ends of sentences that say why it cannot be built as its authors do."""

    head: SentenceHead | None = None
    subfolder: str | None = None
    """Where the network and its tokenizer lie."""
    max_tokens: int | None = None
    lower_case: bool = False
    prompts: tuple[tuple[str, str], ...] = ()
    default_prefix: str | None = None
    refusals: list[str] = field(default_factory=list)
    told: list[str] = field(default_factory=list)
    """What a user should know, a sentence each."""


def read_sentences(settings: Settings) -> Sentences:
    """Everything that the files of sentence-transformers say; an empty answer where there are none."""
    read = Sentences()
    _read_model(settings.get("config_sentence_transformers.json", {}), read)
    if "modules.json" in settings:
        _read_modules(settings, read)
    _read_transformer(settings, read)
    widths = settings.get("config.json", {}).get("matryoshka_dimensions")
    if read.head is not None and isinstance(widths, list) and all(isinstance(width, int) for width in widths):
        read.head = read.head.model_copy(update={"matryoshka_dims": tuple(widths)})
    return read


def _read_model(told: Mapping[str, Any], read: Sentences) -> None:
    unknown = unknown_keys(told, _MODEL_KEYS)
    if unknown:
        read.told.append(f"config_sentence_transformers.json has keys that zoo does not know: {', '.join(unknown)}.")
    kind = told.get("model_type")
    if kind not in (None, "SentenceTransformer"):
        read.refusals.append(f"it is a {kind} of sentence-transformers, which gives no one vector a text")
    prompts = told.get("prompts") or {}
    if not isinstance(prompts, Mapping) or not all(isinstance(text, str) for text in prompts.values()):
        read.refusals.append("its prompts are no table of texts")
        return
    read.prompts = tuple((str(name), text) for name, text in prompts.items())
    default = told.get("default_prompt_name")
    if default is None:
        return
    if default not in prompts:
        read.refusals.append(f"its default_prompt_name {str(default)!r} is none of its prompts")
    elif prompts[default]:
        read.default_prefix = prompts[default]
        read.told.append(
            f"Its prompt {default!r} ({prompts[default]!r}) is put before every text of which no kind is said."
        )


def _read_modules(settings: Settings, read: Sentences) -> None:
    modules = settings["modules.json"].get("")
    if not isinstance(modules, list) or not all(isinstance(module, Mapping) for module in modules):
        read.refusals.append("modules.json is no list of modules")
        return
    pooling: tuple[tuple[PoolingMode, ...], bool] | None = None
    layers: list[Dense | Normalize] = []
    for place, module in enumerate(sorted(modules, key=lambda one: int(one.get("idx", 0)))):
        whole, folder = str(module.get("type", "")), str(module.get("path") or "")
        kind = whole.rpartition(".")[2]
        if not whole.startswith("sentence_transformers."):
            read.refusals.append(f"only code in its repository builds its module {whole or 'without a type'!r}")
            return
        if (folder and not _FOLDER.fullmatch(folder)) or unknown_keys(module, ("idx", "name", "path", "type")):
            extra = unknown_keys(module, ("idx", "name", "path", "type"))
            why = f"has keys that zoo does not know: {', '.join(extra)}" if extra else f"lies in {folder!r}"
            read.refusals.append(f"its module {kind} {why}")
            return
        config = settings.get(f"{folder}/config.json", {})
        if kind == "Transformer" and place == 0:
            read.subfolder = folder or None
        elif kind == "Pooling" and place > 0 and pooling is None:
            pooling = _pooling(config, read)
        elif kind == "Dense" and pooling is not None:
            dense = _dense(folder, config, read)
            layers += [dense] if dense is not None else []
        elif kind == "Normalize" and pooling is not None:
            _check_stage(kind, config, read)
            layers.append(Normalize())
        elif kind != "Dropout":  # which does nothing outside training
            read.refusals.append(f"zoo does not build its module {kind} in place {place}")
            return
    if pooling is None:
        read.refusals.append("modules.json names no pooling")
        return
    truncated = settings.get("config_sentence_transformers.json", {}).get("truncate_dim")
    if truncated is not None and not (isinstance(truncated, int) and truncated > 0):
        read.refusals.append(f"its truncate_dim is {truncated!r}")
        truncated = None
    read.head = SentenceHead(
        pooling=pooling[0], include_prompt=pooling[1], layers=tuple(layers), truncate_dim=truncated
    )


def _pooling(config: Mapping[str, Any], read: Sentences) -> tuple[tuple[PoolingMode, ...], bool]:
    known = ("word_embedding_dimension", "embedding_dimension", "pooling_mode", "include_prompt", *_FLAGS)
    unknown = unknown_keys(config, known)
    if unknown:
        read.refusals.append(f"its pooling has keys that zoo does not know: {', '.join(unknown)}")
    stated = config.get("pooling_mode")
    if stated is None:
        modes = tuple(mode for key, mode in _FLAGS.items() if config.get(key)) or ("mean",)
    else:
        named = [stated] if isinstance(stated, str) else list(stated)
        strange = [str(name) for name in named if name not in _MODES]
        if strange or not named:
            read.refusals.append(f"its pooling {', '.join(strange) or 'without a mode'} is not known to zoo")
        modes = tuple(_MODES[name] for name in named if name in _MODES) or ("mean",)
    return modes, bool(config.get("include_prompt", True))


def _dense(folder: str, config: Mapping[str, Any], read: Sentences) -> Dense | None:
    known = ("in_features", "out_features", "bias", "activation_function", "use_residual")
    _check_stage("Dense", config, read, known)
    activation = str(config.get("activation_function", "torch.nn.modules.activation.Tanh"))
    name = activation.rpartition(".")[2]
    n_in, n_out = config.get("in_features"), config.get("out_features")
    if not activation.startswith("torch.nn.") or name not in ACTIVATIONS:
        read.refusals.append(f"its dense layer {folder} has the activation {activation}")
    elif not isinstance(n_in, int) or not isinstance(n_out, int) or not folder:
        read.refusals.append(f"its dense layer {folder or 'without a folder'} states no sizes")
    else:
        return Dense(
            folder=folder,
            n_in=n_in,
            n_out=n_out,
            bias=bool(config.get("bias", True)),
            activation=name,
            residual=bool(config.get("use_residual", False)),
        )
    return None


def _check_stage(kind: str, config: Mapping[str, Any], read: Sentences, known: tuple[str, ...] = ()) -> None:
    """A layer that reads or writes anything but the sentence's vector is not built."""
    unknown = unknown_keys(config, (*known, "module_input_name", "module_output_name"))
    places = {config.get("module_input_name"), config.get("module_output_name")} - {None, "sentence_embedding"}
    if unknown or places:
        what = ", ".join(unknown) if unknown else f"places {', '.join(map(str, places))}"
        read.refusals.append(f"its module {kind} has settings that zoo does not know: {what}")


def _read_transformer(settings: Settings, read: Sentences) -> None:
    """Of sentence_bert_config.json, which bears the family's name in old repositories."""
    folder = f"{read.subfolder}/" if read.subfolder else ""
    names = ("sentence_bert_config.json", *(f"sentence_{family}_config.json" for family in _FAMILIES.split("|")))
    name = next((f"{folder}{name}" for name in names if f"{folder}{name}" in settings), None)
    if name is None:
        return
    told = settings[name]
    odd = [f"{key} {told[key]}" for key, usual in _NO_EFFECT.items() if told.get(key) not in (None, usual)]
    kinds = told.get("modality_config")
    if isinstance(kinds, Mapping):
        text = kinds.get("text")
        method = text.get("method") if isinstance(text, Mapping) else None
        gives = text.get("method_output_name") if isinstance(text, Mapping) else None
        if method != "forward" or gives != "last_hidden_state":
            odd.append(f"modality_config.text, {gives} of {method}")
    filled = {key: value for key, value in told.items() if value not in (None, {}, [], "")}
    odd += unknown_keys(filled, _READ_AS_TOLD)
    if odd:
        read.refusals.append(f"{name} has settings that zoo does not know: {', '.join(odd)}")
    limit = told.get("max_seq_length")
    read.max_tokens = limit if isinstance(limit, int) and limit > 0 else None
    read.lower_case = bool(told.get("do_lower_case", False))
