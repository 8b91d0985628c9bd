import pytest

from zoo.errors import LabelsError
from zoo.prompts import PromptSet, check_templates, choose_prompt_set

PHOTO = PromptSet(name="photo", domains=("natural",), templates=("a photo of a {}.",), source=None)
SCAN = PromptSet(name="scan", domains=("medical",), templates=("a scan of {}.",), source=None)
CHEST = PromptSet(name="chest", domains=("medical/radiology",), templates=("x-ray: {}.",), source=None)


@pytest.mark.parametrize("template", ["a photo", "{} and {}", "a {label}", "{", "a {0}", "{{}}"])
def test_a_template_without_exactly_one_slot_is_refused(template):
    with pytest.raises(LabelsError, match="exactly one"):
        check_templates([template])


def test_no_template_at_all_is_refused():
    with pytest.raises(LabelsError, match="at least one"):
        check_templates([])


@pytest.mark.parametrize(
    ("domains", "name"),
    [
        (("medical/radiology",), "chest"),
        (("medical/pathology",), "scan"),
        (("natural",), "photo"),
        (("code", "natural"), "photo"),
    ],
)
def test_the_nearest_domain_wins(domains, name):
    assert choose_prompt_set([PHOTO, SCAN, CHEST], name=None, domains=domains).name == name


def test_no_domain_in_common_gives_none():
    assert choose_prompt_set([PHOTO], name=None, domains=("code",)) is None


def test_an_unknown_name_lists_the_known():
    with pytest.raises(LabelsError, match="chest, photo"):
        choose_prompt_set([PHOTO, CHEST], name="pohto", domains=())
