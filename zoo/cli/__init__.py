"""The `zoo` command: verbs are imported when they are asked for, so that `zoo list` stays instant.

    main → click group → one module of verbs
    lookup   list, show, plugins
    files    plan, pull, lock, verify, doctor
    run      classify, embed
    tune     tune, predict, report
    pretraining, exporting   pretrain, export
    recommend and rank lie in the selector, found by name as plugins are

Exit codes: 0 success, 1 failure, 2 usage. An error is one line and a remedy one line; set
ZOO_DEBUG=1 for the traceback. Verbs of plugins come through the hook `zoo_commands`.
"""

from __future__ import annotations

import atexit
import gc
import importlib
import os
import sys
import warnings
from typing import Any

import click

from zoo.errors import ZooError

_GARBAGE = 500_000
"""New objects between two collections: cards stay for good, and walking them again at every 700 costs a fifth."""

_HOME = {
    "list": ("zoo.cli.lookup", "list_"),
    "show": ("zoo.cli.lookup", "show"),
    "plugins": ("zoo.cli.lookup", "plugins"),
    "plan": ("zoo.cli.files", "plan"),
    "pull": ("zoo.cli.files", "pull"),
    "lock": ("zoo.cli.files", "lock"),
    "verify": ("zoo.cli.files", "verify"),
    "cache": ("zoo.cli.cache", "cache"),
    "doctor": ("zoo.cli.doctor", "doctor"),
    "recommend": ("zoo.selector.cli", "recommend"),
    "rank": ("zoo.selector.cli", "rank"),
    "classify": ("zoo.cli.run", "classify"),
    "embed": ("zoo.cli.run", "embed"),
    "tune": ("zoo.cli.tune", "tune"),
    "predict": ("zoo.cli.tune", "predict"),
    "report": ("zoo.cli.tune", "report"),
    "pretrain": ("zoo.cli.pretraining", "pretrain"),
    "export": ("zoo.cli.exporting", "export"),
}
_SUMMARIES = {
    "list": "Models that pass every filter given.",
    "show": "Everything that is known of one model.",
    "plugins": "Plugins found, and the state of each.",
    "plan": "What loading a model would take; loads nothing.",
    "pull": "Download models into the cache and check them.",
    "lock": "Pin models by commit and file hashes.",
    "verify": "Hash the files of models anew, without a network.",
    "cache": "Show the features that are kept, and make room.",
    "doctor": "Check this installation, or what a model would do to a file.",
    "recommend": "Which source model to start from, and how.",
    "rank": "Measure source models on your own data.",
    "classify": "Zero-shot classification of images.",
    "embed": "Feature vectors of images or texts.",
    "tune": "Train a source model on your data, and keep what predicts.",
    "predict": "What a tuned model says of new inputs.",
    "report": "One page about a run of tune.",
    "pretrain": "Go on training a model on unlabelled rows.",
    "export": "Write a model for other programs.",
}


class _Verbs(click.Group):
    """Built-in verbs by name; plugins are asked only for a verb that zoo does not have."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return [*_HOME, *sorted(_plugin_verbs())]

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name in _HOME:
            module, name = _HOME[cmd_name]
            command: click.Command = getattr(importlib.import_module(module), name)
            return command
        return _plugin_verbs().get(cmd_name)

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        try:
            return super().resolve_command(ctx, args)
        except click.UsageError as err:
            from difflib import get_close_matches

            near = get_close_matches(args[0], self.list_commands(ctx), n=1)
            if not near or "Did you mean" in err.message:  # click 8.5 began to suggest by itself
                raise
            raise click.UsageError(f"{err.message} Did you mean {near[0]!r}?", ctx=ctx) from err

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        # click would import every verb only to read its first line.
        rows = [*_SUMMARIES.items(), *((n, c.get_short_help_str(90)) for n, c in sorted(_plugin_verbs().items()))]
        with formatter.section("Verbs"):
            formatter.write_dl(rows)


def _plugin_verbs() -> dict[str, click.Command]:
    from zoo.registry import default_registry

    verbs: dict[str, click.Command] = {}
    for plugin, commands in default_registry().answers("zoo_commands"):
        for command in commands:
            if command.name in _HOME or command.name in verbs:
                warnings.warn(f"zoo plugin {plugin!r}: its verb {command.name!r} is left out, it exists", stacklevel=2)
            elif command.name:
                verbs[command.name] = command
    return verbs


@click.command(cls=_Verbs, context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 110})
@click.version_option(package_name="transfer-zoo", prog_name="zoo")
def cli() -> None:
    """Which pretrained model should I start from, and how do I transfer it?

    Start with `zoo recommend MY_FOLDER` or `zoo classify IMAGE --labels cat,dog`; both work offline.
    """


def main(arguments: list[str] | None = None) -> None:
    """Run the command and exit; no foreign traceback reaches the user unless ZOO_DEBUG is set."""
    debug = bool(os.environ.get("ZOO_DEBUG"))
    gc.set_threshold(_GARBAGE)
    atexit.register(gc.freeze)  # what is left when the process ends is not worth a last collection
    # Else pydantic reads the metadata of every installed package in search of plugins of its own.
    os.environ.setdefault("PYDANTIC_DISABLE_PLUGINS", "__all__")
    warnings.showwarning = _one_line_warning
    try:
        code = cli.main(args=arguments, prog_name="zoo", standalone_mode=False)
        sys.stdout.flush()
    except click.ClickException as err:
        err.show()
        sys.exit(2 if isinstance(err, click.UsageError) else 1)
    except (click.Abort, KeyboardInterrupt):
        _say("stopped.")
        sys.exit(1)
    except BrokenPipeError:  # `zoo list | head`: the reader has what it wanted
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        sys.exit(0)
    except ZooError as err:
        if debug:
            raise
        _say(f"error: {err.problem}", err.remedy and f"remedy: {err.remedy}")
        sys.exit(1)
    except Exception as err:
        if debug:
            raise
        first = (str(err).strip() or type(err).__name__).splitlines()[0]
        _say(
            f"error: {type(err).__name__}: {first}",
            "remedy: this is a fault of zoo or of a plugin; run it again with ZOO_DEBUG=1 and report the traceback.",
        )
        sys.exit(1)
    sys.exit(code if isinstance(code, int) else 0)


def _say(*lines: str) -> None:
    from zoo.cli.printing import shown

    for line in lines:
        if line:
            click.echo(shown(line), err=True)


def _one_line_warning(
    message: Any, category: type[Warning], filename: str, lineno: int, file: Any = None, line: str | None = None
) -> None:
    """zoo's own warnings in one line; what frameworks mutter to developers is left out."""
    if issubclass(category, UserWarning) and str(message).startswith("zoo"):
        _say(f"warning: {message}")
