"""Each constraint excludes what it should, says why, and says what to relax when nothing is left."""

from __future__ import annotations

import re

import pytest

from tests.selector import toys
from zoo.cards import License, OpenClipSource
from zoo.errors import TaskError
from zoo.selector import Task
from zoo.selector.constraints.cost import latency_ms, memory_gb
from zoo.selector.constraints.rules import divide


def reasons(task, *cards):
    """(ids kept, id -> reason of the others)"""
    kept, excluded = divide(task, cards or toys.CARDS)
    return {card.id for card in kept}, {e.id: (e.constraint, e.reason) for e in excluded}


def image(**limits):
    return Task(modality="image", constraints=limits)


def test_models_of_another_modality_are_left_out():
    kept, out = reasons(image())
    assert {"toy/resnet50", "toy/clip", "toy/chest"} <= kept
    assert out["toy/bert"] == ("modality", "it reads text, the task has image")
    assert out["toy/bands"][0] == "modality"


def test_what_cannot_be_built_is_left_out():
    assert reasons(image())[1]["toy/unbuilt"] == ("loadable", "its architecture is not built in zoo yet")


def test_a_model_whose_weights_zoo_cannot_find_is_left_out():
    untagged = toys.CLIP.model_copy(update={"id": "toy/zip", "source": OpenClipSource(architecture="ViT-L-14")})
    kept, out = reasons(image(), toys.CLIP, untagged)
    assert out["toy/zip"] == ("loadable", "no published weights that zoo can load are known")
    assert kept == {"toy/clip"}


def test_a_model_that_only_writes_cannot_classify():
    assert reasons(Task(modality="text"))[1]["toy/writer"] == ("capability", "it can only generate")


def test_commercial_use_must_be_known_to_be_allowed():
    kept, out = reasons(image(commercial_use=True))
    assert "toy/resnet50" in kept
    assert out["toy/convnextv2_base"] == ("commercial_use", "its licence does not allow commercial use (CC-BY-NC-4.0)")
    assert "not known to be allowed (no licence stated)" in out["toy/efficientnet_b0"][1]


def test_gated_models_are_left_out_only_when_asked():
    assert "toy/chest" in reasons(image())[0]
    assert "toy/chest" in reasons(image(gated=True))[0]
    assert reasons(image(gated=False))[1]["toy/chest"] == ("gated", "its owner wants an agreement first")


def test_size_and_memory_count_parameters():
    _, out = reasons(image(max_parameters=30e6))
    assert out["toy/convnext_large"] == ("max_parameters", "198 M parameters, more than 30 M")
    _, out = reasons(image(memory_gb=0.5))
    assert "needs about 1.0 GB" in out["toy/convnext_large"][1]
    assert memory_gb(toys.RESNET) == pytest.approx(25.6e6 * 4 * 1.25 / 1e9)


def test_an_unknown_size_never_passes_a_limit_on_it():
    nameless = toys.timm("mystery", n_parameters=None)
    for limits in ({"max_parameters": 1e12}, {"memory_gb": 1e3}, {"latency_ms": 1e6}):
        assert "not known" in reasons(image(**limits), toys.RESNET, nameless)[1]["toy/mystery"][1]


def test_latency_is_that_of_the_stated_device():
    assert latency_ms(toys.LARGE, "cpu") > latency_ms(toys.RESNET, "cpu") > latency_ms(toys.RESNET, "cuda:0")
    _, out = reasons(image(latency_ms=50, device="cpu"))
    assert "ms a sample on cpu" in out["toy/convnext_large"][1]
    assert "toy/convnext_large" in reasons(image(latency_ms=50, device="gpu"))[0]


@pytest.mark.parametrize(
    ("card", "device", "published_ms"),
    [
        (toys.RESNET, "cpu", 14.865),
        (toys.LARGE, "cpu", 67.358),
        (toys.RESNET, "gpu", 1000 / 3219.06),
        (toys.LARGE, "gpu", 1000 / 700.67),
    ],
)
def test_latency_lies_within_twice_the_published_figure(card, device, published_ms):
    """timm's published speed tables at 224 px: i9-10940X at batch 1, and RTX 3090."""
    assert published_ms / 2 < latency_ms(card, device) < published_ms * 2


def test_an_unknown_device_is_refused():
    with pytest.raises(TaskError, match=r"no published speeds for the device 'abacus'. There are: cpu, gpu"):
        reasons(image(latency_ms=5, device="abacus"))
    with pytest.raises(TaskError, match="no published speeds for the device 'abacus'"):
        reasons(image(device="abacus"))


def test_languages_exclude_only_where_stated():
    kept, out = reasons(Task(modality="text", language="de"))
    assert out["toy/bert"] == ("language", "it is for en, not de")
    assert "toy/minilm" in kept


def test_a_list_of_many_languages_excludes_what_it_lacks():
    many = toys.text("many", "toy/many", languages=("de", "en", "fr", "es", "it", "pt", "nl"))
    assert many in divide(Task(modality="text", language="German"), [many, toys.BERT])[0]
    out = divide(Task(modality="text", language="Zulu"), [many, toys.MINILM])[1]
    assert [e.reason for e in out] == ["it is for 7 languages, such as en, de, fr, es, it, not zu"]


def test_a_language_that_no_model_reads_points_to_those_of_most_languages():
    many = toys.text("many", "toy/many", languages=("de", "en", "fr"))
    with pytest.raises(TaskError, match="satisfies all of: language") as caught:
        divide(Task(modality="text", language="Zulu"), [toys.BERT, many])
    assert "(toy/many, toy/bert)" in caught.value.remedy


def test_bands_must_be_there():
    wanted = Task(modality="multispectral", bands=("B02", "B03", "B04", "B08", "B11", "B12"))
    assert {"toy/bands", "toy/resnet50"} <= reasons(wanted)[0]
    few = Task(modality="multispectral", bands=("B02", "B03", "B04", "B08"))
    assert "swir_1" in reasons(few)[1]["toy/bands"][1]
    radar = Task(modality="multispectral", bands=("VV", "VH"))
    kept, out = reasons(radar)
    assert kept == set()
    assert out["toy/resnet50"][0] == "bands"


def test_zero_shot_and_offline_can_be_demanded():
    kept, _ = reasons(image(zero_shot=True))
    assert kept == {"toy/clip", "toy/tiny-clip"}
    kept, out = reasons(image(offline=True))
    assert kept <= {"toy/tiny-clip"}
    assert out["toy/resnet50"][0] == "offline"


def test_a_contradiction_says_which_to_relax_and_what_that_gives_back():
    with pytest.raises(TaskError, match="no image model satisfies all of: commercial_use, max_parameters") as caught:
        reasons(image(max_parameters=1e6, commercial_use=True), toys.RESNET, toys.FORBIDDEN)
    assert "without max_parameters: 1 model (toy/resnet50)" in caught.value.remedy


def test_a_contradiction_of_two_says_both():
    with pytest.raises(TaskError, match=r"Relax these together: .*commercial_use.* and .*max_parameters"):
        reasons(image(max_parameters=1e6, commercial_use=True), toys.FORBIDDEN)


def test_a_remedy_says_how_far_limits_must_move_and_moving_them_so_far_is_enough():
    with pytest.raises(TaskError) as caught:
        reasons(image(latency_ms=1, memory_gb=0.01), toys.RESNET, toys.LARGE)
    far = re.fullmatch(
        r"Relax these together: memory_gb \(to ([\d.]+) GB\) and latency_ms \(to ([\d.]+) ms\), which gives back "
        r"toy/resnet50; without them: 2 models \(toy/resnet50, toy/convnext_large\)\.",
        caught.value.remedy,
    )
    kept, _ = reasons(image(memory_gb=float(far[1]), latency_ms=float(far[2])), toys.RESNET, toys.LARGE)
    assert kept == {"toy/resnet50"}
    with pytest.raises(TaskError) as caught:
        reasons(image(latency_ms=1), toys.RESNET)
    (nearest,) = re.findall(r"the first from ([\d.]+) ms", caught.value.remedy)
    assert reasons(image(latency_ms=float(nearest)), toys.RESNET)[0] == {"toy/resnet50"}


def test_the_time_of_a_text_says_how_long_a_text():
    _, out = reasons(
        Task(modality="text", constraints={"latency_ms": 5}), toys.BERT, toys.text("tiny", "a/tiny", n_parameters=1e6)
    )
    assert "ms a text of 128 tokens on cpu" in out["toy/bert"][1]


def test_the_licence_of_the_code_is_not_told_as_that_of_the_weights():
    silent = toys.timm("silent", commercial_use=None, license=License(code="MIT", weights=None, data=None))
    _, out = reasons(image(commercial_use=True), toys.RESNET, silent)
    assert "(weights not stated, code MIT)" in out["toy/silent"][1]


def test_an_amount_beyond_a_limit_is_never_told_as_that_limit():
    just_below = latency_ms(toys.LARGE, "cpu") - 0.01
    _, out = reasons(image(latency_ms=round(just_below, 3)), toys.RESNET, toys.LARGE)
    told, limit = re.findall(r"about (\d+) ms .* more than ([\d.]+) ms", out["toy/convnext_large"][1])[0]
    assert float(told) > float(limit)
