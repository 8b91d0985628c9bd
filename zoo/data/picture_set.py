"""The files of a data set of pictures: each is looked at by its header, and what cannot be used is left out."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from zoo.cards import Modality
from zoo.data.dataset import Dataset
from zoo.data.files import PictureFacts, Unreadable, read_header

MANY_CHANNELS = 4
"""More channels than this are no colours."""
_ODD_SHARE = 0.1
"""Files of another kind (colours among bands, or bands among colours) that are fewer than this are left out."""


def picture_set(dataset: Dataset) -> Dataset:
    """The same data with headers, its modality, and without the files that cannot be used."""
    headers = read_headers([str(path) for path in dataset.inputs])
    good = [i for i, header in enumerate(headers) if isinstance(header, PictureFacts)]
    bad = [header for header in headers if isinstance(header, Unreadable)]
    dataset = replace(
        dataset.take(good) if bad else dataset, left_out=(*dataset.left_out, *((b.path, b.reason) for b in bad))
    )
    return with_headers(dataset, [header for header in headers if isinstance(header, PictureFacts)])


def with_headers(dataset: Dataset, headers: Sequence[PictureFacts]) -> Dataset:
    """The data with known headers: its modality, its bands, and without the few files of another kind."""
    many = [header.n_channels > MANY_CHANNELS for header in headers]
    modality: Modality = "multispectral" if sum(many) >= max(1, _ODD_SHARE * len(many)) else "image"
    odd = [i for i, is_many in enumerate(many) if is_many != (modality == "multispectral")]
    left_out = dataset.left_out
    if odd and len(odd) < _ODD_SHARE * len(headers):
        usual = Counter(header.n_channels for header in headers).most_common(1)[0][0]
        left_out = (
            *left_out,
            *((str(dataset.inputs[i]), f"{headers[i].n_channels} channels, the others have {usual}") for i in odd),
        )
        rest = [i for i in range(len(headers)) if i not in set(odd)]
        dataset, headers = dataset.take(rest), [headers[i] for i in rest]
    named = {header.bands for header in headers}
    bands = next(iter(named)) if len(named) == 1 and modality == "multispectral" else None
    if dataset.groups is None and any(header.group for header in headers):
        dataset = replace(
            dataset,
            groups=tuple(header.group for header in headers),
            notes=(*dataset.notes, "groups are the patients or series of the DICOM headers (--group names others)."),
        )
    return replace(dataset, modality=modality, headers=tuple(headers), bands=bands, left_out=left_out)


def read_headers(paths: Sequence[str]) -> list[PictureFacts | Unreadable]:
    """The header of each file, in order."""
    return [read_header(Path(path)) for path in paths]  # threads wait for each other here, and take three times as long
