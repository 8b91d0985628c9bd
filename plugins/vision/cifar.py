"""The ResNets of the first ResNet paper for 32 x 32 pixels, with weights that fit in an e-mail."""

from __future__ import annotations

from zoo.cards import CustomSource, ImagePreprocess, License, ModelCard, Pretraining

from ..facts import IMAGENET_MEAN, IMAGENET_STD, published

_REPOSITORY = "https://github.com/akamaster/pytorch_resnet_cifar10"
_README = f"{_REPOSITORY}/blob/d5489e8/README.md"
_WEIGHTS = f"{_REPOSITORY}/raw/d5489e8995e81e91ce6b1d69dcc98ad579b0b153/pretrained_models"
_PIXELS = ImagePreprocess(  # its authors never resize, so neither does zoo: other sizes are refused
    size_px=32,
    resize_mode=None,
    interpolation=None,
    crop="none",
    value_range=(0, 255),
    units="uint8",
    scale=1 / 255,
    mean=IMAGENET_MEAN,
    std=IMAGENET_STD,
    source=f"{_REPOSITORY}/blob/d5489e8/trainer.py",
)
_LICENSE = License(code="BSD-2-Clause", weights="BSD-2-Clause", data=None)
_DATA = Pretraining(datasets=frozenset({"CIFAR-10"}), n_samples=50_000, objective="supervised classification")
_LIMITS = "Knows ten classes of small pictures: for tests, teaching and 32-pixel data, not as a general encoder."

RESNET20 = ModelCard(
    id="vision/cifar10-resnet20",
    aliases=("cifar10-resnet20",),
    title="ResNet-20 for CIFAR-10",
    summary="A ResNet of 0.27 million parameters for pictures of 32 pixels, trained on ten classes.",
    modality="image",
    domains=("natural",),
    capabilities=("embed",),
    source=CustomSource(
        builder="cifar10-resnet20",
        file="resnet20-12fca82f.th",
        format="pickle",
        sha256="12fca82f0bebc4135bf1f32f6e3710e61d5108578464b84fd6d7f5c1b04036c8",
        n_bytes=1_099_231,
        url=f"{_WEIGHTS}/resnet20-12fca82f.th",
    ),
    architecture="ResNet-20, option A",
    n_parameters=269_722,
    embed_dim=64,
    pooling="average",
    preprocess=_PIXELS,
    pretraining=_DATA,
    license=_LICENSE,
    commercial_use=True,
    gated=False,
    results=published(_README, "supervised classifier", "top-1", {"CIFAR-10": 0.9173}),
    limitations=_LIMITS,
    citation="arXiv:1512.03385",
    sources=(_README, _WEIGHTS),
)

RESNET32 = ModelCard(
    id="vision/cifar10-resnet32",
    aliases=("cifar10-resnet32",),
    title="ResNet-32 for CIFAR-10",
    summary="A ResNet of 0.46 million parameters for pictures of 32 pixels, trained on ten classes.",
    modality="image",
    domains=("natural",),
    capabilities=("embed",),
    source=CustomSource(
        builder="cifar10-resnet32",
        file="resnet32-d509ac18.th",
        format="pickle",
        sha256="d509ac1820d7f25398913559d7e81a13229b1e7adc5648e3bfa5e22dc137f850",
        n_bytes=1_890_043,
        url=f"{_WEIGHTS}/resnet32-d509ac18.th",
    ),
    architecture="ResNet-32, option A",
    n_parameters=464_154,
    embed_dim=64,
    pooling="average",
    preprocess=_PIXELS,
    pretraining=_DATA,
    license=_LICENSE,
    commercial_use=True,
    gated=False,
    results=published(_README, "supervised classifier", "top-1", {"CIFAR-10": 0.9263}),
    limitations=_LIMITS,
    citation="arXiv:1512.03385",
    sources=(_README, _WEIGHTS),
)

RESNET44 = ModelCard(
    id="vision/cifar10-resnet44",
    aliases=("cifar10-resnet44",),
    title="ResNet-44 for CIFAR-10",
    summary="A ResNet of 0.66 million parameters for pictures of 32 pixels, trained on ten classes.",
    modality="image",
    domains=("natural",),
    capabilities=("embed",),
    source=CustomSource(
        builder="cifar10-resnet44",
        file="resnet44-014dd654.th",
        format="pickle",
        sha256="014dd6541728a1c700b1642ab640e211dc6eb8ed507d70697458dc8f8a0ae2e4",
        n_bytes=2_680_855,
        url=f"{_WEIGHTS}/resnet44-014dd654.th",
    ),
    architecture="ResNet-44, option A",
    n_parameters=658_586,
    embed_dim=64,
    pooling="average",
    preprocess=_PIXELS,
    pretraining=_DATA,
    license=_LICENSE,
    commercial_use=True,
    gated=False,
    results=published(_README, "supervised classifier", "top-1", {"CIFAR-10": 0.931}),
    limitations=_LIMITS,
    citation="arXiv:1512.03385",
    sources=(_README, _WEIGHTS),
)

RESNET56 = ModelCard(
    id="vision/cifar10-resnet56",
    aliases=("cifar10-resnet56",),
    title="ResNet-56 for CIFAR-10",
    summary="A ResNet of 0.85 million parameters for pictures of 32 pixels, trained on ten classes.",
    modality="image",
    domains=("natural",),
    capabilities=("embed",),
    source=CustomSource(
        builder="cifar10-resnet56",
        file="resnet56-4bfd9763.th",
        format="pickle",
        sha256="4bfd97631478d6b638d2764fd2baff3edb1d7d82252d54439343b6596b9b5367",
        n_bytes=3_471_733,
        url=f"{_WEIGHTS}/resnet56-4bfd9763.th",
    ),
    architecture="ResNet-56, option A",
    n_parameters=853_018,
    embed_dim=64,
    pooling="average",
    preprocess=_PIXELS,
    pretraining=_DATA,
    license=_LICENSE,
    commercial_use=True,
    gated=False,
    results=published(_README, "supervised classifier", "top-1", {"CIFAR-10": 0.9339}),
    limitations=_LIMITS,
    citation="arXiv:1512.03385",
    sources=(_README, _WEIGHTS),
)

MODELS = (RESNET20, RESNET32, RESNET44, RESNET56)
