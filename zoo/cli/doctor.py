"""The verb that examines: doctor."""

from __future__ import annotations

import importlib.metadata
import importlib.util
import platform
from pathlib import Path

import click

from zoo.cli.printing import output_options, print_json, print_table
from zoo.errors import HubError
from zoo.hub import settings as hub_settings

_NEEDED = (
    "torch",
    "torchvision",
    "timm",
    "open_clip_torch",
    "transformers",
    "huggingface_hub",
    "safetensors",
    "scikit-learn",
)
_OPTIONAL = {
    "pydicom": "medical",
    "rasterio": "satellite",
    "tifffile": "microscopy",
    "pyarrow": "parquet",
}


@click.command()
@click.option("--check-input", nargs=2, metavar="FILE MODEL", help="What MODEL's preprocessing would do to FILE.")
@click.option("--bands", help="Names of the channels of FILE, commas between, where the file says none.")
@output_options
def doctor(check_input: tuple[str, str] | None, bands: str | None, as_json: bool, quiet: bool) -> None:
    """Check this installation, or with --check-input what would happen to one file."""
    if check_input is not None:
        _examine(Path(check_input[0]), check_input[1], bands, as_json)
        return
    findings = _installation()
    if as_json:
        print_json([{"check": name, "state": state, "remedy": remedy} for name, state, remedy in findings])
    elif quiet:
        print_table(("remedy",), [(remedy,) for _, _, remedy in findings if remedy])
    else:
        print_table(("check", "state", "remedy"), findings)
    if any(remedy and name in _NEEDED for name, _, remedy in findings):
        raise click.exceptions.Exit(1)


def _installation() -> list[tuple[str, str, str]]:
    """(what, state, remedy or empty) without importing a framework."""
    from zoo.registry import default_registry

    findings = [("python", platform.python_version(), "")]
    for name in _NEEDED:
        version = _version(name)
        findings.append((name, version or "missing", "" if version else f"pip install {name}"))
    for name, extra in _OPTIONAL.items():
        version = _version(name)
        findings.append(
            (name, version or "not installed (optional)", "" if version else f"pip install 'transfer-zoo[{extra}]'")
        )
    for record in default_registry().plugins:
        state = record.state if record.reason is None else f"{record.state}: {record.reason}"
        findings.append((f"plugin {record.name}", f"{state}, {record.n_models} models", ""))
    try:
        findings.append(
            ("hub", "offline by HF_HUB_OFFLINE" if hub_settings.is_offline() else hub_settings.endpoint(), "")
        )
    except HubError as err:
        findings.append(("hub", err.problem, err.remedy))
    return findings


def _version(name: str) -> str | None:
    try:
        return importlib.metadata.version(name)
    except importlib.metadata.PackageNotFoundError:
        return None


def _examine(path: Path, model: str, bands: str | None, as_json: bool) -> None:
    from zoo.input_report import explain
    from zoo.registry import default_registry

    names = tuple(name.strip() for name in bands.split(",")) if bands else None
    report = explain(path, default_registry().get_card(model), names)
    if as_json:
        print_json(report.to_dict())
    else:
        click.echo(report.to_text())
    if not report.accepted:
        raise click.exceptions.Exit(1)
