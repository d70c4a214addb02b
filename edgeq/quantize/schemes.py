"""The quantization schemes as a table: the types of weights and activations, and the steps.

A new scheme is a new row, and if its weights need a step of their own, a function in
`weight_steps.STEPS`. Command line, tuner and quantizer read this table only.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal, TypeAlias

StepName: TypeAlias = Literal[
    "nearest", "one-scale", "reproduce outputs", "cluster", "choose entries"
]
"""The steps that weights can go through, in `weight_steps.STEPS`."""

LEVELS: Mapping[str, int] = {"int8": 256, "int16": 65535}
"""Type of activations -> number of quantized values in its range; int16 is symmetric."""


@dataclass(frozen=True)
class Alternative:
    """A weight width that mixed precision can give a single layer.

    label: its name in results.
    scheme: whose steps quantize the weights.
    codebook_bits: bits of an index, if these use a codebook.
    """

    label: str
    scheme: str
    codebook_bits: int = 4


@dataclass(frozen=True)
class Scheme:
    """One way to quantize a whole model.

    name: in the command line, options and results.
    weight_bits: of the integers that weights are rounded to, or that a codebook holds.
    activations: their type: int8, int16, or float32 for activations that are quantized during
        inference and need no calibration.
    steps: that quantize weights, in this order, after calibration.
    fills_ranges: whether activation equalization is used; below 8 bits weak weight channels would
        lose more than activations gain.
    alternatives: widths that mixed precision chooses from for each layer.
    runtimes: keys of `RUNTIMES` that run such models.
    """

    name: str
    weight_bits: int
    activations: str
    steps: tuple[StepName, ...]
    fills_ranges: bool = False
    alternatives: tuple[Alternative, ...] = ()
    runtimes: tuple[str, ...] = ()

    @property
    def calibrated(self) -> bool:
        """Whether activations have ranges from calibration."""
        return self.activations in LEVELS

    @property
    def narrow_activations(self) -> bool:
        """Whether activations have so few bits that a finer scale is worth more than a margin for
        unseen values.
        """
        return self.activations == "int8"

    @property
    def chooses_states(self) -> bool:
        """Whether states may get 16 bits where 8 leave too little: int16 takes weights of 8 bits."""
        return self.narrow_activations and self.weight_bits == 8

    @property
    def codebook(self) -> bool:
        """Whether weights are indices into tables."""
        return "cluster" in self.steps


RUNTIMES = ("tflm-arduino",)
"""Runtimes that restrict what may be in a file. tflm-arduino: Chirale_TensorFLowLite, the library
that carries TFLM on Arduino, which takes one scale for each layer's weights.
"""

_ROWS = (
    Scheme(
        "int8",
        8,
        "int8",
        ("nearest", "reproduce outputs"),
        fills_ranges=True,
        runtimes=("tflm-arduino",),
    ),
    Scheme(
        "int16x8",
        8,
        "int16",
        ("nearest", "reproduce outputs"),
        fills_ranges=True,
        runtimes=("tflm-arduino",),
    ),
    Scheme("int4", 4, "int8", ("nearest", "reproduce outputs")),
    Scheme("codebook", 8, "int8", ("nearest", "cluster", "choose entries")),
    Scheme("dynamic", 8, "float32", ("nearest", "one-scale", "reproduce outputs")),
    Scheme(
        "mixed",
        8,
        "int8",
        ("nearest", "reproduce outputs"),
        alternatives=(
            Alternative("int4", "int4"),
            Alternative("codebook4", "codebook", 4),
            Alternative("codebook3", "codebook", 3),
        ),
    ),
)

SCHEMES: Mapping[str, Scheme] = {row.name: row for row in _ROWS}
"""Name -> row; the first is the default."""


def scheme_of(activations: str, weight_bits: int) -> Scheme:
    """The scheme of uniform weights that stores such a model.

    activations: int8 or int16.
    weight_bits: 2 to 8, of the narrowest layer. The scheme with the fewest bits that are enough is
        returned.

    >>> scheme_of("int8", 3).name, scheme_of("int8", 6).name, scheme_of("int16", 4).name
    ('int4', 'int8', 'int16x8')
    """
    uniform = (s for s in SCHEMES.values() if not (s.codebook or s.alternatives))
    fitting = [s for s in uniform if s.activations == activations and s.weight_bits >= weight_bits]
    return min(fitting, key=lambda s: s.weight_bits)
