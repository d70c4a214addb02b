"""Folders of sounds, one subfolder a class, as samples of features."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from io import BytesIO
from itertools import islice, zip_longest
from pathlib import Path
from typing import Any

import numpy as np

from edgeq.errors import EdgeqError, shown
from edgeq.features.front_end import FrontEnd
from edgeq.features.kinds import Parameters, Stream
from edgeq.features.wav import read_wav
from edgeq.files import is_name
from edgeq.opkit.node import Values

MAX_FILES = 200_000
MAX_BYTES = 2 << 30  # of features
Progress = Callable[[str, int, int], None]


@dataclass(frozen=True)
class Windows:
    """How clips become samples.

    frames: of a sample; None where every clip is a sample, all of one length.
    hop: frames between the starts of samples of a clip; None: `frames`.
    pad: whether silence is put behind clips that are shorter than a sample.
    """

    frames: int | None = None
    hop: int | None = None
    pad: bool = False


@dataclass(frozen=True, eq=False)
class ClipFeatures:
    """Samples of features.

    x: uint16 or float32 [n, frames, channels]. y: the class of each sample, 0 for the first of `classes`.
    group: the clip of each sample. clips: how many were read.
    """

    x: Values
    y: Values
    group: Values
    classes: tuple[str, ...]
    clips: int
    front_end: FrontEnd

    def to_npz(self) -> bytes:
        """A .npz as edgeq reads it: x with its scale, y as names of classes, group, and `frontend`,
        the parameters as JSON.
        """
        content = BytesIO()
        np.savez_compressed(
            content,
            x=self.x,
            y=np.array(self.classes)[self.y],
            group=self.group,
            scale=np.float32(self.front_end.scale),
            frontend=np.frombuffer(self.front_end.to_bytes(), np.uint8),
        )
        return content.getvalue()

    def to_json(self) -> dict[str, Any]:
        """What `edgeq data features --json` prints."""
        return {
            "samples": len(self.x),
            "frames": self.x.shape[1],
            "channels": self.x.shape[2],
            "scale": self.front_end.scale,
            "clips": self.clips,
            "classes": {name: int((self.y == k).sum()) for k, name in enumerate(self.classes)},
            "frontend": self.front_end.to_json(),
        }


def clip_features(
    folder: Path,
    parameters: Parameters,
    windows: Windows,
    progress: Progress | None = None,
) -> ClipFeatures:
    """The features of all .wav files of a folder with one subfolder a class.

    Classes are in sorted order. Samples are interleaved, one clip of each class in turn, so that the
    first N contain every class. Each clip begins with a fresh state.

    Raises EdgeqError for folders without sounds, for what `read_wav` refuses, for clips that hold no
    sample, and for features of more than 2 GiB.
    """
    _check(windows)
    listing, classes = _listing(folder)
    front_end = FrontEnd(parameters)
    stream, parts = front_end.stream(), list[Values]()
    y, group, size = list[int](), list[int](), 0
    frames = windows.frames
    for clip, (path, label) in enumerate(listing):
        if progress is not None:
            progress("clips", clip + 1, len(listing))
        found = _of_clip(stream, parameters, path, windows)
        if windows.frames is None and frames not in (None, len(found)):
            why = f"it has {len(found)} frames, {listing[0][0].name} has {frames}"
            raise EdgeqError(f"sound {path}", why, "give --window FRAMES")
        frames = windows.frames or len(found)
        cut = _cut(found, frames, windows.hop or frames)
        size += cut.nbytes
        if size > MAX_BYTES:
            why = f"its features take more than {MAX_BYTES:,} bytes"
            raise EdgeqError(f"folder {folder}", why, "give a larger --hop, or fewer clips")
        parts.append(cut)
        y += [label] * len(cut)
        group += [clip] * len(cut)
    arrays = (np.concatenate(parts), np.array(y, np.int64), np.array(group, np.int64))
    return ClipFeatures(*arrays, classes, len(listing), front_end)


def _check(windows: Windows) -> None:
    if windows.hop is not None and windows.frames is None:
        why = "it is a distance between windows"
        raise EdgeqError("--hop without --window", why, "give --window FRAMES too")
    if windows.pad and windows.frames is None:
        why = "it fills windows up"
        raise EdgeqError("--pad without --window", why, "give --window FRAMES too")


def _of_clip(stream: Stream, p: Parameters, path: Path, windows: Windows) -> Values:
    """Features [frames, channels] of a clip, at least those of a sample."""
    samples = read_wav(path, p.sample_rate)
    frames = windows.frames or 1
    needed = p.window + (frames - 1) * p.step
    if len(samples) < needed:
        if not windows.pad:
            why = f"it has {len(samples):,} samples, {frames} frames take {needed:,}"
            raise EdgeqError(
                f"sound {path}", why, "give --pad, a smaller --window, or a longer clip"
            )
        samples = np.pad(samples, (0, needed - len(samples)))
    stream.reset()
    return stream.push(samples)


def _cut(found: Values, frames: int, hop: int) -> Values:
    """[n, channels] -> [windows, frames, channels]."""
    cut = np.lib.stride_tricks.sliding_window_view(found, frames, axis=0)[::hop]
    return np.ascontiguousarray(cut.transpose(0, 2, 1))


def _listing(folder: Path) -> tuple[list[tuple[Path, int]], tuple[str, ...]]:
    """Files with the number of their class, and the names of the classes."""
    what = f"folder {folder}"
    if not folder.is_dir():
        raise EdgeqError(
            what, "there is no such folder", "give one with a subfolder for each class"
        )
    classes = sorted(p for p in islice(folder.iterdir(), MAX_FILES) if _is_folder(p))
    by_class = [sorted(_sounds(p, what)) for p in classes]
    named = [(p.name, files) for p, files in zip(classes, by_class, strict=True) if files]
    if not named:
        why = "no subfolder holds .wav files"
        raise EdgeqError(what, why, "put those of each class into a subfolder of its name")
    for name, _ in named:
        if not is_name(name):
            why = f"the name '{shown(name)}' holds characters that control a terminal"
            raise EdgeqError(what, why, "rename the subfolder")
    rows = zip_longest(*(files for _, files in named))
    listing = [(file, label) for row in rows for label, file in enumerate(row) if file is not None]
    return listing, tuple(name for name, _ in named)


def _is_folder(path: Path) -> bool:
    return path.is_dir() and not path.name.startswith(".")


def _sounds(folder: Path, what: str) -> Iterator[Path]:
    for count, path in enumerate(folder.rglob("*")):
        if count >= MAX_FILES:
            why = f"{shown(folder.name)} holds more than {MAX_FILES:,} files"
            raise EdgeqError(what, why, "give a folder of fewer")
        if path.suffix.lower() == ".wav" and not path.name.startswith("."):
            yield path
