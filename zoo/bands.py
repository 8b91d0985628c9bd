"""Names of bands: which channel of a file is the one that a model wants.

One band has many names: Sentinel-2's `B04`, `B4`, `S2_B04`, `red`, `665 nm`. Each name is taken to one
of the identities below, and identities are compared. The number alone is not enough: `B5` is red edge
on Sentinel-2 and near infrared on Landsat 8, so a bare name that could be either is refused where it matters.

Source:
    Sentinel-2 MSI band table (ESA, S2 user handbook); Landsat 8-9 OLI/TIRS and Landsat 4-7 TM/ETM+ band
    designations (USGS); HLS v2.0 user guide, table of band names.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from zoo.errors import InputContractError

WAVELENGTH_NM = {
    "coastal": 443,
    "blue": 490,
    "green": 560,
    "red": 665,
    "red_edge_1": 705,
    "red_edge_2": 740,
    "red_edge_3": 783,
    "nir": 842,
    "nir_narrow": 865,
    "water_vapor": 945,
    "cirrus": 1375,
    "swir_1": 1610,
    "swir_2": 2190,
}
"""Centre of each optical identity in nanometres, Sentinel-2's where it has the band."""

_REACH_NM = 25
"""A wavelength belongs to the nearest band within this distance (80 nm beyond 1,500 nm)."""

_SENTINEL2 = {
    "1": "coastal", "2": "blue", "3": "green", "4": "red", "5": "red_edge_1", "6": "red_edge_2", "7": "red_edge_3",
    "8": "nir", "8a": "nir_narrow", "9": "water_vapor", "10": "cirrus", "11": "swir_1", "12": "swir_2",
}  # fmt: skip
_LANDSAT_OLI = {
    "1": "coastal", "2": "blue", "3": "green", "4": "red", "5": "nir_narrow", "6": "swir_1", "7": "swir_2",
    "8": "panchromatic", "9": "cirrus", "10": "thermal_1", "11": "thermal_2",
}  # fmt: skip
_LANDSAT_TM = {
    "1": "blue", "2": "green", "3": "red", "4": "nir", "5": "swir_1", "6": "thermal_1", "7": "swir_2",
    "8": "panchromatic",
}  # fmt: skip
_INSTRUMENTS = (
    (re.compile(r"(?:s2[ab]?|sentinel2[ab]?|s30|hlss30|s2l1c|s2l2a|msi)(?:sr|toa)?b(?:and)?0*(\d+a?)"), _SENTINEL2),
    (re.compile(r"(?:l[89]|lc0[89]|landsat[89]|l30|hlsl30|oli|olitirs)(?:sr|toa)?b(?:and)?0*(\d+)"), _LANDSAT_OLI),
    (re.compile(r"(?:l[457]|l[te]0[457]|landsat[457]|e?tm)(?:sr|toa)?b(?:and)?0*(\d+)"), _LANDSAT_TM),
)
_WORDS = {
    "coastal_aerosol": "coastal", "aerosol": "coastal", "coastalaerosol": "coastal", "ultra_blue": "coastal",
    "b": "blue", "g": "green", "r": "red", "rededge1": "red_edge_1", "rededge2": "red_edge_2",
    "rededge3": "red_edge_3", "red_edge1": "red_edge_1", "red_edge2": "red_edge_2", "red_edge3": "red_edge_3",
    "re1": "red_edge_1", "re2": "red_edge_2", "re3": "red_edge_3", "nir_broad": "nir", "nearinfrared": "nir",
    "near_infrared": "nir", "infrared": "nir", "n": "nir", "narrow_nir": "nir_narrow", "nir08": "nir_narrow",
    "nirnarrow": "nir_narrow", "nir_2": "nir_narrow", "water_vapour": "water_vapor", "watervapor": "water_vapor",
    "swir1": "swir_1", "swir2": "swir_2", "swir16": "swir_1", "swir22": "swir_2", "pan": "panchromatic",
    "er": "endoplasmic_reticulum", "dna": "nucleus", "dapi": "nucleus", "hoechst": "nucleus", "nuclei": "nucleus",
    "grey": "gray", "grayscale": "gray", "greyscale": "gray", "luminance": "gray",
}  # fmt: skip
_STAND_INS = {"nir": "nir_narrow", "nir_narrow": "nir"}
"""Near infrared is 842 nm on one instrument and 865 nm on another; one may stand for the other, said aloud."""


@dataclass(frozen=True)
class BandMatch:
    """Which channel of a picture is each wanted band, and what a user should know of the choice."""

    indices: tuple[int, ...]
    notes: tuple[str, ...]


def match_bands(wanted: Sequence[str], offered: Sequence[str], name: str = "the picture") -> BandMatch:
    """Index into `offered` for each of `wanted`, by name whatever the spelling.

    Args:
        wanted: band names of a card.
        offered: names of the channels of a picture, in its order.
        name: how a message speaks of the picture.

    Raises:
        InputContractError: a band is missing, or its name could mean two bands.

    >>> match_bands(("red", "green", "blue"), ("B02", "B03", "B04", "B08")).indices
    (2, 1, 0)
    """
    exact = {_plain(band): position for position, band in reversed(list(enumerate(offered)))}
    doubtful = _doubtful(offered)
    # Equal spellings mean equal bands, but for a number that nothing ties to an instrument.
    if all(_plain(band) in exact for band in wanted) and not (doubtful and any(map(_is_number, wanted))):
        return BandMatch(tuple(exact[_plain(band)] for band in wanted), ())
    have = {identity: position for position, identity in reversed(list(enumerate(identities(offered))))}
    indices: list[int] = []
    notes: list[str] = []
    missing: list[str] = []
    for band, identity in zip(wanted, identities(wanted), strict=True):
        position = have.get(identity, exact.get(_plain(band)) if not _is_number(band) else None)
        if position is None and identity in _STAND_INS and _STAND_INS[identity] in have:
            position = have[_STAND_INS[identity]]
            notes.append(f"{offered[position]!r} stands for {band!r}: both near infrared, of another width")
        if position is None:
            missing.append(band)
        else:
            indices.append(position)
    unclear = doubtful.intersection(indices) or (doubtful if missing else None)
    if unclear:
        example = offered[min(unclear)]
        raise InputContractError(
            f"the bands of {name} are named {_listed(offered)}: {example!r} is one band on Sentinel-2 and another on "
            "Landsat.",
            f"Name them with their instrument, such as 'S2_{example}' or 'L8_{example}'.",
        )
    if missing:
        raise InputContractError(
            f"the model wants the band{'s' * (len(missing) != 1)} {_listed(missing)}; {name} has {_listed(offered)}.",
            "Give a file with these bands, name its bands with bands=(...), or choose a model of fewer bands.",
        )
    return BandMatch(tuple(indices), tuple(notes))


def identities(names: Sequence[str]) -> tuple[str, ...]:
    """What each name stands for; a name that is not known stands for itself.

    >>> identities(("S2_B8A", "L8_B5", "665 nm", "SWIR16", "DAPI"))
    ('nir_narrow', 'nir_narrow', 'red', 'swir_1', 'dapi')
    """
    bare = _LANDSAT_OLI if _looks_landsat(names) else _SENTINEL2
    return tuple(_identity(name, bare) for name in names)


def only_counts(names: Sequence[str]) -> bool:
    """Whether the names are a program's numbering from 1 (or 0) on, such as `Band 1`, `Band 2`: no bands at all.

    Zero-padded `B01` is Sentinel-2's own spelling and counts as a name.

    >>> only_counts(("Band 1", "Band 2", "Band 3")), only_counts(("B2", "B3", "B4")), only_counts(("B01", "B02"))
    (True, False, False)
    """
    if len(names) < 2 or any(re.fullmatch(r"b0\d", _plain(name)) for name in names):
        return False
    found = [re.fullmatch(r"(?:b|bands?|layer|channel|ch|c|lyr|x)?_?0*(\d+)", _plain(name)) for name in names]
    numbers = [int(match[1]) for match in found if match]
    return numbers in (list(range(1, len(names) + 1)), list(range(len(names))))


def _identity(name: str, bare: dict[str, str]) -> str:
    plain = _plain(name)
    for instrument, table in _INSTRUMENTS:
        found = instrument.fullmatch(plain.replace("_", ""))
        if found and found[1] in table:
            return table[found[1]]
    number = _is_number(name)
    if number and number in bare:
        return bare[number]
    length = re.fullmatch(r"(\d+(?:\.\d+)?)_?(nm|um|µm|micrometers?|nanometers?)?", plain)
    if length:
        value = float(length[1])
        value *= 1000 if (length[2] or "").startswith(("u", "µ", "micro")) or (not length[2] and value < 20) else 1
        nearest = min(WAVELENGTH_NM, key=lambda band: abs(WAVELENGTH_NM[band] - value))
        if abs(WAVELENGTH_NM[nearest] - value) <= (_REACH_NM if value < 1500 else 80):
            return nearest
    return _WORDS.get(plain, plain)


def _is_number(name: str) -> str | None:
    """`5` of a bare instrument band such as `B05` or `band_5`; None for any other name."""
    found = re.fullmatch(r"b(?:and)?_?0*(\d+a?)", _plain(name))
    return found[1] if found else None


def _plain(name: str) -> str:
    return re.sub(r"[\s\-:./]+", "_", name.strip().lower()) if not re.search(r"\d\.\d", name) else name.strip().lower()


def _looks_sentinel(names: Sequence[str]) -> bool:
    """Bare numbers in Sentinel-2's own spelling: zero-padded, or with B8A or B12 among them."""
    plain = [_plain(name) for name in names if _is_number(name)]
    return any(re.fullmatch(r"b0\d|b8a|b12", name) for name in plain)


def _looks_landsat(names: Sequence[str]) -> bool:
    return any(instrument.fullmatch(_plain(n).replace("_", "")) for n in names for instrument, _ in _INSTRUMENTS[1:])


def _doubtful(names: Sequence[str]) -> set[int]:
    """Positions whose bare number means different bands on different instruments, with nothing to tell which."""
    if _looks_sentinel(names) or _looks_landsat(names):
        return set()
    numbers = {position: _is_number(name) for position, name in enumerate(names)}
    return {p for p, n in numbers.items() if n and _SENTINEL2.get(n) != _LANDSAT_OLI.get(n)}


def _listed(names: Sequence[str], most: int = 14) -> str:
    shown = ", ".join(names[:most])
    return shown if len(names) <= most else f"{shown} and {len(names) - most} more"
