"""Terms of the weights of open_clip's tags: from the cards that this project holds, and from timm for the same file.

Source:
    the pages that the cards of these tags name (`zoo show multimodal/...`), which a test holds against this table;
    else timm's pretrained_cfg, for a repository that both libraries read.
"""

from __future__ import annotations

import functools

from .index import read
from .timm import COMMERCIAL

APPLE = "Apple Machine Learning Research Model License"
BY_TAG: dict[str, str] = {
    **dict.fromkeys(
        (
            "datacomp_xl_s13b_b90k",
            "laion2b_s13b_b90k",
            "laion2b_s29b_b131k_ft_soup",
            "laion2b_s32b_b79k",
            "laion2b_s32b_b82k",
            "laion2b_s34b_b79k",
            "laion2b_s39b_b160k",
            "merged2b_s6b_b61k",
        ),
        "MIT",
    ),
    **dict.fromkeys(("meta", "webli"), "Apache-2.0"),
    **dict.fromkeys(("dfn5b", "dfndr2b"), APPLE),
    **dict.fromkeys(("metaclip2_worldwide", "metaclip_fullcc"), "CC-BY-NC-4.0"),
}
"""Tag -> licence of its weights, where every card of this project with that tag states the same."""
_ALLOWS = {"MIT": True, "Apache-2.0": True, "CC-BY-NC-4.0": False, APPLE: False}
_UNSURE = ("apple", "openai")
"""In names of repositories whose terms timm states otherwise than their owners, or that state none."""


def terms_of(tag: str, repository: str | None) -> tuple[str | None, bool | None]:
    """(licence of the weights, whether it allows commercial use); None: not known."""
    stated = BY_TAG.get(tag)
    if stated is not None:
        return stated, _ALLOWS[stated]
    told = _by_timm().get(repository or "")
    return told, COMMERCIAL.get(told or "")


@functools.cache
def _by_timm() -> dict[str, str]:
    """Repository -> licence, where timm states one for every set of weights that it reads from there."""
    found: dict[str, set[str]] = {}
    for row in read("timm")["models"].values():
        licence, repository = row[4], row[5]
        if repository and not any(name in repository.lower() for name in _UNSURE):
            found.setdefault(repository, set()).add(str(licence))
    return {
        repository: next(iter(told))
        for repository, told in found.items()
        if len(told) == 1 and not told & {"None", "unknown", "other"}
    }
