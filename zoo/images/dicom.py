"""DICOM through pydicom: decode, rescale, and keep the window for those who show grey levels.

The pixels of the picture are physical values (hounsfield for CT), after the modality transform and
before the window. `display` holds the window's two ends; a MONOCHROME1 picture has them swapped.
"""

from __future__ import annotations

import warnings
from typing import Any

import numpy as np
from numpy.typing import NDArray

from zoo.cards import GRAY, RGB
from zoo.errors import ImageError, MissingExtraError, ZooError
from zoo.images.picture import Picture, check_size

_INSTALL = "pip install 'transfer-zoo[medical]'"


def read_file(path: str, frame: int, max_pixels: int) -> Picture:
    """Picture of one frame of a DICOM file.

    Raises:
        ImageError: no pixels, damaged, too large, or no such frame.
        MissingExtraError: pydicom, or the decoder of its compression, is absent.
    """
    try:
        import pydicom
    except ImportError as err:
        raise MissingExtraError(f"reading {path!r}, a DICOM file,", "pydicom", _INSTALL) from err
    notes: list[str] = []
    with warnings.catch_warnings(record=True) as heard:
        warnings.simplefilter("always")
        try:
            dataset = pydicom.dcmread(path, force=True)
            _check(dataset, path, frame, max_pixels, notes)
            stored = _decode(dataset, path, frame)
            _flatten_groups(dataset, frame)
            picture = _colour(dataset, stored, notes) if stored.ndim == 3 else _grey(dataset, stored, notes)
        except ZooError:
            raise
        except Exception as err:  # pydicom raises many types for malformed files
            raise ImageError(
                f"{path!r} is a damaged DICOM file: {type(err).__name__}: {err}.",
                "Export it again, or take it out of the data.",
            ) from err
    notes += [f"pydicom: {warning.message}" for warning in heard]
    return Picture(
        pixels=picture.pixels,
        bands=picture.bands,
        units=picture.units,
        ground_resolution_m=_spacing(dataset),
        notes=tuple(notes),
        path=path,
        display=picture.display,
        valid=picture.valid,
    )


def _check(dataset: Any, path: str, frame: int, max_pixels: int, notes: list[str]) -> None:
    if "Rows" not in dataset or not any(
        name in dataset for name in ("PixelData", "FloatPixelData", "DoubleFloatPixelData")
    ):
        kind = dataset.get("Modality")
        what = f" (it is of modality {kind})" if kind else ""
        raise ImageError(f"{path!r} holds no DICOM pixels{what}.", "Take it out of the data, or export the pictures.")
    check_size(int(dataset.Rows), int(dataset.Columns), repr(path), max_pixels)
    n_frames = int(dataset.get("NumberOfFrames") or 1)
    if not 0 <= frame < n_frames:
        raise ImageError(f"{path!r} has {n_frames} frames; frame {frame} was asked for.", "Count frames from 0.")
    if n_frames > 1:
        notes.append(f"frame {frame + 1} of {n_frames} is read; the others are not")
    if "TransferSyntaxUID" not in dataset.file_meta:
        from pydicom.uid import ExplicitVRLittleEndian, ImplicitVRLittleEndian

        implicit = dataset.original_encoding[0]
        dataset.file_meta.TransferSyntaxUID = ImplicitVRLittleEndian if implicit else ExplicitVRLittleEndian
        notes.append("the file does not state its transfer syntax; little endian is assumed")


def _decode(dataset: Any, path: str, frame: int) -> NDArray[Any]:
    """(h, w) or (h, w, 3) stored values of one frame, native byte order; YBR becomes RGB."""
    from pydicom.pixels import pixel_array  # type: ignore[attr-defined]  # public, but without __all__

    try:
        values = np.asarray(pixel_array(dataset, index=frame))
    except RuntimeError as err:
        if "missing dependencies" in str(err) or "plugins are missing" in str(err):
            syntax = dataset.file_meta.TransferSyntaxUID.name
            raise MissingExtraError(f"the compression of {path!r} ({syntax})", "pylibjpeg", _INSTALL) from err
        raise
    return values.astype(values.dtype.newbyteorder("="), copy=False)


_GROUPED = {
    "PixelValueTransformationSequence": ("RescaleSlope", "RescaleIntercept", "RescaleType"),
    "FrameVOILUTSequence": ("WindowCenter", "WindowWidth", "VOILUTFunction", "WindowCenterWidthExplanation"),
    "PixelMeasuresSequence": ("PixelSpacing",),
}


def _flatten_groups(dataset: Any, frame: int) -> None:
    """Lift what the functional groups of an enhanced object say of the frame to where a plain object says it.

    Source:
        DICOM PS3.3 C.7.6.16 (a frame's own group goes before the shared one).
    """
    shared, own = dataset.get("SharedFunctionalGroupsSequence"), dataset.get("PerFrameFunctionalGroupsSequence")
    groups = [shared[0]] if shared else []
    if own and frame < len(own):
        groups.append(own[frame])
    for group in groups:
        for sequence, keywords in _GROUPED.items():
            items = group.get(sequence)
            for keyword in keywords if items else ():
                if keyword in items[0]:
                    dataset[keyword] = items[0][keyword]


def _colour(dataset: Any, stored: NDArray[Any], notes: list[str]) -> Picture:
    if str(dataset.PhotometricInterpretation).startswith("YBR"):
        notes.append(f"{dataset.PhotometricInterpretation} colours converted to RGB")
    return Picture(stored, RGB, str(stored.dtype))


def _grey(dataset: Any, stored: NDArray[Any], notes: list[str]) -> Picture:
    from pydicom.pixels import apply_color_lut, apply_modality_lut  # type: ignore[attr-defined]  # public, but without __all__

    if dataset.get("PhotometricInterpretation") == "PALETTE COLOR":
        notes.append("palette colours expanded to RGB")
        colours = np.asarray(apply_color_lut(stored, dataset))
        return Picture(colours[:, :, :3], RGB, str(colours.dtype))
    valid = _not_padding(dataset, stored, notes)
    if dataset.get("ModalityLUTSequence"):
        values = np.asarray(apply_modality_lut(stored, dataset))
    else:
        values = _rescaled(dataset, stored, notes)
    if "DoseGridScaling" in dataset:
        values = values * float(dataset.DoseGridScaling)
    if values.dtype == np.float64:
        values = values.astype(np.float32)
    values, display = _window(dataset, values, valid, notes)
    if dataset.get("PhotometricInterpretation") == "MONOCHROME1":
        notes.append("MONOCHROME1: low values are bright, so the grey scale is turned round")
        display = _turned(display, values)
    return Picture(values[:, :, None], GRAY, _units(dataset), display=display, valid=valid)


def _turned(display: tuple[float, float] | None, values: NDArray[Any]) -> tuple[float, float]:
    if display is None:
        raise ImageError(
            f"the file is shown inverted (MONOCHROME1) but states neither a window nor a range of its {values.dtype}.",
            "Export it with a window.",
        )
    return display[::-1]


def _rescaled(dataset: Any, stored: NDArray[Any], notes: list[str]) -> NDArray[Any]:
    """Stored numbers times slope plus intercept; either may be left out of a file that has the other."""
    slopes, intercepts = _numbers(dataset.get("RescaleSlope")), _numbers(dataset.get("RescaleIntercept"))
    if not slopes and not intercepts:
        return stored
    slope, intercept = slopes[0] if slopes else 1.0, intercepts[0] if intercepts else 0.0
    if slope == 0 or not np.isfinite([slope, intercept]).all():
        raise ImageError(
            f"the file states the rescale slope {slope:g} and intercept {intercept:g}, which leave no values.",
            "Export it again, or take it out of the data.",
        )
    notes.append(f"rescaled: slope {slope:g}, intercept {intercept:g}")
    return stored * slope + intercept


def _window(
    dataset: Any, values: NDArray[Any], valid: NDArray[np.bool_] | None, notes: list[str]
) -> tuple[NDArray[Any], tuple[float, float] | None]:
    """Values (looked up, if the file holds a table) and the two that are shown black and white.

    Without a window that can be used, the range is what the series' tags or the stored bits allow: never the
    picture's own extremes, which would show two slices of one series on two scales.

    Source:
        DICOM PS3.3 C.11.2.1.2 (window centre and width, and the functions LINEAR, LINEAR_EXACT, SIGMOID).
    """
    stated = list(zip(_numbers(dataset.get("WindowCenter")), _numbers(dataset.get("WindowWidth")), strict=False))
    usable = [(centre, width) for centre, width in stated if width > 0 and np.isfinite([centre, width]).all()]
    if len(usable) < len(stated):
        centre, width = next(pair for pair in stated if pair not in usable)
        notes.append(f"the window of width {width:g} at {centre:g} shows nothing and is ignored")
    if not usable:
        if dataset.get("VOILUTSequence"):
            from pydicom.pixels import apply_voi  # type: ignore[attr-defined]  # public, but without __all__

            notes.append("the file's grey scale table (VOI LUT) applied")
            shown = np.asarray(apply_voi(values, dataset))
            depth = int(dataset.VOILUTSequence[0].LUTDescriptor[2])
            return shown, (0.0, float(2**depth - 1))
        return values, _possible_range(dataset, values, valid, notes)
    if len(usable) > 1:
        notes.append(f"the first of {len(usable)} windows is taken")
    centre, width = usable[0]
    function = str(dataset.get("VOILUTFunction") or "LINEAR").strip().upper()
    if function == "SIGMOID":
        notes.append(f"sigmoid window, centre {centre:g}, width {width:g}, applied")
        return (1 / (1 + np.exp(-4 * (values.astype(np.float64) - centre) / width))).astype(np.float32), (0.0, 1.0)
    if function not in ("LINEAR", "LINEAR_EXACT"):
        notes.append(f"the window's function {function!r} is not known; taken as LINEAR")
    # The formula of LINEAR takes one grey level off the width. Where values are finer than 1, that is no level.
    step = min((abs(slope) for slope in _numbers(dataset.get("RescaleSlope"))), default=1.0)
    if function != "LINEAR_EXACT" and width >= 1 and step >= 1:
        return values, _apart(centre - 0.5 - (width - 1) / 2, centre - 0.5 + (width - 1) / 2, notes)
    return values, (centre - width / 2, centre + width / 2)


def _apart(black: float, white: float, notes: list[str]) -> tuple[float, float]:
    if white > black:
        return black, white
    notes.append(f"the window is one level wide: what lies above {black:g} is white, the rest black")
    return black, black + 1e-6 * max(1.0, abs(black))


def _possible_range(
    dataset: Any, values: NDArray[Any], valid: NDArray[np.bool_] | None, notes: list[str]
) -> tuple[float, float] | None:
    """The least and greatest value that the series, else the stored bits, can hold; None: more than 16 bits."""
    signed, bits = int(dataset.get("PixelRepresentation") or 0), int(dataset.get("BitsStored") or 0)
    ends = _numbers(dataset.get("SmallestPixelValueInSeries")) + _numbers(dataset.get("LargestPixelValueInSeries"))
    what = "the range that the file states for its series"
    if len(ends) != 2 or ends[0] >= ends[1]:
        if not 0 < bits <= 16 or "PixelData" not in dataset or dataset.get("ModalityLUTSequence"):
            return None
        ends = [-(2.0 ** (bits - 1)), 2.0 ** (bits - 1) - 1] if signed else [0.0, 2.0**bits - 1]
        what = f"the range of its {bits} bits"
    slope = next(iter(_numbers(dataset.get("RescaleSlope"))), 1.0) * float(dataset.get("DoseGridScaling") or 1)
    intercept = next(iter(_numbers(dataset.get("RescaleIntercept"))), 0.0)
    low, high = sorted(end * slope + intercept for end in ends)
    counted = values if valid is None else values[valid]
    span = float(np.ptp(counted)) / (high - low) if counted.size else 0.0
    dim = f"; its values fill only {span:.1%} of it, so it has little contrast: state a window"
    notes.append(f"the file states no window; {what}, {low:g} to {high:g}, is shown{dim if span < 0.25 else ''}")
    return low, high


def _numbers(value: Any) -> list[float]:
    if value is None or value == "":
        return []
    if isinstance(value, bytes):  # an ambiguous number in a file of implicit types
        return [float(int.from_bytes(value, "little"))]
    return [float(number) for number in value] if hasattr(value, "__iter__") else [float(value)]


def _not_padding(dataset: Any, stored: NDArray[Any], notes: list[str]) -> NDArray[np.bool_] | None:
    """False where the scanner wrote "outside of the picture"."""
    stated = _numbers(dataset.get("PixelPaddingValue"))
    if not stated:
        return None
    limit = _numbers(dataset.get("PixelPaddingRangeLimit")) or stated
    # Many writers give the number in the other sign's reading of its 16 bits.
    low, high = sorted(_as_stored(int(number), dataset) for number in (stated[0], limit[0]))
    valid = (stored < low) | (stored > high)
    if not valid.any():
        notes.append(f"every pixel is padding by the file's own number ({low} to {high}), so the number is ignored")
        return None
    return None if valid.all() else valid


def _as_stored(number: int, dataset: Any) -> int:
    """The number as the file's pixel type, signed or not, would hold its bits."""
    bits = int(dataset.get("BitsAllocated") or 16)
    number %= 1 << bits
    signed = bool(dataset.get("PixelRepresentation"))
    return number - (1 << bits) if signed and number >= 1 << (bits - 1) else number


def _units(dataset: Any) -> str | None:
    kind = str(dataset.get("RescaleType") or "").upper()
    if kind == "HU" or (dataset.get("Modality") == "CT" and "RescaleSlope" in dataset and kind in ("", "US")):
        return "hounsfield"
    if "DoseGridScaling" in dataset:
        return str(dataset.get("DoseUnits") or "") or None
    return None


def _spacing(dataset: Any) -> float | None:
    """Metres between two rows; the file holds millimetres."""
    spacing = _numbers(dataset.get("PixelSpacing"))
    return spacing[0] / 1000 if spacing else None
