"""Satellite models: masked autoencoders, Prithvi, encoders of one or many instruments, image-text models."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

from zoo.cards import ModelCard
from zoo.hookspecs import hookimpl
from zoo.prompts import PromptSet
from zoo.settings import configured

from . import clip, foundation, instruments, masked, optical, prithvi
from .steps import STEPS

if TYPE_CHECKING:
    import torch

zoo_plugin_api = (1,)

MODELS: tuple[ModelCard, ...] = (
    *masked.MODELS,
    *prithvi.MODELS,
    *optical.MODELS,
    *foundation.MODELS,
    *instruments.MODELS,
    *clip.MODELS,
)
_CLIP_BENCHMARK = "https://github.com/LAION-AI/CLIP_benchmark/tree/48de38c1"
PROMPT_SETS = (
    PromptSet(
        name="satellite",
        domains=("satellite", "satellite/rgb"),
        templates=(
            "a satellite photo of {}.",
            "a satellite image of {}",
            "a centered satellite photo of {}.",
            "an aerial view of {}",
        ),
        source=f"https://github.com/wangzhecheng/SkyScript/tree/b16d2e7 and {_CLIP_BENCHMARK} (eurosat, resisc45)",
    ),
    PromptSet(
        name="skyscript",
        domains=(),
        templates=("a satellite photo of {}.", "a satellite image of {}"),
        source="https://github.com/wangzhecheng/SkyScript/blob/b16d2e7/prompt_templates.py, with which RemoteCLIP, "
        "GeoRSCLIP and SkyCLIP were compared",
    ),
    PromptSet(
        name="eurosat",
        domains=(),
        templates=(
            "a centered satellite photo of {}.",
            "a centered satellite photo of a {}.",
            "a centered satellite photo of the {}.",
        ),
        source=f"{_CLIP_BENCHMARK} (set eurosat)",
    ),
)


@hookimpl
def zoo_models() -> tuple[ModelCard, ...]:
    """Cards of this plugin."""
    return MODELS


@hookimpl
def zoo_prompt_sets() -> tuple[PromptSet, ...]:
    """Templates for pictures from above."""
    return PROMPT_SETS


@hookimpl
def zoo_preprocessing_steps() -> Mapping[str, Callable[[Any], Any]]:
    """Steps that cards of this plugin name."""
    return STEPS


@hookimpl
def zoo_load_custom(card: ModelCard, weights: Mapping[str, torch.Tensor] | None) -> Any:
    """Networks of this plugin's own: see the modules that end in `_network`."""
    found = _network(card)
    if found is None:
        return None
    network, published_state, computed = found
    if weights is not None:
        from zoo.weights import load_into

        own = network.state_dict()
        load_into(network, {**{name: own[name] for name in computed}, **published_state(weights)}, model_id=card.id)
    return network.eval()


def _network(card: ModelCard) -> tuple[Any, Callable[[Any], dict[str, Any]], tuple[str, ...]] | None:
    """(network, what to take of a published file, names that are computed and in no file); None: not built here."""
    builder = getattr(card.source, "builder", None) or ""
    match builder.split("-"):
        case ["prithvi", *_]:
            from . import prithvi_network as prithvi

            sizes: Any = configured(card, prithvi.PrithviConfig, vars(prithvi.CONFIGS[builder]))
            return prithvi.Prithvi(sizes), prithvi.encoder_state, ("pos_embed",)
        case ["satmae", *_]:
            from . import satmae_network as satmae

            sizes = configured(card, satmae.SatMAEConfig, vars(satmae.CONFIGS[builder]))
            return satmae.SatMAE(sizes), satmae.encoder_state, ()
        case ["galileo", *_]:
            from . import galileo_network as galileo

            return galileo.Galileo(configured(card, galileo.GalileoConfig, vars(galileo.CONFIGS[builder]))), dict, ()
        case ["scale", "mae", *_]:
            from . import scalemae_network as scale_mae

            return configured(card, scale_mae.ScaleMAE), scale_mae.encoder_state, ("pos_embed",)
        case ["dofa", *_]:
            from . import dofa_network as dofa

            sizes = configured(card, dofa.DOFAConfig, vars(dofa.CONFIGS[builder]))
            return dofa.DOFA(sizes), dofa.published_state, ()
        case ["croma", *_]:
            from . import croma_network as croma

            named = dict(zip(("width", "depth"), croma.WIDTHS[builder], strict=True))
            return configured(card, croma.CROMA, named), croma.published_state, ()
        case ["clay", *_]:
            from . import clay_network as clay

            return configured(card, clay.Clay), clay.published_state, ()
        case ["terramind", *_]:
            from . import terramind_network as terramind

            sizes = configured(card, terramind.TerraMindConfig, vars(terramind.CONFIGS[builder]))
            mind = terramind.TerraMind(sizes)
            return mind, terramind.encoder_state, tuple(name for name, _ in mind.named_buffers())
        case ["panopticon", *_]:
            from . import panopticon_network as panopticon

            return configured(card, panopticon.Panopticon), panopticon.published_state, ()
        case ["satlas", *_]:
            from . import satlas_network as satlas

            network = configured(card, satlas.Satlas, {"n_bands": satlas.N_BANDS[builder]})
            return network, satlas.published_state, ()
        case ["olmoearth", *_]:
            from . import olmoearth_network as olmoearth

            sizes = configured(card, olmoearth.OlmoEarthConfig, vars(olmoearth.CONFIGS[builder]))
            return olmoearth.OlmoEarth(sizes), olmoearth.encoder_state, ()
        case _:
            return None
