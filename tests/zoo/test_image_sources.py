import io
import threading
import time
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from tests.zoo.zero_shot_models import toy_encoder
from zoo.errors import DataError, ImageError
from zoo.image_sources import embed_paths, expand, named_images, read_ahead


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    rng = np.random.default_rng(0)
    for name in ("b/2.png", "b/1.png", "a/1.JPG", ".hidden/1.png"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        Image.fromarray(rng.integers(0, 255, (20, 30, 3), dtype=np.uint8)).save(tmp_path / name)
    (tmp_path / "b/notes.txt").write_text("no picture")
    return tmp_path


def relative(paths, folder):
    return [Path(path).relative_to(folder).as_posix() for path in paths]


def test_a_folder_gives_its_pictures_in_order_of_names(folder):
    assert relative(expand([folder]), folder) == ["a/1.JPG", "b/1.png", "b/2.png"]


def test_a_pattern_gives_what_it_matches(folder):
    assert relative(expand([f"{folder}/**/*.png"]), folder) == ["b/1.png", "b/2.png"]


def test_a_missing_path_comes_back_as_it_is():
    assert list(expand(["nowhere/1.png"])) == ["nowhere/1.png"]


@pytest.mark.parametrize("given", ["{}/*.webp", "{}/empty"], ids=["pattern", "folder"])
def test_nothing_found_is_an_error(folder, given):
    (folder / "empty").mkdir()
    with pytest.raises(DataError, match=r"no file matches|no picture lies below"):
        list(expand([given.format(folder)]))


@pytest.mark.parametrize(
    "text",
    ["path,label\nb/1.png,x\na/1.JPG,y\n", "label,image\nx,b/1.png\ny,a/1.JPG\n", "b/1.png\na/1.JPG\n"],
    ids=["first column", "named column", "no heading"],
)
def test_a_csv_gives_the_paths_that_it_lists(folder, text):
    (folder / "list.csv").write_text(text)
    assert relative(expand([folder / "list.csv"]), folder) == ["b/1.png", "a/1.JPG"]


def test_a_dash_reads_paths_from_stdin(folder):
    assert list(expand(["-"], stdin=io.StringIO("a.png\n\nb.png\n"))) == ["a.png", "b.png"]


def test_a_list_that_is_no_text_is_an_error(folder):
    (folder / "list.csv").write_bytes(b"\xff\xfe\x00\x80")
    with pytest.raises(DataError, match="cannot be read as a list of paths"):
        list(expand([folder / "list.csv"]))


def test_pictures_in_memory_are_numbered():
    pixels = np.zeros((4, 5, 3), np.uint8)
    assert [name for name, _ in named_images([pixels, Image.fromarray(pixels)])] == ["image 0", "image 1"]
    assert [name for name, _ in named_images(pixels)] == ["image 0"]
    assert [name for name, _ in named_images(b"abc")] == ["image 0"]
    assert [name for name, _ in named_images(np.array(["a.png", "b.png"]))] == ["a.png", "b.png"]
    assert [name for name, _ in named_images(np.stack([pixels] * 3))] == ["image 0", "image 1", "image 2"]


def test_reading_keeps_the_order_and_reports_what_fails():
    def read(number):
        time.sleep(0.002 * (number % 3))
        if number % 4 == 1:
            raise ImageError(f"{number} is bad.")
        return number

    batches = list(read_ahead(((str(n), n) for n in range(20)), read, batch_size=4, n_threads=4))
    good = [n for n in range(20) if n % 4 != 1]
    assert [value for batch in batches for value in batch.values] == good
    assert [name for batch in batches for name in batch.names] == [str(n) for n in good]
    assert [failure.path for batch in batches for failure in batch.failures] == ["1", "5", "9", "13", "17"]
    assert all(len(batch.values) <= 4 for batch in batches)


def test_a_run_of_bad_files_is_no_end():
    def read(number):
        if number < 50:
            raise ImageError("bad.")
        return number

    batches = list(read_ahead(((str(n), n) for n in range(53)), read, batch_size=2))
    assert [value for batch in batches for value in batch.values] == [50, 51, 52]
    assert sum(len(batch.failures) for batch in batches) == 50


def test_little_is_read_before_it_is_asked_for():
    started = []
    lock = threading.Lock()

    def read(number):
        with lock:
            started.append(number)
        return number

    batches = read_ahead(((str(n), n) for n in range(10_000)), read, batch_size=5)
    next(batches)
    batches.close()
    assert len(started) <= 15


def test_embedding_a_folder_leaves_out_the_bad_file(folder):
    (folder / "b/3.png").write_bytes(b"\x89PNG\r\n\x1a\nbroken")
    encoder = toy_encoder("clip")
    names, vectors, failures = embed_paths(encoder, [folder], batch_size=2)
    assert relative(names, folder) == ["a/1.JPG", "b/1.png", "b/2.png"]
    assert [Path(failure.path).name for failure in failures] == ["3.png"]
    np.testing.assert_allclose(vectors, encoder.embed_images(names), atol=1e-6)


def test_one_path_is_not_taken_for_its_letters(folder):
    assert list(expand(str(folder))) == list(expand([folder]))


@pytest.mark.parametrize(("given", "message"), [(None, "want pictures, got NoneType"), ([3], "want paths, got int")])
def test_what_is_no_path_is_an_error(given, message):
    with pytest.raises(DataError, match=message):
        list(expand(given))


def test_a_batch_of_nothing_is_an_error_and_not_an_empty_answer(folder):
    with pytest.raises(DataError, match="batch_size is 0"):
        embed_paths(toy_encoder("clip"), [folder], batch_size=0)
