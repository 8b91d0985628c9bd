"""A network's parameters in groups from input to head, for freezing and for learning rates by depth.

    embeddings → block → block → ... → head        of one tower; an image-text model has two, image first

timm networks say themselves how they are grouped (`group_matcher`); any other is looked through for its
stack of alike layers, whatever it calls them.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import TYPE_CHECKING, Any, Literal

if TYPE_CHECKING:
    import torch

_IMAGE = ("visual.", "vision_model.", "vision_tower.", "vision_encoder.", "image_encoder.", "visual_projection.")
_TEXT = (
    "text.",
    "text_model.",
    "text_encoder.",
    "text_projection",
    "language_model.",
    "transformer.",
    "token_embedding.",
    "positional_embedding",
    "ln_final.",
)
_IMAGE_IN_MODEL = ("model.vision_tower.", "model.visual.", "model.vision_model.", "multi_modal_projector.")
_INPUT = re.compile(
    r"(embed|cls_token|class_token|reg_token|register_tokens|mask_token|dist_token|pos_|position|patch|stem|ln_pre|"
    r"pre_?layernorm|norm_pre|^conv1|^bn1|\.conv1\.|\.bn1\.)"
)
_HEAD = re.compile(
    r"(pooler|head|classifier|projection|^proj$|\.proj$|ln_post|ln_final|post_layernorm|final_layer_norm|"
    r"logit_scale|logit_bias|attn_pool|projector)"
)


def layer_groups(
    module: torch.nn.Module, *, side: Literal["image", "text"] | None = None
) -> list[tuple[str, list[torch.nn.Parameter]]]:
    """(name, parameters) from input to head; together every parameter of that side, each exactly once.

    Args:
        side: one tower of an image-text network; a network of one tower is all there is.
    """
    parameters = dict(module.named_parameters())
    towers = _towers(parameters)
    if len(towers) == 1:
        return _grouped(module, "", parameters, list(parameters))
    groups: list[tuple[str, list[torch.nn.Parameter]]] = []
    for name in ("image", "text"):
        if side in (None, name):
            groups += [(f"{name}.{group}", found) for group, found in _tower(module, parameters, towers[name])]
    shared = [parameters[name] for name in towers.get("shared", [])]
    return [*groups, ("scoring", shared)] if shared and side is None else groups


def _towers(parameters: Iterable[str]) -> dict[str, list[str]]:
    """Names of parameters by tower; one entry if the network has only one."""
    told: dict[str, list[str]] = {"image": [], "text": [], "shared": []}
    for name in parameters:
        if name.startswith((*_IMAGE, *_IMAGE_IN_MODEL)):
            told["image"].append(name)
        elif name.startswith(_TEXT) or name.startswith(("model.language_model.", "lm_head.")):
            told["text"].append(name)
        else:
            told["shared"].append(name)
    if not told["image"] or not told["text"]:
        return {"all": [name for names in told.values() for name in names]}
    return told if told["shared"] else {name: told[name] for name in ("image", "text")}


def _tower(
    module: torch.nn.Module, parameters: dict[str, torch.nn.Parameter], names: list[str]
) -> list[tuple[str, list[torch.nn.Parameter]]]:
    return _grouped(module, "", {name: parameters[name] for name in names}, names)


def _grouped(
    module: torch.nn.Module, prefix: str, parameters: dict[str, torch.nn.Parameter], names: list[str]
) -> list[tuple[str, list[torch.nn.Parameter]]]:
    own = _timm_part(module, names)
    placed = _by_timm(*own, names) if own is not None else _by_stack(module, names)
    return [(label, [parameters[name] for name in members]) for label, members in placed if members]


def _timm_part(module: torch.nn.Module, names: list[str]) -> tuple[str, Any] | None:
    """(prefix, submodule) of the timm network that holds most of these parameters."""
    for prefix, part in module.named_modules():
        if hasattr(part, "group_matcher") and hasattr(part, "forward_head"):
            within = [name for name in names if not prefix or name.startswith(prefix + ".")]
            if len(within) > len(names) / 2:
                return (f"{prefix}." if prefix else ""), part
    return None


def _by_timm(prefix: str, part: Any, names: list[str]) -> list[tuple[str, list[str]]]:
    from timm.models import group_parameters

    told = group_parameters(part, part.group_matcher(coarse=False))
    known = set(names)
    groups = [[prefix + name for name in told[number] if prefix + name in known] for number in sorted(told)]
    groups = [members for members in groups if members]
    named: list[tuple[str, list[str]]] = []
    for number, members in enumerate(groups):
        head = number == len(groups) - 1 and not any(_stacked(name[len(prefix) :]) for name in members)
        label = "embeddings" if number == 0 else "head" if head else _label(members, prefix, number)
        named.append((label, members))
    inside = {name for members in groups for name in members}
    outside = [name for name in names if name not in inside]
    return _appended(named, outside)


def _stacked(name: str) -> bool:
    return re.search(r"\.\d+\.", name) is not None


def _label(members: list[str], prefix: str, number: int) -> str:
    """What the names of a group have in common, up to its number: `blocks.3`."""
    match = re.match(r"[^0-9]*\d+(\.(blocks\.)?\d+)?", members[0][len(prefix) :])
    return match.group(0) if match else f"layer {number}"


def _appended(groups: list[tuple[str, list[str]]], outside: list[str]) -> list[tuple[str, list[str]]]:
    if outside and groups and groups[-1][0] == "head":
        return [*groups[:-1], ("head", [*groups[-1][1], *outside])]
    return [*groups, ("head", outside)] if outside else groups


def _by_stack(module: torch.nn.Module, names: list[str]) -> list[tuple[str, list[str]]]:
    """Parameters before the first stacked layer, every layer of the stacks, and what comes after."""
    stacks = _stacks(module, names)
    layers: list[tuple[str, list[str]]] = []
    inside: set[str] = set()
    for prefix in stacks:
        for number, _ in module.get_submodule(prefix).named_children():
            members = [name for name in names if name.startswith(f"{prefix}.{number}.")]
            layers.append((f"{prefix}.{number}", members))
            inside.update(members)
    first = min((names.index(members[0]) for _, members in layers if members), default=len(names))
    early: list[str] = []
    late: list[str] = []
    for position, name in enumerate(names):
        if name in inside:
            continue
        # A root-level parameter is listed first, wherever it is used, so its name speaks before its place.
        is_head = _HEAD.search(name) is not None and _INPUT.search(name) is None
        is_input = not is_head and (_INPUT.search(name) is not None or position < first)
        (early if is_input and layers else late).append(name)
    return [("embeddings", early), *layers, ("head", late)]


def _stacks(module: torch.nn.Module, names: list[str]) -> list[str]:
    """Dotted names of the outermost containers of alike layers that hold these parameters.

    A container of one layer counts where it is a stage among others: `layer1`, `layer2`, ...
    """
    import torch

    found: list[str] = []
    for name, part in module.named_modules():
        if any(name.startswith(f"{outer}.") for outer in found):
            continue
        if not isinstance(part, (torch.nn.ModuleList, torch.nn.Sequential)) or not name:
            continue
        children = [child for child in part.children() if next(child.parameters(), None) is not None]
        least = 1 if _is_stage(module, name) else 2
        alike = len(children) >= least and len({type(child) for child in children}) == 1
        own = any(parameter.startswith(f"{name}.") for parameter in names)
        if alike and own and any(True for _ in children[0].children()):
            found.append(name)
    return found


def _is_stage(module: torch.nn.Module, name: str) -> bool:
    """Whether its name is a word with a number, and its parent has another such container."""
    parent, _, own = name.rpartition(".")
    word = own.rstrip("0123456789")
    if not word or word == own:
        return False
    siblings = module.get_submodule(parent).named_children()
    kind = type(module.get_submodule(name))
    return (
        sum(isinstance(part, kind) and re.fullmatch(word + r"\d+", other) is not None for other, part in siblings) > 1
    )
