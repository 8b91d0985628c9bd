"""Image-text models of aerial and satellite pictures: RemoteCLIP, GeoRSCLIP, SkyCLIP, Git-RSCLIP."""

from __future__ import annotations

from zoo.cards import (
    ImagePreprocess,
    License,
    ModelCard,
    OpenClipSource,
    Pretraining,
    Result,
    TextPreprocess,
    TransformersSource,
    ZeroShot,
)
from zoo.specs import OPENAI_MEAN, OPENAI_STD

_REMOTE = "https://github.com/ChenDelong1999/RemoteCLIP/tree/a6a4787"
_RS5M = "https://github.com/om-ai-lab/RS5M/tree/084cdd9"
_SKY = "https://github.com/wangzhecheng/SkyScript/tree/b16d2e7"
_HALF = (0.5, 0.5, 0.5)


def _pixels(source: str) -> ImagePreprocess:
    """OpenAI's transform."""
    return ImagePreprocess(
        size_px=224,
        resize_mode="shortest",
        interpolation="bicubic",
        crop="center",
        value_range=(0, 255),
        units="uint8",
        scale=1 / 255,
        mean=OPENAI_MEAN,
        std=OPENAI_STD,
        source=source,
    )


def _text(architecture: str) -> TextPreprocess:
    return TextPreprocess(tokenizer=f"open_clip:{architecture}", max_tokens=77, padding="max_length")


def _row(dataset: str, metric: str, value: float, protocol: str, source: str) -> Result:
    return Result(dataset=dataset, metric=metric, value=value, protocol=protocol, source=source)


_SOFTMAX = ZeroShot(scoring="softmax", logit_scale=None, text_padding="max_length", template_set="skyscript")


def _remote_clip(architecture: str, n_parameters: int, embed_dim: int, results: tuple[Result, ...] = ()) -> ModelCard:
    """One size of RemoteCLIP."""
    return ModelCard(
        id=f"satellite/remoteclip-{architecture.lower()}",
        aliases=("remoteclip",) if architecture == "ViT-L-14" else (),
        title=f"RemoteCLIP {architecture}",
        summary="CLIP continued on captions made from remote-sensing boxes and masks; zero-shot on colour pictures.",
        modality="image-text",
        domains=("satellite/rgb",),
        capabilities=("embed", "zero-shot"),
        source=OpenClipSource(
            architecture=architecture,
            repository="chendelong/RemoteCLIP",
            file=f"RemoteCLIP-{architecture}.pt",
            format="pickle",
        ),
        architecture=f"CLIP {architecture}",
        n_parameters=n_parameters,
        embed_dim=embed_dim,
        max_tokens=77,
        pooling="projection",
        preprocess=_pixels("open_clip's default, as the README calls it; the start was OpenAI's CLIP"),
        text_preprocess=_text(architecture),
        zero_shot=_SOFTMAX,
        pretraining=Pretraining(
            datasets=frozenset({"RET-3", "SEG-4", "DET-10"}),
            n_samples=165_000,
            size="165K images (second hand)",
            objective="contrastive image-text, from OpenAI's CLIP",
        ),
        license=License(code="Apache-2.0", weights=None, data=None),
        commercial_use=None,
        gated=False,
        languages=("en",),
        results=results,
        citation="arXiv:2306.11029",
        sources=(_REMOTE, "https://huggingface.co/chendelong/RemoteCLIP"),
    )


REMOTECLIP_RN50 = _remote_clip("RN50", 102_007_137, 1024)
REMOTECLIP_B32 = _remote_clip("ViT-B-32", 151_277_313, 512)
REMOTECLIP_L14 = _remote_clip(
    "ViT-L-14",
    427_616_513,
    768,
    (
        _row(
            "SkyScript suite, 7 scene sets",
            "accuracy",
            0.4995,
            "zero-shot",
            "student copy of SkyScript's table (second hand, order of columns not certain)",
        ),
    ),
)


def _geo_rs_clip(
    size: str, architecture: str, n_parameters: int, embed_dim: int, figures: tuple[float, ...]
) -> ModelCard:
    """One size of GeoRSCLIP; the smaller was started from OpenAI's weights, whose activation is QuickGELU."""
    eurosat, resisc, aid, rsitmd, rsicd = figures
    return ModelCard(
        id=f"satellite/georsclip-{size.lower()}",
        aliases=("georsclip",) if size == "ViT-H-14" else (),
        title=f"GeoRSCLIP {size}",
        summary="CLIP tuned on RS5M, five million pairs of remote sensing; strong zero-shot of scenes.",
        modality="image-text",
        domains=("satellite/rgb",),
        capabilities=("embed", "zero-shot"),
        source=OpenClipSource(
            architecture=architecture, repository="Zilun/GeoRSCLIP", file=f"RS5M_{size}.pt", format="pickle"
        ),
        architecture=f"CLIP {size}",
        n_parameters=n_parameters,
        embed_dim=embed_dim,
        max_tokens=77,
        pooling="projection",
        preprocess=_pixels(f"{_RS5M}/inference/inference_tool.py (get_preprocess, subset clip)"),
        text_preprocess=_text(architecture),
        zero_shot=_SOFTMAX,
        pretraining=Pretraining(
            datasets=frozenset({"RS5M"}), n_samples=5_000_000, size="5M pairs", objective="CLIP, tuned"
        ),
        license=License(code="MIT", weights=None, data=None),
        commercial_use=None,
        gated=False,
        languages=("en",),
        results=(
            _row("EuroSAT", "accuracy", eurosat, "zero-shot", f"{_RS5M}/README.md"),
            _row("RESISC45", "accuracy", resisc, "zero-shot", f"{_RS5M}/README.md"),
            _row("AID", "accuracy", aid, "zero-shot", f"{_RS5M}/README.md"),
            _row("RSITMD", "mean recall", rsitmd, "zero-shot retrieval", f"{_RS5M}/README.md"),
            _row("RSICD", "mean recall", rsicd, "zero-shot retrieval", f"{_RS5M}/README.md"),
        ),
        citation="arXiv:2306.11300",
        sources=(_RS5M, "https://huggingface.co/Zilun/GeoRSCLIP"),
    )


GEORSCLIP_B32 = _geo_rs_clip(
    "ViT-B-32", "ViT-B-32-quickgelu", 151_277_313, 512, (0.614, 0.7274, 0.7442, 0.3533, 0.2606)
)
GEORSCLIP_H14 = _geo_rs_clip("ViT-H-14", "ViT-H-14", 986_109_441, 1024, (0.6747, 0.7383, 0.7633, 0.4038, 0.2848))

SKYCLIP_L14 = ModelCard(
    id="satellite/skyclip-vit-l-14",
    aliases=("skyclip",),
    title="SkyCLIP ViT-L/14 (top 30%)",
    summary="CLIP continued on the best 30% of SkyScript, pairs from OpenStreetMap.",
    modality="image-text",
    domains=("satellite/rgb",),
    capabilities=("embed", "zero-shot"),
    source=OpenClipSource(architecture="ViT-L-14-quickgelu", format="pickle"),
    architecture="CLIP ViT-L-14",
    n_parameters=427_616_513,
    embed_dim=768,
    max_tokens=77,
    pooling="projection",
    preprocess=_pixels(f"{_SKY}, default of the open_clip that it ships"),
    text_preprocess=_text("ViT-L-14-quickgelu"),
    zero_shot=_SOFTMAX,
    pretraining=Pretraining(
        datasets=frozenset({"SkyScript"}), size="5.2M pairs, the top 30% kept", objective="CLIP, continued"
    ),
    license=License(code="MIT", weights=None, data=None),
    commercial_use=None,
    gated=False,
    languages=("en",),
    results=(_row("SkyScript suite, 7 scene sets", "accuracy", 0.5991, "zero-shot", f"{_SKY}/README.md"),),
    limitations="The weights are a zip on opendatasharing.s3.us-west-2.amazonaws.com (SkyScript/ckpt), on no hub.",
    citation="arXiv:2312.12856",
    sources=(_SKY,),
)


def _git_rs_clip(
    size: str, repository: str, n_parameters: int, embed_dim: int, size_px: int, tower: dict[str, int]
) -> ModelCard:
    """One size of Git-RSCLIP, in the classes of SigLIP."""
    return ModelCard(
        id=f"satellite/git-rsclip-{size}",
        title=f"Git-RSCLIP {size}",
        summary="SigLIP on ten million remote-sensing pairs from all over the globe.",
        modality="image-text",
        domains=("satellite/rgb",),
        capabilities=("embed", "zero-shot"),
        source=TransformersSource(
            repository=repository,
            format="safetensors",
            model_class="AutoModel",
            config={
                "model_type": "siglip",
                "text_config": {**tower, "vocab_size": 32_000, "max_position_embeddings": 64},
                "vision_config": {**tower, "image_size": size_px, "patch_size": 16},
            },
        ),
        architecture=f"SigLIP {size}/16",
        n_parameters=n_parameters,
        embed_dim=embed_dim,
        max_tokens=64,
        pooling="map",
        preprocess=ImagePreprocess(
            size_px=size_px,
            resize_mode="squash",
            interpolation="bicubic",
            crop="none",
            value_range=(0, 255),
            units="uint8",
            scale=1 / 255,
            mean=_HALF,
            std=_HALF,
            source="preprocessor_config.json of lcybuaa/Git-RSCLIP-base; the large model's has the same size in bytes",
        ),
        text_preprocess=TextPreprocess(tokenizer=repository, max_tokens=64, padding="max_length"),
        zero_shot=ZeroShot(
            scoring="sigmoid", logit_scale=None, logit_bias=None, text_padding="max_length", template_set="skyscript"
        ),
        pretraining=Pretraining(
            datasets=frozenset({"Git-10M"}), n_samples=10_000_000, size="10M pairs", objective="sigmoid contrastive"
        ),
        license=License(code=None, weights="Apache-2.0" if size == "large" else None, data=None),
        commercial_use=None,
        gated=False,
        languages=("en",),
        limitations="Stored in half precision. The licence tag was on an early page of the large model; later pages "
        "show none.",
        citation="arXiv:2501.00895",
        sources=(f"https://huggingface.co/{repository}",),
    )


GIT_RSCLIP_BASE = _git_rs_clip(
    "base",
    "lcybuaa/Git-RSCLIP-base",
    203_155_970,
    768,
    224,
    {"hidden_size": 768, "intermediate_size": 3072, "num_hidden_layers": 12, "num_attention_heads": 12},
)
GIT_RSCLIP_LARGE = _git_rs_clip(
    "large",
    "lcybuaa/Git-RSCLIP",
    652_150_786,
    1024,
    256,
    {"hidden_size": 1024, "intermediate_size": 4096, "num_hidden_layers": 24, "num_attention_heads": 16},
)

MODELS = (
    REMOTECLIP_RN50,
    REMOTECLIP_B32,
    REMOTECLIP_L14,
    GEORSCLIP_B32,
    GEORSCLIP_H14,
    SKYCLIP_L14,
    GIT_RSCLIP_BASE,
    GIT_RSCLIP_LARGE,
)
