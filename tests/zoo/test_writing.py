"""A place for results is tried before any work is done, and nothing is left there."""

from __future__ import annotations

import pytest

from zoo.errors import DataError
from zoo.output_files import check_writable, writing


def test_trying_a_place_leaves_no_file_and_harms_none(tmp_path):
    check_writable(tmp_path / "new" / "out.npz")
    assert list((tmp_path / "new").iterdir()) == []
    (tmp_path / "kept.npz").write_bytes(b"kept")
    check_writable(tmp_path / "kept.npz")
    assert (tmp_path / "kept.npz").read_bytes() == b"kept"


@pytest.mark.parametrize(("name", "why"), [("file/a", "File exists"), ("", "Is a directory"), ("a\0b", "null byte")])
def test_a_place_where_no_file_can_be_is_refused_with_a_remedy(tmp_path, name, why):
    (tmp_path / "file").touch()
    with pytest.raises(DataError, match=f"cannot be written: .*{why}") as refused:
        check_writable(tmp_path / name)
    assert refused.value.remedy.startswith("Give another place")


def test_an_error_of_ours_keeps_its_own_words(tmp_path):
    with pytest.raises(DataError, match="no such label"), writing(tmp_path / "out.csv"):
        raise DataError("no such label.", "Give another.")
