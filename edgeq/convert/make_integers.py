"""A float model made an integer one: by edgeq's quantizer, by TensorFlow's, or as it was trained
for integers.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from edgeq.convert.options import ConvertOptions
from edgeq.convert.quantize import quantize_with_tensorflow
from edgeq.convert.to_float import FloatModel
from edgeq.data import Samples
from edgeq.errors import EdgeqError
from edgeq.mixed.mixed import quantize_mixed
from edgeq.mixed.pareto_front import Point
from edgeq.quantize.assemble import assemble
from edgeq.quantize.options import Options
from edgeq.quantize.progress import Progress
from edgeq.quantize.quantization_state import QuantizationState
from edgeq.quantize.quantize import content, quantize
from edgeq.quantize.schemes import LEVELS, SCHEMES, scheme_of
from edgeq.quantize.state_widths import StateWidth


@dataclass(frozen=True)
class Made:
    """What a quantizer gave: the file, its scheme, what set its ranges, of mixed precision the front,
    and the types of states.
    """

    content: bytes = field(repr=False)
    scheme: str
    calibrator: str
    front: tuple[Point, ...] = ()
    point: int | None = None
    states: tuple[StateWidth, ...] = ()


def make_integers(
    loaded: FloatModel,
    samples: Samples | None,
    options: ConvertOptions,
    tested: Samples | None,
    progress: Progress | None,
) -> Made:
    """The integer model of a float one, by the quantizer of the options.

    samples: for calibration, which a model that was trained for integers needs none of. tested:
    evaluation samples, on which mixed precision measures accuracy if there are some. Raises
    EdgeqError for options of quantization with a model that was trained for integers.
    """
    if loaded.quantizing is not None:
        return _trained(loaded.quantizing, options)
    assert samples is not None
    return _QUANTIZERS[options.quantizer](loaded.content, samples, options, tested, progress)


Quantizer = Callable[[bytes, Samples, ConvertOptions, Samples | None, Progress | None], Made]
"""Float .tflite, samples, options, evaluation samples, progress -> the integer model."""


def _by_tensorflow(
    float_model: bytes,
    samples: Samples,
    options: ConvertOptions,
    tested: Samples | None,
    progress: Progress | None,
) -> Made:
    return Made(quantize_with_tensorflow(float_model, samples), options.scheme, "min-max")


def _by_edgeq(
    float_model: bytes,
    samples: Samples,
    options: ConvertOptions,
    tested: Samples | None,
    progress: Progress | None,
) -> Made:
    chosen = options.quantization
    if not SCHEMES[chosen.scheme].alternatives:
        made = quantize(float_model, samples, chosen, progress)
        return Made(made.content, chosen.scheme, made.calibrator, states=made.states)
    mixed = quantize_mixed(float_model, samples, chosen, options.budget, tested, progress)
    made = mixed.quantized
    return Made(made.content, chosen.scheme, made.calibrator, mixed.front, mixed.point, made.states)


_QUANTIZERS: Mapping[str, Quantizer] = {"edgeq": _by_edgeq, "tensorflow": _by_tensorflow}
"""Each of `options.QUANTIZERS` -> what makes the integer model."""


def _trained(state: QuantizationState, options: ConvertOptions) -> Made:
    """The integers that a quantization-aware model was trained as."""
    if options.quantizer != ConvertOptions.quantizer or options.quantization != Options():
        why = "it was trained with its own ranges and widths"
        raise EdgeqError(
            "the quantization-aware model", why, "leave the options of quantization out"
        )
    activations = max({"int8", *state.dtypes.values()} & LEVELS.keys(), key=lambda d: LEVELS[d])
    narrowest = min((w.bits for w in state.weights.values()), default=8)
    return Made(content(assemble(state)), scheme_of(activations, narrowest).name, "training")
