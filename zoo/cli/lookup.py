"""Verbs that only look: list, show, plugins."""

from __future__ import annotations

import shlex
from dataclasses import replace
from typing import Any, get_args

import click

from zoo.arguments import gathered
from zoo.cards import (
    Capability,
    Facts,
    ImagePreprocess,
    Modality,
    ModelCard,
    TextPreprocess,
    newest_in_words,
    successors,
)
from zoo.cli.printing import (
    console,
    count,
    human_bytes,
    human_count,
    output_options,
    print_json,
    print_lines,
    print_table,
    yes_no,
)
from zoo.filters import LOADERS, Filters
from zoo.languages import told_briefly
from zoo.registry import default_registry


@click.command("list")
@click.argument("pattern", required=False)
@click.option("--query", help="Free words, best match first: --query 'chest x-ray'.")
@click.option("--modality", type=click.Choice(get_args(Modality)))
@click.option("--domain", help="A domain and all below it, such as medical or satellite/rgb.")
@click.option("--capability", type=click.Choice(get_args(Capability)))
@click.option("--commercial/--no-commercial", "commercial_use", default=None, help="Known to allow commercial use.")
@click.option("--gated/--open", "gated", default=None, help="Behind an agreement on the hub, or not.")
@click.option("--license", help="Licence of the weights: apache-2.0, 'cc-by-nc*'.")
@click.option("--min-params", "min_parameters", type=count, help="Such as 20M.")
@click.option("--max-params", "max_parameters", type=count, help="Such as 400M.")
@click.option("--loader", type=click.Choice(LOADERS))
@click.option("--language", help="Models that say they read it, such as German or de.")
@output_options
def list_(
    pattern: str | None,
    query: str | None,
    modality: Modality | None,
    domain: str | None,
    capability: Capability | None,
    commercial_use: bool | None,
    gated: bool | None,
    license: str | None,
    min_parameters: int | None,
    max_parameters: int | None,
    loader: str | None,
    language: str | None,
    as_json: bool,
    quiet: bool,
) -> None:
    """Models that pass every filter given; PATTERN is part of a name or has wildcards.

    `zoo list 'timm/*convnext*'` and `zoo list 'open_clip/*'` search whole catalogues.
    """
    wanted = gathered(Filters, locals())
    cards = default_registry().search(wanted)
    if as_json:
        print_json([_row(card) for card in cards])
    elif quiet:
        print_lines(card.id for card in cards)
    elif not cards:
        click.echo("no model passes all of these filters; drop one, or try `zoo list --query WORDS`.", err=True)
    else:
        rows = [
            (
                card.id,
                card.modality,
                human_count(card.n_parameters),
                card.embed_dim,
                card.license.weights,
                yes_no(card.commercial_use),
                ", ".join(card.capabilities),
            )
            for card in cards
        ]
        columns = ("model", "modality", "parameters", "width", "licence", "commercial", "can")
        print_table(columns, rows, right=frozenset({"parameters", "width"}))
        click.echo(f"{len(cards)} model{'s' * (len(cards) != 1)}; `zoo show MODEL` tells all of one.", err=True)
    if wanted.language is not None and not (as_json or quiet):
        _tell_silent(replace(wanted, language=None), wanted.language)


@click.command()
@click.argument("model")
@output_options
def show(model: str, as_json: bool, quiet: bool) -> None:
    """Everything that is known of MODEL, with where it was read."""
    card = default_registry().get_card(model)
    if as_json:
        print_json(card.model_dump(mode="json"))
    elif quiet:
        print_lines([card.id])
    else:
        _show_card(card)


@click.command()
@output_options
def plugins(as_json: bool, quiet: bool) -> None:
    """Every plugin found, its state and the reason for it."""
    records = default_registry().plugins
    if as_json:
        print_json([vars(record) for record in records])
    elif quiet:
        print_lines(record.name for record in records if record.state == "loaded")
    else:
        rows = [
            (
                r.name,
                r.state,
                r.n_models,
                f"{r.package} {r.version or ''}".strip(),
                "; ".join(filter(None, (r.reason, *r.notes))),
            )
            for r in records
        ]
        print_table(("plugin", "state", "models", "package", "reason"), rows, right=frozenset({"models"}))


def _tell_silent(others: Filters, language: str) -> None:
    """How many models of texts pass the other filters and state no languages: they may read this one."""
    silent = [card for card in default_registry().search(others) if card.languages is None and card.modality in _READS]
    if silent:
        modality = "text" if any(card.modality == "text" for card in silent) else "image-text"
        command = f"`zoo recommend --modality {modality} --language {shlex.quote(language)}`"
        models, them = ("1 model", "it") if len(silent) == 1 else (f"{len(silent)} models", "them")
        told = f"{models} without stated languages would pass the other filters"
        click.echo(f"{told}; {command} weighs {them}.", err=True)


_READS = ("text", "image-text")


def _row(card: ModelCard) -> dict[str, Any]:
    return {
        "id": card.id,
        "title": card.title,
        "modality": card.modality,
        "domains": list(card.domains),
        "capabilities": list(card.capabilities),
        "n_parameters": card.n_parameters,
        "embed_dim": card.embed_dim,
        "license": card.license.weights,
        "commercial_use": card.commercial_use,
        "gated": card.gated,
        "loader": card.source.loader,
    }


def _show_card(card: ModelCard) -> None:
    from rich.markup import escape
    from rich.table import Table

    out = console()
    out.print(f"[bold]{escape(card.title)}[/bold]  [dim]{escape(card.id)}[/dim]")
    out.print(escape(card.summary))
    later = successors(card, default_registry().cards)
    if later:
        out.print(f"[yellow]Superseded by {escape(newest_in_words(later))}.[/yellow]")
    table = Table(box=None, show_header=False, pad_edge=False, padding=(0, 2, 0, 0))
    table.add_column(style="dim", no_wrap=True)
    table.add_column(overflow="fold")
    for name, value in _facts(card):
        table.add_row(name, escape(value))
    out.print(table)
    if card.results:
        rows = [(r.dataset, r.metric, f"{r.value:g}", r.protocol, r.source) for r in card.results]
        print_table(("result on", "metric", "value", "protocol", "source"), rows, right=frozenset({"value"}))


def _facts(card: ModelCard) -> list[tuple[str, str]]:
    """(name, text) of each fact, in the order in which a person asks; unknown is said, not skipped."""
    licence = card.license
    facts = [
        ("domains", ", ".join(card.domains)),
        ("can", ", ".join(card.capabilities)),
        ("also called", ", ".join(card.aliases)),
        ("architecture", card.architecture or "unknown"),
        ("parameters", f"{human_count(card.n_parameters)}" if card.n_parameters else "unknown"),
        ("embedding", f"{card.embed_dim} wide, {card.pooling or 'pooling as the architecture does'}"),
        ("licence", f"code {_said(licence.code)}; weights {_said(licence.weights)}; data {_said(licence.data)}"),
        ("commercial use", yes_no(card.commercial_use)),
        ("gated", yes_no(card.gated)),
        ("source", _source(card)),
        ("input", _preprocess(card.preprocess)),
        ("text input", _preprocess(card.text_preprocess) if card.text_preprocess else ""),
        ("zero-shot", _named(card.zero_shot)),
        ("pretraining", _pretraining(card)),
        ("languages", _languages(card)),
        ("limitations", card.limitations or ""),
        ("cite", card.citation or ""),
        ("read in", "\n".join(card.sources)),
    ]
    return [(name, value) for name, value in facts if value]


def _languages(card: ModelCard) -> str:
    codes = card.languages or ()
    told = told_briefly(codes)
    return told if told == ", ".join(codes) else f"{told}; all with --json"


def _said(value: object) -> str:
    return "not stated" if value is None else str(value)


def _source(card: ModelCard) -> str:
    source = card.source
    parts = [
        source.loader,
        source.path or "",
        source.repository or "",
        f"@{source.revision[:12]}" if source.revision else "",
    ]
    parts += [source.file or "", source.format or "", human_bytes(source.n_bytes) if source.n_bytes else ""]
    if source.needs:
        parts.append(f"needs {', '.join(source.needs)}")
    return " ".join(part for part in parts if part)


def _preprocess(spec: ImagePreprocess | TextPreprocess | None) -> str:
    if spec is None:
        return "unknown"
    return _named(spec)


def _named(facts: Facts | None) -> str:
    """`name value` of each known fact, in the order of the schema."""
    if facts is None:
        return ""
    told = []
    for name, value in facts:
        if value is None or value == () or name == "source":
            continue
        if isinstance(value, tuple):
            shown = (
                f"{value[0]:g}..." if len(value) > 4 and isinstance(value[0], float) else " ".join(map(_short, value))
            )
        else:
            shown = _short(value)
        told.append(f"{name} {shown}")
    return "; ".join(told)


def _short(value: object) -> str:
    return f"{value:.6g}" if isinstance(value, float) else str(value)


def _pretraining(card: ModelCard) -> str:
    if card.pretraining is None:
        return "undisclosed"
    known = card.pretraining
    parts = [", ".join(sorted(known.datasets)) if known.datasets else "data undisclosed"]
    parts += [known.size or "", known.objective or ""]
    return "; ".join(part for part in parts if part)
