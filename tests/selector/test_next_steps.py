"""What is told to be done next works, and is about what was shown."""

from __future__ import annotations

import shlex
from dataclasses import replace

import numpy as np

from tests.selector import toys
from tests.selector.toys import TILES
from zoo.selector import Task, recommend
from zoo.selector.advice.next_steps import cheaper
from zoo.selector.cli import rank


def test_the_next_command_is_one_that_works(tmp_path):
    for name in ("no", "yes"):
        (tmp_path / name).mkdir()
        for number in range(3):
            np.save(tmp_path / name / f"{number}.npy", np.full((40, 40, 3), 40 * number, np.uint8))
    assert recommend(Task.from_folder(tmp_path)).commands == ()
    for number in range(3, 9):
        np.save(tmp_path / "yes" / f"{number}.npy", np.full((40, 40, 3), 10 * number, np.uint8))
    (command,) = recommend(Task.from_folder(tmp_path)).commands
    assert command.startswith("zoo rank")
    named = recommend(Task.from_folder(tmp_path).revised(class_names=["empty room", "full room"])).commands
    assert named[0].startswith("zoo classify")


def test_the_next_command_measures_what_was_shown_as_it_was_stated(tmp_path):
    table = tmp_path / "my notes.csv"
    table.write_text("id,body,topic\n" + "".join(f"{n},the ball and the net {n},{'ab'[n % 2]}\n" for n in range(12)))
    task = Task.from_table(table, text="body", label="topic").revised(domain="law", language="de", dataset="Notes")
    found = recommend(task, k=2)
    verb, data, *rest = shlex.split(found.commands[0], comments=True)[1:]
    assert (verb, data) == ("rank", str(table))
    assert rest[:2] == list(found.to_measure.ids)
    stated = ["--text", "body", "--label", "topic", "--domain", "text/legal", "--dataset", "Notes", "--language", "de"]
    assert rest[2:] == stated
    assert set(rest[2::2]) <= {option for parameter in rank.params for option in parameter.opts}


def test_the_next_command_measures_all_that_the_regret_is_told_of(tmp_path):
    table = tmp_path / "notes.csv"
    table.write_text("body,topic\n" + "".join(f"the ball and the net {n},{'ab'[n % 2]}\n" for n in range(12)))
    found = recommend(Task.from_table(table, text="body", label="topic"), k=7)
    assert len(found.to_measure.ids) == 7
    assert shlex.split(found.commands[0])[3:10] == list(found.to_measure.ids)


def test_a_model_that_reads_colour_alone_is_no_cheaper_choice_for_many_bands():
    bands = ("B01", "B02", "B03", "B04", "B05", "B06", "B07", "B08", "B8A", "B09", "B10", "B11", "B12")
    found = recommend(TILES.revised(bands=bands), k=3)
    control = found.candidates[-1]
    assert control.is_control
    large = replace(found.candidates[0], expected=0.9, card=toys.timm("large", n_parameters=10**10))
    assert cheaper([large, replace(control, expected=0.9)]) == ""
    assert "give up 0 points" in cheaper([large, replace(control, expected=0.9, is_control=False)])
