"""How a transformers network is run for embeddings and answers, whichever of its many output forms it has."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from zoo.cards import ModelCard
from zoo.encoder.network import Tokens
from zoo.errors import CapabilityError
from zoo.loading.pooling import pool
from zoo.loading.sentence_head import Head
from zoo.repository.reading import head_width

if TYPE_CHECKING:
    import torch

    from zoo.pulling import Fetched


def images_of(module: Any, card: ModelCard) -> Callable[[torch.Tensor], torch.Tensor] | None:
    """Function from pixels to (n, d); None for a text model."""
    if card.modality in ("text", "code"):
        return None
    rule = card.pooling

    def project(pixels: torch.Tensor) -> torch.Tensor:
        return _pooled(module.get_image_features(**_picture(module, pixels)), rule, 0)

    def encode(pixels: torch.Tensor) -> torch.Tensor:
        output = module(pixel_values=pixels)
        return _pooled(output, rule, _n_prefix(module))

    return project if hasattr(module, "get_image_features") else encode


def texts_of(module: Any, card: ModelCard, head: Head | None = None) -> Callable[[Tokens], torch.Tensor] | None:
    """Function from token ids to (n, d); None for an image model.

    Args:
        head: what stands behind the tokens of a sentence encoder.
    """
    if card.modality in ("image", "multispectral"):
        return None
    if hasattr(module, "get_text_features"):
        # SigLIP attended to its padding in training, so a mask would give other vectors.
        unmasked = str(module.config.model_type).startswith("siglip")

        def project(tokens: Tokens) -> torch.Tensor:
            taken = _taken(module.get_text_features, tokens)
            if unmasked:
                taken.pop("attention_mask", None)
            return _pooled(module.get_text_features(**taken), "projection", 0)

        return project
    rule = card.pooling or "mean"

    def encode(tokens: Tokens) -> torch.Tensor:
        language = _language_model(module)
        output = language(**_taken(language.forward, tokens))
        if head is not None:
            n_prompt = tokens.get("prompt_length")
            left_out = 0 if n_prompt is None else int(n_prompt[0])
            vectors: torch.Tensor = head(output.last_hidden_state, tokens.get("attention_mask"), left_out)
            return vectors
        if rule == "pooler":
            return _pooled(output, rule, 0)
        return pool(output.last_hidden_state, rule, mask=tokens.get("attention_mask"))

    return encode


def width_of(module: Any, card: ModelCard) -> int | None:
    """Width of an embedding by the config; None where only a run can tell."""
    config = module.config
    if hasattr(module, "get_text_features") and hasattr(module, "get_image_features"):
        width = getattr(config, "projection_dim", None)
        if hasattr(module, "text_projection") or width is None:
            projection = getattr(module, "text_projection", None)
            width = getattr(projection, "out_features", width)
        if width is None and str(config.model_type).startswith("siglip"):
            width = config.vision_config.hidden_size  # its image tower has no projection
        return width if isinstance(width, int) else None
    sizes = getattr(config, "hidden_sizes", None)
    if sizes:
        return int(sizes[-1])
    text = config.get_text_config() if hasattr(config, "get_text_config") else config
    width = getattr(text, "hidden_size", None)
    if not isinstance(width, int):
        return None
    if card.sentence_head is not None:
        return head_width(card.sentence_head, width)
    return 2 * width if card.pooling == "cls+mean" else width


def most_positions(module: Any) -> int | None:
    """Tokens that fit; a RoBERTa keeps its first positions for padding."""
    config = module.config
    text = config.get_text_config() if hasattr(config, "get_text_config") else config
    most = getattr(text, "max_position_embeddings", None)
    if not isinstance(most, int) or most <= 0:
        return None
    kept = ("roberta", "camembert", "longformer", "mpnet", "esm")
    if any(name in str(text.model_type) for name in kept):
        return most - int(text.pad_token_id or 0) - 1
    return most


def writer_of(
    module: Any, card: ModelCard, fetched: Fetched | None, *, local_files_only: bool | None = None
) -> Callable[[torch.Tensor | None, list[str], int], list[str]] | None:
    """Function from pictures and prompts to texts, where the network has a language head."""
    if "generate" not in card.capabilities or not hasattr(module, "generate"):
        return None
    state: dict[str, Any] = {}

    def write(pixels: torch.Tensor | None, prompts: list[str], max_new_tokens: int) -> list[str]:
        import torch

        from zoo.tokenizing import read_tokenizer

        if not state:
            state["tokenizer"] = read_tokenizer(card, fetched, local_files_only=local_files_only)
        tokenizer = state["tokenizer"]
        tokenizer.padding_side = "left"  # new tokens are appended on the right
        rows = tokenizer(prompts)["input_ids"]
        if pixels is not None:
            mark = _image_mark(module)
            if mark is None:
                raise CapabilityError(f"{card.id} does not read pictures.", "Give prompts alone.")
            rows = [_with_image(row, mark, _n_image_tokens(module, pixels[:1])) for row in rows]
        tokens = tokenizer.pad({"input_ids": rows}, return_tensors="pt")
        device = next(module.parameters()).device
        given = {name: tokens[name].to(device) for name in ("input_ids", "attention_mask")}
        if pixels is not None:
            given |= _picture(module, pixels)
        with torch.no_grad():
            ids = module.generate(
                **given, max_new_tokens=max_new_tokens, do_sample=False, pad_token_id=tokenizer.pad_token_id
            )
        return list(tokenizer.batch_decode(ids[:, given["input_ids"].shape[1] :], skip_special_tokens=True))

    return write


def _picture(module: Any, pixels: torch.Tensor) -> dict[str, torch.Tensor]:
    """Arguments for pictures: pixels, or for the Qwen-VL family patches in a row with their grid.

    Source:
        transformers, Qwen2VLImageProcessor (the order of axes in a patch and of patches in a merged block).
    """
    if "image_grid_thw" not in inspect.signature(module.get_image_features).parameters:
        return {"pixel_values": pixels}
    vision = module.config.vision_config
    n, channels, height, width = pixels.shape
    patch, block, frames = vision.patch_size, vision.spatial_merge_size, vision.temporal_patch_size
    if height % (patch * block) or width % (patch * block):
        raise CapabilityError(
            f"the network takes sides that are multiples of {patch * block} pixels, got {height} x {width}.",
            "Mend size_px of the card.",
        )
    rows, columns = height // patch, width // patch
    still = pixels.unsqueeze(1).expand(n, frames, channels, height, width)  # a picture is a film that stands still
    split = still.reshape(n, frames, channels, rows // block, block, patch, columns // block, block, patch)
    ordered = split.permute(0, 3, 6, 4, 7, 2, 1, 5, 8)
    return {
        "pixel_values": ordered.reshape(n * rows * columns, channels * frames * patch * patch),
        "image_grid_thw": pixels.new_tensor([[1, rows, columns]] * n).long(),
    }


def _pooled(output: Any, rule: str | None, n_prefix: int) -> torch.Tensor:
    """One vector per input out of whatever a forward gives."""
    import torch

    if isinstance(output, torch.Tensor):
        return output if output.ndim == 2 else pool(output, "mean")
    if isinstance(output, (list, tuple)):  # one (tokens, d) tensor a picture, as multi-crop models give
        return torch.stack([each.mean(dim=0) if each.ndim == 2 else each for each in output])
    pooled = getattr(output, "pooler_output", None)
    if isinstance(pooled, (list, tuple)):
        return _pooled(pooled, rule, n_prefix)
    hidden = getattr(output, "last_hidden_state", None)
    if rule in (None, "pooler", "map", "projection", "average") and pooled is not None:
        flat: torch.Tensor = pooled.flatten(1) if pooled.ndim != 3 else pool(pooled, "mean")
        return flat
    if hidden is None:
        raise CapabilityError(f"the network gives no hidden states to take {rule!r} of.", "Mend the card's pooling.")
    if hidden.ndim == 4:  # (n, c, h, w) of a convolutional network
        return pool(hidden.flatten(2).transpose(1, 2), "mean")
    return pool(hidden, rule if rule in ("cls", "mean", "average", "last", "cls+mean") else "cls", n_prefix=n_prefix)


def _n_prefix(module: Any) -> int:
    """Class and register tokens before the patches."""
    embeddings = getattr(module, "embeddings", None) or getattr(
        getattr(module, "vision_model", None), "embeddings", None
    )
    has_class = any(getattr(embeddings, name, None) is not None for name in ("cls_token", "class_embedding"))
    return int(has_class) + int(getattr(module.config, "num_register_tokens", 0) or 0)


def _language_model(module: Any) -> Any:
    """The part without a language head, which would cost a row of logits per token and is not needed here."""
    if getattr(module.config, "is_encoder_decoder", False):
        return module.get_encoder()
    base = module.base_model
    return getattr(base, "language_model", base)


def _taken(forward: Any, tokens: Tokens) -> dict[str, Any]:
    """Those of the tokens' tensors that the function has a parameter for."""
    names = inspect.signature(forward).parameters
    return {name: value for name, value in tokens.items() if name in names}


def _image_mark(module: Any) -> int | None:
    """Id of the token that stands for a vector of a picture."""
    config = module.config
    number = getattr(config, "image_token_id", None)
    number = getattr(config, "image_token_index", None) if number is None else number
    return number if isinstance(number, int) else None


def _n_image_tokens(module: Any, pixels: torch.Tensor) -> int:
    """Vectors that one picture becomes, counted by running it."""
    import torch

    with torch.no_grad():
        features = module.get_image_features(**_picture(module, pixels))
    features = getattr(features, "pooler_output", features)
    first = features[0]
    return int(first.shape[0]) if first.ndim == 2 else 1


def _with_image(row: list[int], mark: int, n_tokens: int) -> list[int]:
    """Ids with one mark per vector of the picture; behind the first token where the prompt names no place."""
    place = row.index(mark) if mark in row else 1
    after = place + 1 if mark in row else place
    return [*row[:place], *[mark] * n_tokens, *row[after:]]
