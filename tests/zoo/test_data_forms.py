"""A matrix of the forms in which data comes, each read right or refused with the option that helps."""

from __future__ import annotations

import io
import json
import tarfile

import numpy as np
import pytest
from PIL import Image

from zoo.data import read
from zoo.errors import DataError, ZooError
from zoo.selector import Task, recommend
from zoo.selector.ranking.sample import sample_of

N = 12
WORDS = ("red", "blue", "green", "small", "large", "good", "bad", "nice", "odd", "new", "old", "hot")
TEXTS = [f"the {word} thing number {n} is here" for n, word in enumerate(WORDS)]
LABELS = ["ab"[n % 2] for n in range(N)]


def pixels(seed, side=16):
    return np.random.default_rng(seed).integers(0, 256, (side, side, 3), dtype=np.uint8)


def png(seed):
    stream = io.BytesIO()
    Image.fromarray(pixels(seed)).save(stream, format="PNG")
    return stream.getvalue()


def put(root, *names):
    """A different picture under each name."""
    for seed, name in enumerate(names):
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        Image.fromarray(pixels(seed)).save(path)
    return root


def pictures(root, folder="images"):
    return put(root, *(f"{folder}/p{n:02}.png" for n in range(N)))


def table(root, name, heading, rows, mark=",", encoding="utf-8"):
    lines = [mark.join(heading), *(mark.join(map(str, row)) for row in rows)]
    (root / name).write_bytes(("\n".join(lines) + "\n").encode(encoding))
    return root / name


def of_texts(root, name="t.csv", mark=",", encoding="utf-8"):
    return table(root, name, ("text", "label"), zip(TEXTS, LABELS, strict=True), mark, encoding)


def of_pictures(root, cell="p{:02}.png", heading=("file", "label"), name="t.csv", **more):
    pictures(root)
    return table(root, name, heading, ((cell.format(n), LABELS[n]) for n in range(N)), **more)


def rows():
    return [{"text": text, "label": label} for text, label in zip(TEXTS, LABELS, strict=True)]


def arrow(columns, features=None):
    import pyarrow

    made = pyarrow.table(columns)
    if features:
        made = made.replace_schema_metadata({"huggingface": json.dumps({"info": {"features": features}})})
    return made


def parquet(path, columns, features=None):
    from pyarrow import parquet as writer

    path.parent.mkdir(parents=True, exist_ok=True)
    writer.write_table(arrow(columns, features), path)
    return path


def ipc(path, columns, stream=False, features=None):
    import pyarrow
    from pyarrow import ipc as writer

    path.parent.mkdir(parents=True, exist_ok=True)
    made = arrow(columns, features)
    new = writer.new_stream if stream else writer.new_file
    with pyarrow.OSFile(str(path), "wb") as sink, new(sink, made.schema) as out:
        out.write_table(made)
    return path


def saved_by_hugging_face(root):
    features = {"label": {"names": ["a", "b"], "_type": "ClassLabel"}}
    for split in ("train", "test"):
        columns = {"text": [f"{split} {text}" for text in TEXTS], "label": [n % 2 for n in range(N)]}
        ipc(root / split / "data-00000-of-00001.arrow", columns, stream=True, features=features)
        (root / split / "state.json").write_text("{}")
    (root / "dataset_dict.json").write_text('{"splits": ["train", "test"]}')
    return root


def sheet(path):
    openpyxl = pytest.importorskip("openpyxl")
    book = openpyxl.Workbook()
    for row in [("text", "label"), *zip(TEXTS, LABELS, strict=True)]:
        book.active.append(row)
    book.save(path)
    return path


def shard(path, endings=("png", "cls"), mode="w"):
    with tarfile.open(path, mode) as archive:
        for n in range(N):
            for ending, content in (
                ("png", png(n)),
                ("cls", str(n % 2).encode()),
                ("json", json.dumps({"label": LABELS[n]}).encode()),
            ):
                if ending in endings:
                    info = tarfile.TarInfo(f"{n:04}.{ending}")
                    info.size = len(content)
                    archive.addfile(info, io.BytesIO(content))
    return path


def medmnist(path, n_labels=1):
    stack = np.stack([pixels(n) for n in range(N)])
    labels = (
        np.array([[n % 2] * n_labels for n in range(N)])
        if n_labels == 1
        else np.eye(2, dtype=int)[[n % 2 for n in range(N)]]
    )
    np.savez(path, train_images=stack, train_labels=labels, test_images=stack[:4], test_labels=labels[:4])
    return path


def coco(root):
    pictures(root)
    told = {
        "images": [{"id": n, "file_name": f"p{n:02}.png"} for n in range(N)],
        "categories": [{"id": 1, "name": "a"}, {"id": 2, "name": "b"}],
        "annotations": [{"id": n, "image_id": n, "category_id": 1 + n % 2, "bbox": [0, 0, 2, 2]} for n in range(N)],
    }
    (root / "annotations").mkdir()
    (root / "annotations" / "instances_train2017.json").write_text(json.dumps(told))
    return root


def yolo(root):
    put(root, *(f"images/train/p{n:02}.png" for n in range(N)))
    (root / "labels" / "train").mkdir(parents=True)
    for n in range(N):
        (root / "labels" / "train" / f"p{n:02}.txt").write_text(f"{n % 2} .5 .5 .1 .1\n")
    (root / "data.yaml").write_text("names: [a, b]\n")
    return root


def classes(root, *above, inside=""):
    return put(root, *("/".join(filter(None, (*above, LABELS[n], inside, f"p{n:02}.png"))) for n in range(N)))


def splits(root, one, other, pattern="{split}/{label}/{n}.png"):
    return put(root, *(pattern.format(split=s, label=LABELS[n], n=n) for s in (one, other) for n in range(N)))


def frame(package):
    return lambda root: pytest.importorskip(package).DataFrame(rows())


def beside(root, name="labels.csv", **more):
    of_pictures(root, name=name, **more)
    return root


TWO = ("a", "b")
FORMS = {
    "class folders": (classes, "image", TWO, N),
    "class folders in a wrapper": (lambda r: classes(r, "archive"), "image", TWO, N),
    "class folders in two wrappers": (lambda r: classes(r, "data", "images"), "image", TWO, N),
    "train and test folders": (lambda r: splits(r, "train", "test"), "image", TWO, 2 * N),
    "training_set and test_set": (lambda r: splits(r, "training_set", "test_set"), "image", TWO, 2 * N),
    "train2017 and val2017": (lambda r: splits(r, "train2017", "val2017"), "image", TWO, 2 * N),
    "seg_train and seg_test": (lambda r: splits(r, "seg_train", "seg_test"), "image", TWO, 2 * N),
    "xray_train and xray_test": (lambda r: splits(r, "xray_train", "xray_test"), "image", TWO, 2 * N),
    "splits below classes": (lambda r: splits(r, "train", "test", "{label}/{split}/{n}.png"), "image", TWO, 2 * N),
    "splits with images between": (
        lambda r: splits(r, "train", "test", "{split}/images/{label}/{n}.png"),
        "image",
        TWO,
        2 * N,
    ),
    "a flat folder": (pictures, "image", (), N),
    "labels.csv beside images/": (beside, "image", TWO, N),
    "labels.csv with semicolons": (lambda r: beside(r, mark=";"), "image", TWO, N),
    "labels.tsv": (lambda r: beside(r, "labels.tsv", mark="\t"), "image", TWO, N),
    "metadata.csv with file_name": (
        lambda r: beside(r, "metadata.csv", heading=("file_name", "label")),
        "image",
        TWO,
        N,
    ),
    "metadata.jsonl": (
        lambda r: (
            (pictures(r) / "metadata.jsonl").write_text(
                "\n".join(json.dumps({"file_name": f"images/p{n:02}.png", "label": LABELS[n]}) for n in range(N))
            )
            and r
        ),
        "image",
        TWO,
        N,
    ),
    "train.csv with ids": (lambda r: beside(r, "train.csv", cell="p{:02}", heading=("id", "breed")), "image", TWO, N),
    "masks beside images": (lambda r: put(pictures(r), *(f"masks/p{n:02}.png" for n in range(N))), "image", (), N),
    "masks by name in class folders": (
        lambda r: put(classes(r), *(f"{LABELS[n]}/p{n:02}_mask.png" for n in range(N))),
        "image",
        TWO,
        N,
    ),
    "COCO": (coco, "image", TWO, N),
    "YOLO boxes": (yolo, "image", TWO, N),
    "a table of bare names": (of_pictures, "image", TWO, N),
    "a table of relative paths": (lambda r: of_pictures(r, "images/p{:02}.png"), "image", TWO, N),
    "a table without endings": (lambda r: of_pictures(r, "p{:02}", ("id", "label")), "image", TWO, N),
    "a table of Windows paths": (lambda r: of_pictures(r, "images\\p{:02}.png"), "image", TWO, N),
    "a table in Latin-1": (
        lambda r: of_pictures(
            r,
            heading=(
                "file",
                "label",
            ),
            encoding="latin-1",
        ),
        "image",
        TWO,
        N,
    ),
    "a table of absolute paths": (
        lambda r: table(
            pictures(r), "t.csv", ("path", "label"), ((r / f"images/p{n:02}.png", LABELS[n]) for n in range(N))
        ),
        "image",
        TWO,
        N,
    ),
    "Parquet of paths": (
        lambda r: parquet(
            pictures(r) / "t.parquet", {"image": [f"images/p{n:02}.png" for n in range(N)], "label": LABELS}
        ),
        "image",
        TWO,
        N,
    ),
    "Parquet of picture bytes": (
        lambda r: parquet(
            r / "t.parquet",
            {"image": [{"bytes": png(n), "path": None} for n in range(N)], "label": [n % 2 for n in range(N)]},
            {"label": {"names": ["a", "b"], "_type": "ClassLabel"}},
        ),
        "image",
        TWO,
        N,
    ),
    "a tar of samples": (lambda r: shard(r / "s.tar"), "image", ("0", "1"), N),
    "a tar with JSON": (lambda r: shard(r / "s.tar", ("png", "json")), "image", TWO, N),
    "a packed tar": (lambda r: shard(r / "s.tar.gz", mode="w:gz"), "image", ("0", "1"), N),
    "a folder of tars": (
        lambda r: (shard(r / "train-000.tar"), shard(r / "train-001.tar"), shard(r / "test-000.tar")) and r,
        "image",
        ("0", "1"),
        3 * N,
    ),
    "MedMNIST": (lambda r: medmnist(r / "m.npz"), "image", ("0", "1"), N + 4),
    "x and y in .npz": (
        lambda r: np.savez(r / "m.npz", x=np.stack([pixels(n) for n in range(N)]), y=np.arange(N) % 2) or r / "m.npz",
        "image",
        ("0", "1"),
        N,
    ),
    "a list of arrays": (lambda r: [{"image": pixels(n), "label": LABELS[n]} for n in range(N)], "image", TWO, N),
    "a list of Pillow images": (
        lambda r: [(Image.fromarray(pixels(n)), LABELS[n]) for n in range(N)],
        "image",
        TWO,
        N,
    ),
    "CSV": (of_texts, "text", TWO, N),
    "CSV with semicolons": (lambda r: of_texts(r, mark=";"), "text", TWO, N),
    "CSV with sep=": (
        lambda r: (r / "t.csv").write_text("sep=;\n" + of_texts(r, "u.csv", ";").read_text()) and r / "t.csv",
        "text",
        TWO,
        N,
    ),
    "CSV with a byte order mark": (lambda r: of_texts(r, encoding="utf-8-sig"), "text", TWO, N),
    "CSV in UTF-16": (lambda r: of_texts(r, encoding="utf-16"), "text", TWO, N),
    "CSV without a heading": (
        lambda r: table(r, "t.csv", (LABELS[0], TEXTS[0]), list(zip(LABELS, TEXTS, strict=True))[1:]),
        "text",
        TWO,
        N,
    ),
    "TSV": (lambda r: of_texts(r, "t.tsv", "\t"), "text", TWO, N),
    "JSONL": (
        lambda r: (r / "t.jsonl").write_text("\n".join(map(json.dumps, rows()))) and r / "t.jsonl",
        "text",
        TWO,
        N,
    ),
    "a JSON array": (lambda r: (r / "t.json").write_text(json.dumps(rows())) and r / "t.json", "text", TWO, N),
    "a JSON object of lists": (
        lambda r: (r / "t.json").write_text(json.dumps({"text": TEXTS, "label": LABELS})) and r / "t.json",
        "text",
        TWO,
        N,
    ),
    "Parquet": (lambda r: parquet(r / "t.parquet", {"text": TEXTS, "label": LABELS}), "text", TWO, N),
    "Arrow file": (lambda r: ipc(r / "t.arrow", {"text": TEXTS, "label": LABELS}), "text", TWO, N),
    "Arrow stream": (lambda r: ipc(r / "t.arrow", {"text": TEXTS, "label": LABELS}, stream=True), "text", TWO, N),
    "Feather": (lambda r: ipc(r / "t.feather", {"text": TEXTS, "label": LABELS}), "text", TWO, N),
    "Excel": (lambda r: sheet(r / "t.xlsx"), "text", TWO, N),
    "train.csv beside test.csv": (
        lambda r: (of_texts(r, "train.csv"), of_texts(r, "test.csv")) and r,
        "text",
        TWO,
        2 * N,
    ),
    "Parquet shards by split": (
        lambda r: (
            [
                parquet(r / "data" / f"{s}-0000{k}-of-00002.parquet", {"text": TEXTS, "label": LABELS})
                for s in ("train", "test")
                for k in range(2)
            ]
            and r
        ),
        "text",
        TWO,
        4 * N,
    ),
    "saved by Hugging Face": (saved_by_hugging_face, "text", TWO, 2 * N),
    "a pandas frame": (frame("pandas"), "text", TWO, N),
    "a polars frame": (frame("polars"), "text", TWO, N),
    "a pyarrow table": (lambda r: arrow({"text": TEXTS, "label": LABELS}), "text", TWO, N),
    "a list of dicts": (lambda r: rows(), "text", TWO, N),
    "a dict of columns": (lambda r: {"text": TEXTS, "label": LABELS}, "text", TWO, N),
    "a dict of splits": (lambda r: {"train": rows(), "test": rows()}, "text", TWO, 2 * N),
    "pairs of texts": (
        lambda r: table(r, "t.csv", ("premise", "hypothesis", "label"), zip(TEXTS, TEXTS[::-1], LABELS, strict=True)),
        "text",
        TWO,
        N,
    ),
    "titles and texts": (
        lambda r: table(r, "t.csv", ("title", "abstract", "label"), zip(TEXTS, TEXTS[::-1], LABELS, strict=True)),
        "text",
        TWO,
        N,
    ),
    "labels 1.0 and 0.0 of a frame with gaps": (
        lambda r: [{"text": t, "label": float(n % 2) if n else None} for n, t in enumerate(TEXTS)],
        "text",
        ("0", "1"),
        N,
    ),
    "lists of labels": (
        lambda r: [{"text": t, "labels": ["a", "b"][: n % 3]} for n, t in enumerate(TEXTS)],
        "text",
        TWO,
        N,
    ),
    "labels with bars": (
        lambda r: table(r, "t.csv", ("text", "labels"), ((t, ("a", "a|b", "b")[n % 3]) for n, t in enumerate(TEXTS))),
        "text",
        TWO,
        N,
    ),
    "one-hot columns": (
        lambda r: table(r, "t.csv", ("text", "a", "b"), ((t, n % 2, n % 3 // 2) for n, t in enumerate(TEXTS))),
        "text",
        TWO,
        N,
    ),
}
MULTILABEL = {"lists of labels", "labels with bars", "one-hot columns"}
SEGMENTATION = {"masks beside images"}


@pytest.mark.parametrize("form", FORMS)
def test_every_form_is_read_right_by_every_verb(form, tmp_path, monkeypatch):
    monkeypatch.setenv("ZOO_CACHE", str(tmp_path / "cache"))
    root = tmp_path / "data"
    root.mkdir()
    make, modality, names, n = FORMS[form]
    source = make(root)
    data = read(source)
    kind = "multilabel" if form in MULTILABEL else "segmentation" if form in SEGMENTATION else "classification"
    assert (data.modality, data.kind, data.class_names, len(data)) == (modality, kind, names, n)
    if modality == "image":
        first = [data.inputs[i] for i in range(2)]
        assert np.asarray(Image.open(first[0]).convert("RGB")).shape == (16, 16, 3)
        assert first[0] != first[1]
    task = Task.from_data(source)
    assert recommend(task, k=1).candidates[0].card.modality in ("image", "text", "image-text", "code")
    if kind == "classification":
        sample = sample_of(task, 100, 0)
        assert len(sample.inputs or sample.unlabelled) >= min(N, n) - 6
        assert all(isinstance(each, str) for each in sample.inputs)
    else:
        with pytest.raises(DataError, match="--label"):
            sample_of(task, 100, 0)


def test_the_label_of_a_row_is_that_of_its_source(tmp_path):
    data = read(of_pictures(tmp_path))
    for path, target in zip(data.inputs, data.targets, strict=True):
        assert data.class_names[target] == LABELS[int(path[-6:-4])]
    texts = read(saved_by_hugging_face(tmp_path / "hf"))
    for text, target, split in zip(texts.inputs, texts.targets, texts.splits, strict=True):
        assert text.startswith(split)
        assert texts.class_names[target] == LABELS[TEXTS.index(text.partition(" ")[2])]


REFUSED = {
    "two columns of labels": (
        lambda r: table(
            r, "t.csv", ("text", "shape", "colour"), ((t, LABELS[n], "xy"[n // 6]) for n, t in enumerate(TEXTS))
        ),
        "--label",
    ),
    "texts beside pictures": (
        lambda r: table(
            pictures(r),
            "t.csv",
            ("image", "tweet", "label"),
            ((f"p{n:02}.png", t, LABELS[n]) for n, t in enumerate(TEXTS)),
        ),
        "--text",
    ),
    "numbers alone": (lambda r: table(r, "t.csv", ("x1", "x2"), ((n, n * 2) for n in range(N))), "--image"),
    "a quantity": (
        lambda r: table(r, "t.csv", ("text", "label"), ((t, n + 0.5) for n, t in enumerate(TEXTS))),
        "--label",
    ),
    "pictures that are not there": (
        lambda r: table(r, "t.csv", ("image", "label"), ((f"x{n}.png", LABELS[n]) for n in range(N))),
        "--image",
    ),
    "a bar that may be in a name": (
        lambda r: table(r, "t.csv", ("text", "label"), ((t, "a|b" if n % 2 else "c|d") for n, t in enumerate(TEXTS))),
        "--separator",
    ),
    "patients above classes": (lambda r: put(r, *(f"p{n // 2}/{LABELS[n]}/{n}.png" for n in range(N))), "folder 2"),
    "one picture": (lambda r: put(r, "a.png") / "a.png", "folder"),
    "an empty folder": (lambda r: r, "sub-folder a class"),
    "two tables": (lambda r: (of_texts(r, "one.csv"), of_texts(r, "two.csv")) and r, "one.csv"),
    "a zip": (lambda r: (r / "d.zip").write_bytes(b"PK") and r / "d.zip", "Unpack"),
    "what is not there": (lambda r: r / "nowhere.csv", "path"),
    "a damaged tar": (lambda r: (r / "s.tar").write_bytes(b"x" * 2000) and r / "s.tar", "again"),
    "a damaged Parquet": (lambda r: (r / "t.parquet").write_bytes(b"PAR1xx") and r / "t.parquet", "again"),
    "columns of different length": (lambda r: {"text": TEXTS, "label": LABELS[:3]}, "one value a row"),
    "several rows a picture": (
        lambda r: table(pictures(r), "t.csv", ("file", "label"), (("p00.png", LABELS[n]) for n in range(N))),
        "a|b",
    ),
}


@pytest.mark.parametrize("form", REFUSED)
def test_what_is_unclear_is_refused_with_what_helps(form, tmp_path):
    make, remedy = REFUSED[form]
    with pytest.raises(ZooError) as caught:
        read(make(tmp_path))
    assert remedy in caught.value.remedy


def test_members_of_an_archive_that_are_unsafe_are_left_out_and_told(tmp_path, monkeypatch):
    monkeypatch.setenv("ZOO_CACHE", str(tmp_path / "cache"))
    path = shard(tmp_path / "s.tar")
    with tarfile.open(path, "a") as archive:
        for name, kind in (
            ("../../evil.png", tarfile.REGTYPE),
            ("link.png", tarfile.SYMTYPE),
            ("/abs.png", tarfile.REGTYPE),
        ):
            info = tarfile.TarInfo(name)
            info.type, info.linkname = kind, "/etc/passwd"
            archive.addfile(info)
    data = read(path)
    assert len(data) == N
    assert any("3 members" in note for note in data.notes)
    assert all(str(tmp_path / "cache") in each for each in data.inputs)
    assert not (tmp_path.parent / "evil.png").exists()
