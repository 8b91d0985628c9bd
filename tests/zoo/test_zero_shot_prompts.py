import pytest

from tests.zoo.zero_shot_models import card, toy_registry
from zoo.errors import DataError, LabelsError
from zoo.zero_shot.prompts import NULL_CLASS, choose_templates, fill, read_labels

TREE = {"animal": {"cat": ["cat", "kitty"], "dog": []}, "vehicle": {"car": "automobile"}, "sky": []}


def test_a_list_gives_one_name_a_class():
    assert [(own.name, own.names) for own in read_labels(["cat", "dog"])] == [("cat", ("cat",)), ("dog", ("dog",))]


def test_a_mapping_gives_synonyms_and_parents():
    found = [(own.name, own.names, own.parents) for own in read_labels(TREE)]
    assert found == [
        ("cat", ("cat", "kitty"), ("animal",)),
        ("dog", ("dog",), ("animal",)),
        ("car", ("automobile",), ("vehicle",)),
        ("sky", ("sky",), ()),
    ]


def test_every_name_goes_into_every_template():
    cat = read_labels({"cat": ["cat", "kitty"]})[0]
    assert [fill(*slot) for slot in cat.slots(["a {}.", "{}"])] == ["a cat.", "cat", "a kitty.", "kitty"]


def test_whole_prompts_replace_the_templates():
    cat, dog = read_labels(["cat", "dog"], prompts={"cat": ["two {cats}"]})
    assert [fill(*slot) for slot in cat.slots(["a {}."])] == ["two {cats}"]
    assert [fill(*slot) for slot in dog.slots(["a {}."])] == ["a dog."]


def test_the_null_class_comes_last_with_its_own_prompts():
    null = read_labels(["cat"], null_prompts=["something else"])[-1]
    assert null.name == NULL_CLASS
    assert [fill(*slot) for slot in null.slots(["a {}."])] == ["something else"]


@pytest.mark.parametrize(
    ("labels", "message"),
    [
        ([], "at least one class name"),
        ({}, "at least one class name"),
        (["cat", ""], "is empty"),
        (["cat", " Cat"], "given twice"),
        (["cat", 3], "are texts, got 3"),
        ("cat,dog", r"want a list of class names, got the text 'cat,dog'. Write \['cat', 'dog'\]"),
        ({"a": ["cat", "dog"], "b": ["Dog"]}, "'dog' is a name of two classes, 'a' and 'b'"),
        ({"a": {"cat": []}, "b": {"cat": []}}, "given twice"),
        (["\u00e9", "e\u0301"], "given twice"),
        (["\u200b", "dog"], "is empty"),
        (["\ud800cat"], "holds half a character"),
        ([["cat"], ["dog"]], r"are texts, got \['cat'\]. Give a list of texts"),
        (b"cat", "want a list of class names, got the text b'cat'"),
        ({"a": 3}, "want names of class 'a', got 3"),
    ],
)
def test_labels_that_cannot_be_meant_are_refused(labels, message):
    with pytest.raises(LabelsError, match=message):
        read_labels(labels)


def test_prompts_for_an_unknown_class_are_refused():
    with pytest.raises(LabelsError, match="'bird', which is no label"):
        read_labels(["cat"], prompts={"bird": ["a bird"]})


@pytest.mark.parametrize("prompts", ["a cat", [], [" "], 3, [3], ["\ud800"]])
def test_prompts_must_be_a_list_of_texts(prompts):
    with pytest.raises(LabelsError, match="want a list of texts as prompts"):
        read_labels(["cat"], prompts={"cat": prompts})


@pytest.mark.parametrize(
    ("templates", "domain", "expected"),
    [
        (None, None, ("a photo of a {}.", "one {} here")),
        (None, "medical/radiology", ("a scan of {}.",)),
        (None, "code", ("{}",)),
        ("toy-scans", None, ("a scan of {}.",)),
        ("my {}", None, ("my {}",)),
        (["my {}", "your {}"], "medical", ("my {}", "your {}")),
    ],
)
def test_templates_come_from_the_caller_the_domain_or_the_card(templates, domain, expected):
    assert choose_templates(card("clip"), templates, domain=domain, registry=toy_registry())[0] == expected


def test_the_cards_template_set_beats_its_domain():
    scans = card("clip", zero_shot={"scoring": "softmax", "logit_scale": None, "template_set": "toy-scans"})
    assert choose_templates(scans, None, registry=toy_registry())[0] == ("a scan of {}.",)


def test_a_template_given_twice_is_refused():
    with pytest.raises(LabelsError, match="given twice"):
        choose_templates(card("clip"), ["a {}", "a {}"], registry=toy_registry())


def test_prompts_of_no_class_are_refused():
    with pytest.raises(LabelsError, match="want prompts by class, got list"):
        read_labels(["cat"], prompts=["a cat"])


@pytest.mark.parametrize("templates", [3, [3], [None], [b"a {}"], [str.title], str.title], ids=repr)
def test_templates_that_are_no_texts_are_refused(templates):
    with pytest.raises(LabelsError, match=r"Give a list of texts such as 'a photo of a {}\.'"):
        choose_templates(card("clip"), templates, registry=toy_registry())


def test_a_text_without_a_slot_is_a_bad_template_and_a_word_an_unknown_set():
    with pytest.raises(LabelsError, match=r"'a photo' should have exactly one {}"):
        choose_templates(card("clip"), "a photo", registry=toy_registry())
    with pytest.raises(LabelsError, match="no prompt set named 'photo'"):
        choose_templates(card("clip"), "photo", registry=toy_registry())


def test_templates_may_be_drawn_from_a_generator():
    found, _ = choose_templates(card("clip"), (f"a {size} {{}}" for size in ("big", "small")), registry=toy_registry())
    assert found == ("a big {}", "a small {}")


@pytest.mark.parametrize(("domain", "hint"), [("medcal", "Did you mean 'medical'"), (3, "There are: natural")])
def test_an_unknown_domain_is_refused(domain, hint):
    with pytest.raises(DataError, match=f"no domain named {domain!r}. {hint}"):
        choose_templates(card("clip"), None, domain=domain, registry=toy_registry())
