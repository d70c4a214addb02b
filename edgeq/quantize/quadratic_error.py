"""The output error of a layer as a quadratic form in its integer weights, from the second moments
of its inputs.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, fields, replace

import numpy as np
import numpy.typing as npt

from edgeq.fixedpoint import REAL_RANGES, activation_range
from edgeq.opkit.node import Node, Values
from edgeq.ops import operator, resolve
from edgeq.quantize import blockwise_rounding
from edgeq.quantize.assemble import activation_quantization
from edgeq.quantize.layerwise import LayerInputs
from edgeq.quantize.quantization_state import Floats, Layer, QuantizationState, Reals, by_channel

POSITIONS = 32768
"""Sampled positions of a layer: at least 8 per weight of the widest channel that has a Hessian."""
CUT_OFF = 0.02  # weight of an output that is clipped
HESSIAN_ELEMENTS = 1 << 22  # elements of Hessians computed at a time
MAX_IM2COL_BYTES = 256 << 20  # of the im2col matrix of one layer
MAX_MULTIPLIES = 1 << 40  # for per-channel Hessians of one layer
IM2COL_ELEMENTS = 1 << 23  # elements of im2col matrices computed at a time


@dataclass(frozen=True, eq=False)
class ReconstructionProblem:
    """What rounding a layer has to reproduce, at sampled positions.

    quantized: im2col of the input in the integer model, float32 [groups, positions, n].
    rows: real weights [groups, channels per group, n].
    outputs: of the float model, without bias, float64 [groups, positions, channels per group].
    share: weight of each output in the error, shaped as `outputs`; None where all count alike.
    samples: number of samples that the positions are from.
    """

    quantized: Reals
    rows: Floats
    outputs: Floats
    share: Floats | None
    samples: int

    @property
    def positions(self) -> int:
        return int(self.quantized.shape[1])


@dataclass(frozen=True, eq=False)
class QuadraticForm:
    """The output error of some channels as a function of their integer weights q, per group of
    channels with a common input:

        mean over positions of (q x - z - mean error)^2  =  q hessian q^T - 2 q cross^T + constant

    hessian: covariance of the inputs x, [groups, n, n].
    cross: covariance of x with the real outputs z, [groups, rows, n].
    x: mean inputs [groups, n].
    z: mean outputs [groups, rows].

    The mean error is not counted because bias correction removes it.
    """

    hessian: Floats
    cross: Floats
    x: Floats
    z: Floats

    def mean_error(self, weights: Floats) -> Floats:
        """Mean over positions of the float outputs minus those computed with `weights` [groups, rows,
        n]: the correction to add to the bias, [groups, rows].
        """
        return np.asarray(self.z - np.einsum("grn,gn->gr", weights, self.x))

    def error(self, weights: Floats) -> Floats:
        """The error of dequantized weights [groups, rows, n], without its constant: [groups, rows]."""
        return np.asarray(
            np.einsum("grn,grn->gr", weights @ self.hessian - 2 * self.cross, weights)
        )

    def some(self, rows: slice) -> QuadraticForm:
        """The form restricted to some of the rows."""
        return replace(self, cross=self.cross[:, rows], z=self.z[:, rows])


def reconstruction_problem(
    state: QuantizationState, layer: Layer, inputs: LayerInputs
) -> ReconstructionProblem:
    """A layer's reconstruction problem at evenly sampled positions; deterministic."""
    node = resolve(state.graph, layer.index)
    weights = state.graph.tensors[layer.weights].array
    rows = by_channel(weights, layer.axis)
    n = rows.shape[1]
    wanted = (
        blockwise_rounding.POSITIONS
        if blockwise_rounding.too_wide(n)
        else min(POSITIONS, MAX_IM2COL_BYTES // (4 * n))
    )
    exact, quantized = (
        sampled_im2col(node, x, wanted, n) for x in (inputs.reference, inputs.quantized)
    )
    rows = rows.reshape(len(exact), -1, n)
    outputs = _products(exact, rows)
    bias = state.graph.tensors[layer.bias].array.astype(np.float64).reshape(len(rows), 1, -1)
    share = _output_weights(state, layer, node, outputs + bias, n)
    return ReconstructionProblem(quantized, rows, outputs, share, len(inputs.reference))


def _products(x: Reals, rows: Floats) -> Floats:
    """x [groups, positions, n] times rows [groups, channels, n] in float64, in blocks of positions:
    [groups, positions, channels].
    """
    size = max(1, HESSIAN_ELEMENTS // (x.shape[0] * x.shape[2]))
    turned = rows.transpose(0, 2, 1)
    parts = [x[:, k : k + size].astype(np.float64) @ turned for k in range(0, x.shape[1], size)]
    return np.concatenate(parts, axis=1)


def quadratic_forms(problem: ReconstructionProblem) -> Iterator[tuple[slice, QuadraticForm]]:
    """Quadratic forms of all channels of a layer, in blocks: the block's place among the channels,
    and the form.

    Channels whose outputs all count alike share one Hessian per group; where the activation clips
    outputs, each channel has its own.
    """
    groups, channels, n = problem.rows.shape
    size = max(1, HESSIAN_ELEMENTS // n**2)
    if problem.share is None:
        for g in range(0, groups, size):
            yield (
                slice(g * channels, min(g + size, groups) * channels),
                _common_form(problem, slice(g, g + size)),
            )
        return
    for start in range(0, groups * channels, size):
        stop = min(start + size, groups * channels)
        forms = [
            _per_channel_form(
                problem, g, slice(max(start - g * channels, 0), min(stop - g * channels, channels))
            )
            for g in range(start // channels, -(-stop // channels))
        ]
        yield slice(start, stop), _side_by_side(forms)


def _side_by_side(forms: Sequence[QuadraticForm]) -> QuadraticForm:
    """Forms with one row for each group as one, of all their groups."""
    names = [field.name for field in fields(QuadraticForm)]
    return QuadraticForm(*(np.concatenate([getattr(f, name) for f in forms]) for name in names))


def layer_im2col(node: Node, x: Values) -> Reals:
    """The im2col matrix of a layer with weights, float32 [groups, positions, n]: the activations
    that each weight of a channel is multiplied by.

    x: real, [samples, *shape].
    """
    matrix_of = operator(node.kind).im2col_matrix
    assert matrix_of is not None  # every operator with weights has it
    return np.asarray(matrix_of(node, x), np.float32)


def sampled_im2col(node: Node, x: Values, wanted: int, taps: int) -> Reals:
    """About `wanted` rows (positions) of a layer's im2col matrix, [groups, positions, n], computed
    for a block of samples at a time.

    taps: number of weights per channel, by which the size of a block is chosen.
    """
    positions = node.output.size // node.output.shape[-1]
    chosen = spaced_positions(len(x) * positions, wanted)
    size = max(1, IM2COL_ELEMENTS // max(1, positions * x.shape[-1] * taps))
    parts = []
    for start in range(0, len(x), size):
        found = layer_im2col(node, x[start : start + size])
        low, high = np.searchsorted(chosen, [start * positions, (start + size) * positions])
        parts.append(found[:, chosen[low:high] - start * positions])
    return np.concatenate(parts, axis=1)


def spaced_positions(total: int, wanted: int) -> npt.NDArray[np.int64]:
    """About `wanted` increasing positions below `total`, one in each of `wanted` intervals of equal
    length; all positions if there are no more.

    The position within its interval follows the golden ratio sequence, so that no row or column of
    an image is preferred.

    >>> spaced_positions(12, 4).tolist()
    [0, 4, 6, 11]
    """
    if total <= wanted:
        return np.arange(total)
    k = np.arange(wanted)
    return np.unique(((k + k * 0.6180339887498949 % 1) * (total / wanted)).astype(np.int64))


def _output_weights(
    state: QuantizationState, layer: Layer, node: Node, outputs: Floats, n: int
) -> Floats | None:
    """Weight of each output in the error: 1, or `CUT_OFF` where the activation or the range clips
    it.

    None, for equal weights, where hardly any output is clipped, and where a Hessian per channel
    would have too few positions or take too many multiplications.
    """
    low, high = _output_range(state, layer, node.attributes.fused_activation_function)
    inside = (outputs > low) & (outputs < high)
    costly = outputs.shape[1] < 2 * n or outputs.size * n**2 > MAX_MULTIPLIES
    return None if costly or inside.mean() > 0.99 else np.where(inside, 1.0, CUT_OFF)


def _output_range(state: QuantizationState, layer: Layer, activation: str) -> tuple[float, float]:
    """The smallest and the largest real value that a layer can output."""
    if state.dynamic:
        return REAL_RANGES[activation]
    y = activation_quantization(state, layer.y)
    scale, zero_point = y.scale[0], y.zero_point[0]
    low, high = activation_range(activation, state.dtype(layer.y), scale, zero_point)
    return scale * (low - zero_point), scale * (high - zero_point)


def _common_form(problem: ReconstructionProblem, part: slice) -> QuadraticForm:
    """The form with one Hessian for all channels of a group, accumulated over blocks of positions."""
    quantized, outputs = problem.quantized[part], problem.outputs[part]
    groups, count, n = quantized.shape
    x_mean, z_mean = quantized.mean(axis=1, dtype=np.float64), outputs.mean(axis=1)
    hessian, cross = np.zeros((groups, n, n)), np.zeros((groups, outputs.shape[2], n))
    size = max(1, HESSIAN_ELEMENTS // (groups * n))
    for start in range(0, count, size):
        x = quantized[:, start : start + size] - x_mean[:, None]
        z = outputs[:, start : start + size] - z_mean[:, None]
        hessian += x.transpose(0, 2, 1) @ x
        cross += z.transpose(0, 2, 1) @ x
    return QuadraticForm(hessian / count, cross / count, x_mean, z_mean)


def _per_channel_form(problem: ReconstructionProblem, group: int, part: slice) -> QuadraticForm:
    """The quadratic output error of the channels `part` of a group with a Hessian [n, n] of each
    channel, in which every position counts by its importance `problem.share`.
    """
    assert problem.share is not None
    x = problem.quantized[group]
    centre = x.mean(axis=0)
    x = x - centre
    z, share = problem.outputs[group][:, part], problem.share[group][:, part]
    share = share / share.sum(axis=0)
    z_mean = (share * z).sum(axis=0)
    x_mean = share.T @ x
    cross = (share * (z - z_mean)).T @ x
    hessian = np.stack([_weighted(x, s) for s in share.T]) - x_mean[:, :, None] * x_mean[:, None, :]
    return QuadraticForm(hessian, cross[:, None], x_mean + centre, z_mean[:, None])


def _weighted(x: Reals, share: Floats) -> Floats:
    scaled = x * np.sqrt(share).astype(np.float32)[:, None]
    return (scaled.T @ scaled).astype(np.float64)
