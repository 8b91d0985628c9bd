"""A task is stated by hand or read from data; what makes no sense is refused with a remedy."""

from __future__ import annotations

import json

import pytest

from tests.zoo.test_data import picture
from zoo.errors import DataError, TaskError
from zoo.selector import Task


@pytest.fixture
def chest(tmp_path):
    """A folder of grey pictures in two unequal classes, with a test part."""
    for number in range(6):
        picture(tmp_path / "chest_xray" / "train" / "NORMAL" / f"{number}.png", mode="L", seed=number)
    for number in range(6, 8):
        picture(tmp_path / "chest_xray" / "train" / "PNEUMONIA" / f"{number}.png", mode="L", seed=number)
    picture(tmp_path / "chest_xray" / "test" / "NORMAL" / "8.png", mode="L", seed=8)
    return tmp_path / "chest_xray"


def test_only_the_modality_is_needed():
    task = Task(modality="image")
    assert (task.n_classes, task.n_labelled, task.typical_labels_per_class) == (None, None, None)
    assert task.kind == "classification"


def test_a_folder_states_classes_counts_and_sizes(chest):
    task = Task.from_folder(chest)
    assert task.class_names == ("NORMAL", "PNEUMONIA")
    assert task.labels_per_class == (6, 2)
    assert (task.n_classes, task.n_labelled, task.typical_labels_per_class) == (2, 8, 4.0)
    assert (task.modality, task.image_size_px, task.domain) == ("image", 20, "medical/radiology")
    assert "guessed from the words" in task.describe()


def test_a_folder_of_many_bands_is_multispectral(tmp_path):
    import numpy as np

    np.save(tmp_path / "a.npy", np.zeros((12, 64, 64), dtype=np.uint16))
    assert Task.from_folder(tmp_path).modality == "multispectral"


def test_a_table_states_classes_and_language(tmp_path):
    table = tmp_path / "train.csv"
    table.write_text("body,topic\n" + "\n".join(f"the ball and the net {n},{'ab'[n % 2]}" for n in range(8)))
    task = Task.from_table(table, text="body", label="topic")
    assert (task.modality, task.language, task.labels_per_class) == ("text", "en", (4, 4))
    assert task.domain is None


def test_an_empty_folder_is_refused(tmp_path):
    with pytest.raises(DataError, match="no usable image"):
        Task.from_folder(tmp_path)


def test_a_revised_task_keeps_what_is_not_stated(chest):
    task = Task.from_folder(chest).revised(domain="natural", constraints={"commercial_use": True})
    assert (task.domain, task.labels_per_class, task.constraints.commercial_use) == ("natural", (6, 2), True)
    assert task.data is not None
    assert "guessed" not in task.describe()


def test_new_words_outdo_a_guess_from_the_data_and_never_a_stated_domain(chest):
    guessed = Task.from_folder(chest)
    named = guessed.revised(class_names=["melanoma", "nevus"])
    assert named.known_domain == "medical/dermatology"
    assert "guessed from the words melanoma, nevus" in named.describe()
    assert guessed.revised(class_names=["first kind", "second kind"]).known_domain == "medical/radiology"
    assert guessed.revised(dataset="cifar10").known_domain == "natural"
    assert guessed.revised(kind="retrieval").describe() == guessed.describe().replace("classification", "retrieval")
    stated = guessed.revised(domain="microscopy/cell").revised(class_names=["melanoma", "nevus"])
    assert stated.known_domain == "microscopy/cell"


def test_words_for_numbered_folders_say_the_domain(tmp_path):
    for number in range(4):
        picture(tmp_path / "set" / str(number % 2) / f"{number}.png", seed=number)
    numbered = Task.from_folder(tmp_path / "set")
    assert numbered.known_domain is None
    told = numbered.revised(class_names=["normal", "pneumonia"]).describe()
    assert "Domain: medical/radiology (guessed from the words pneumonia;" in told


def test_other_class_names_drop_counts_that_no_longer_fit(chest):
    assert Task.from_folder(chest).revised(class_names=["a", "b", "c"]).labels_per_class is None
    assert Task.from_folder(chest).revised(class_names=["no", "yes"]).labels_per_class == (6, 2)


def test_counts_may_be_a_mapping_from_class_to_number():
    task = Task(modality="text", labels_per_class={"spam": 5, "ham": 50})
    assert (task.class_names, task.labels_per_class) == (("spam", "ham"), (5, 50))


def test_a_task_survives_json():
    task = Task(modality="image", class_names=["a", "b"], labels_per_class=[1, 2], constraints={"memory_gb": 8})
    assert Task(**json.loads(task.model_dump_json())) == task


@pytest.mark.parametrize(
    ("facts", "message"),
    [
        ({"modality": "imge"}, "Did you mean 'image'"),
        ({"modality": "image", "kind": "clasification"}, "Did you mean 'classification'"),
        ({"modality": "image", "class_names": ["cat", "cat"]}, "'cat' is given twice"),
        ({"modality": "image", "class_names": ["cat", " "]}, "a class name is empty"),
        ({"modality": "image", "class_names": "cat"}, "Give a list"),
        ({"modality": "multispectral", "bands": "B02,B03"}, "Give a list"),
        ({"modality": "image", "class_names": ["a", "b"], "labels_per_class": [1, 2, 3]}, "3 counts .* for 2 class"),
        ({"modality": "image", "labels_per_class": -1}, "0 or more"),
        ({"modality": "image", "labels_per_class": "many"}, "labels_per_class is 'many', want a whole number"),
        ({"modality": "image", "labels_per_class": 1.5}, "is 1.5, want a whole number. Give one, .* or one for each"),
        ({"modality": "image", "labels_per_class": {"cat": 3, "dog": 1.5}}, "labels_per_class is 1.5, want a whole"),
        ({"modality": "image", "labels_per_class": True}, "labels_per_class is True, want a whole number"),
        ({"modality": "image", "labels_per_class": float("nan")}, "labels_per_class is nan, want a whole number"),
        ({"modality": "image", "n_unlabelled": 2.5}, "n_unlabelled is 2.5, want a whole number. Give one, such as 2.$"),
        ({"modality": "image", "image_size_px": True}, "image_size_px is True, want a whole number"),
        ({"modality": "image", "class_names": 3}, "class_names is 3. Give a list"),
        ({"modality": "image", "image_size_px": 0}, "image_size_px is 0"),
        ({"modality": "image", "constraints": {"max_params": 3}}, "max_params is no field. There are: max_parameters"),
        ({"modality": "image", "constraints": {"memory_gb": -1}}, "memory_gb"),
    ],
)
def test_what_makes_no_sense_is_refused_with_a_remedy(facts, message):
    with pytest.raises(TaskError, match=message) as caught:
        Task(**facts)
    assert caught.value.remedy


def test_a_whole_number_written_as_a_fraction_is_taken():
    assert Task(modality="image", labels_per_class=[2.0, 3], n_unlabelled=4.0).labels_per_class == (2, 3)


@pytest.mark.parametrize(("words", "n"), [("10 classes", 10), ("1,000 classes", 1000), ("2.5 classes", None)])
def test_a_description_tells_whole_numbers_of_classes(words, n):
    assert Task(modality="image", description=words).n_classes == n


def test_class_names_that_say_nothing_are_said():
    assert any("say nothing" in f for f in Task(modality="image", class_names=["class_0", "class_1"]).findings())
    assert Task(modality="image", class_names=["cat", "dog"]).findings() == ()


def test_the_language_that_the_words_name_is_taken_and_told():
    task = Task(modality="text", description="German customer reviews")
    assert task.language == "de"
    assert "Language: de (named in the description; state another if that is wrong)." in task.describe()
    assert Task(modality="text", language="fr", description="German customer reviews").language == "fr"
    assert Task(modality="image", description="German road signs").language is None
    assert Task(**json.loads(task.model_dump_json())) == task


@pytest.mark.parametrize(
    ("words", "code"),
    [
        ("Deutsch", "de"),
        ("tweets in Spanish", "es"),
        ("Bewertungen auf Deutsch", "de"),
        ("French legal question to a statute", "fr"),
        ("novels on the Spanish civil war", None),
        ("English to German sentence pairs", None),
        ("sentences in any language", None),
        ("Latvian product reviews", "lv"),
        ("Irish news", None),
        ("news in Irish", "ga"),
    ],
)
def test_a_language_counts_where_the_texts_are_in_it(words, code):
    assert Task(modality="text", description=words).language == code


@pytest.mark.parametrize(
    ("names", "code"),
    [
        (["긍정", "부정"], "ko"),
        (["肯定的", "否定"], "zh"),
        (["ポジティブ", "否定"], "ja"),
        (["положительный", "отрицательный"], None),
        (["α", "beta version"], None),
        (["good", "bad"], None),
    ],
)
def test_letters_that_one_language_has_alone_say_which_it_is(names, code):
    assert Task(modality="text", class_names=names).language == code


@pytest.mark.parametrize("spelling", ["de", "DE", "German", "deutsch", "deu", "de-AT", "de_DE"])
def test_a_language_may_be_written_in_any_way(spelling):
    assert Task(modality="text", language=spelling).language == "de"


def test_what_is_no_language_is_refused():
    with pytest.raises(TaskError, match="language is 'multilingual'") as caught:
        Task(modality="text", language="multilingual")
    assert "leave it out" in caught.value.remedy


@pytest.mark.parametrize(
    ("words", "n"),
    [
        ("200 bird species", 200),
        ("a 10-class problem", 10),
        ("1,000 categories", 1000),
        ("62 classes of land use", 62),
        ("100 pictures per class", None),
        ("5 classes in 2017, 7 classes in 2018", None),
        ("first class tickets", None),
    ],
)
def test_the_number_of_classes_is_read_from_the_description(words, n):
    assert Task(modality="image", description=words).n_classes == n


def test_named_classes_count_before_described_ones():
    task = Task(modality="image", class_names=["cat", "dog"], description="10 classes")
    assert task.n_classes == 2
    told = Task(modality="image", description="10 classes", labels_per_class=20)
    assert told.n_labelled == 200
    assert "in 10 classes, 20 a class" in told.describe()
    assert Task(modality="image", dataset="CIFAR-100").n_classes == 100
    assert Task(modality="image", dataset="CIFAR-100", class_names=["cat", "dog"]).n_classes == 2
    assert Task(modality="image", dataset="my own").n_classes is None


@pytest.mark.parametrize(("modality", "fits"), [("image-text", True), ("text", False), ("code", False)])
def test_a_folder_of_images_is_no_task_of_texts(chest, modality, fits):
    if fits:
        assert "grey, 8 bit, PNG" in Task.from_folder(chest).revised(modality=modality).describe()
        return
    with pytest.raises(TaskError, match="the data is a folder of images, and the modality"):
        Task.from_folder(chest).revised(modality=modality)


def test_a_table_of_texts_is_no_task_of_pictures(tmp_path):
    table = tmp_path / "train.csv"
    table.write_text("text,label\n" + "\n".join(f"the ball and the net {n},{'ab'[n % 2]}" for n in range(8)))
    with pytest.raises(TaskError, match="the data is a table of texts, and the modality 'image'"):
        Task.from_table(table).revised(modality="image")


def test_what_is_left_empty_is_not_stated():
    task = Task(modality="image", bands=[], dataset=" ", domain="")
    assert (task.bands, task.dataset, task.domain) == (None, None, None)


def test_one_is_no_plural():
    told = Task(modality="image", class_names=["cat"], labels_per_class=1).describe()
    assert told.startswith("1 labelled picture, classification in 1 class (cat)")


def test_grey_pictures_are_no_tiles_of_many_bands_unless_their_bands_are_named(chest):
    seen = Task.from_folder(chest)
    with pytest.raises(TaskError, match="the files hold 1 channel") as refused:
        seen.revised(modality="multispectral")
    assert "name the bands" in refused.value.remedy
    assert seen.revised(modality="multispectral", bands=["VV"]).bands == ("VV",)


def test_stated_class_names_are_told_beside_those_of_the_data(chest):
    seen = Task.from_folder(chest)
    assert not any("class names" in said for said in seen.findings())
    renamed = seen.revised(class_names=["healthy", "viral pneumonia"])
    assert "healthy for NORMAL, viral pneumonia for PNEUMONIA; check that." in " ".join(renamed.findings())
    assert renamed.labels_per_class == (6, 2)
    more = seen.revised(class_names=["healthy", "viral", "bacterial"])
    assert "3 class names are stated, and the data has 2 (NORMAL, PNEUMONIA)" in " ".join(more.findings())
    assert more.labels_per_class is None
