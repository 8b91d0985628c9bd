"""Weights files: what opens, what stays shut, and what the message says."""

from __future__ import annotations

import argparse
import json
import os
import pickle
import random
import struct

import pytest
import torch
from safetensors.torch import save, save_file

from zoo.errors import WeightsError
from zoo.weights import load_into, read_state_dict, unwrap, weights_hash

STATE = {"a.weight": torch.arange(6.0).reshape(2, 3), "b": torch.tensor([1, 2], dtype=torch.int64)}


def same(left, right):
    return left.keys() == right.keys() and all(torch.equal(left[name], right[name]) for name in left)


def framed(header, data=b""):
    """A safetensors file with this header, whatever it says."""
    text = header if isinstance(header, bytes) else json.dumps(header).encode()
    return struct.pack("<Q", len(text)) + text + data


def test_safetensors_come_back_as_saved(tmp_path):
    save_file(STATE, tmp_path / "m.safetensors")
    assert same(read_state_dict(tmp_path / "m.safetensors"), STATE)


@pytest.mark.parametrize("ending", ["bin", "pt", "pth", "th"])
def test_files_of_torch_save_come_back_as_saved(tmp_path, ending):
    torch.save(STATE, tmp_path / f"m.{ending}")
    assert same(read_state_dict(tmp_path / f"m.{ending}"), STATE)


def test_a_stated_format_wins_over_the_name(tmp_path):
    torch.save(STATE, tmp_path / "weights.dat")
    assert same(read_state_dict(tmp_path / "weights.dat", format="pickle"), STATE)
    with pytest.raises(WeightsError, match="no ending of a weights file"):
        read_state_dict(tmp_path / "weights.dat")


@pytest.mark.parametrize(
    "wrapped",
    [
        {"state_dict": STATE, "epoch": 3},
        {"model": STATE},
        {"model": {"state_dict": STATE}, "args": {"lr": 0.1}},
        {f"module.{name}": value for name, value in STATE.items()},
        {"state_dict": {f"module.{name}": value for name, value in STATE.items()}},
        {**STATE, "step": 7},
        {"model": STATE, "args": argparse.Namespace(lr=0.1, data="/somewhere")},
    ],
    ids=["state_dict", "model", "nested", "module", "both", "counter", "settings"],
)
def test_wrappers_of_training_scripts_are_taken_off(tmp_path, wrapped):
    torch.save(wrapped, tmp_path / "m.pt")
    assert same(read_state_dict(tmp_path / "m.pt"), STATE)


def test_a_prefix_that_only_some_names_have_stays():
    state = {"module.a": torch.ones(1), "b": torch.ones(1)}
    assert same(unwrap(state), state)


@pytest.mark.parametrize("content", [[1, 2], {"epoch": 3}, torch.ones(2)], ids=["list", "no tensors", "bare tensor"])
def test_a_file_without_a_state_dict_is_refused(tmp_path, content):
    torch.save(content, tmp_path / "m.pt")
    with pytest.raises(WeightsError, match=r"m\.pt holds no state dict"):
        read_state_dict(tmp_path / "m.pt")


class Trap:
    """Runs a command when it is unpickled by a careless reader."""

    def __init__(self, proof):
        self.proof = str(proof)

    def __reduce__(self):
        return (os.system, (f"touch {self.proof}",))


@pytest.mark.parametrize("how", ["torch.save", "old torch.save", "bare pickle"])
def test_a_pickle_that_runs_code_stays_shut(tmp_path, how):
    path, proof = tmp_path / "evil.bin", tmp_path / "it_ran"
    content = {"weight": torch.ones(1), "trap": Trap(proof)}
    if how == "bare pickle":
        path.write_bytes(pickle.dumps(Trap(proof)))
    else:
        torch.save(content, path, _use_new_zipfile_serialization=how == "torch.save")
    with pytest.raises(WeightsError, match="stays shut") as refused:
        read_state_dict(path)
    assert "safetensors" in refused.value.remedy
    assert not proof.exists()


def test_a_pickle_renamed_to_safetensors_stays_shut(tmp_path):
    path, proof = tmp_path / "evil.safetensors", tmp_path / "it_ran"
    path.write_bytes(pickle.dumps(Trap(proof)))
    with pytest.raises(WeightsError, match="not a sound safetensors file"):
        read_state_dict(path)
    assert not proof.exists()


def test_a_whole_pickled_module_is_refused(tmp_path):
    torch.save(torch.nn.Linear(2, 2), tmp_path / "m.pth")
    with pytest.raises(WeightsError, match="holds more than tensors"):
        read_state_dict(tmp_path / "m.pth")


@pytest.mark.parametrize("n_bytes", [0, 1, 100, 900])
def test_a_file_of_torch_save_that_was_cut_short_is_a_weights_error(tmp_path, n_bytes):
    torch.save(STATE, tmp_path / "m.pt")
    (tmp_path / "m.pt").write_bytes((tmp_path / "m.pt").read_bytes()[:n_bytes])
    with pytest.raises(WeightsError, match=r"m\.pt") as refused:
        read_state_dict(tmp_path / "m.pt")
    assert refused.value.remedy


ONE = {"dtype": "F32", "shape": [1], "data_offsets": [0, 4]}
MALFORMED = {
    "empty": b"",
    "seven bytes": b"\x00" * 7,
    "giant header": struct.pack("<Q", 1 << 60) + b"{}",
    "header beyond the file": struct.pack("<Q", 1000) + b"{}",
    "no json": framed(b"{nope"),
    "bad utf-8": framed(b'{"\xff": 1}'),
    "a list": framed([1, 2]),
    "deep json": framed(b"[" * 100_000 + b"]" * 100_000),
    "cut data": framed({"a": ONE}, b"\x00" * 3),
    "trailing data": framed({"a": ONE}, b"\x00" * 5),
    "overlap": framed({"a": ONE, "b": ONE}, b"\x00" * 4),
    "hole": framed({"a": {"dtype": "F32", "shape": [1], "data_offsets": [4, 8]}}, b"\x00" * 8),
    "negative offset": framed({"a": {"dtype": "F32", "shape": [1], "data_offsets": [-4, 0]}}, b"\x00" * 4),
    "shape against bytes": framed({"a": {"dtype": "F32", "shape": [2], "data_offsets": [0, 4]}}, b"\x00" * 4),
    "shape overflow": framed({"a": {"dtype": "F32", "shape": [1 << 40, 1 << 40], "data_offsets": [0, 4]}}, b"\x00" * 4),
    "unknown type": framed({"a": {"dtype": "F7", "shape": [1], "data_offsets": [0, 4]}}, b"\x00" * 4),
    "name twice": framed(b'{"a":%s,"a":%s}' % ((json.dumps(ONE).encode(),) * 2), b"\x00" * 4),
    "missing field": framed({"a": {"dtype": "F32", "shape": [1]}}, b"\x00" * 4),
}


@pytest.mark.parametrize("kind", MALFORMED)
def test_a_malformed_safetensors_file_is_a_weights_error_that_names_it(tmp_path, kind):
    (tmp_path / "m.safetensors").write_bytes(MALFORMED[kind])
    with pytest.raises(WeightsError, match=r"m\.safetensors is not a sound safetensors file") as refused:
        read_state_dict(tmp_path / "m.safetensors")
    assert "fetch it again" in refused.value.remedy


def test_any_damage_to_a_safetensors_file_is_a_weights_error_or_still_tensors(tmp_path):
    """Bytes of the header flipped, dropped or doubled at random: never another exception, never a crash."""
    rng = random.Random(0)
    sound = save(STATE)
    path, refused = tmp_path / "m.safetensors", 0
    for _ in range(400):
        damaged = bytearray(sound)
        for _ in range(rng.randint(1, 4)):
            at = rng.randrange(len(damaged) - 1)
            match rng.randrange(3):
                case 0:
                    damaged[at] = rng.randrange(256)
                case 1:
                    del damaged[at : at + rng.randint(1, 8)]
                case _:
                    damaged[at:at] = damaged[at : at + rng.randint(1, 8)]
        path.write_bytes(damaged)
        try:
            state = read_state_dict(path)
        except WeightsError:
            refused += 1
        else:
            assert all(isinstance(value, torch.Tensor) for value in state.values())
    assert 200 < refused < 400


@pytest.fixture
def shards(tmp_path):
    """A sharded checkpoint; gives its index."""
    names = {"a.weight": "model-1-of-2.safetensors", "b": "model-2-of-2.safetensors"}
    for name, file in names.items():
        save_file({name: STATE[name]}, tmp_path / file)
    index = tmp_path / "model.safetensors.index.json"
    index.write_text(json.dumps({"metadata": {}, "weight_map": names}))
    return index


def test_shards_are_put_together(shards):
    assert same(read_state_dict(shards), STATE)


def test_shards_of_torch_save_are_put_together_by_the_same_restricted_reader(shards, tmp_path):
    names = {"a.weight": "pytorch_model-1.bin", "b": "pytorch_model-2.bin"}
    for name, file in names.items():
        torch.save({name: STATE[name]}, tmp_path / file)
    shards.write_text(json.dumps({"weight_map": names}))
    assert same(read_state_dict(shards), STATE)
    torch.save({"b": STATE["b"], "trap": Trap(tmp_path / "it_ran")}, tmp_path / "pytorch_model-2.bin")
    with pytest.raises(WeightsError, match="stays shut"):
        read_state_dict(shards)
    assert not (tmp_path / "it_ran").exists()


def test_a_missing_shard_is_named(shards):
    shards.with_name("model-2-of-2.safetensors").unlink()
    with pytest.raises(WeightsError, match=r"model-2-of-2\.safetensors, which .* is missing"):
        read_state_dict(shards)


def test_a_shard_with_other_names_is_refused(shards):
    save_file({"c": torch.ones(1)}, shards.with_name("model-2-of-2.safetensors"))
    with pytest.raises(WeightsError, match="does not hold the names"):
        read_state_dict(shards)


@pytest.mark.parametrize("file", ["../secret.safetensors", "/etc/x.safetensors", "model.py", 3])
def test_an_index_cannot_point_elsewhere(shards, file):
    shards.write_text(json.dumps({"weight_map": {"a": file}}))
    with pytest.raises(WeightsError, match="no weights file beside it"):
        read_state_dict(shards)


@pytest.mark.parametrize("text", ["", "[]", "{}", '{"weight_map": 3}', '{"weight_map": {"a": []}}'])
def test_a_broken_index_is_a_weights_error(shards, text):
    shards.write_text(text)
    with pytest.raises(WeightsError):
        read_state_dict(shards)


def test_a_missing_file_is_named(tmp_path):
    with pytest.raises(WeightsError, match=r"no weights file .*gone\.pt"):
        read_state_dict(tmp_path / "gone.pt")


def test_weights_that_fit_are_copied():
    source, target = torch.nn.Linear(3, 2), torch.nn.Linear(3, 2)
    load_into(target, source.state_dict(), model_id="toy/linear")
    assert weights_hash(target) == weights_hash(source)


def test_every_kind_of_misfit_is_named_and_nothing_changes():
    module = torch.nn.Linear(3, 2)
    before = weights_hash(module)
    with pytest.raises(WeightsError) as refused:
        load_into(module, {"weight": torch.zeros(3, 2), "extra": torch.zeros(1)}, model_id="toy/linear")
    for part in ("toy/linear", "1 missing (bias)", "1 unexpected (extra)", "weight (3, 2), want (2, 3)"):
        assert part in refused.value.problem
    assert weights_hash(module) == before


def test_ignored_prefixes_may_differ_on_both_sides():
    module = torch.nn.Sequential(torch.nn.Linear(2, 2), torch.nn.Linear(2, 5))
    state = {"0.weight": torch.ones(2, 2), "0.bias": torch.ones(2), "1.weight": torch.ones(9, 2), "head": torch.ones(1)}
    load_into(module, state, model_id="toy/two", ignore=("1.", "head"))
    assert torch.equal(module[0].weight, torch.ones(2, 2))


def test_the_hash_tells_weights_apart_and_forgets_the_order():
    torch.manual_seed(0)
    first = torch.nn.ModuleDict({"a": torch.nn.Linear(2, 2), "b": torch.nn.BatchNorm1d(2)})
    swapped = torch.nn.ModuleDict({"b": first["b"], "a": first["a"]})
    assert weights_hash(first) == weights_hash(swapped)
    assert len(weights_hash(first)) == 64
    before = weights_hash(first)
    first["b"].running_mean[0] += 1  # a buffer counts as well
    assert weights_hash(first) != before
    assert weights_hash(first.to(torch.bfloat16)) != before


def test_scalars_empty_tensors_and_flags_have_a_hash_as_well():
    module = torch.nn.Module()
    for name, value in {"scale": torch.tensor(2.0), "none": torch.zeros(0, 3), "flags": torch.tensor([True])}.items():
        module.register_buffer(name, value)
    before = weights_hash(module)
    module.flags[0] = False
    assert weights_hash(module) != before


def test_a_file_older_than_the_batch_counter_is_accepted():
    module = torch.nn.Sequential(torch.nn.Conv2d(3, 4, 1), torch.nn.BatchNorm2d(4))
    old = {name: tensor + 1 for name, tensor in module.state_dict().items() if "num_batches" not in name}
    load_into(module, old, model_id="old")
    assert torch.equal(module.state_dict()["1.running_mean"], old["1.running_mean"])
