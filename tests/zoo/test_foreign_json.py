"""Settings nested without end, of no encoding or of no size are an error in zoo's words, whichever file holds them."""

from __future__ import annotations

import pytest

from tests.hub_builders import bert_repository, open_clip_repository, timm_repository
from zoo.errors import ZooError
from zoo.foreign_json import LARGEST_BYTES, read_json
from zoo.loading import load

DAMAGES = {"deep": b"[" * 100_000, "deep table": b'{"a":' * 50_000, "no text": b"\xff\xfe", "a list": b"[]", "": b""}
PLACES = [
    (bert_repository, "config.json"),
    (bert_repository, "tokenizer_config.json"),
    (open_clip_repository, "open_clip_config.json"),
    (timm_repository, "config.json"),
]


@pytest.mark.parametrize("damage", DAMAGES)
@pytest.mark.parametrize(("make", "name"), PLACES)
def test_no_settings_break_the_program(hub, make, name, damage):
    repository = hub.add("stranger/net", {**make(), name: DAMAGES[damage]})
    repository.facts.update(pipeline_tag="feature-extraction")
    try:
        encoder = load("hf/stranger/net", device="cpu")
        if encoder.card.modality == "text":
            encoder.embed_texts(["a cat"])
    except ZooError:
        pass


@pytest.mark.parametrize("data", [b"[" * 100_000, b"\xff", b"", b" " * (LARGEST_BYTES + 1)])
def test_what_is_out_of_bounds_is_a_value_error(tmp_path, data):
    (tmp_path / "config.json").write_bytes(data)
    with pytest.raises(ValueError):
        read_json(tmp_path / "config.json")
