"""A loaded model as people use it: pictures and texts in, vectors out, whatever library is underneath."""

from __future__ import annotations

import warnings
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any, Literal

from zoo.arguments import at_least_one
from zoo.cards import ImagePreprocess, ModelCard
from zoo.encoder.alternatives import alternatives
from zoo.encoder.inputs import several, shape_of, strings, token_ids
from zoo.encoder.network import Network, Tokens, pixel_shape, text_side
from zoo.encoder.running import inference, refusals
from zoo.encoder.scoring import Scoring, scoring_of
from zoo.errors import CapabilityError, DataError, PluginError
from zoo.images import ImageLike, Picture

if TYPE_CHECKING:
    import torch

    from zoo.preprocessing import Transform
    from zoo.registry import Registry
    from zoo.tokenizing import Tokenizer

__all__ = ["Encoder", "Scoring"]


class Encoder:
    """One model in memory; made by `zoo.load`.

    Vectors are what the network gives, not normalised. `encode_pixels` and `encode_tokens` keep gradients,
    for training; `embed_images` and `embed_texts` are for everything else.
    """

    def __init__(
        self,
        card: ModelCard,
        network: Network,
        *,
        device: torch.device,
        dtype: torch.dtype,
        pretrained: bool = True,
        registry: Registry | None = None,
    ) -> None:
        self.card = card
        self.module: torch.nn.Module = network.module
        self.device = device
        self.dtype = dtype
        self.pretrained = pretrained
        self.notes = network.notes
        """What was done on the way that a user should know, a sentence each."""
        self._network = network
        self._registry = registry
        self._transform: Transform | None = None

    @property
    def loader(self) -> str:
        """Which library built it: timm, open_clip, transformers, custom or bundled."""
        return self.card.source.loader

    @property
    def dim(self) -> int:
        """Width of an embedding."""
        if self._network.dim is None and self.card.embed_dim is not None:
            return self.card.embed_dim
        if self._network.dim is None:
            self._network.dim = self._tried_width()
        return self._network.dim

    @property
    def tokenizer(self) -> Tokenizer | None:
        """What `tokenize` runs; None: the model takes no texts."""
        return self._network.tokenizer

    @property
    def transform(self) -> Transform:
        """The card's preprocessing as a function of a picture.

        Raises:
            CapabilityError: the model takes no pictures, or its card does not say how they are prepared.
        """
        if self._transform is None:
            from zoo.preprocessing import build

            spec = self.card.preprocess
            if self._network.embed_images is None:
                raise self._lacks("pictures", "image")
            if not isinstance(spec, ImagePreprocess):
                raise CapabilityError(
                    f"the card of {self.card.id} does not say how pictures are prepared.",
                    "Give preprocessed pictures as one (n, c, h, w) tensor.",
                )
            self._transform = build(spec, registry=self._registry)
        return self._transform

    @property
    def conversions(self) -> tuple[str, ...]:
        """What was done to the pictures that this encoder has read so far, one sentence a kind."""
        return () if self._transform is None else self._transform.conversions.lines()

    def preprocess(self, image: ImageLike | Picture) -> torch.Tensor:
        """(c, h, w) float32 tensor of one picture, held against the card's contract.

        Raises:
            ImageError: it cannot be read.
            InputContractError: it is not what the model expects.
        """
        return self.transform(image)

    def embed_images(self, images: Any, *, batch_size: int = 32) -> torch.Tensor:
        """(n, d) float32 tensor on the CPU.

        Args:
            images: paths, Pillow images or arrays, several or one; or an (n, c, h, w) tensor that is preprocessed.

        Raises:
            CapabilityError: the model takes no pictures.
            ImageError: one of them cannot be read; see `zoo.image_sources` for folders with bad files.
        """
        if self._network.embed_images is None:
            raise self._lacks("pictures", "image")
        rows = []
        with inference(self.module):
            for pixels in self._batches(images, at_least_one("batch_size", batch_size)):
                rows.append(self.encode_pixels(pixels).float().cpu())
        return self._stacked(rows)

    def embed_texts(self, texts: Sequence[str], *, kind: str | None = None, batch_size: int = 32) -> torch.Tensor:
        """(n, d) float32 tensor on the CPU; a text that is too long is cut, with a warning.

        Args:
            kind: puts the card's prefix for queries or for documents before each text (`query`, `document`), or the
                one of a name among its prompts; None: what its authors put before every text, if anything.

        Raises:
            CapabilityError: the model has no text tower; three that have one are named.
            DataError: one of them is no string.
        """
        if self._network.embed_tokens is None:
            raise self._lacks("texts", "text")
        prefix = self._prefix(kind)
        prefixed = [f"{prefix}{text}" for text in strings(texts)]
        n_prompt = self._prompt_length(prefix)
        size, rows = at_least_one("batch_size", batch_size), []
        with inference(self.module):
            for start in range(0, len(prefixed), size):
                tokens = self.tokenize(prefixed[start : start + size])
                if n_prompt:
                    tokens["prompt_length"] = tokens["input_ids"].new_full((len(tokens["input_ids"]),), n_prompt)
                rows.append(self.encode_tokens(tokens).float().cpu())
        return self._stacked(rows)

    def tokenize(self, texts: Sequence[str]) -> dict[str, torch.Tensor]:
        """`input_ids` (n, l), and `attention_mask` where the network reads one.

        Raises:
            CapabilityError: the model takes no texts.
            OfflineError: its tokenizer is not on this machine.
        """
        if self._network.tokenizer is None:
            raise self._lacks("texts", "text")
        told = self._network.tokenizer(strings(texts))
        if told.n_cut:
            message = f"{told.n_cut} of {len(texts)} texts were cut to the {told.max_tokens} tokens of {self.card.id}"
            warnings.warn(message, stacklevel=2)
        return told.ids

    def encode_pixels(self, pixels: torch.Tensor) -> torch.Tensor:
        """(n, d) of preprocessed (n, c, h, w) pixels, with gradients and in the network's present mode."""
        if self._network.embed_images is None:
            raise self._lacks("pictures", "image")
        shape = pixel_shape(self.card)
        wanted = "what encoder.preprocess makes" + ("" if shape is None else f", (n, {', '.join(map(str, shape))})")
        with refusals(self.card, self.device, f"pixels of shape {shape_of(pixels)}", wanted):
            return self._network.embed_images(pixels.to(self.device, self.dtype))

    def encode_tokens(self, tokens: Tokens) -> torch.Tensor:
        """(n, d) of what `tokenize` gives, with gradients and in the network's present mode."""
        if self._network.embed_tokens is None:
            raise self._lacks("texts", "text")
        given = f"token ids of shape {shape_of(token_ids(tokens))}"
        with refusals(self.card, self.device, given, "what encoder.tokenize makes"):
            return self._network.embed_tokens({name: value.to(self.device) for name, value in tokens.items()})

    def generate(
        self, prompts: Sequence[str], *, images: Any = None, max_new_tokens: int = 64, batch_size: int = 8
    ) -> list[str]:
        """What the model writes after each prompt, word by most likely word; one picture a prompt, or none at all.

        Raises:
            CapabilityError: the model writes no text.
            DataError: there are not as many pictures as prompts.
        """
        write = self._network.generate
        if write is None:
            raise CapabilityError(
                f"{self.card.id} writes no text.", f"Models that do: {self._others('generate', None)}."
            )
        asked, answers, size = strings(prompts), [], at_least_one("batch_size", batch_size)
        at_least_one("max_new_tokens", max_new_tokens)
        with inference(self.module):
            pixels = None if images is None else self._all_pixels(images)
            if pixels is not None and len(pixels) != len(asked):
                raise DataError(f"{len(asked)} prompts came with {len(pixels)} pictures.", "Give one picture a prompt.")
            for start in range(0, len(asked), size):
                part = slice(start, start + size)
                with refusals(
                    self.card, self.device, f"{len(asked[part])} prompts", "shorter prompts or fewer at once"
                ):
                    answers += write(None if pixels is None else pixels[part], asked[part], max_new_tokens)
        return answers

    def scoring(self) -> Scoring:
        """How this model scores a picture against a text.

        The card's numbers are those of the trained weights; random weights have their own.

        Raises:
            CapabilityError: it is no zero-shot model.
        """
        return scoring_of(
            self.card, self.module, pretrained=self.pretrained, others=lambda: self._others("zero-shot", None)
        )

    def layer_groups(self, side: Literal["image", "text"] | None = None) -> list[tuple[str, list[torch.nn.Parameter]]]:
        """(name, parameters) from input to head, each parameter once; see `zoo.encoder.groups`.

        Args:
            side: only that tower of an image-text model; None: all of it.
        """
        from zoo.encoder.groups import layer_groups

        if side not in (None, "image", "text"):
            raise DataError(f"no side named {side!r}.", "Give image, text or None for all.")
        return layer_groups(self.module, side=side)

    def to_dict(self) -> dict[str, object]:
        """What would have to be known to do this again, as plain data."""
        from zoo.weights import weights_hash

        return {
            "model": self.card.id,
            "revision": self.card.source.revision,
            "weights_sha256": weights_hash(self.module),
            "pretrained": self.pretrained,
            "dtype": str(self.dtype).removeprefix("torch."),
            "notes": list(self.notes),
        }

    def __repr__(self) -> str:
        weights = "pretrained" if self.pretrained else "random weights"
        return f"Encoder({self.card.id!r}, {weights}, {self.device}, {self.dtype})"

    def _batches(self, images: Any, size: int) -> Iterator[torch.Tensor]:
        import torch

        if isinstance(images, torch.Tensor) and images.ndim == 4:
            yield from (images[start : start + size] for start in range(0, len(images), size))
            return
        batch: list[torch.Tensor] = []
        for image in several(images):
            batch.append(self.preprocess(image))
            if len(batch) == size:
                yield torch.stack(batch)
                batch = []
        if batch:
            yield torch.stack(batch)

    def _all_pixels(self, images: Any) -> torch.Tensor:
        import torch

        batches = [pixels.to(self.device, self.dtype) for pixels in self._batches(images, 64)]
        return torch.cat(batches) if batches else torch.zeros(0)

    def _stacked(self, rows: list[torch.Tensor]) -> torch.Tensor:
        """(n, d); made outside inference mode, so that a probe may be trained on it."""
        import torch

        if not rows:
            return torch.zeros(0, self.dim)
        vectors = torch.cat(rows)
        promised = self.card.embed_dim
        if vectors.ndim != 2 or (promised is not None and vectors.shape[1] != promised):
            raise PluginError(
                f"{self.card.id} gave embeddings of shape {tuple(vectors.shape)}, its card promises (n, {promised}).",
                "Mend embed_dim or pooling of the card.",
            )
        self._network.dim = vectors.shape[1]
        return vectors

    def _tried_width(self) -> int:
        import torch

        shape = pixel_shape(self.card)
        if shape is not None and self._network.embed_images is not None:
            return int(self.embed_images(torch.zeros(1, *shape)).shape[1])
        return int(self.embed_texts(["a"]).shape[1])

    def _prefix(self, kind: str | None) -> str:
        """What stands before a text of this kind."""
        side = text_side(self.card)
        named = dict(side.prompts) if side is not None else {}
        if kind is None:
            return (side.default_prefix if side is not None else None) or ""
        if kind not in ("query", "document", *named):
            others = "".join(f", {name}" for name in named if name not in ("query", "document"))
            raise DataError(f"no kind of text named {kind!r}.", f"Give query, document{others} or None.")
        if side is None:
            return ""
        stated = {"query": side.query_prefix, "document": side.document_prefix}.get(kind)
        return stated if stated is not None else named.get(kind, "")

    def _prompt_length(self, prefix: str) -> int:
        """Tokens of a prefix that take no part in the pooling; 0 where all do."""
        head = self.card.sentence_head
        if not prefix or head is None or head.include_prompt:
            return 0
        ids, bare = (self.tokenize([text])["input_ids"][0].tolist() for text in (prefix, ""))
        ends_alike = bool(bare) and ids[-1] == bare[-1]  # a special token that stands behind every text
        return len(ids) - int(ends_alike)

    def _lacks(self, what: str, modality: Literal["image", "text"]) -> CapabilityError:
        return CapabilityError(
            f"{self.card.id} is a model of modality {self.card.modality} and takes no {what}.",
            f"Models that do: {self._others(None, modality)}.",
        )

    def _others(self, capability: str | None, modality: str | None) -> str:
        return alternatives(self.card, capability=capability, modality=modality, registry=self._registry)
