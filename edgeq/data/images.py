"""Folders of images: one subfolder per class, in sorted order, or images without labels."""

from __future__ import annotations

import warnings
from collections.abc import Iterable, Mapping, Sequence
from itertools import islice, zip_longest
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from edgeq.data.arrays import fit
from edgeq.data.samples import ImageOptions, InputSpec, LoadOptions, Samples
from edgeq.errors import EdgeqError, shown
from edgeq.files import is_name

if TYPE_CHECKING:
    from PIL import Image

SUFFIXES = frozenset(
    {".bmp", ".gif", ".jpeg", ".jpg", ".pgm", ".png", ".ppm", ".tif", ".tiff", ".webp"}
)
MODES = {1: "L", 3: "RGB", 4: "RGBA"}  # channels -> Pillow's mode; L is ITU-R 601 luma
DEEP = frozenset({"I", "F", "I;16", "I;16B", "I;16L", "I;16N"})  # more than 8 bits a channel
RESIZE = ("nearest", "bilinear", "bicubic", "box", "lanczos")
SCALING: Mapping[str, tuple[float, float]] = {
    "0..255": (1.0, 0.0),
    "0..1": (255.0, 0.0),
    "-1..1": (127.5, -1.0),
}
MAX_PIXELS = 64_000_000
MAX_FILES = 200_000


def load(path: Path, specs: Sequence[InputSpec], options: LoadOptions) -> Samples:
    """All images below `path`, the first frame of each, as [n, height, width, channels].

    Pixels are divided and shifted as `options.images.scaling` states; the orientation tag is
    ignored.

    Raises EdgeqError for a broken image, one with more than 64 million pixels or 8 bits per
    channel, and for missing options.
    """
    spec, scaling = _image_spec(specs), _scaling(options.images)
    if options.window is not None:
        raise EdgeqError(
            f"{path.name}: --window", "it is a folder of images, no log", "leave --window out"
        )
    files, classes, other = _listing(path)
    needed = len(files) * spec.sample_bytes
    if needed > options.max_bytes:
        raise EdgeqError(
            path.name, f"{len(files)} images take {needed} bytes", f"stay below {options.max_bytes}"
        )
    pixels = np.empty((len(files), *spec.sample_shape), np.float32)
    converted: set[str] = set()
    for i, (file, _) in enumerate(files):
        name = file.relative_to(path.parent).as_posix()
        pixels[i], mode = _pixels(file, name, spec.sample_shape, options.images)
        converted |= {mode} - {MODES[spec.shape[3]]}
    divisor, offset = scaling
    x = fit(pixels / np.float32(divisor) + np.float32(offset), spec, path.name)
    y = np.array([label for _, label in files], np.int64) if classes else None
    note = (
        f"pixels scaled to {options.images.scaling}, resize {options.images.resize or 'not needed'}"
    )
    if converted:
        note += f", colours converted from {', '.join(sorted(converted))} to {MODES[spec.shape[3]]}"
    ignored = f"; {other} other files ignored" if other else ""
    return Samples(
        (x,), y, origin=path.name, note=note + ignored, classes=classes, sorted_names=bool(classes)
    )


def _image_spec(specs: Sequence[InputSpec]) -> InputSpec:
    spec = specs[0]
    if len(specs) != 1 or len(spec.shape) != 4 or spec.shape[3] not in MODES:
        shapes = ", ".join(str(list(s.shape)) for s in specs)
        why = f"the model's input is {shapes}, not [1, height, width, 1, 3 or 4]"
        raise EdgeqError("folder of images", why, "give the data as .npz")
    return spec


def _scaling(options: ImageOptions) -> tuple[float, float]:
    scaling = options.scaling or ""
    if scaling not in SCALING:
        why = (
            "the range that the model was trained on is not known"
            if not scaling
            else "it is not known"
        )
        raise EdgeqError(
            f"image scaling {scaling or 'not given'}", why, f"choose {', '.join(SCALING)}"
        )
    if options.resize not in (None, *RESIZE):
        raise EdgeqError(
            f"image resize {options.resize}", "it is not known", f"choose {', '.join(RESIZE)}"
        )
    return SCALING[scaling]


def _listing(path: Path) -> tuple[list[tuple[Path, int]], tuple[str, ...], int]:
    """Images with the number of their class, the names of the classes, and the number of other
    files.
    """
    folders = sorted(p for p in path.iterdir() if p.is_dir() and not p.name.startswith("."))
    top = _files(path.iterdir())
    below = [_files(folder.rglob("*")) for folder in folders]
    found = [[file for file in files if file.suffix.lower() in SUFFIXES] for files in [top, *below]]
    loose, by_class = found[0], found[1:]
    if loose and any(by_class):
        raise EdgeqError(path.name, f"{loose[0].name} is next to class folders", "move it into one")
    if not loose and not any(by_class):
        raise EdgeqError(
            path.name,
            "it holds no images",
            f"give one subfolder a class with {', '.join(sorted(SUFFIXES))}",
        )
    empty = [folder.name for folder, files in zip(folders, by_class, strict=True) if not files]
    if empty and not loose:
        raise EdgeqError(
            f"{path.name}/{empty[0]}", "it holds no images", "remove the folder or fill it"
        )
    unfit = next((folder.name for folder in folders if not is_name(folder.name)), None)
    if unfit is not None and not loose:
        raise EdgeqError(
            f"{path.name}: folder '{shown(unfit, 40)}'", "it is no name of a class", "rename it"
        )
    other = sum(map(len, [top, *below])) - sum(map(len, found))
    if loose:
        return [(file, 0) for file in loose], (), other
    return _interleaved(by_class), tuple(folder.name for folder in folders), other


def _files(entries: Iterable[Path]) -> list[Path]:
    listed = list(islice(entries, MAX_FILES + 1))
    if len(listed) > MAX_FILES:
        raise EdgeqError(
            "folder of images", f"it holds more than {MAX_FILES:,} files", "give a folder of fewer"
        )
    return sorted(p for p in listed if p.is_file() and not p.name.startswith("."))


def _interleaved(by_class: list[list[Path]]) -> list[tuple[Path, int]]:
    """The first image of each class, then the second of each, so that the first N samples contain
    every class.
    """
    rows = zip_longest(*by_class)
    return [(file, label) for row in rows for label, file in enumerate(row) if file is not None]


def _pixels(
    file: Path, name: str, shape: tuple[int, ...], options: ImageOptions
) -> tuple[npt.NDArray[np.uint8], str]:
    """The pixels [height, width, channels], and the file's colour mode in Pillow's terms."""
    from PIL import Image, UnidentifiedImageError

    height, width, channels = shape
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error", Image.DecompressionBombWarning)
            with Image.open(file) as image:
                _check(image, name, (width, height), options)
                converted = image.convert(MODES[channels])
                if converted.size != (width, height):
                    converted = converted.resize(
                        (width, height), Image.Resampling[str(options.resize).upper()]
                    )
                return np.asarray(converted, np.uint8).reshape(shape), image.mode
    except (Image.DecompressionBombWarning, Image.DecompressionBombError) as error:
        raise EdgeqError(f"image {name}", f"it is too large: {error}", "scale it down") from error
    except (
        UnidentifiedImageError,
        OSError,
        SyntaxError,
        ValueError,
        EOFError,
        MemoryError,
    ) as error:
        raise EdgeqError(
            f"image {name}", f"it cannot be read: {error}", "remove or replace it"
        ) from error


def _check(image: Image.Image, name: str, size: tuple[int, int], options: ImageOptions) -> None:
    if image.width * image.height > MAX_PIXELS:
        raise EdgeqError(
            f"image {name}", f"it has {image.width} x {image.height} pixels", "scale it down"
        )
    if image.mode in DEEP:
        raise EdgeqError(
            f"image {name}",
            f"it has more than 8 bits a channel ({image.mode})",
            "save it with 8 bits",
        )
    if image.size != size and options.resize is None:
        why = f"it is {image.width} x {image.height}, the model takes {size[0]} x {size[1]}, and no resize is given"
        raise EdgeqError(f"image {name}", why, f"choose {', '.join(RESIZE)}")
