"""The types that all readers share: model inputs, reading options, samples."""

from __future__ import annotations

from dataclasses import dataclass, replace
from math import prod

import numpy as np
import numpy.typing as npt

from edgeq.graph import Model

Array = npt.NDArray[np.generic]


@dataclass(frozen=True)
class InputSpec:
    """One input of a model.

    shape: with its batch axis.
    dtype: of the float model's input.
    """

    name: str
    shape: tuple[int, ...]
    dtype: str = "float32"

    @property
    def sample_shape(self) -> tuple[int, ...]:
        return self.shape[1:]

    @property
    def sample_bytes(self) -> int:
        return prod(self.sample_shape) * np.dtype(self.dtype).itemsize


@dataclass(frozen=True)
class ImageOptions:
    """How images become arrays. None is an error where the choice matters; nothing is guessed.

    resize: nearest, bilinear, bicubic, box or lanczos (Pillow's, which average when shrinking); the
        aspect ratio is not kept.
    scaling: 0..255, 0..1 or -1..1, the range that 8-bit pixels 0 to 255 are mapped to.
    """

    resize: str | None = None
    scaling: str | None = None


@dataclass(frozen=True)
class LoadOptions:
    """Reading options of all formats.

    images: of image folders.
    label_column: column of a CSV by name, or by number from 0 (-1: the last); None finds a column
        named `label` or `y`, "" means no labels.
    header: whether a CSV has one; None decides by its first row.
    classes: the model's class names in the order of its outputs, which number text labels; empty
        for sorted order.
    window, hop: rows of a log per sample, and rows between the starts of samples (None: `window`).
    columns: of a CSV that hold the model's values, by name or number.
    max_bytes: memory limit of a data set.
    """

    images: ImageOptions = ImageOptions()
    label_column: str | None = None
    header: bool | None = None
    classes: tuple[str, ...] = ()
    window: int | None = None
    hop: int | None = None
    columns: tuple[str, ...] = ()
    max_bytes: int = 4 << 30


@dataclass(frozen=True, eq=False)
class Samples:
    """A data set that fits a model.

    inputs: one array [n, *sample shape] per model input, in the float model's dtype and range.
    y: int64 class labels [n], or float32 targets [n, ...].
    group: int64 [n], equal for samples that belong together.
    origin: source of the data, for messages.
    note: how values were scaled.
    choices: which arrays, columns and windows were taken.
    classes: names of the classes, if the source has names.
    sorted_names: whether the names were numbered in sorted order because the model and the user
        stated none.
    front_end: what `edgeq data features` says of how it made them, JSON; empty for other data.
    """

    inputs: tuple[Array, ...]
    y: Array | None = None
    group: npt.NDArray[np.int64] | None = None
    origin: str = ""
    note: str = ""
    choices: str = ""
    classes: tuple[str, ...] = ()
    sorted_names: bool = False
    front_end: bytes = b""

    @property
    def x(self) -> Array:
        return self.inputs[0]

    @property
    def count(self) -> int:
        return len(self.inputs[0])

    def take(self, limit: int | None) -> Samples:
        """The first `limit` samples, or all for None."""
        return self._at(np.arange(self.count)[:limit])

    def part(self, chosen: slice) -> Samples:
        """The samples of a slice."""
        return self._at(np.arange(self.count)[chosen])

    def subsample(self, limit: int) -> Samples:
        """At most `limit` samples, evenly spaced over the set."""
        return self._at(np.unique(np.linspace(0, self.count - 1, limit).astype(int)))

    def of_each_label(self, limit: int) -> Samples:
        """The first samples of each class, about `limit` in all; evenly spaced samples if there are
        no class labels.
        """
        if self.count <= limit or self.y is None or self.y.ndim != 1:
            return self.subsample(limit)
        return self._at(np.flatnonzero(ranks_of(self.y) < max(1, limit // len(np.unique(self.y)))))

    def _at(self, chosen: npt.NDArray[np.int64]) -> Samples:
        return replace(
            self,
            inputs=tuple(x[chosen] for x in self.inputs),
            y=None if self.y is None else self.y[chosen],
            group=None if self.group is None else self.group[chosen],
        )


def input_specs(model: Model) -> tuple[InputSpec, ...]:
    """The inputs of a model's main graph, named by its signature if there is one; quantized inputs
    count as float32.
    """
    names = {index: name for s in model.signatures if s.graph == 0 for name, index in s.inputs}
    tensors = [(names.get(index), model.main.tensors[index]) for index in model.main.inputs]
    return tuple(
        InputSpec(name or t.name, t.shape, "float32" if t.quantization else t.dtype)
        for name, t in tensors
    )


def ranks_of(labels: Array) -> npt.NDArray[np.int64]:
    """[n]: number of earlier samples with an equal label.

    >>> ranks_of(np.array([7, 3, 7, 7, 3])).tolist()
    [0, 0, 1, 2, 1]
    """
    _, place, counts = np.unique(labels, return_inverse=True, return_counts=True)
    starts = np.repeat(np.cumsum(counts) - counts, counts)
    ranks = np.empty(len(labels), np.int64)
    ranks[np.argsort(place, kind="stable")] = np.arange(len(labels)) - starts
    return ranks
