"""A stranger's words reach the domain that they mean, or none; what is guessed is told as a guess."""

from __future__ import annotations

import pytest

from zoo.cards import DOMAINS
from zoo.selector import Task
from zoo.selector.task.class_names import say_nothing
from zoo.selector.task.domain import guess_domain, guess_of_pictures, nearest_domains
from zoo.selector.task.matching import hits_in
from zoo.selector.task.vocabulary import ALSO_CALLED, PICTURES, TEXT


@pytest.mark.parametrize(
    ("modality", "names", "more", "domain"),
    [
        ("image", ["airplane", "cat", "ship", "truck"], [], "natural"),
        ("image", ["AnnualCrop", "Forest", "Highway", "River"], [], "satellite/rgb"),
        ("image", ["RBC", "WBC", "Platelets"], [], "microscopy/cell"),
        ("image", ["melanoma", "nevus"], [], "medical/dermatology"),
        ("image", [str(n) for n in range(10)], [], "document"),
        ("image", ["yes", "no"], [], None),
        ("image", ["yes", "no"], ["brain_mri"], "medical/radiology"),
        ("image", ["cat", "pneumonia", "forest"], [], None),
        ("text", ["fair", "unfair"], ["terms of service, contract"], "text/legal"),
        ("text", ["a", "b"], [], None),
        ("code", ["python", "go"], [], "code"),
        ("multispectral", [], [], "satellite/multispectral"),
    ],
)
def test_the_domain_is_guessed_carefully_or_not_at_all(modality, names, more, domain):
    assert guess_domain(modality, names, more).domain == domain


@pytest.mark.parametrize(
    ("modality", "description", "domain"),
    [
        ("image", "histopathological pictures of lung tumours", "medical/pathology"),
        ("image", "Röntgenbilder der Lunge", "medical/radiology"),
        ("image", "optical coherence tomography", "medical/ophthalmology"),
        ("image", "land cover from Sentinel-2", "satellite/rgb"),
        ("image", "vehicles seen by synthetic aperture radar", "satellite/sar"),
        ("image", "aerial photographs of streets", "satellite/rgb"),
        ("image", "thin blood smears under a microscope", "microscopy/cell"),
        ("image", "plankton from a flow cytometer", "biology/organism"),
        ("image", "scanned invoices", "document"),
        ("image", "frames of a driving simulator", "synthetic"),
        ("image", "cracks in concrete walls", None),
        ("image", "electroluminescence of solar cells", None),
        ("text", "abstracts of clinical trials", "text/biomedical"),
        ("text", "sentiment of financial news", "text/finance"),
        ("text", "questions on EU law", "text/legal"),
        ("text", "Hotelbewertungen", "text/social"),
        ("text", "drug reviews", None),
        ("text", "pairs of sentences", None),
        ("text", "python functions and their docstrings", "code"),
    ],
)
def test_a_description_alone_is_enough_where_it_names_the_field(modality, description, domain):
    assert Task(modality=modality, description=description).known_domain == domain


def test_a_name_in_the_description_beats_everyday_class_names():
    names = ["car", "pedestrian", "van", "truck"]
    assert guess_domain("image", names).domain == "natural"
    assert guess_domain("image", names, ["filmed by a UAV"]).domain == "satellite/rgb"


def test_that_it_is_a_photograph_is_no_rival():
    assert guess_domain("image", ["glaucoma", "healthy"], ["photographs"]).domain == "medical/ophthalmology"


def test_between_sister_domains_the_guess_stays_above_them():
    assert guess_domain("image", ["lung", "liver", "kidney"]).domain == "medical"
    assert guess_domain("image", ["lung", "liver", "kidney"], ["CT slices"]).domain == "medical/radiology"


def test_class_names_of_any_domain_do_not_water_down_the_others():
    names = ["glaucoma", "normal", "background", "unknown", "other"]
    assert guess_domain("image", names).domain == "medical/ophthalmology"


def test_one_everyday_word_is_no_domain_and_one_of_a_field_says_half():
    assert guess_domain("image", ["ship", "no ship"]).domain is None
    assert guess_domain("image", ["hateful", "benign"]).domain is None
    assert guess_domain("image", ["normal", "pneumonia"]).domain == "medical/radiology"


@pytest.mark.parametrize(
    ("words", "domain"),
    [("PubMed abstracts, 12 MeSH categories", "text/biomedical"), ("arXiv", "text/scientific"), ("GitHub", "code")],
)
def test_capitals_inside_a_name_do_not_hide_it(words, domain):
    guess = guess_domain("text", (), [words])
    assert guess.domain == domain
    assert words.split()[0].lower() in guess.why


def test_a_data_set_of_colour_pictures_is_one_of_bands_where_the_task_has_bands():
    tiles = Task(modality="multispectral", dataset="EuroSAT")
    assert tiles.known_domain == "satellite/multispectral"
    assert "EuroSAT" in tiles.domain_guess.why
    assert Task(modality="image", dataset="EuroSAT").known_domain == "satellite/rgb"


def test_two_fields_that_are_both_named_leave_it_open():
    assert guess_domain("image", ["pine", "slope"], ["tree species from airborne pictures"]).domain is None


def test_a_few_known_species_among_very_many_are_enough():
    known = ["Field_Sparrow", "Hooded_Warbler", "House_Finch", "Herring_Gull", "Black_Tern"]
    assert (
        guess_domain("image", known + [f"Avis {chr(97 + n)}{chr(97 + n)}ensis" for n in range(26)]).domain is not None
    )
    assert (
        guess_domain("image", [*known[:4], *(f"Avis {chr(97 + n)}{chr(97 + n)}ensis" for n in range(26))]).domain
        is None
    )


@pytest.mark.parametrize(
    ("modality", "word", "domain"),
    [
        ("image", "X-ray", "medical/radiology"),
        ("image", "radiology", "medical/radiology"),
        ("image", "Chest radiographs", "medical/radiology"),
        ("image", "medical/xray", "medical/radiology"),
        ("image", "Haematology", "microscopy/cell"),
        ("image", "drone", "satellite/rgb"),
        ("image", "Luftbilder", "satellite/rgb"),
        ("image", "natural/food", "natural"),
        ("image", "birds", "biology/organism"),
        ("image", "law", None),
        ("image", "text/legal", None),
        ("image", "astronomy", None),
        ("text", "law", "text/legal"),
        ("text", "patents", "text/legal"),
        ("text", "medical", "text/biomedical"),
        ("text", "medical notes", "text/biomedical"),
        ("text", "customer support", "text/social"),
        ("text", "source code", "code"),
        ("code", "text/legal", "code"),
        ("multispectral", "agriculture", "satellite/multispectral"),
    ],
)
def test_a_word_of_the_field_stands_for_its_domain(modality, word, domain):
    assert Task(modality=modality, domain=word).known_domain == domain


def test_a_word_that_was_taken_for_a_domain_is_told_as_a_guess():
    task = Task(modality="image", domain="x-ray")
    assert task.findings() == (
        "no domain named 'x-ray'. Did you mean medical/radiology? Models are ranked as if you did, a guess; state "
        "another if that is wrong.",
    )
    assert "state another if that is wrong" in task.describe()
    assert Task(modality="image", domain="medical/radiology").findings() == ()


def test_an_unknown_domain_is_told_with_the_nearest_ones():
    task = Task(modality="image", domain="medical/radiolgy")
    assert task.known_domain == "medical"
    assert task.findings() == ("no domain named 'medical/radiolgy': taken as medical. Did you mean medical/radiology?",)


def test_an_unknown_domain_leaves_the_ranking_that_there_is_without_it():
    names = ("melanoma", "nevus")
    stated = Task(modality="image", domain="astrology", class_names=names)
    assert stated.known_domain == Task(modality="image", class_names=names).known_domain == "medical/dermatology"
    assert stated.findings() == (
        "no domain named 'astrology': taken as medical/dermatology (guessed from the words melanoma, nevus).",
    )
    assert Task(modality="image", domain="astrology").known_domain is None


def test_the_domain_of_a_data_set_counts_for_its_own_kind_of_data():
    assert Task(modality="text", dataset="banking77").known_domain == "text/general"
    assert Task(modality="image", dataset="banking77").known_domain is None


def test_a_domain_of_another_modality_is_told():
    told = Task(modality="text", domain="medical/radiology").findings()
    assert told[0].startswith("medical/radiology is no domain of texts: taken as text/biomedical")
    assert "Is the modality right?" in Task(modality="image", domain="text/legal").findings()[0]


def test_a_language_is_no_domain():
    task = Task(modality="text", domain="Deutsch")
    assert task.findings() == ("'deutsch' is a language, no domain: models are ranked for language 'de'.",)
    signs = Task(modality="image", domain="German")
    assert signs.findings() == ("'german' is a language, no domain: models are ranked without it.",)


def test_code_has_no_other_domain_to_guess():
    task = Task(modality="code", domain="dental")
    assert task.known_domain == "code"
    assert task.findings() == ("no domain named 'dental': taken as code (the data is source code).",)


def test_a_domain_that_the_class_names_contradict_is_told_and_kept():
    task = Task(modality="image", domain="satellite", class_names=("pneumonia", "normal"))
    assert task.known_domain == "satellite"
    assert task.findings() == (
        "domain 'satellite' and the class names disagree: pneumonia, normal speak of medical/radiology. Models are "
        "ranked for satellite; state medical/radiology if that is meant.",
    )


def test_a_word_for_a_domain_is_contradicted_too():
    task = Task(modality="image", domain="drone", class_names=("melanoma", "nevus"))
    assert any("disagree: melanoma, nevus speak of medical/dermatology" in finding for finding in task.findings())


@pytest.mark.parametrize(
    ("domain", "names"),
    [("natural", ["sparrow", "warbler"]), ("medical", ["RBC", "WBC"]), ("satellite/rgb", ["car", "truck"])],
)
def test_related_domains_share_class_names_without_a_word(domain, names):
    assert Task(modality="image", domain=domain, class_names=names).findings() == ()


def test_near_domains_are_found_by_leaf_spelling_and_part_of_a_name():
    assert nearest_domains("radiology")[0] == "medical/radiology"
    assert nearest_domains("satelite/rgb")[0] == "satellite/rgb"
    assert nearest_domains("histopathlogy") == ("medical/pathology",)
    assert nearest_domains("remote", "image") == ("satellite/rgb",)
    assert nearest_domains("law", "image") == ("text/legal",)


def test_every_word_belongs_to_a_domain_of_the_tree():
    assert {*PICTURES, *TEXT, *ALSO_CALLED} <= set(DOMAINS)


def test_spelling_separators_and_compounds_do_not_matter():
    for spelling in ("x-ray", "X Ray", "xray", "X_RAYS"):
        assert {hit.domain for hit in hits_in(spelling, "image")} == {"medical/radiology"}
    assert hits_in("LandUse", "image") == hits_in("land use", "image")
    assert [(hit.domain, hit.word) for hit in hits_in("Fragen zum Mietrecht", "text")] == [("text/legal", "mietrecht")]


def test_a_phrase_is_taken_before_its_words():
    assert [hit.domain for hit in hits_in("electron microscopy", "image")] == ["microscopy/electron"]


@pytest.mark.parametrize(
    ("names", "nothing"),
    [
        (["0", "1"], True),
        (["class_0", "label 1"], True),
        (["n02085620", "n02085782"], True),
        (["c1", "c2"], True),
        (["yes", "no", "maybe"], True),
        (["猫", "犬"], False),
        (["кошка", "1"], False),
        (["0", "cat"], False),
        ([], False),
    ],
)
def test_class_names_say_nothing_where_none_has_a_word(names, nothing):
    assert say_nothing(names) is nothing


def test_files_of_the_clinic_are_taken_as_radiology_and_the_guess_is_told():
    for formats, domain in (({"DICOM": 3}, "medical/radiology"), ({"DICOM": 3, "PNG": 9}, None)):
        guess = guess_of_pictures("image", ["0", "1"], ["scans"], formats)
        assert guess.domain == domain
    assert guess_of_pictures("image", ["melanoma", "nevus"], ["skin"], {"DICOM": 3}).domain == "medical/dermatology"
