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

_WHOLE_STEP = 0.5
"""A slope below it makes fractions of the stored values."""
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
            _take_from_groups(dataset, frame)
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


_GROUPS = {
    "PixelValueTransformationSequence": ("RescaleSlope", "RescaleIntercept", "RescaleType"),
    "FrameVOILUTSequence": ("WindowCenter", "WindowWidth", "VOILUTFunction"),
    "PixelMeasuresSequence": ("PixelSpacing",),
}
"""Where an enhanced object keeps what a plain one has at its top."""


def _take_from_groups(dataset: Any, frame: int) -> None:
    """Puts the values of a frame's functional groups, or of those that all frames share, at the top.

    Source:
        DICOM PS3.3 C.7.6.16 (multi-frame functional groups; a macro stands in one of the two places).
    """
    shared = list(dataset.get("SharedFunctionalGroupsSequence") or ())[:1]
    own = list(dataset.get("PerFrameFunctionalGroupsSequence") or ())[frame : frame + 1]
    for group in (*shared, *own):
        for sequence, names in _GROUPS.items():
            for item in list(group.get(sequence) or ())[:1]:
                for name in names:
                    if name in item:
                        setattr(dataset, name, item[name].value)


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
    valid = _not_padding(dataset, stored)
    values = np.asarray(apply_modality_lut(stored, dataset))
    if values is not stored and values.dtype.kind == "f":
        notes.append(f"rescaled: slope {dataset.RescaleSlope:g}, intercept {dataset.RescaleIntercept:g}")
    if "DoseGridScaling" in dataset:
        values = values * float(dataset.DoseGridScaling)
    if values.dtype == np.float64:
        values = values.astype(np.float32)
    values, display = _window(dataset, values, valid, notes)
    if dataset.get("PhotometricInterpretation") == "MONOCHROME1":
        notes.append("MONOCHROME1: low values are bright, so the grey scale is turned round")
        display = display[::-1]
    return Picture(values[:, :, None], GRAY, _units(dataset), display=display, valid=valid)


def _window(
    dataset: Any, values: NDArray[Any], valid: NDArray[np.bool_] | None, notes: list[str]
) -> tuple[NDArray[Any], tuple[float, float]]:
    """Values (looked up, if the file holds a table) and the two that are shown black and white.

    Source:
        DICOM PS3.3 C.11.2.1.2 (window centre and width, and the functions LINEAR, LINEAR_EXACT, SIGMOID).
    """
    stated = list(zip(_numbers(dataset.get("WindowCenter")), _numbers(dataset.get("WindowWidth")), strict=False))
    windows = [(centre, width) for centre, width in stated if width > 0 and np.isfinite(centre)]
    if stated and not windows:
        notes.append(f"the file's window has the width {stated[0][1]:g} and is not used")
    if not windows:
        if dataset.get("VOILUTSequence"):
            from pydicom.pixels import apply_voi  # type: ignore[attr-defined]  # public, but without __all__

            notes.append("the file's grey scale table (VOI LUT) applied")
            shown = np.asarray(apply_voi(values, dataset))
            depth = int(dataset.VOILUTSequence[0].LUTDescriptor[2])
            return shown, (0.0, float(2**depth - 1))
        counted = values if valid is None else values[valid]
        low, high = (float(counted.min()), float(counted.max())) if counted.size else (0.0, 1.0)
        lacks = "has no window that can be used" if stated else "states no window"
        notes.append(f"the file {lacks}; its least and greatest value, {low:g} and {high:g}, are shown")
        return values, (low, high if high > low else low + 1)
    if len(windows) > 1:
        notes.append(f"the first of {len(windows)} windows is taken")
    centre, width = windows[0]
    function = str(dataset.get("VOILUTFunction") or "LINEAR")
    if function == "SIGMOID":
        notes.append(f"sigmoid window, centre {centre:g}, width {width:g}, applied")
        return (1 / (1 + np.exp(-4 * (values.astype(np.float64) - centre) / width))).astype(np.float32), (0.0, 1.0)
    # LINEAR counts whole values and takes one off the width, which leaves nothing of a window of fractions.
    if function == "LINEAR_EXACT" or width < 1 or abs(float(dataset.get("RescaleSlope") or 1)) < _WHOLE_STEP:
        return values, (centre - width / 2, centre + width / 2)
    half = max((width - 1) / 2, 0.5)
    return values, (centre - 0.5 - half, centre - 0.5 + half)


def _numbers(value: Any) -> list[float]:
    if value is None or value == "":
        return []
    return [float(number) for number in value] if hasattr(value, "__iter__") else [float(value)]


def _not_padding(dataset: Any, stored: NDArray[Any]) -> NDArray[np.bool_] | None:
    """False where the scanner wrote "outside of the picture"."""
    padding = dataset.get("PixelPaddingValue")
    if padding is None:
        return None
    limit = dataset.get("PixelPaddingRangeLimit", padding)
    low, high = sorted(_as_stored(dataset, int(value)) for value in (padding, limit))
    valid = (stored < low) | (stored > high)
    return None if valid.all() else valid


def _as_stored(dataset: Any, value: int) -> int:
    """A padding value in the signedness of the pixels: many writers store that of signed pixels as unsigned."""
    bits = int(dataset.BitsAllocated)
    if int(dataset.get("PixelRepresentation") or 0) == 1 and value >= 1 << (bits - 1):
        return value - (1 << bits)
    return value


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
