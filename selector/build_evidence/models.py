"""The table of models: what the published tables say of each model that has a figure."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from pathlib import Path

from ..evidence.models import ModelFacts
from ..prior.model_features import name_keys
from .literature import card_facts, is_card, typed_models
from .sources import read_csv
from .torchgeo import satellite_model

# Encoders of the medical leaderboard and the repository that its paper or page names.
_MEDICAL_HUB = {
    "bioptimus_h_optimus_0": "bioptimus/H-optimus-0",
    "histai_hibou_l": "histai/hibou-L",
    "kaiko_midnight_12k": "kaiko-ai/midnight",
    "mahmood_uni": "MahmoodLab/UNI",
    "mahmood_uni2_h": "MahmoodLab/UNI2-h",
    "owkin_phikon": "owkin/phikon",
    "owkin_phikon_v2": "owkin/phikon-v2",
    "paige_virchow2": "paige-ai/Virchow2",
    "prov_gigapath": "prov-gigapath/prov-gigapath",
}
# One network's weights in two formats: timm and the authors' repository on the hub both convert the published files
# dl.fbaipublicfiles.com/dinov2/dinov2_vit*14_pretrain.pth (timm's configurations, transformers' script of conversion).
_SAME_WEIGHTS = {
    f"facebook/dinov2-{size}": (f"timm/vit_{size}_patch14_dinov2.lvd142m",)
    for size in ("small", "base", "large", "giant")
}
# Language models that were never trained for vectors of texts, as the pages of their repositories say: what cards of
# such models without results are compared with.
_LANGUAGE_MODELLING = "masked language modelling"
_PLAIN = frozenset(
    {
        "DeepPavlov/distilrubert-small-cased-conversational",
        "DeepPavlov/rubert-base-cased",
        "FacebookAI/xlm-roberta-base",
        "FacebookAI/xlm-roberta-large",
        "HooshvareLab/bert-base-parsbert-uncased",
        "PartAI/TookaBERT-Base",
        "sbunlp/fabert",
    }
)
# Parameters of the Vision Transformers that the medical names spell out, in millions.
_VIT_MILLIONS = {"vits": 21.7, "vitb": 85.8, "vitl": 303.3, "h_optimus": 1134.8, "midnight": 1134.8, "uni2": 681.4}
_VIT_MILLIONS |= {"virchow2": 631.2, "gigapath": 1134.0, "hibou_l": 303.7, "uni": 303.4, "phikon_v2": 303.4}
_VIT_MILLIONS |= {"phikon": 85.8, "vit_base": 85.8}
_TORCHVISION_MILLIONS = {"googlenet": 6.6, "mnasnet1_0": 4.4, "mobilenet_v2": 3.5}
_TORCHVISION_MILLIONS |= {"resnet18": 11.7, "resnet50": 25.6, "resnet101": 44.5}


def every_model(tables: Path, names: Iterable[str]) -> tuple[ModelFacts, ...]:
    """Facts of each model named, in alphabetical order; a model that no table describes has only its name."""
    known = typed_models() | _of_tables(tables)
    return tuple(known.get(name) or _from_name(name) for name in sorted(set(names)))


def known_names(tables: Path) -> dict[str, str]:
    """Spelling of a model's name -> its name in the published tables."""
    facts = _of_tables(tables)
    medical = (_from_name(f"eva/{name}") for name in {row["model"] for row in read_csv(tables / "eva_medical.csv")})
    return {key: own.model for own in reversed((*facts.values(), *medical)) for key in name_keys(own)}


def _of_tables(tables: Path) -> dict[str, ModelFacts]:
    known: dict[str, ModelFacts] = {}
    for read in (_open_clip, _timm, _benchmark, _generation):
        known |= {facts.model: facts for facts in read(tables) if facts.model not in known}
    return known


def _open_clip(tables: Path) -> list[ModelFacts]:
    profile = {row["model"]: row for row in read_csv(tables / "openclip_profile.csv")}
    aliases = {(row["model"], row["pretrained"]): row for row in read_csv(tables / "openclip_model_aliases.csv")}
    sizes = {(row["model"], row["pretrained"]): row["params_m"] for row in read_csv(tables / "openclip_zero_shot.csv")}
    hub = defaultdict(list)
    for key, row in aliases.items():
        hub[row["weights_hub_id"]].append(key)
    found = []
    for (model, tag), row in aliases.items():
        shape = profile.get(model.removesuffix("-quickgelu")) or profile.get(model)
        repository = row["weights_hub_id"]
        names = [f"hf/{name}" for name in (repository, row["mteb_model"]) if name]
        if len(hub[repository]) > 1:  # the same file under two activations: the repository alone does not say which
            names = [name for name in names if name != f"hf/{repository}" or not model.endswith("-quickgelu")]
            if tag.endswith("_e31") or (model, tag) != hub[repository][0]:
                names = []
        found.append(
            ModelFacts(
                model=f"open_clip/{model}/{tag}",
                modality="image-text",
                domains=("natural",),
                n_parameters=float(sizes[model, tag]) * 1e6,
                image_size_px=int(shape["image_size"]) if shape else None,
                embed_dim=int(shape["embed_dim"]) if shape else None,
                aliases=tuple(dict.fromkeys(names)),
            )
        )
    return found


def _timm(tables: Path) -> list[ModelFacts]:
    largest: dict[str, dict[str, str]] = {}
    for row in read_csv(tables / "timm_imagenet_family.csv"):
        name = row["model"]
        if name not in largest or int(row["img_size"]) > int(largest[name]["img_size"]):
            largest[name] = row
    return [
        ModelFacts(
            model=f"timm/{name}",
            modality="image",
            domains=("natural",),
            n_parameters=float(row["params_m"]) * 1e6,
            image_size_px=int(row["img_size"]),
            aliases=(f"hf/timm/{name}",),
        )
        for name, row in largest.items()
    ]


def _benchmark(tables: Path) -> list[ModelFacts]:
    modality = {True: "image-text", False: "text"}
    found = []
    for row in read_csv(tables / "mteb_models.csv"):
        seen = row["training_tasks"].split("|") if row["training_tasks_known"] == "True" else []
        found.append(
            ModelFacts(
                model=f"hf/{row['model']}",
                modality="image" if row["modalities"] == "image" else modality["image" in row["modalities"]],
                domains=(),
                n_parameters=_number(row["n_parameters"]),
                embed_dim=int(row["embed_dim"]) if row["embed_dim"].isdigit() else None,
                languages=("en",) if row["english"] == "True" and row["n_languages"] in ("", "1") else (),
                trained_on=tuple(name for name in seen if name),
                objective=_LANGUAGE_MODELLING if row["model"] in _PLAIN else "",
                aliases=_SAME_WEIGHTS.get(row["model"], ()),
                year=_year(row["release_date"]),
                based_on=f"hf/{row['adapted_from']}" if row["adapted_from"] else "",
                n_languages=_number(row["n_languages"]),
                max_tokens=_number(row["max_tokens"]),
            )
        )
    return found


def _generation(tables: Path) -> list[ModelFacts]:
    found = []
    for row in read_csv(tables / "evalplus_code_generation.csv"):
        hub = row["link"].partition("huggingface.co/")[2].strip("/")
        name = (
            f"hf/{hub}"
            if hub.count("/") == 1
            else f"evalplus/{'_'.join(row['model'].lower().replace('-', ' ').split())}"
        )
        size = _number(row["params_b"])
        found.append(
            ModelFacts(model=name, modality="code", domains=("code",), n_parameters=size * 1e9 if size else None)
        )
    return found


def _from_name(name: str) -> ModelFacts:
    """A model of a table without facts of its models: those of its card, or sizes that its name spells out."""
    if is_card(name):
        return card_facts(name)
    catalogue, _, rest = name.partition("/")
    if catalogue == "eva":
        size = next((millions for word, millions in _VIT_MILLIONS.items() if word in rest), None)
        hub = _MEDICAL_HUB.get(rest)
        area = "medical/radiology" if rest.startswith(("voco", "vit_base")) else "medical/pathology"
        return ModelFacts(
            model=name,
            modality="image",
            domains=(area,),
            n_parameters=size * 1e6 if size else None,
            image_size_px=224,
            aliases=(f"hf/{hub}",) if hub else (),
        )
    if catalogue == "vtab":
        return ModelFacts(name, "image", domains=("natural",), n_parameters=25.6e6, image_size_px=224)
    if catalogue == "torchvision":
        size = _TORCHVISION_MILLIONS.get(rest)
        return ModelFacts(
            name, "image", domains=("natural",), n_parameters=size * 1e6 if size else None, image_size_px=224
        )
    if catalogue == "torchgeo" or "OlmoEarth" in name:
        return satellite_model(name)
    return ModelFacts(name, "image-text" if catalogue == "open_clip" else "text")


def _number(text: str) -> float | None:
    try:
        return float(text) or None
    except ValueError:
        return None


def _year(date: str) -> float | None:
    """2024-07-01 -> 2024.5"""
    parts = date.split("-")
    return int(parts[0]) + (int(parts[1]) - 1) / 12 if len(parts) >= 2 and parts[0].isdigit() else None
