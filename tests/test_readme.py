"""The README tells the truth: its code runs, prints what is printed there, and names every hook."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest

README = (Path(__file__).parent.parent / "README.md").read_text(encoding="utf-8")
BLOCKS = re.findall(r"^```(\w+)\n(.*?)^```", README, flags=re.MULTILINE | re.DOTALL)
PYTHON = [code for language, code in BLOCKS if language == "python"]
CONSOLE = [
    line.removeprefix("$ ")
    for language, block in BLOCKS
    if language == "console"
    for line in block.splitlines()
    if line.startswith("$ zoo ")
]


@pytest.fixture(scope="module")
def desk(tmp_path_factory):
    """A working folder with the digits that the README's examples speak of."""
    from zoo.selector.demo import write_digits

    folder = tmp_path_factory.mktemp("desk")
    write_digits(folder / "build" / "demo" / "digits")
    return folder


def test_python_blocks_run_and_print_what_stands_beside_them(desk):
    """Blocks run in order in one program; a `# prints: ...` comment holds the output of its line."""
    assert PYTHON
    done = subprocess.run(
        [sys.executable, "-c", "\n".join(PYTHON)], capture_output=True, text=True, cwd=desk, timeout=600
    )
    assert done.returncode == 0, done.stderr
    promised = re.findall(r"# prints: (.*)$", "\n".join(PYTHON), flags=re.MULTILINE)
    assert promised
    assert done.stdout.splitlines() == promised


@pytest.mark.parametrize("command", CONSOLE)
def test_console_lines_succeed(desk, command):
    python = f"{sys.executable} -m zoo.cli"
    done = subprocess.run(
        command.replace("zoo ", f"{python} ", 1), shell=True, capture_output=True, text=True, cwd=desk, timeout=600
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout.strip()


def test_a_result_is_reached_within_the_first_thirty_lines():
    top = "\n".join(README.splitlines()[:30])
    assert "make demo" in top
    assert "make test" in top
    assert "# prints:" in top


def test_every_hook_is_documented_and_every_documented_hook_exists():
    from zoo.hookspecs import Hooks

    documented = set(re.findall(r"^\| `(zoo_\w+)`", README, flags=re.MULTILINE))
    assert documented == {name for name in vars(Hooks) if name.startswith("zoo_")}


def test_every_environment_variable_of_the_code_is_documented(repository):
    used = {
        name
        for folder in ("zoo", "plugins", "selector")
        for path in (repository / folder).rglob("*.py")
        for name in re.findall(r"\bZOO_[A-Z_]+\b", path.read_text(encoding="utf-8"))
    }
    assert {name for name in used if f"`{name}" not in README} == set()
