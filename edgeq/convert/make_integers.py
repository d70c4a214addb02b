"""A float model made an integer one: by edgeq's quantizer, by TensorFlow's, or as it was trained for integers."""

from __future__ import annotations

from dataclasses import dataclass, field

from edgeq.convert.quantize import quantize_with_tensorflow
from edgeq.convert.to_float import FloatModel
from edgeq.data import Samples
from edgeq.errors import EdgeqError
from edgeq.mixed.budget import Budget
from edgeq.mixed.front import Point
from edgeq.mixed.mixed import quantize_mixed
from edgeq.quantize.assemble import assemble
from edgeq.quantize.options import Options
from edgeq.quantize.progress import Progress
from edgeq.quantize.quantize import content, quantize
from edgeq.quantize.state import Quantizing

QUANTIZERS = ("edgeq", "tensorflow")


@dataclass(frozen=True)
class Made:
    """What a quantizer gave: the file, its scheme, what set its ranges, and of mixed precision the front."""

    content: bytes = field(repr=False)
    scheme: str
    calibrator: str
    front: tuple[Point, ...] = ()
    point: int | None = None


def make_integers(loaded: FloatModel, samples: Samples | None, quantizer: str, chosen: Options, budget: Budget | None,
               tested: Samples | None, progress: Progress | None) -> Made:  # fmt: skip
    """The integer model of a float one, by one of `QUANTIZERS` and options.

    samples: for calibration, which a model that was trained for integers needs none of. tested: evaluation samples, on
    which mixed precision measures accuracy if there are some. Raises EdgeqError for options that do not go together.
    """
    if budget not in (None, Budget()) and chosen.scheme != "mixed":
        raise EdgeqError("a budget", f"scheme {chosen.scheme} has one width for all layers", "use --scheme mixed")
    if loaded.quantizing is not None:
        return _trained(loaded.quantizing, quantizer, chosen)
    assert samples is not None
    if quantizer == "tensorflow":
        if chosen != Options():
            why = "it has no choice of scheme, calibrator or rounding"
            raise EdgeqError(f"quantizer {quantizer!r}", why, "leave those options out, or use --quantizer edgeq")
        return Made(quantize_with_tensorflow(loaded.content, samples), "int8", "min-max")
    if chosen.scheme == "mixed":
        mixed = quantize_mixed(loaded.content, samples, chosen, budget or Budget(), tested, progress)
        return Made(mixed.quantized.content, "mixed", mixed.quantized.calibrator, mixed.front, mixed.point)
    result = quantize(loaded.content, samples, chosen, progress)
    return Made(result.content, chosen.scheme, result.calibrator)


def _trained(state: Quantizing, quantizer: str, chosen: Options) -> Made:
    """The integers that a quantization-aware model was trained as."""
    if quantizer != "edgeq" or chosen != Options():
        why = "it was trained with its own ranges and widths"
        raise EdgeqError("the quantization-aware model", why, "leave the options of quantization out")
    narrow = any(w.bits <= 4 for w in state.weights.values())
    scheme = "int16x8" if "int16" in state.dtypes.values() else "int4" if narrow else "int8"
    return Made(content(assemble(state)), scheme, "training")
