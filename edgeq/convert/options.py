"""What a person can choose about a conversion, as one value with a default for everything."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, fields, replace
from difflib import get_close_matches
from inspect import Parameter, signature
from pathlib import Path
from types import NoneType
from typing import Any, TypeVar

from edgeq.data import LoadOptions, Samples
from edgeq.errors import EdgeqError
from edgeq.metrics import METRICS
from edgeq.mixed.budget import Budget
from edgeq.quantize.options import Options, check_known
from edgeq.quantize.schemes import SCHEMES

QUANTIZERS = ("edgeq", "tensorflow")
OUTPUTS = ("together", "apart")


LIMITS = ("max_flash", "max_ram", "max_instructions", "max_accuracy_loss", "point")
KINDS: Mapping[type, tuple[type, ...]] = {
    bool: (bool,),
    int: (int,),
    float: (float, int),
    str: (str,),
    tuple: (tuple, list),
}
"""Type of a field's default -> types of its values."""


@dataclass(frozen=True)
class ConvertOptions:
    """The choices of one conversion. Raises EdgeqError for a value that is not known.

    quantizer: edgeq, or tensorflow for its own post-training quantizer.

    Of edgeq's quantizer, as `edgeq.quantize.options.Options` explains them:

    scheme: a row of `edgeq.quantize.schemes.SCHEMES`: int8, int16x8, int4, codebook, dynamic, mixed.
    calibrator: how ranges of activations are found; auto is by trial.
    percentile: percent of values within the range, for the calibrator of that name.
    rounding: of weights: auto, nearest, adaround or second-order.
    equalize: whether scales are moved between neighbouring layers first.
    fill_ranges: whether weak channels are raised by factors that layers absorb.
    real_inputs: whether inputs stay real numbers where one scale would lose features.
    correct_bias: whether the mean error is taken out of each channel where rounding is to nearest.
    per_channel: whether each output channel has a scale of its own, not each layer.
    codebook_bits: width of a codebook's index, 2 to 8.
    codebook_importance: what a weight counts as codebooks are made: auto, equal or inputs.

    Of schemes that choose a width for each layer, None for no limit:

    max_flash: bytes of weights and biases.
    max_ram: bytes of the arena.
    max_instructions: of one inference on a Cortex-M4.
    max_accuracy_loss: percentage points against the float model.
    point: this point of the front, in place of limits.

    Of the model and its data:

    labels: a text file, one class name a line, in the order of the outputs; the names travel in the
        model's metadata. Text labels of the calibration data, in sorted order, serve as well,
        unless the model's answers contradict that order.
    evaluation: samples with labels, or a source of them, on which accuracy is measured before and
        after; None measures none.
    metric: a name of `edgeq.metrics.METRICS`; None lets the data choose.
    outputs: together as the model has them; or apart, so that parts which it joins at its end
        become outputs with scales of their own.
    custom: modules or .py files that define the model's custom layers; their code runs.
    reading: how files of data are read; None leaves all of that to the data.
    """

    quantizer: str = "edgeq"
    scheme: str = Options.scheme
    calibrator: str = Options.calibrator
    percentile: float = Options.percentile
    rounding: str = Options.rounding
    equalize: bool = Options.equalize
    fill_ranges: bool = Options.fill_ranges
    real_inputs: bool = Options.real_inputs
    correct_bias: bool = Options.correct_bias
    per_channel: bool = Options.per_channel
    codebook_bits: int = Options.codebook_bits
    codebook_importance: str = Options.codebook_importance
    max_flash: int | None = None
    max_ram: int | None = None
    max_instructions: int | None = None
    max_accuracy_loss: float | None = None
    point: int | None = None
    labels: str | Path | None = None
    evaluation: str | Path | Samples | None = None
    metric: str | None = None
    outputs: str = "together"
    custom: tuple[str, ...] = ()
    reading: LoadOptions | None = None

    def __post_init__(self) -> None:
        for field in fields(self):
            _check_kind(field.name, getattr(self, field.name), field.default)
        check_known("quantizer", self.quantizer, QUANTIZERS)
        check_known("outputs", self.outputs, OUTPUTS)
        if self.metric is not None:
            check_known("metric", self.metric, METRICS)
        if not isinstance(self.reading, (LoadOptions, NoneType)):
            raise EdgeqError(
                f"reading={self.reading!r}"[:120],
                f"it is a {type(self.reading).__name__}",
                "give edgeq.data.LoadOptions(...)",
            )
        for name in LIMITS:
            _check_limit(name, getattr(self, name))
        scheme = SCHEMES[self.quantization.scheme]
        if self.budget != Budget() and not scheme.alternatives:
            raise EdgeqError(
                "a budget",
                f"scheme {scheme.name} has one width for all layers",
                f"use --scheme {' or '.join(s.name for s in SCHEMES.values() if s.alternatives)}",
            )
        if self.quantizer != QUANTIZERS[0] and self.quantization != Options():
            why = "it has no choice of scheme, calibrator or rounding"
            raise EdgeqError(
                f"quantizer {self.quantizer!r}",
                why,
                "leave those options out, or use --quantizer edgeq",
            )

    @property
    def quantization(self) -> Options:
        """The choices of edgeq's quantizer."""
        return Options(**{field.name: getattr(self, field.name) for field in fields(Options)})

    @property
    def budget(self) -> Budget:
        """The limits of schemes that choose a width for each layer."""
        return Budget(
            self.max_flash,
            self.max_ram,
            self.max_instructions,
            self.max_accuracy_loss,
            self.point,
        )


def _check_kind(name: str, value: object, default: object) -> None:
    """EdgeqError for a value of another type than the field has."""
    kinds = KINDS.get(type(default), (object,))
    if not isinstance(value, kinds) or (isinstance(value, bool) and bool not in (*kinds, object)):
        raise EdgeqError(
            f"{name}={value!r}"[:120],
            f"it is a {type(value).__name__}",
            f"give a {type(default).__name__}, such as {default!r}",
        )


def _check_limit(name: str, value: object) -> None:
    """EdgeqError for a limit that is neither None nor a number of 0 or more."""
    number = isinstance(value, (int, float)) and not isinstance(value, bool) and value >= 0
    if not (value is None or number):
        raise EdgeqError(f"{name}={value!r}"[:120], "it is no size", "give a number of 0 or more")


Function = TypeVar("Function", bound=Callable[..., Any])


def takes_options(function: Function) -> Function:
    """Lets the signature of a function with `options` and `**chosen` show the fields of
    `ConvertOptions` as the keywords that they are.
    """
    shown = signature(function)
    kept = [p for p in shown.parameters.values() if p.kind is not Parameter.VAR_KEYWORD]
    hints = {field.name: field for field in fields(ConvertOptions)}
    keywords = [
        Parameter(name, Parameter.KEYWORD_ONLY, default=field.default, annotation=field.type)
        for name, field in hints.items()
    ]
    vars(function)["__signature__"] = shown.replace(parameters=[*kept, *keywords])
    return function


def chosen_options(options: ConvertOptions | None, chosen: Mapping[str, Any]) -> ConvertOptions:
    """Options with some fields stated by keyword. TypeError for a keyword that is no field."""
    names = [field.name for field in fields(ConvertOptions)]
    for name in chosen:
        if name not in names:
            near = get_close_matches(name, names, n=1)
            hint = f"; did you mean {near[0]!r}?" if near else ""
            raise TypeError(f"convert() got an unexpected keyword argument {name!r}{hint}")
    return replace(options or ConvertOptions(), **chosen)
