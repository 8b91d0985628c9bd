"""The command as its users meet it: output for people and programs, exit codes, one line of error and one of remedy."""

from __future__ import annotations

import json
import subprocess
import sys

import pytest

from zoo.cli import main
from zoo.cli.printing import count, human_bytes, human_count


@pytest.fixture
def zoo_command(capsys, monkeypatch):
    """Function: arguments -> (exit code, stdout, stderr)."""
    monkeypatch.delenv("ZOO_DEBUG", raising=False)

    def run(*arguments):
        with pytest.raises(SystemExit) as stopped:
            main(list(arguments))
        shown = capsys.readouterr()
        return stopped.value.code, shown.out, shown.err

    return run


def test_list_prints_people_a_table_and_programs_json(zoo_command):
    code, out, _ = zoo_command("list", "tiny-clip")
    assert code == 0
    assert "multimodal/tiny-clip" in out
    code, out, _ = zoo_command("list", "tiny-clip", "--json")
    assert code == 0
    assert [row["id"] for row in json.loads(out)] == ["multimodal/tiny-clip"]
    assert zoo_command("list", "tiny-clip", "-q")[1] == "multimodal/tiny-clip\n"


def test_a_list_without_hits_says_what_to_do_and_succeeds(zoo_command):
    code, out, err = zoo_command("list", "no-such-model-at-all")
    assert (code, out) == (0, "")
    assert "drop one" in err


def test_a_language_lists_models_that_read_it_and_counts_those_that_state_none(zoo_command):
    code, out, err = zoo_command("list", "--language", "German")
    assert code == 0
    assert "text/bge-m3" in out
    weighs = "would pass the other filters; `zoo recommend --modality image-text --language German` weighs them"
    assert f"without stated languages {weighs}" in err
    single = zoo_command("list", "--language", "de", "--capability", "generate", "--modality", "image-text")[2]
    assert "1 model without stated languages" in single
    assert single.endswith("weighs it.\n")
    nobody = zoo_command("list", "--language", "kab", "--capability", "generate", "--modality", "text")
    assert nobody[:2] == (0, "")
    by_name, by_code = (zoo_command("list", "--language", own, "-q")[1] for own in ("English", "en"))
    assert by_name == by_code != ""


@pytest.mark.parametrize("text", ["bands", "licence", "commercial use", "zero-shot", "pretraining", "read in"])
def test_show_tells_every_kind_of_fact(zoo_command, text):
    code, out, _ = zoo_command("show", "multimodal/tiny-clip")
    assert code == 0
    assert text in out


def test_show_tells_many_languages_briefly_and_all_of_them_as_json(zoo_command):
    _, out, _ = zoo_command("show", "text/xlm-roberta-base")
    assert "93 languages, such as en, de, fr, es, it, pt, nl, pl; all with --json" in " ".join(out.split())
    assert " en, de, fr, it, pt, hi, es, th " in " ".join(zoo_command("show", "text/llama-3.2-1b")[1].split())
    assert len(json.loads(zoo_command("show", "text/xlm-roberta-base", "--json")[1])["languages"]) == 93


def test_show_as_json_is_the_card(zoo_command):
    import zoo

    _, out, _ = zoo_command("show", "multimodal/tiny-clip", "--json")
    assert zoo.ModelCard.model_validate(json.loads(out)) == zoo.get_card("multimodal/tiny-clip")


def test_an_unknown_model_is_one_line_of_error_and_one_of_remedy(zoo_command):
    code, out, err = zoo_command("show", "multimodal/tiny-clop")
    assert (code, out) == (1, "")
    error, remedy = err.splitlines()
    assert error.startswith("error: no model named 'multimodal/tiny-clop'")
    assert "tiny-clip" in remedy


def test_an_unknown_verb_suggests_the_near_one_and_exits_with_2(zoo_command):
    code, _, err = zoo_command("recomend")
    assert code == 2
    assert "recommend" in err


@pytest.mark.parametrize("bad", ["4x", "-3", "nan", "1.5", ""])
def test_a_malformed_count_is_a_usage_error(zoo_command, bad):
    code, _, err = zoo_command("list", "--max-params", bad)
    assert code == 2
    assert "400M" in err


def test_help_names_every_verb_without_importing_a_framework():
    code = "from zoo.cli import main; main(['--help'])"
    probe = f"import atexit, sys; atexit.register(lambda: print('torch' in sys.modules, file=sys.stderr)); {code}"
    done = subprocess.run([sys.executable, "-c", probe], capture_output=True, text=True)
    for verb in ("list", "show", "plan", "pull", "lock", "plugins", "doctor", "recommend", "classify", "embed"):
        assert f"\n  {verb} " in done.stdout
    assert done.stderr.strip() == "False"


def test_a_reader_that_closes_the_pipe_is_no_error():
    done = subprocess.run(
        f"{sys.executable} -m zoo.cli list --json | head -1", shell=True, capture_output=True, text=True
    )
    assert done.stdout == "[\n"
    assert done.stderr == ""


def test_doctor_reports_versions_and_plugins(zoo_command):
    code, out, _ = zoo_command("doctor", "--json")
    assert code == 0
    states = {row["check"]: row["state"] for row in json.loads(out)}
    assert states["torch"][0].isdigit()
    assert states["plugin vision"].startswith("loaded")


def test_counts_and_sizes_are_read_and_printed_in_three_digits():
    assert [count(text) for text in ("400M", "1.5b", "12k", "7", "1_000", "1.001k")] == [
        *(400_000_000, 1_500_000_000, 12_000, 7, 1000, 1001)
    ]
    assert human_count(86_567_656) == "86.6M"
    assert human_bytes(1_234_000_000) == "1.23 GB"
