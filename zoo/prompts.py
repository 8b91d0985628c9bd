"""Zero-shot templates as plain format strings, by name and by domain."""

from __future__ import annotations

from collections.abc import Iterable

from pydantic import field_validator

from zoo.cards import Facts
from zoo.errors import LabelsError

PLAIN = ("{}",)
"""The bare label: what is left when no plugin knows the domain."""


class PromptSet(Facts):
    """Templates that go together; each has exactly one `{}` for the class name."""

    name: str
    domains: tuple[str, ...]
    templates: tuple[str, ...]
    source: str | None

    @field_validator("templates")
    @classmethod
    def _have_one_slot(cls, templates: tuple[str, ...]) -> tuple[str, ...]:
        check_templates(templates)
        return templates


def check_templates(templates: Iterable[str]) -> None:
    """Do nothing if each template has exactly one `{}` slot.

    Raises:
        LabelsError: there is no template, or one has no slot, several, or another brace.
    """
    templates = list(templates)
    if not templates:
        raise LabelsError("want at least one template, got none.", "Give one such as 'a photo of a {}.'")
    for template in templates:
        if template.count("{}") != 1 or template.replace("{}", "").strip("{}") != template.replace("{}", ""):
            raise LabelsError(
                f"template {template!r} should have exactly one {{}} for the class name.",
                "Write it like 'a photo of a {}.'",
            )


def choose_prompt_set(sets: Iterable[PromptSet], *, name: str | None, domains: Iterable[str]) -> PromptSet | None:
    """The set called `name`, else the one whose domain is nearest to one of `domains`, else None.

    Nearest is the longest shared path in the tree of domains: a set for `medical/radiology` beats
    one for `medical`. The order of `domains` breaks ties.

    Raises:
        LabelsError: `name` is given and no set has it.
    """
    known = {prompt_set.name: prompt_set for prompt_set in sets}
    if name is not None:
        if name not in known:
            raise LabelsError(f"no prompt set named {name!r}.", f"There are: {', '.join(sorted(known))}.")
        return known[name]
    for domain in domains:
        parts = domain.split("/")
        for depth in range(len(parts), 0, -1):
            prefix = "/".join(parts[:depth])
            for prompt_set in known.values():
                if prefix in prompt_set.domains:
                    return prompt_set
    return None
