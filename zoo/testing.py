"""The kit with which an author of a plugin tests it, under pytest.

    # tests/test_conformance.py of the plugin
    from zoo.testing import PluginConformance, Reference

    class TestMyPlugin(PluginConformance):
        plugin = "my_package"                                       # import name of the module with the hooks
        upstream_transforms = {"mine/net": make_upstream_transform} # () -> picture -> (c, h, w) tensor
        references = {"mine/net": Reference(values=(0.12, -0.53))}  # the first numbers of an embedding

pytest collects the methods below from the subclass. None of them needs a network: weights come from
the cache, from the package or from a seed.
"""

from __future__ import annotations

import contextlib
import importlib
import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np
from numpy.typing import NDArray

from zoo.cards import DOMAINS, CustomSource, ImagePreprocess, ModelCard
from zoo.errors import ZooError
from zoo.hookspecs import PLUGIN_API
from zoo.registry import Registry

if TYPE_CHECKING:
    from zoo.encoder import Encoder

__all__ = ["PluginConformance", "Reference", "sample_pictures"]

HEAVY = ("torch", "timm", "open_clip", "transformers", "torchvision", "pandas", "sklearn", "huggingface_hub")
"""What an import of a plugin and the reading of its cards must not load."""


@dataclass(frozen=True)
class Reference:
    """The first numbers of an embedding that the author once made with the original code."""

    values: Sequence[float]
    text: str | None = None
    """Embedded instead of the picture."""
    picture: str | NDArray[Any] | None = None
    """A path or an array; None: the first of `sample_pictures` in the size that the card names."""
    pretrained: bool = False
    seed: int = 0
    atol: float = 1e-4


class PluginConformance:
    """Subclass it, name the plugin, and run pytest."""

    plugin: ClassVar[str] = ""
    """Import name of the module that holds the hooks."""
    upstream_transforms: ClassVar[Mapping[str, Callable[[], Callable[[Any], Any]]]] = {}
    """Model id -> function that makes the transform of the original authors."""
    references: ClassVar[Mapping[str, Reference]] = {}
    max_parameters: ClassVar[float] = 50e6
    """Larger networks are built without memory for their weights, so only their size is looked at."""

    def test_it_states_the_interface_that_it_supports(self) -> None:
        """`zoo_plugin_api` holds the version of this zoo."""
        stated = getattr(self._module(), "zoo_plugin_api", None)
        assert stated is not None, f"add `zoo_plugin_api = ({PLUGIN_API},)` to {self.plugin}"
        assert PLUGIN_API in tuple(stated), f"{self.plugin} supports interface {stated}, this zoo has {PLUGIN_API}"

    def test_importing_it_is_inert(self) -> None:
        """Import and cards load no framework, open no connection and change no environment variable."""
        code = (
            "import importlib, os, socket, sys\n"
            "def refuse(*args, **kwargs): raise AssertionError('a connection was opened')\n"
            "socket.socket.connect = refuse\n"
            "import zoo.registry\n"
            "before = dict(os.environ)\n"
            f"plugin = importlib.import_module({self.plugin!r})\n"
            "registry = zoo.registry.Registry()\n"
            "registry.register(plugin, 'candidate')\n"
            f"heavy = sorted({set(HEAVY)!r} & set(sys.modules))\n"
            "print(*heavy)\n"
            "assert heavy or dict(os.environ) == before, 'an environment variable was changed'"
        )
        environment = {**os.environ, "PYTHONPATH": os.pathsep.join(path for path in sys.path if path)}
        done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, env=environment)
        assert done.returncode == 0, f"importing {self.plugin} failed:\n{done.stderr}"
        assert done.stdout.split() == [], (
            f"importing {self.plugin} loads {done.stdout.strip()}; import inside functions"
        )

    def test_its_cards_are_sound(self) -> None:
        """Cards survive JSON, lie under prefixes of their own, and use domains of the documented tree."""
        cards = self._cards()
        assert cards or self._hooks(), f"{self.plugin} declares no model and implements no hook"
        for card in cards:
            again = ModelCard.model_validate_json(card.model_dump_json())
            assert again == card, f"{card.id} does not survive JSON"
            unknown = [domain for domain in card.domains if domain not in DOMAINS]
            assert not unknown, f"{card.id} has domains outside the tree of zoo.cards.DOMAINS: {unknown}"
            assert card.preprocess is not None, f"{card.id} does not say how its input is prepared"
            assert card.sources, f"{card.id} does not say where its facts were read"

    def test_terms_are_stated(self) -> None:
        """Licence of the weights and gating are known; a model without them cannot be recommended to anybody."""
        for card in self._cards():
            assert card.license.weights is not None, f"{card.id} states no licence of its weights"
            assert card.gated is not None, f"{card.id} does not say whether it is gated"

    def test_weights_are_pinned(self) -> None:
        """A repository is named with a commit or a hash, since a branch can come to mean other weights."""
        for card in self._cards():
            source = card.source
            pinned = source.repository is None or source.revision is not None or source.sha256 is not None
            assert pinned, f"{card.id} takes weights from {source.repository} without a commit or a hash"

    def test_networks_are_as_the_cards_say(self) -> None:
        """Each builds with random weights; parameters, shape and width agree with the card."""
        for card in self._buildable():
            small = card.n_parameters is None or card.n_parameters <= self.max_parameters
            encoder = self._load(card, device="cpu" if small else "meta")
            count = sum(parameter.numel() for parameter in encoder.module.parameters())
            if card.n_parameters is not None and count:
                assert count == card.n_parameters, (
                    f"{card.id} has {count} parameters, the card says {card.n_parameters}"
                )
            if not small or not isinstance(card.preprocess, ImagePreprocess):
                continue
            picture = sample_picture(card.preprocess)
            pixels = encoder.preprocess(picture)
            size = card.preprocess.size_px
            height, width = (size, size) if isinstance(size, int) else size
            assert pixels.shape == (len(card.preprocess.bands), height, width), f"{card.id} gives {pixels.shape}"
            vectors = encoder.embed_images([picture, picture])
            assert vectors.shape == (2, card.embed_dim or vectors.shape[1])
            assert bool(vectors.isfinite().all()), f"{card.id} gives numbers that are not finite"

    def test_preprocessing_equals_upstream(self) -> None:
        """Every transform in `upstream_transforms` gives what the card's contract gives, to 1e-5."""
        from zoo.preprocessing import build

        for model_id, make in self.upstream_transforms.items():
            card = self._card(model_id)
            assert isinstance(card.preprocess, ImagePreprocess), f"{model_id} has no contract for pictures"
            ours, theirs = build(card.preprocess, registry=self._registry()), make()
            for picture in sample_pictures():
                ours_pixels, theirs_pixels = np.asarray(ours(picture)), np.asarray(theirs(picture))
                assert ours_pixels.shape == theirs_pixels.shape, (
                    f"{model_id}: the contract gives {ours_pixels.shape}, upstream {theirs_pixels.shape}"
                )
                apart = float(np.abs(ours_pixels - theirs_pixels).max())
                assert apart <= 1e-5, f"{model_id}: pixels differ by up to {apart:.4g}. {self._told(card, theirs)}"

    def test_embeddings_equal_the_references(self) -> None:
        """The numbers in `references` come out again."""
        for model_id, reference in self.references.items():
            card = self._card(model_id)
            encoder = self._load(card, pretrained=reference.pretrained, seed=reference.seed)
            if reference.text is not None:
                vector = encoder.embed_texts([reference.text])[0]
            else:
                given = reference.picture
                if given is None:
                    assert isinstance(card.preprocess, ImagePreprocess), f"{model_id} takes no picture: give a text"
                    given = sample_picture(card.preprocess)
                vector = encoder.embed_images([given])[0]
            found = vector[: len(reference.values)].tolist()
            assert np.allclose(found, reference.values, rtol=0, atol=reference.atol), (
                f"{model_id} gives {[round(value, 5) for value in found]}, want {list(reference.values)}"
            )

    def test_without_a_network_it_fails_in_words(self) -> None:
        """Offline and with an empty cache, `plan` answers, and `load` gives one of zoo's own errors or the model."""
        from zoo.loading import load
        from zoo.planning import plan

        with _offline():
            for card in self._cards():
                assert json.dumps(plan(card, registry=self._registry()).to_dict()), f"{card.id} has no plan"
                if card.n_parameters is not None and card.n_parameters > self.max_parameters:
                    continue
                with contextlib.suppress(ZooError):  # anything else is what a user must never see
                    load(card, device="cpu", registry=self._registry())

    def _module(self) -> Any:
        assert self.plugin, "name the plugin: plugin = 'my_package'"
        return importlib.import_module(self.plugin)

    def _registry(self) -> Registry:
        registry = Registry()
        registry.register(self._module(), self.plugin)
        return registry

    def _cards(self) -> tuple[ModelCard, ...]:
        return tuple(self._registry().cards.values())

    def _hooks(self) -> tuple[str, ...]:
        return self._registry().plugins[0].hooks

    def _card(self, model_id: str) -> ModelCard:
        return self._registry().get_card(model_id)

    def _buildable(self) -> list[ModelCard]:
        return [c for c in self._cards() if not (isinstance(c.source, CustomSource) and c.source.builder is None)]

    def _load(self, card: ModelCard, *, device: str = "cpu", pretrained: bool = False, seed: int = 0) -> Encoder:
        from zoo.loading import load

        return load(
            card,
            device=device,
            pretrained=pretrained,
            seed=seed,
            registry=self._registry(),
            local_files_only=True,
        )

    def _told(self, card: ModelCard, transform: Callable[[Any], Any]) -> str:
        """Kinds of difference in words, where the contract can be probed."""
        from zoo.preprocessing import compare

        assert isinstance(card.preprocess, ImagePreprocess)
        try:
            return "; ".join(map(str, compare(card.preprocess, transform)))
        except ZooError:
            return ""


def sample_pictures() -> Iterator[Any]:
    """Three Pillow images of colour noise over ramps, the same each time: upright, square and wide."""
    from PIL import Image

    rng = np.random.default_rng(0)
    for height, width in ((301, 260), (256, 256), (97, 331)):
        ramp = np.linspace(0, 200, width)[None, :, None] + np.linspace(0, 40, height)[:, None, None]
        yield Image.fromarray((ramp + rng.integers(0, 16, (height, width, 3))).clip(0, 255).astype(np.uint8))


def sample_picture(spec: ImagePreprocess) -> NDArray[Any]:
    """(h, w, c) array of a contract's own bands and value range, the same each time."""
    size = spec.size_px
    height, width = (size, size) if isinstance(size, int) else size
    low, high = spec.value_range or (0, 255)
    rng = np.random.default_rng(0)
    values = low + (high - low) * rng.random((height, width, len(spec.bands)))
    return values.astype(np.uint8) if (low, high) == (0, 255) else values.astype(np.float32)


@contextlib.contextmanager
def _offline() -> Iterator[None]:
    """An empty cache and no network, for this process only."""
    with tempfile.TemporaryDirectory(prefix="zoo-") as empty:
        changed = {"HF_HUB_OFFLINE": "1", "HF_HUB_CACHE": empty, "HF_HOME": empty}
        before = {name: os.environ.get(name) for name in (*changed, "ZOO_LOCK")}
        os.environ.update(changed)
        os.environ.pop("ZOO_LOCK", None)
        try:
            yield
        finally:
            for name, value in before.items():
                if value is None:
                    os.environ.pop(name, None)
                else:
                    os.environ[name] = value
