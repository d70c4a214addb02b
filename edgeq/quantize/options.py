"""How a model is to be quantized: what a person can choose, with defaults that need no choice."""

from __future__ import annotations

from dataclasses import dataclass

from edgeq.errors import EdgeqError

SCHEMES = ("int8", "int16x8", "int4", "codebook", "dynamic", "mixed")
CALIBRATORS = ("auto", "auto-per-tensor", "min-max", "moving-average", "percentile", "mse", "entropy")
ROUNDINGS = ("auto", "nearest", "adaround", "second-order")
IMPORTANCES = ("auto", "equal", "inputs")


@dataclass(frozen=True)
class Options:
    """The choices of one quantization.

    scheme: int8 (weights and activations), int16x8 (int16 activations), int4 (weights), codebook (weights as indices),
    dynamic (int8 weights, activation scales computed during inference) or mixed (widths by layer, under a budget).
    calibrator: how ranges of activations are found; auto takes for all tensors the one whose integer model comes
    nearest to the float model, then for each what disturbs the float outputs least; auto-per-tensor instead tries the
    others in the integer model, tensor by tensor. percentile: for that calibrator. rounding: of weights, auto is
    second-order. equalize: move scales between neighbouring layers first, so that weights use their integers alike;
    fill_ranges: so that activations do. real_inputs: take an input as it is where its features are too unequal for
    the integers of one scale, and scale each by itself before it becomes one. correct_bias: take the mean error out of
    each channel. per_channel: a scale for each output channel, not one for the layer's weights. codebook_bits: width of
    an index. codebook_importance: what a weight counts when a codebook's values are chosen, equal, or inputs: the mean
    square of those it multiplies; auto is inputs where rounding is nearest, else equal, as indices are then chosen by
    what they do to the outputs.
    Nothing draws at random: the same samples give the same model.
    """

    scheme: str = "int8"
    calibrator: str = "auto"
    percentile: float = 99.99
    rounding: str = "auto"
    equalize: bool = False
    fill_ranges: bool = True
    real_inputs: bool = True
    correct_bias: bool = True
    per_channel: bool = True
    codebook_bits: int = 4
    codebook_importance: str = "auto"

    def __post_init__(self) -> None:
        _known("scheme", self.scheme, SCHEMES)
        _known("calibrator", self.calibrator, CALIBRATORS)
        _known("rounding", self.rounding, ROUNDINGS)
        _known("codebook importance", self.codebook_importance, IMPORTANCES)
        if not 50 < self.percentile <= 100:
            raise EdgeqError(
                f"percentile {self.percentile:g}", "it must lie between 50 and 100", "99.9 to 100 is usual"
            )
        if not 2 <= self.codebook_bits <= 8:
            raise EdgeqError(f"codebook of {self.codebook_bits} bits", "2 to 8 are known", "4 is usual")


def _known(what: str, value: str, known: tuple[str, ...]) -> None:
    if value not in known:
        raise EdgeqError(f"{what} {value!r}", "it is not known", f"choose {', '.join(known)}")
