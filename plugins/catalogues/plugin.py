"""Whole catalogues as cards, on demand: `timm/<name.tag>`, `open_clip/<architecture>/<tag>`, `hf/<owner>/<repo>`.

The first two are read from indexes in `data/`, without a framework; the third asks the hub.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping

from zoo.cards import ModelCard
from zoo.hookspecs import hookimpl

zoo_plugin_api = (1,)


@hookimpl
def zoo_resolve_model(name: str) -> ModelCard | None:
    """The card of a name under one of the three prefixes; None: no such name."""
    prefix, _, rest = name.partition("/")
    if prefix == "timm" and rest:
        from . import timm

        return timm.resolve(rest)
    if prefix == "open_clip" and rest:
        from . import open_clip

        return open_clip.resolve(rest)
    if prefix == "hf" and rest.count("/") == 1:
        from . import hf

        return hf.resolve(rest)
    return None


@hookimpl
def zoo_catalogue() -> Mapping[str, Callable[[], Iterable[ModelCard]]]:
    """The two catalogues that can be listed; the hub's is too long."""
    return {"timm": _timm, "open_clip": _open_clip}


def _timm() -> Iterable[ModelCard]:
    from . import timm

    return timm.cards()


def _open_clip() -> Iterable[ModelCard]:
    from . import open_clip

    return open_clip.cards()
