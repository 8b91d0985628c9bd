"""Encoders of the eye's fundus: RETFound for colour photographs and for OCT."""

from __future__ import annotations

from zoo.cards import CustomSource, ImagePreprocess, License, ModelCard, Pretraining
from zoo.specs import IMAGENET_MEAN, IMAGENET_STD

_REPO = "https://github.com/rmaphoh/RETFound_MAE/tree/897d71c"


def _retfound(kind: str, title: str, pictures: str, n_samples: int) -> ModelCard:
    """The model of one kind of picture; the network is the same."""
    return ModelCard(
        id=f"medical/retfound-{kind.lower()}",
        title=title,
        summary=f"ViT-L/16, masked autoencoder on {pictures}; for diagnosis of eye diseases and what the eye tells.",
        modality="image",
        domains=("medical/ophthalmology",),
        capabilities=("embed",),
        source=CustomSource(
            builder="retfound-mae",
            repository=f"YukunZhou/RETFound_mae_nature{kind}",
            file=f"RETFound_mae_nature{kind}.pth",
            format="pickle",
        ),
        architecture="ViT-L/16",
        n_parameters=303_301_632,
        embed_dim=1024,
        pooling="mean",
        preprocess=ImagePreprocess(
            size_px=224,
            resize_px=256,
            resize_mode="shortest",
            interpolation="bicubic",
            crop="center",
            value_range=(0, 255),
            units="uint8",
            scale=1 / 255,
            mean=IMAGENET_MEAN,
            std=IMAGENET_STD,
            source=f"{_REPO}/util/datasets.py",
        ),
        pretraining=Pretraining(
            datasets=None,
            n_samples=n_samples,
            size=f"{n_samples:,} {pictures}, after ImageNet-1k",
            objective="masked autoencoder",
        ),
        license=License(code="CC-BY-NC-4.0", weights="CC-BY-NC-4.0", data=None),
        commercial_use=False,
        gated=True,
        citation="doi:10.1038/s41586-023-06555-x",
        sources=(_REPO, f"https://huggingface.co/YukunZhou/RETFound_mae_nature{kind}"),
    )


RETFOUND_CFP = _retfound("CFP", "RETFound, colour fundus", "colour photographs of the fundus", 904_170)
RETFOUND_OCT = _retfound("OCT", "RETFound, OCT", "optical coherence tomography scans of the retina", 736_442)

MODELS = (RETFOUND_CFP, RETFOUND_OCT)
