"""The zero-shot baseline: its model, prompts and cost, and what is not known of it."""

from __future__ import annotations

from zoo.selector import Task, recommend


def test_a_baseline_without_figures_says_why_no_gain_is_told():
    found = recommend(Task(modality="text", class_names=("sport", "trade"), labels_per_class=50))
    assert "what a candidate gains over it is not known" in found.zero_shot.note
    assert found.zero_shot.describe().count("little evidence") == 1


def test_texts_may_be_asked_for_zero_shot():
    found = recommend(Task(modality="text", class_names=("sport", "trade"), constraints={"zero_shot": True}))
    assert found.candidates
    assert found.zero_shot.model is not None


def test_a_plain_prompt_is_shown():
    found = recommend(
        Task(modality="image", domain="biology/organism", class_names=("finch", "wren"), labels_per_class=0)
    )
    assert found.zero_shot.prompts[0] == "a photo of a finch."


def test_the_bundled_model_is_not_praised_for_what_it_never_saw():
    stranger = recommend(Task(modality="image", domain="satellite/rgb", class_names=("forest", "river"))).zero_shot
    assert stranger.bundled == "multimodal/tiny-clip"
    assert "only to try the commands: it knows synthetic" in stranger.describe()
    own = recommend(Task(modality="image", domain="microscopy/cell", class_names=("platelet", "red cell"))).zero_shot
    assert "Offline and at once: multimodal/tiny-clip." in own.describe()


def test_the_baseline_tells_its_cost_on_both_kinds_of_devices():
    said = recommend(Task(modality="image", class_names=("cat", "dog"))).zero_shot.describe()
    assert "a sample on a CPU" in said
    assert "on a GPU" in said


def test_a_bundled_model_that_is_the_baseline_itself_says_what_it_knows():
    tight = {"max_parameters": 5e6}
    task = Task(
        modality="image", domain="medical/ophthalmology", class_names=("healthy eye", "cataract"), constraints=tight
    )
    baseline = recommend(task).zero_shot
    assert baseline.model == "multimodal/tiny-clip"
    assert "only to try the commands: it knows synthetic" in baseline.note
    own = recommend(task.revised(domain="microscopy/cell", class_names=("platelet", "red cell"))).zero_shot
    assert "only to try" not in own.note
