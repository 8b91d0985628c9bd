"""The table of tasks: what is known of every data set in the evidence, and which ones are near-duplicates.

Image sets come from `data/image_datasets.csv`, written by hand from the data sets' own pages; the
embedding benchmark describes its own tasks. Two data sets are near-duplicates when they share documents,
pictures or labels: another version, language, sample or way of asking of one source.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable
from pathlib import Path

from ..task.datasets import DATA, DatasetFacts, read_facts
from .literature import typed_datasets
from .sources import dataset_names, read_csv
from .torchgeo import colour_datasets

# Domain words of the embedding benchmark -> domains of zoo's tree; the first that matches leads.
_DOMAINS = (
    ("Programming", "code"),
    ("Legal", "text/legal"),
    ("Medical", "text/biomedical"),
    ("Chemistry", "text/scientific/chemistry"),
    ("Financial", "text/finance"),
    ("Academic", "text/scientific"),
    ("Engineering", "text/scientific"),
    ("Social", "text/social"),
    ("Reviews", "text/social/reviews"),
    ("Spoken", "text/social/spoken"),
    ("News", "text/general/news"),
    ("Encyclopaedic", "text/general/encyclopaedia"),
    ("Web", "text/general/web"),
    ("Government", "text/legal/government"),
    ("Fiction", "text/general/fiction"),
)
_KINDS = {
    "Classification": "classification",
    "ImageClassification": "classification",
    "ZeroShotClassification": "classification",
    "MultilabelClassification": "multilabel",
    "Retrieval": "retrieval",
    "Clustering": "clustering",
    "ImageClustering": "clustering",
    "STS": "similarity",
}

# Families of tasks cut from one corpus: prefix of the task's name -> group.
_CORPORA = (
    "CUAD ContractNLI OPP115 LearnedHands SCDBP SCDD Diversity MAUD CQADupstack CodeTransOcean Coreb TempReason "
    "SynPer STS22 STS17 Massive AmazonReviews AmazonPolarity AmazonCounterfactual Banking77 ToxicConversations "
    "TweetSentimentExtraction StackExchangeClustering RedditClustering TwentyNewsgroups MasakhaNEWS MLSUM "
    "TenKGnad AlloProf HALClustering Plsc CLSClustering ThuNews LivedoorNews RuSciBench Georeview SIB200 Arxiv "
    "ArXiv Biorxiv Medrxiv Blurbs OpenTender DutchNewsArticles Wikipedia BuiltBench NLPTwitterAnalysis "
    "VGHierarchical SNLHierarchical Swedn VABB Iconclass PolEmo KLUE CodeSearchNet COIRCodeSearchNet EightTags "
    "SpanishNews DigikalamagC SID GerDaLIR Frenk SICK MIRACL Yelp Imdb HotpotQA ChemHotpotQA ChemNQ DBP RAR "
    "PerShop CSFD LEMB TextualismTool SDS IndicNLP SpanishPassageRetrieval MSMARCO FEVER NFCorpus SciFact "
    "TRECCOVID FiQA Quora SCIDOCS ArguAna Touche ClimateF DutchBookReview FrenchLegal WikiC STS12 STS13 STS14 STS15 "
    "STS16 STSBenchmark CorporateLobbying LegalBenchCorporateLobbying Inappropriateness"
)
_SAME_CORPUS = {
    "COIRCodeSearchNet": "codesearchnet",
    "CodeSearchNet": "codesearchnet",
    "ChemHotpotQA": "hotpotqa",
    "ChemNQ": "nq",
    "SCDD": "scdbp",
    "DBP": "dbpedia",
    "Code1": "code1",
    "LegalBenchCorporateLobbying": "corporatelobbying",
    # STS Benchmark is a selection of the English pairs of SemEval 2012 to 2017 (its readme names the years).
    **dict.fromkeys(("STS12", "STS13", "STS14", "STS15", "STS16", "STS17"), "stsbenchmark"),
}
_BRIGHT = re.compile(r"^Bright(Pro)?(?P<corpus>.*?)(Long)?(Retrieval)?$")
_NOISE = re.compile(
    r"(\.v\d|HardNegatives|LegalBenchClassification|VNClassification|Classification|Clustering|Retrieval|ZeroShot"
    r"|P2P|S2S|-(PL|NL|VN|Fa|NLD)(\.v\d)?)+$"
)


def every_task(tables: Path, datasets: Iterable[str]) -> tuple[DatasetFacts, ...]:
    """Facts of each data set named, in alphabetical order.

    Raises:
        KeyError: a data set of the evidence that no list describes.
    """
    known = {fact.dataset: fact for fact in _image_datasets()}
    typed = typed_datasets()
    known |= {fact.dataset: fact for fact in (*typed, *colour_datasets(typed))}
    known |= {fact.dataset: fact for fact in _benchmark_tasks(tables) if fact.dataset not in known}
    return tuple(known[name] for name in sorted(set(datasets)))


def _image_datasets() -> tuple[DatasetFacts, ...]:
    text = (DATA / "image_datasets.csv").read_text(encoding="utf-8")
    return read_facts(text, DatasetFacts)


def _benchmark_tasks(tables: Path) -> list[DatasetFacts]:
    rows = [row for row in read_csv(tables / "mteb_tasks.csv") if ("mteb", row["task"]) not in dataset_names(tables)]
    groups = _groups(rows)
    return [
        DatasetFacts(
            dataset=row["task"],
            modality=_modality(row),
            domains=_domains(row),
            kind=_KINDS[row["type"]],
            n_classes=int(float(row["n_labels"])) if row["n_labels"] else None,
            image_size_px=int(float(row["avg_image_width"])) if row["avg_image_width"] else None,
            languages=_languages(row["languages"]),
            group=groups[row["task"]],
            class_words="",
            description=_description(row),
        )
        for row in rows
    ]


def _modality(row: dict[str, str]) -> str:
    if "image" in row["modalities"]:
        return "image"
    return "code" if "Programming" in row["domains"] else "text"


def _domains(row: dict[str, str]) -> tuple[str, ...]:
    named = row["domains"].split("|")
    if row["task"].startswith(("R2MED", "CURE", "PublicHealth", "MedicalQA", "EnglishHealthcare", "GermanHealthcare")):
        named.append("Medical")
    if "LegalBench" in row["task"]:
        named.append("Legal")
    found = tuple(domain for word, domain in _DOMAINS if word in named)
    return found or ("text/general",)


def _languages(text: str) -> tuple[str, ...]:
    return tuple(dict.fromkeys(code.partition("-")[0] for code in text.split("|") if code and code != "..."))


def _description(row: dict[str, str]) -> str:
    words = (row["description"], row["subtypes"].replace("|", " "))
    return " ".join(word for word in words if word)


def _groups(rows: list[dict[str, str]]) -> dict[str, str]:
    """Task -> its group: the same corpus by name, the same file on the hub, or a declared ancestor."""
    parent: dict[str, str] = {}

    def root(name: str) -> str:
        while parent.setdefault(name, name) != name:
            name = parent[name]
        return name

    for row in rows:
        task = row["task"]
        links = [corpus(task)]
        if row["hub_dataset"] and "BRIGHT" not in row["hub_dataset"]:
            links.append("hub:" + row["hub_dataset"].lower())
        links += [corpus(other) for key in ("superseded_by", "adapted_from") for other in row[key].split("|") if other]
        for link in links:
            parent[root(task)] = root(link)
    members = defaultdict(list)
    for row in rows:
        members[root(row["task"])].append(row["task"])
    return {task: corpus(min(tasks)) for tasks in members.values() for task in tasks}


def corpus(task: str) -> str:
    """The corpus that a benchmark task is cut from, judged by its name.

    >>> corpus("NanoSciFactRetrieval"), corpus("SciFact-PL")
    ('scifact', 'scifact')
    >>> corpus("BrightProBiologyRetrieval") == corpus("BrightBiologyLongRetrieval")
    True
    """
    bright = _BRIGHT.match(task)
    if bright:
        return "bright-" + (bright["corpus"] or "all").lower()
    name = re.sub(r"^(MultilingualNano|Nano|HUME)", "", task)
    for prefix in _CORPORA.split():
        if name.startswith(prefix):
            return _SAME_CORPUS.get(prefix, prefix.lower())
    return (_NOISE.sub("", name) or name).lower()
