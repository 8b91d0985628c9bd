"""Zero-shot templates of medical models, as their authors wrote them."""

from __future__ import annotations

from zoo.prompts import PromptSet

CONCH_TEMPLATES = (
    "{}.",
    "a photomicrograph showing {}.",
    "a photomicrograph of {}.",
    "an image of {}.",
    "an image showing {}.",
    "an example of {}.",
    "{} is shown.",
    "this is {}.",
    "there is {}.",
    "a histopathological image showing {}.",
    "a histopathological image of {}.",
    "a histopathological photograph of {}.",
    "a histopathological photograph showing {}.",
    "shows {}.",
    "presence of {}.",
    "{} is present.",
    "an H&E stained image of {}.",
    "an H&E stained image showing {}.",
    "an H&E image of {}.",
    "an H&E image showing {}.",
    "{}, H&E stain.",
    "{}, H&E.",
)
BIOVIL_TEMPLATES = (
    "Findings consistent with {}",
    "Findings suggesting {}",
    "This opacity can represent {}",
    "Findings are most compatible with {}",
)
_MEDCLIP_SEVERITY = ("", "mild ", "minimal ")
_MEDCLIP_LOCATION = (
    "",
    " at the mid lung zone",
    " at the upper lung zone",
    " at the right lung zone",
    " at the left lung zone",
    " at the lung bases",
)
_HI_ML = "https://github.com/microsoft/hi-ml/tree/b67c1d27/hi-ml-multimodal"

PROMPT_SETS = (
    PromptSet(
        name="radiology",
        domains=("medical/radiology",),
        templates=("{}", "a radiograph showing {}.", *BIOVIL_TEMPLATES),
        source=f"our choice around those of BioViL ({_HI_ML})",
    ),
    PromptSet(
        name="medclip",
        domains=(),
        templates=tuple(
            f"{severity}{{}}{location}" for severity in _MEDCLIP_SEVERITY for location in _MEDCLIP_LOCATION
        ),
        source="severity x finding x location, after CHEXPERT_CLASS_PROMPTS of "
        "https://github.com/RyanWangZf/MedCLIP/blob/9c3396f/medclip/constants.py (words that fit any finding)",
    ),
    PromptSet(
        name="biovil",
        domains=(),
        templates=BIOVIL_TEMPLATES,
        source=f"{_HI_ML}, test_zero_shot_classification.py (the positive prompts)",
    ),
    PromptSet(
        name="pathology",
        domains=("medical/pathology",),
        templates=("a histopathology slide showing {}", "histopathology image of {}"),
        source="https://github.com/LAION-AI/CLIP_benchmark/tree/48de38c1 (set pcam)",
    ),
    PromptSet(
        name="conch",
        domains=(),
        templates=CONCH_TEMPLATES,
        source="https://github.com/mahmoodlab/CONCH/blob/141cc09/prompts/crc100k_prompts_all_per_class.json",
    ),
    PromptSet(
        name="retina",
        domains=("medical/ophthalmology",),
        templates=("a retinal image with {}",),
        source="https://github.com/LAION-AI/CLIP_benchmark/tree/48de38c1 (set diabetic_retinopathy)",
    ),
    PromptSet(
        name="dermatology",
        domains=("medical/dermatology",),
        templates=("This is a skin image of {}", "A skin image of {}."),
        source="https://github.com/SiyuanYan1/Derm1M, README and concept_annotation/model.py",
    ),
    PromptSet(
        name="medical",
        domains=("medical",),
        templates=("{}", "a medical image of {}.", "a scan showing {}."),
        source="our choice, measured on nothing",
    ),
)
