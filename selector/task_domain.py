"""A careful guess at the domain of a task from what its classes are called; silence where the words say nothing.

A guess is made only where the words of one domain fill a good part of the class names and no other domain comes near.
It is always told as a guess, because it moves the ranking.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from difflib import get_close_matches

from zoo.cards import DOMAINS

_IMAGE_WORDS = {
    "medical/radiology": "pneumonia covid xray ct mri fracture effusion cardiomegaly atelectasis pneumothorax "
    "consolidation edema glioma meningioma pituitary tuberculosis mammogram ultrasound lung brain chest tumor nodule "
    "hemorrhage infiltration emphysema",
    "medical/pathology": "adenocarcinoma carcinoma mucosa stroma adipose debris mitosis gland histology lymphocytes "
    "biopsy tubular ductal lobular fibroadenoma tissue metastasis benign malignant squamous",
    "medical/ophthalmology": "retinopathy drusen glaucoma cnv dme cataract fundus macula amd myopia retina oct",
    "medical/dermatology": "melanoma nevus nevi keratosis keratoses dermatofibroma eczema psoriasis rosacea lesion "
    "basal melanocytic acne vascular",
    "medical/endoscopy": "polyp polyps esophagitis cecum pylorus barrett colitis ileum colonoscopy",
    "satellite/rgb": "residential resident highway pasture cropland annualcrop permanentcrop herbaceous runway harbor "
    "river riverlake industrial industry parking farmland meadow overpass intersection viaduct airport stadium "
    "chaparral wetland aerial satellite sealake freeway playground grass field forest desert beach",
    "microscopy/cell": "rbc wbc platelets platelet nuclei nucleus neutrophil eosinophil monocyte lymphocyte basophil "
    "erythroblast cell cells parasitized uninfected mitotic interphase blood cytoplasm bacteria yeast",
    "microscopy/fluorescence": "dapi gfp fluorescence actin tubulin mitochondria golgi nucleoli",
    "microscopy/electron": "synapse vesicle mitochondrion sem tem organelle",
    "biology/organism": "species sparrow warbler finch beetle butterfly moth mushroom fungus orchid mammal reptile "
    "amphibian insect plant leaf seedling daisy tulip dandelion sunflower rose iris owl woodpecker gull tern",
    "document": "zero one two three four five six seven eight nine digit digits invoice letter form memo resume "
    "receipt email handwritten questionnaire scientific_report budget",
    "synthetic": "circle square triangle hexagon rectangle ellipse cube sphere cylinder",
    "natural": "cat dog car airplane automobile bird deer frog horse ship truck bus bicycle motorcycle person boat "
    "train chair table sofa bottle cup kitchen bedroom street mountain food pizza sushi burger flower tree elephant "
    "bear zebra giraffe sheep cow",
}
_TEXT_WORDS = {
    "text/legal": "legal contract clause court statute privacy liability arbitration termination unfair law tos "
    "indemnification plaintiff verdict jurisdiction",
    "text/biomedical": "clinical patient disease diagnosis medical biomedical pubmed drug gene protein icd symptom "
    "adverse radiology",
    "text/scientific": "background method methods result results citation arxiv abstract conclusion objective paper "
    "hypothesis",
    "text/finance": "finance financial bullish bearish earnings stock market loan mortgage filing dividend",
    "text/social": "tweet toxic hate spam ham offensive sarcasm emotion joy anger sadness review sentiment positive "
    "negative intent complaint card payment refund",
    "text/general": "sports politics business world technology sci tech entertainment health science news topic",
}
_ALSO_CALLED = {
    "medical/radiology": "xray x-ray radiograph radiographs ct mri chest mammography ultrasound scan scans",
    "medical/pathology": "histology histopathology slides biopsy",
    "medical/ophthalmology": "retina retinal fundus eye eyes",
    "medical/dermatology": "skin lesion lesions",
    "medical/endoscopy": "colonoscopy gastroenterology",
    "medical": "clinical health healthcare hospital medicine",
    "satellite/rgb": "aerial drone uav remote sensing earth geospatial geo landuse",
    "satellite/multispectral": "sentinel sentinel-2 landsat hyperspectral multispectral",
    "satellite/sar": "radar",
    "microscopy/cell": "cells blood cytology haematology hematology",
    "microscopy": "microscope",
    "biology/organism": "zoology zoological botany animals animal plants plant wildlife species insects birds ecology",
    "natural": "photo photos photographs everyday general consumer objects scenes",
    "document": "documents scans ocr forms handwriting",
    "synthetic": "rendered simulation simulated cgi",
    "text/legal": "law legal contracts contract court lawyer lawyers jurisdiction",
    "text/biomedical": "biomedicine bioinformatics pubmed clinical-notes genomics",
    "text/scientific": "science academic papers research",
    "text/finance": "financial banking economics insurance",
    "text/social": "reviews tweets twitter chat customer support",
    "code": "software programming source-code",
}
"""Words that people use for a domain."""
_EMPTY_WORDS = "class category label type group yes no true false good bad other unknown positive negative a b c x"


@dataclass(frozen=True)
class DomainGuess:
    """A domain and how it was arrived at; `domain` None: the words say nothing."""

    domain: str | None
    why: str


def guess_domain(modality: str, class_names: Sequence[str], more_words: Iterable[str] = ()) -> DomainGuess:
    """The domain whose words the class names use, if one stands out.

    Args:
        class_names: as the data has them.
        more_words: further words of the user, such as a description or the name of the folder; they count half.

    >>> guess_domain("image", ["PNEUMONIA", "NORMAL"], ["chest_xray"]).domain
    'medical/radiology'
    >>> guess_domain("image", ["a", "b"]).domain is None
    True
    """
    if modality == "code":
        return DomainGuess("code", "the data is source code")
    if modality == "multispectral":
        return DomainGuess("satellite/multispectral", "more bands than red, green and blue")
    table = _TEXT_WORDS if modality == "text" else _IMAGE_WORDS
    digits = bool(class_names) and all(re.fullmatch(r"\d", name.strip()) for name in class_names)
    if digits and modality != "text" and len(class_names) == 10:
        return DomainGuess("document", "the ten classes are the digits 0 to 9")
    of_classes = [_tokens(name) for name in class_names]
    extra = set().union(*map(_tokens, more_words)) if more_words else set()
    scores: dict[str, float] = {}
    said: dict[str, list[str]] = {}
    for domain, words in table.items():
        vocabulary = set(words.split())
        hits = [tokens & vocabulary for tokens in of_classes]
        share = sum(bool(hit) for hit in hits) / len(of_classes) if of_classes else 0.0
        outside = extra & vocabulary
        scores[domain] = share + 0.5 * min(1, len(outside))
        said[domain] = sorted(set().union(*hits, outside))
    best, second = sorted(scores, key=scores.__getitem__, reverse=True)[:2]
    if scores[best] >= 0.4 and scores[best] >= 1.3 * scores[second]:
        return DomainGuess(best, f"guessed from the words {', '.join(said[best][:4])}")
    return DomainGuess(None, "the class names do not say" if class_names else "nothing says")


def say_nothing(class_names: Sequence[str]) -> bool:
    """Whether the class names carry no meaning that a text model could use: `0`, `class_3`, `a`, `yes`.

    >>> say_nothing(["class_0", "class_1"]), say_nothing(["cat", "class_1"])
    (True, False)
    """
    return bool(class_names) and not any(_tokens(name) - {*_EMPTY_WORDS.split(), ""} for name in class_names)


def readable(class_name: str) -> str:
    """A class name as words for a prompt: no folder spelling, catalogue number or camel case.

    >>> readable("n02085620-Chihuahua_dog"), readable("RiverLake"), readable("03_no_tumor")
    ('Chihuahua dog', 'River Lake', 'no tumor')
    """
    name = re.sub(r"^n\d{8}[-_ ]", "", class_name.strip())
    name = re.sub(r"^\d+[._ -]+(?=[^\W\d])", "", name)
    name = re.sub(r"(?<=[a-z])(?=[A-Z][a-z])", " ", name)
    return re.sub(r"[_\-./ ]+", " ", name).strip() or class_name


def nearest_domains(domain: str) -> tuple[str, ...]:
    """Known domains that a user may have meant by an unknown one; at most three.

    >>> nearest_domains("medical/radiolgy")
    ('medical/radiology',)
    """
    top, _, leaf = domain.lower().partition("/")
    called = [known for known, words in _ALSO_CALLED.items() if {top, leaf} & set(words.split())]
    by_leaf = {known.rpartition("/")[2]: known for known in DOMAINS}
    near = [by_leaf[leaf or top]] if (leaf or top) in by_leaf else []
    near += get_close_matches(domain.lower(), DOMAINS, n=3, cutoff=0.8)
    near += [by_leaf[m] for m in get_close_matches(leaf or top, by_leaf, n=2, cutoff=0.8)]
    near += called
    if not near:
        near = [known for known in DOMAINS if known.partition("/")[0] == top]
    return tuple(dict.fromkeys(near))[:3]


def _tokens(name: str) -> set[str]:
    """Lower-case words of a name; a compound is kept whole as well, and a plural also as its singular."""
    split = re.sub(r"(?<=[a-z])(?=[A-Z])", " ", name)
    words = [word for word in re.split(r"[^a-z]+", split.lower()) if word]
    whole = re.sub(r"[^a-z]+", "", name.lower())
    return {*words, whole, *(word[:-1] for word in words if len(word) > 4 and re.fullmatch(r"\w*[^s]s", word))}
