"""A pipe, a socket or a device among pictures is one reported failure, and nothing hangs."""

from __future__ import annotations

import os
import socket

import numpy as np
import pytest
from PIL import Image

import zoo
from zoo.errors import ImageError
from zoo.features import extract
from zoo.images import read_picture
from zoo.regular_files import open_regular


@pytest.fixture
def folder(tmp_path):
    Image.fromarray(np.zeros((8, 8, 3), np.uint8)).save(tmp_path / "good.png")
    os.mkfifo(tmp_path / "pipe.png")
    with socket.socket(socket.AF_UNIX) as listening:
        listening.bind(str(tmp_path / "socket.png"))
    (tmp_path / "device.png").symlink_to("/dev/zero")
    (tmp_path / "loop.png").symlink_to(tmp_path / "loop.png")
    return tmp_path


@pytest.mark.parametrize(("name", "kind"), [("pipe.png", "a named pipe"), ("device.png", "a device")])
def test_what_is_no_file_is_refused_by_its_kind(folder, name, kind):
    with pytest.raises(ImageError, match=kind):
        read_picture(folder / name)
    with pytest.raises(OSError, match=kind):
        open_regular(folder / name)


def test_a_folder_is_no_file(tmp_path):
    with pytest.raises(IsADirectoryError):
        open_regular(tmp_path)


def test_a_batch_goes_on_beside_them(folder):
    found = zoo.classify([str(folder / name) for name in sorted(os.listdir(folder))], ["a", "b"], device="cpu")
    assert [os.path.basename(path) for path in found.paths] == ["good.png"]
    assert sorted(os.path.basename(failure.path) for failure in found.failures) == [
        "device.png", "loop.png", "pipe.png", "socket.png",
    ]  # fmt: skip


def test_features_go_on_beside_them(folder):
    encoder = zoo.load("multimodal/tiny-clip", device="cpu")
    found = extract(encoder, [folder / name for name in sorted(os.listdir(folder))], cache=False)
    assert len(found.names) == 1
    assert len(found.failures) == 4
