"""Words of strangers move no cursor, ring no bell and change no colour."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest

from zoo.cli.printing import print_lines, print_table, shown

EVIL = "\x1b]0;title\x07\x1b[2J\x9b31m\u202egpj.exe\r\x00"


def test_control_letters_are_written_out(capsys):
    print_lines([EVIL])
    print_table(("name", "value"), [(EVIL, "[red]x[/red]")])
    said = capsys.readouterr().out
    assert all(letter.isprintable() or letter == "\n" for letter in said)
    assert "[red]x[/red]" in said
    assert "title" in said


@pytest.mark.parametrize("text", ["a cat", "Zürich", "猫", "–", ""])
def test_plain_words_stay(text):
    assert shown(text) == text


def test_an_error_with_a_name_of_a_stranger_is_escaped():
    command = [sys.executable, "-c", "from zoo.cli import main; main()", "show", EVIL.replace("\x00", "")]
    done = subprocess.run(command, capture_output=True, text=True)
    assert done.returncode == 1
    assert "\x1b" not in done.stderr
    assert "title" in done.stderr


def test_each_promise_names_tests_that_exist(repository: Path):
    named = re.findall(r"`(tests/[^`]+)`", (repository / "SECURITY.md").read_text())
    assert len(named) > 10
    assert [path for path in named if not (repository / path).is_file()] == []
