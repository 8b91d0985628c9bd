"""Vectors are kept whole or not at all, found among many, and a flipped bit is found."""

from __future__ import annotations

import os
import time
from concurrent.futures import ProcessPoolExecutor

import numpy as np
import pytest
from click.testing import CliRunner

from zoo.cli import cli
from zoo.errors import DataError
from zoo.features import Store, kept, prune, remove
from zoo.features.store import INDEX, SHARD, tensors


def key(n):
    return n.to_bytes(8, "big") * 2


def rows(numbers, d=6):
    return {key(n): np.full(d, n, dtype=np.float32) for n in numbers}


def filled(folder, n_shards=3, each=4):
    store = Store(folder)
    for shard in range(n_shards):
        store.add(rows(range(shard * each, (shard + 1) * each)))
    return store


def test_reads_back_what_was_added_and_nothing_else(tmp_path):
    store = filled(tmp_path)
    found = store.read([key(n) for n in (0, 5, 11, 99)])
    assert {k: v.tolist() for k, v in found.items()} == {k: v.tolist() for k, v in rows((0, 5, 11)).items()}


@pytest.mark.parametrize("n_shards", [3, 30], ids=["without an index", "with an index"])
def test_every_flipped_bit_is_found_and_costs_only_its_row(tmp_path, n_shards):
    store = filled(tmp_path, n_shards)
    store.read([key(0)])
    assert (tmp_path / INDEX).exists() == (n_shards == 30)
    shard = next(p for p in sorted(tmp_path.glob(f"*{SHARD}")) if key(5) in tensors(p)["keys"].tobytes())
    data = bytearray(shard.read_bytes())
    at = data.index(np.full(6, 5, dtype="<f4").tobytes())
    data[at + 9] ^= 1
    shard.write_bytes(bytes(data))
    with pytest.warns(UserWarning, match="1 of 4 vectors do not match their checksum"):
        assert set(store.read([key(n) for n in range(4, 8)])) == {key(4), key(6), key(7)}
    assert set(store.read([key(n) for n in range(12)])) == {key(n) for n in range(12) if n != 5}
    store.add(rows([5]))
    assert store.read([key(5)])[key(5)].tolist() == [5.0] * 6


@pytest.mark.parametrize("cut", [0, 5, 60, -4])
def test_a_shard_that_is_cut_short_is_told_and_absent(tmp_path, cut):
    store = filled(tmp_path, 1)
    (shard,) = tmp_path.glob(f"*{SHARD}")
    shard.write_bytes(shard.read_bytes()[:cut] if cut else b"")
    with pytest.warns(UserWarning, match="damaged"):
        found = store.read([key(n) for n in range(4)])
    assert found == {}
    store.add(rows(range(4)))
    assert len(store.read([key(n) for n in range(4)])) == 4


def test_a_vector_never_comes_out_under_another_key(tmp_path):
    store = filled(tmp_path, 1)
    (shard,) = tmp_path.glob(f"*{SHARD}")
    shard.write_bytes(shard.read_bytes().replace(key(2), key(77)))
    with pytest.warns(UserWarning, match="damaged"):
        assert store.read([key(77)]) == {}


def test_a_damaged_index_is_made_anew(tmp_path):
    store = filled(tmp_path, 30)
    store.read([key(0)])
    (tmp_path / INDEX).write_bytes(b"\x10" * 50)
    with pytest.warns(UserWarning, match="damaged and made anew"):
        assert len(store.read([key(n) for n in range(120)])) == 120
    assert len(tensors(tmp_path / INDEX)["shards"]) == 30


def test_shards_that_another_process_took_away_are_absent(tmp_path):
    store = filled(tmp_path, 30)
    store.read([key(0)])
    gone = next(p for p in tmp_path.glob(f"*{SHARD}") if key(5) in tensors(p)["keys"].tobytes())
    gone.unlink()
    assert set(store.read([key(4), key(9)])) == {key(9)}
    assert store.holds([key(4), key(9)]) == {key(9)}


def test_an_unfinished_file_is_no_shard(tmp_path):
    store = filled(tmp_path, 1)
    (tmp_path / "abc.part").write_bytes(b"half")
    assert len(store.read([key(n) for n in range(9)])) == 4


def _written(job):
    folder, start = job
    store = Store(folder)
    for shard in range(start, start + 12):
        store.add(rows(range(shard * 5, shard * 5 + 8)))  # shards of neighbours overlap
        store.read([key(0), key(shard * 5)])
    return True


def test_several_processes_write_and_read_at_once(tmp_path):
    from multiprocessing import get_context

    with ProcessPoolExecutor(3, mp_context=get_context("spawn")) as pool:
        assert all(pool.map(_written, [(tmp_path, 0), (tmp_path, 6), (tmp_path, 12)]))
    found = Store(tmp_path).read([key(n) for n in range(123)])
    assert {k: v[0] for k, v in found.items()} == {key(n): float(n) for n in range(123)}


def test_a_read_takes_only_its_rows_into_memory(tmp_path):
    import tracemalloc

    store = Store(tmp_path)
    wide = np.zeros(4096, dtype=np.float32)
    for shard in range(20):
        store.add({key(shard * 100 + n): wide for n in range(100)})
    store.read([key(1)])
    tracemalloc.start()
    found = store.read([key(n) for n in range(0, 2000, 100)])
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert len(found) == 20
    assert peak < 2_000_000  # all vectors take 33 MB


def test_a_folder_that_cannot_be_written_costs_only_the_cache(tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.warns(UserWarning, match="features are not kept"):
        Store(tmp_path / "file" / "below").add(rows([1]))


def aged(folder, days):
    for path in folder.glob(f"*{SHARD}"):
        os.utime(path, (time.time() - days * 86_400,) * 2)


def test_prune_drops_by_age_then_by_size_the_longest_unused_first(tmp_path):
    for name, days in (("old", 40), ("middle", 10), ("new", 0)):
        filled(tmp_path / name, 1)
        aged(tmp_path / name, days)
    one = next((tmp_path / "new").glob(f"*{SHARD}")).stat().st_size
    assert prune(tmp_path, max_days=30) == one
    assert [k.folder.name for k in kept(tmp_path)] == ["middle", "new"]
    prune(tmp_path, max_bytes=one)
    assert [k.folder.name for k in kept(tmp_path)] == ["new"]
    assert prune(tmp_path, max_bytes=one) == 0


def test_reading_counts_as_use(tmp_path):
    store = filled(tmp_path / "a", 1)
    aged(tmp_path / "a", 40)
    store.read([key(0)])
    assert prune(tmp_path, max_days=30) == 0


def test_prune_takes_away_what_a_killed_run_left_and_spares_a_running_one(tmp_path):
    filled(tmp_path / "a", 1)
    for name, age in (("old.part", 7200), ("now.part", 0)):
        (tmp_path / "a" / name).write_bytes(b"12345")
        os.utime(tmp_path / "a" / name, (time.time() - age,) * 2)
    assert prune(tmp_path, max_days=1) == 5
    assert (tmp_path / "a" / "now.part").exists()


def test_prune_takes_away_what_an_earlier_version_kept(tmp_path):
    (tmp_path / "a").mkdir()
    (tmp_path / "a" / "0.npz").write_bytes(b"123")
    assert prune(tmp_path, max_days=1000) == 3
    assert kept(tmp_path) == []


def test_prune_wants_to_know_what_may_go(tmp_path):
    with pytest.raises(DataError, match="nothing says what may go"):
        prune(tmp_path)


def test_remove_takes_one_model_and_names_those_that_are_kept(tmp_path):
    for name in ("a", "b"):
        filled(tmp_path / name, 1).describe({"model": f"toy/{name}", "dtype": "torch.float32"})
    with pytest.raises(DataError, match=r"Kept: toy/a, toy/b"):
        remove(tmp_path, ["toy/c"])
    remove(tmp_path, ["toy/a"])
    assert [(k.model, k.n_vectors) for k in kept(tmp_path)] == [("toy/b", 4)]


def test_the_command_shows_removes_and_prunes(tmp_path, monkeypatch):
    monkeypatch.setenv("ZOO_CACHE", str(tmp_path))
    filled(tmp_path / "features" / "a", 2).describe({"model": "toy/a", "dtype": "torch.float32"})

    def told(*words):
        result = CliRunner().invoke(cli, ["cache", *words])
        assert result.exit_code == 0, result.output
        return result.output

    assert told("ls", "-q") == "toy/a\n"
    assert '"n_vectors": 8' in told("ls", "--json")
    assert told("prune", "--older-than", "1", "-q") == "0\n"
    assert int(told("prune", "--max-size", "0kB", "-q")) > 0
    assert "nothing is kept" in told("ls")
    assert CliRunner().invoke(cli, ["cache", "prune", "--max-size", "lots"]).exit_code == 2
