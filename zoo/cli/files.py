"""Verbs about files of models: plan, pull, lock."""

from __future__ import annotations

from pathlib import Path

import click

from zoo.cli.printing import human_bytes, output_options, print_json, print_lines, print_table, yes_no
from zoo.errors import LockError, ZooError
from zoo.output_files import write_whole


@click.command()
@click.argument("models", nargs=-1, required=True)
@click.option("--ask-hub", is_flag=True, help="Ask the hub for names and sizes of files that are not known yet.")
@output_options
def plan(models: tuple[str, ...], ask_hub: bool, as_json: bool, quiet: bool) -> None:
    """What loading each of MODELS would take: files, bytes, cached or not, packages; loads nothing."""
    from zoo.planning import plan as make_plan

    plans = [make_plan(model, ask_hub=ask_hub) for model in models]
    if as_json:
        print_json([each.to_dict() for each in plans])
    elif quiet:
        print_lines(each.id for each in plans if each.loadable)
    else:
        rows = [
            (
                each.id,
                each.loader,
                human_bytes(each.n_bytes),
                each.format,
                yes_no(each.cached),
                yes_no(each.gated),
                "yes" if each.loadable else each.why_not,
            )
            for each in plans
        ]
        columns = ("model", "loader", "download", "format", "cached", "gated", "loadable")
        print_table(columns, rows, right=frozenset({"download"}))


@click.command()
@click.argument("models", nargs=-1, required=True)
@output_options
def pull(models: tuple[str, ...], as_json: bool, quiet: bool) -> None:
    """Download MODELS into the cache and check every file against its hash."""
    from zoo.pulling import pull as fetch_all

    done: dict[str, list[str]] = {}
    failed: list[tuple[str, ZooError]] = []
    for model in models:
        try:
            done[model] = [str(path) for path in fetch_all(model)]
        except ZooError as err:
            if len(models) == 1:
                raise
            failed.append((model, err))
    if as_json:
        print_json(done)
    elif quiet:
        print_lines(path for paths in done.values() for path in paths)
    else:
        for model, paths in done.items():
            click.echo(f"{model}: {len(paths)} file{'s' * (len(paths) != 1)} here, checked")
    for model, fault in failed:
        click.echo(f"error: {model}: {fault.problem}", err=True)
        click.echo(f"remedy: {fault.remedy}", err=True)
    if failed:
        raise click.exceptions.Exit(1)


@click.command()
@click.argument("models", nargs=-1, required=True)
@click.option("--out", type=click.Path(path_type=Path), default=Path("zoo.lock"), show_default=True)
@output_options
def lock(models: tuple[str, ...], out: Path, as_json: bool, quiet: bool) -> None:
    """Pin MODELS: repository, commit, file hashes and preprocessing, in one file.

    With ZOO_LOCK=zoo.lock in the environment a model loads exactly as pinned, or not at all.
    """
    from zoo.locking import lock as pin

    document = pin(list(models))
    try:
        write_whole(out, document.to_json().encode())
    except OSError as err:
        raise LockError(f"{out} cannot be written ({err.strerror}).", "Choose another place: --out FILE.") from err
    if as_json:
        click.echo(document.to_json())
    elif quiet:
        print_lines(models)
    else:
        click.echo(f"pinned {len(models)} model{'s' * (len(models) != 1)} in {out}; use it with ZOO_LOCK={out}")


@click.command()
@click.argument("models", nargs=-1)
@click.option("--lock", "lock_file", type=click.Path(path_type=Path), help="Hold all models of a lock file against it.")
@output_options
def verify(models: tuple[str, ...], lock_file: Path | None, as_json: bool, quiet: bool) -> None:
    """Hash every file of MODELS on this disk anew, without a network; exit 1 if one differs or is missing.

    Files are held against the hashes that the hub told and, with --lock, against the pins.
    """
    from zoo.verifying import verify as check

    if not models and lock_file is None:
        raise click.UsageError("name models, or a lock: zoo verify --lock zoo.lock")
    found = check(models, lock_file)
    bad = [each for each in found if each.state != "sound"]
    if as_json:
        print_json([vars(each) for each in found])
    elif quiet:
        print_lines(f"{each.model} {each.file}" for each in bad)
    else:
        rows = [(each.model, each.file, each.state) for each in bad]
        if rows:
            print_table(("model", "file", "state"), rows)
        click.echo(f"{len(found)} files hashed, {len(bad)} not sound")
    if bad or not found:
        raise click.exceptions.Exit(1)
