"""Model cards: what is known of a pretrained model, as frozen, checkable data.

A card is pure data: no callable, no import of a framework. No fact has a default value; a fact
that nobody has read in a source is `None`. `preprocess` is a contract, not a hint: the loaders
build their transform from it and `zoo.preprocessing` holds the user's input against it.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, StringConstraints

Modality = Literal["image", "multispectral", "text", "code", "image-text"]
Capability = Literal["embed", "zero-shot", "classify", "segment", "generate"]
Revision = Annotated[str, StringConstraints(pattern=r"^[0-9a-f]{40}$")]
Sha256 = Annotated[str, StringConstraints(pattern=r"^[0-9a-f]{64}$")]
ModelId = Annotated[
    str, StringConstraints(max_length=200, pattern=r"^[a-z0-9_]+(-[a-z0-9_]+)*(/[A-Za-z0-9][A-Za-z0-9._-]*)+$")
]
Positive = Annotated[int, Field(gt=0, le=10**15)]
Width = Annotated[int, Field(gt=0, le=100_000_000)]
SizePx = Annotated[int, Field(gt=0, le=100_000)]
"""A side of a picture; what is larger no network sees and no memory holds."""

DOMAINS: dict[str, str] = {
    "natural": "photographs of everyday scenes and objects",
    "synthetic": "drawn or rendered pictures",
    "document": "scanned pages, forms, screenshots",
    "medical": "medical images or records",
    "medical/radiology": "X-ray, CT, MRI, ultrasound",
    "medical/pathology": "stained tissue, whole slides",
    "medical/ophthalmology": "fundus photographs, OCT",
    "medical/dermatology": "skin photographs and dermoscopy",
    "medical/endoscopy": "endoscopic video and stills",
    "satellite": "the Earth from above",
    "satellite/rgb": "three-band aerial and satellite pictures",
    "satellite/multispectral": "optical bands beyond red, green and blue",
    "satellite/sar": "radar backscatter",
    "satellite/timeseries": "pixel or patch series over dates",
    "microscopy": "pictures taken through a microscope",
    "microscopy/cell": "cells and nuclei, stained or fluorescent",
    "microscopy/fluorescence": "multi-channel fluorescence and cell painting",
    "microscopy/electron": "electron microscopy",
    "biology": "living things",
    "biology/organism": "animals, plants and fungi, species recognition",
    "text": "written language",
    "text/general": "news, web, books, encyclopaedias",
    "text/scientific": "papers and citations",
    "text/biomedical": "biomedical papers and clinical notes",
    "text/legal": "statutes, contracts, court decisions",
    "text/finance": "filings, reports and market news",
    "text/social": "messages, reviews, questions of customers",
    "code": "source code in any programming language",
}
"""The documented tree of domains; `satellite` holds everything below `satellite/`."""

RGB = ("red", "green", "blue")
GRAY = ("gray",)


class Facts(BaseModel):
    """Frozen, closed pydantic base: an unknown field is an error, not a silent extra."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class WeightFile(Facts):
    """Where the weights of a model lie; the base of every source."""

    repository: str | None = None
    file: str | None = None
    revision: Revision | None = None
    format: Literal["safetensors", "pickle"] | None = None
    sha256: Sha256 | None = None
    n_bytes: Annotated[int, Field(ge=0)] | None = None
    path: str | None = None
    """A file or folder on this machine, for models that a user brings; it comes before the repository."""
    needs: tuple[str, ...] = ()
    """Packages beyond zoo's own dependencies, as pip names them."""
    refusal: str | None = None
    """Why zoo does not load it, as the end of a sentence; None: nothing speaks against it."""


class _BuiltFromConfig(WeightFile):
    """A source whose network needs hyper-parameters to be built without its repository."""

    config: Mapping[str, Any] | None = None
    """Plain JSON values; None: the architecture's name, or the repository's own file, says all."""

    def __hash__(self) -> int:
        return hash(self.model_dump_json())  # a mapping has no hash of its own


class TimmSource(_BuiltFromConfig):
    """Loaded by timm; `architecture` may carry the tag (`resnet50.a1_in1k`).

    `config` holds arguments of `timm.create_model` beside the architecture, as `model_args` of a
    repository's config.json has them; layers are named (`{"mlp_layer": "SwiGLUPacked", "act_layer": "silu"}`).
    """

    loader: Literal["timm"] = "timm"
    architecture: str
    tag: str | None = None


class OpenClipSource(_BuiltFromConfig):
    """Loaded by open_clip: a registered architecture, or a repository with its own open_clip config.

    `config` holds `embed_dim`, `vision_cfg`, `text_cfg`... of an architecture that open_clip does not register,
    as `model_cfg` of open_clip_config.json has them.
    """

    loader: Literal["open_clip"] = "open_clip"
    architecture: str | None = None
    tag: str | None = None


class TransformersSource(_BuiltFromConfig):
    """Loaded by a named transformers class; remote code is never run.

    `config` holds `model_type` and the hyper-parameters that differ from that class's defaults, so that the
    network can be built with random weights where its repository is out of reach.
    """

    loader: Literal["transformers"] = "transformers"
    model_class: str | None = None
    """Such as `AutoModel` (taken if None), `CLIPModel` or `AutoModelForImageTextToText`."""
    subfolder: str | None = None
    adapter: str | None = None
    """Folder with the low-rank adapter (PEFT) that is put on the network: `.` beside its weights, or a path."""


class CustomSource(_BuiltFromConfig):
    """Loaded by the plugin that declares the card, through the hook `zoo_load_custom`.

    `config` holds settings of the network that differ from those of the builder's name, such as `{"depth": 24}`;
    the plugin applies them with `zoo.settings.configured`.
    """

    loader: Literal["custom"] = "custom"
    builder: str | None = None
    """The plugin's own name of the architecture; None: nobody has built it here yet."""
    url: str | None = None
    """Page or file from which a user fetches the weights by hand, where no hub repository holds them."""


RUN_FILE = "zoo_run.json"
"""What makes a folder a run of `zoo.transfer`."""
RUN_BUILDER = "zoo-run"
"""`builder` on the card of such a run; its `path` is the folder."""


class BundledSource(WeightFile):
    """Shipped inside the zoo package; needs no network."""

    loader: Literal["bundled"] = "bundled"
    folder: str


Source = Annotated[
    TimmSource | OpenClipSource | TransformersSource | CustomSource | BundledSource, Field(discriminator="loader")
]


class ImagePreprocess(Facts):
    """From a picture to the network's input.

    The order is fixed: select `bands` → `steps` → resize → crop → multiply by `scale` → subtract
    `mean` → divide by `std`.
    """

    size_px: SizePx | tuple[SizePx, SizePx]
    """Height and width that the network sees (one number: square)."""
    resize_px: SizePx | tuple[SizePx, SizePx] | None = None
    """Side(s) reached by the resize, before the crop; None: equal to `size_px`."""
    resize_mode: Literal["shortest", "squash", "pad"] | None
    """shortest: short side to `resize_px`, then crop; squash: both sides; pad: long side, then fill."""
    interpolation: Literal["nearest", "bilinear", "bicubic", "lanczos"] | None
    crop: Literal["center", "none"] | None
    crop_rounding: Literal["half-even", "down"] | None = None
    """Where the crop begins if half a pixel is over: half-even as torchvision (None means it too), down as the
    Pillow-based processors of transformers."""
    bands: tuple[str, ...] = RGB
    value_range: tuple[float, float] | None
    """Least and greatest raw value that the contract allows, before `scale`."""
    units: str | None = None
    """What the raw numbers are, such as `uint8`, `reflectance x 10000` or `hounsfield`."""
    scale: float | None
    mean: tuple[float, ...] | None
    """None: nothing is subtracted."""
    std: tuple[float, ...] | None
    """None: nothing is divided by."""
    fill: float | tuple[float, ...] | None = None
    """Grey level of the border in mode pad, in raw values."""
    n_frames: int | None = None
    """Dates or frames in one input, where the network takes several."""
    steps: tuple[str, ...] = ()
    """Names of extra steps, from the hook `zoo_preprocessing_steps`."""
    ground_resolution_m: float | None = None
    magnification: float | None = None
    source: str | None = None


class TextPreprocess(Facts):
    """From a string to token ids."""

    tokenizer: str | None
    """A hub repository, `open_clip:<architecture>`, or `bundled`."""
    max_tokens: int | None
    padding: Literal["longest", "max_length", "none"] | None
    padding_side: Literal["left", "right"] | None = None
    query_prefix: str | None = None
    document_prefix: str | None = None
    default_prefix: str | None = None
    """Put before a text of which nobody says whether it is a query or a document."""
    prompts: tuple[tuple[str, str], ...] = ()
    """(name, text) of every prefix that its authors name."""
    lower_case: bool = False
    """Letters are made small before the tokenizer sees them, whatever it does itself."""
    source: str | None = None


class Dense(Facts):
    """A linear layer behind the pooling, as sentence-transformers keeps it in a folder of its own."""

    layer: Literal["dense"] = "dense"
    folder: str
    n_in: int
    n_out: int
    bias: bool
    activation: str
    """Name of a class of torch.nn."""
    residual: bool = False


class Normalize(Facts):
    """Vectors are brought to unit length."""

    layer: Literal["normalize"] = "normalize"


PoolingMode = Literal["cls", "max", "mean", "mean-sqrt-length", "weighted-mean", "last"]


class SentenceHead(Facts):
    """What sentence-transformers does with the vectors of the tokens."""

    pooling: tuple[PoolingMode, ...]
    """Several: their results stand side by side."""
    include_prompt: bool = True
    """False: the tokens of a prompt take no part in the pooling."""
    layers: tuple[Annotated[Dense | Normalize, Field(discriminator="layer")], ...] = ()
    truncate_dim: int | None = None
    """Only so many first numbers of a vector are kept."""
    matryoshka_dims: tuple[int, ...] = ()
    """Widths to which its authors say that vectors may be cut."""


class ZeroShot(Facts):
    """How scores are made from the two towers."""

    scoring: Literal["softmax", "sigmoid"]
    logit_scale: float | None
    """The factor after `exp`, as trained; None: read it from the weights."""
    logit_bias: float | None = None
    text_padding: Literal["longest", "max_length"] | None = None
    template_set: str | None = None
    """Name of a prompt set from the hook `zoo_prompt_sets`; None: the domain's own."""


class Pretraining(Facts):
    """What the model learned from."""

    datasets: frozenset[str] | None
    """None: undisclosed. An empty set is never written."""
    n_samples: int | None = None
    size: str | None = None
    """The size in the source's own words and units, such as `142M images` or `6T tokens`."""
    objective: str | None = None


class License(Facts):
    """Terms of code, weights and training data; SPDX identifiers where one exists, else the licence's name."""

    code: str | None
    weights: str | None
    data: str | None


class Result(Facts):
    """One published figure. Compare only figures of one protocol and source."""

    dataset: str
    metric: str
    value: float
    protocol: str
    source: str


class ModelCard(Facts):
    """Everything that zoo states about one pretrained model."""

    id: ModelId
    aliases: tuple[str, ...] = ()
    title: str
    summary: str
    superseded_by: str | None = None
    """Id of the model that its authors replaced it by; `zoo.succession` follows the chain to its end."""
    modality: Modality
    domains: tuple[str, ...]
    capabilities: tuple[Capability, ...]
    source: Source
    architecture: str | None
    n_parameters: Annotated[int, Field(ge=0, le=10**15)] | None
    embed_dim: Width | None
    max_tokens: Positive | None = None
    pooling: (
        Literal[
            "cls",
            "mean",
            "last",
            "pooler",
            "map",
            "cls+mean",
            "average",
            "projection",
            "max",
            "mean-sqrt-length",
            "weighted-mean",
        ]
        | None
    ) = None
    """How one vector is taken from the network's output: class token, mean of patches or tokens, last token..."""
    sentence_head: SentenceHead | None = None
    """Pooling and layers of a sentence encoder, where `pooling` alone does not say all."""
    preprocess: ImagePreprocess | TextPreprocess | None
    text_preprocess: TextPreprocess | None = None
    """The text side of an image-text model."""
    zero_shot: ZeroShot | None = None
    pretraining: Pretraining | None
    license: License
    commercial_use: bool | None
    """Whether the terms of code and weights allow it; None: not known."""
    gated: bool | None
    languages: tuple[str, ...] | None = None
    """Two-letter codes, three letters where a language has no two; None: not stated."""
    results: tuple[Result, ...] = ()
    limitations: str | None = None
    citation: str | None
    sources: tuple[str, ...]
    """Where the facts were read."""

    def in_domain(self, domain: str) -> bool:
        """Whether one of the card's domains is `domain` or lies below it in the tree."""
        return any(own == domain or own.startswith(domain + "/") for own in self.domains)


def fingerprint(facts: Facts) -> str:
    """First 16 hex digits of the SHA-256 of the canonical JSON: a short name for exactly these facts."""
    return hashlib.sha256(facts.model_dump_json().encode()).hexdigest()[:16]


def successors(card: ModelCard, cards: Mapping[str, ModelCard]) -> tuple[str, ...]:
    """Ids of the models that replaced it, the next one first and the newest last; a circle ends before it closes.

    Args:
        cards: known cards by id; an id that is not among them ends the chain, because nothing is known of what came
            after it.
    """
    chain: list[str] = []
    later = card.superseded_by
    while later is not None and later != card.id and later not in chain:
        chain.append(later)
        later = cards[later].superseded_by if later in cards else None
    return tuple(chain)


def newest_in_words(chain: Sequence[str]) -> str:
    """The newest model of a chain of successors, with the ones on the way to it.

    >>> newest_in_words(("lab/b",)), newest_in_words(("lab/b", "lab/c"))
    ('lab/b', 'lab/c (by way of lab/b)')
    """
    *between, newest = chain
    return f"{newest} (by way of {', '.join(between)})" if between else newest
