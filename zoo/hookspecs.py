"""The hooks that a plugin may implement. All are optional; a plugin is a module or object with some of them.

A plugin also states the interface versions that it supports: `zoo_plugin_api = (1,)`.
Mark an implementation with `zoo.hookimpl`. Importing a plugin must be instant and inert: no
network, no framework; heavy imports belong inside the functions below.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import TYPE_CHECKING, Any

import pluggy

if TYPE_CHECKING:
    import click
    import torch

    from zoo.cards import ModelCard
    from zoo.evidence import EvidenceTable
    from zoo.prompts import PromptSet

PLUGIN_API = 1
"""Version of the hooks below. It grows when an existing plugin would break."""

hookspec = pluggy.HookspecMarker("zoo")
hookimpl = pluggy.HookimplMarker("zoo")


class Hooks:
    """One method a hook; a registry adds this class to its plugin manager."""

    @hookspec
    def zoo_models(self) -> Iterable[ModelCard]:  # type: ignore[empty-body]  # a hook declaration has no body
        """Cards of the models that this plugin declares."""

    @hookspec(firstresult=True)
    def zoo_resolve_model(self, name: str) -> ModelCard | None:
        """Card for a name of a whole catalogue, such as `timm/resnet50.a1_in1k`; None: not mine."""

    @hookspec
    def zoo_catalogue(self) -> Mapping[str, Callable[[], Iterable[ModelCard]]]:  # type: ignore[empty-body]  # declaration
        """Catalogue prefix -> function that yields every card below it, without a framework."""

    @hookspec(firstresult=True)
    def zoo_load_custom(self, card: ModelCard, weights: Mapping[str, torch.Tensor] | None) -> Any:
        """Network of a card whose source is custom, in eval mode; `weights` None: random. None: not mine."""

    @hookspec
    def zoo_preprocessing_steps(self) -> Mapping[str, Callable[[Any], Any]]:  # type: ignore[empty-body]  # declaration
        """Step name on a card -> function from a float (h, w, c) array to another."""

    @hookspec
    def zoo_prompt_sets(self) -> Iterable[PromptSet]:  # type: ignore[empty-body]  # declaration
        """Zero-shot templates by name and domain."""

    @hookspec
    def zoo_evidence(self) -> Iterable[EvidenceTable]:  # type: ignore[empty-body]  # declaration
        """Published results for the selector; every row states its source."""

    @hookspec
    def zoo_transferability_scores(self) -> Mapping[str, Callable[..., float]]:  # type: ignore[empty-body]  # declaration
        """Score name -> function of (features, labels); greater is better."""

    @hookspec
    def zoo_commands(self) -> Iterable[click.Command]:  # type: ignore[empty-body]  # declaration
        """Extra verbs for the `zoo` command."""
