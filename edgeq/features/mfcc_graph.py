"""MFCC of a frame as a graph of float32 operators, from which both Python's features and C are made.

The definitions are those of `tf.signal`: `stft` with its Hann window and the least power of two that
holds a frame, the magnitude, `linear_to_mel_weight_matrix`, log(x + 1e-6),
`mfccs_from_log_mel_spectrograms`. Constants are computed in float64 and rounded to float32. Samples
count as 16-bit fractions of 1.

Bands overlap with their neighbours only, so that the matrix has few weights that are not 0. It is
applied in groups of neighbouring bands, each to the bins that the group covers.
"""

from __future__ import annotations

from math import log

import numpy as np

from edgeq.features.graph_builder import GraphBuilder
from edgeq.features.mfcc_parameters import MfccParameters
from edgeq.graph import Model, Tensor
from edgeq.opkit.node import Values

OFFSET = np.float32(1e-6)  # so that the logarithm of silence is a number
_GROUP = 8  # bands of a matrix product: a quarter of the weights of one product, few operators
_FLOAT32 = 0  # in TensorType of the schema


def hann_window(size: int) -> Values:
    """The periodic Hann window over 2^15: float32 [size]."""
    n = np.arange(size)
    values = (0.5 - 0.5 * np.cos(2 * np.pi * n / size)) / (1 << 15)
    return np.asarray(values, np.float32)


def mel_matrix(p: MfccParameters) -> Values:
    """The weight of each bin in each band, float32 [mel_bins, transform / 2 + 1]; triangles on the mel
    scale, and 0 for the bin of 0 Hz.
    """
    edges = np.linspace(_mel(p.lower_hz), _mel(p.upper_hz), p.mel_bins + 2)
    bins = p.transform // 2 + 1
    at = np.array([_mel(k * p.sample_rate / p.transform) for k in range(bins)])
    low, centre, high = (edges[k : k + p.mel_bins, None] for k in range(3))
    weights = np.minimum((at - low) / (centre - low), (high - at) / (high - centre))
    weights[:, 0] = 0
    return np.asarray(np.maximum(weights, 0), np.float32)


def _mel(hertz: float) -> float:
    return 1127.0 * log(1.0 + hertz / 700.0)


def cosine_matrix(p: MfccParameters) -> Values:
    """The cosine transform of kind II, times sqrt(2 / mel_bins): float32 [coefficients, mel_bins]."""
    k, n = np.arange(p.coefficients)[:, None], np.arange(p.mel_bins)
    cosines = np.cos(np.pi * k * (2 * n + 1) / (2 * p.mel_bins))
    return np.asarray(cosines * np.sqrt(2 / p.mel_bins), np.float32)


def mfcc_graph(p: MfccParameters, quantized: Tensor | None = None) -> Model:
    """Input: a frame, int16 [window]. Output: float32 [1, coefficients], or with `quantized` a tensor
    of its type, scale and zero point.
    """
    b = GraphBuilder()
    frame = b.tensor("frame", "int16", p.window)
    real, windowed = (b.tensor(name, "float32", p.window) for name in ("real", "windowed"))
    b.op("CAST", (frame,), real, "CastOptions")
    window = b.constant("window", hann_window(p.window))
    b.op("MUL", (real, window), windowed, "MulOptions", fused_activation_function="NONE")
    matrix = mel_matrix(p)
    bands = b.tensor("bands", "float32", 1, p.mel_bins)
    first, magnitudes = _magnitudes(b, windowed, p, matrix)
    groups = tuple(
        _group(b, magnitudes, matrix[k : k + _GROUP, first:], k)
        for k in range(0, p.mel_bins, _GROUP)
    )
    b.op("CONCATENATION", groups, bands, "ConcatenationOptions", axis=1)
    above, logs = (b.tensor(name, "float32", 1, p.mel_bins) for name in ("above", "logs"))
    offset = b.constant("offset", np.array(OFFSET))
    b.op("ADD", (bands, offset), above, "AddOptions", fused_activation_function="NONE")
    b.op("LOG", (above,), logs, "")
    y = _product(b, logs, cosine_matrix(p), "coefficients")
    if quantized is not None:
        y = b.op("QUANTIZE", (y,), b.add(quantized), "QuantizeOptions")
    return b.model((frame,), y)


def _magnitudes(
    b: GraphBuilder, windowed: int, p: MfccParameters, matrix: Values
) -> tuple[int, int]:
    """The magnitudes of the bins that the matrix has weights for, and the first of them."""
    spectrum = b.tensor("spectrum", "float32", p.transform + 2)
    b.custom("SignalRfft", (windowed,), (spectrum,), T=_FLOAT32, fft_length=p.transform)
    first, count = _covered(matrix)
    parts, squares = (b.tensor(name, "float32", 2 * count) for name in ("parts", "squares"))
    _slice(b, spectrum, parts, 2 * first, 2 * count)
    b.op("SQUARE", (parts,), squares, "SquareOptions")
    pairs = b.tensor("pairs", "float32", count, 2)
    shape = b.constant("pairs_shape", np.array([count, 2], np.int32))
    b.op("RESHAPE", (squares, shape), pairs, "ReshapeOptions", new_shape=(count, 2))
    powers, magnitudes = (b.tensor(name, "float32", count) for name in ("powers", "magnitudes"))
    axis = b.constant("axis", np.array([1], np.int32))
    b.op("SUM", (pairs, axis), powers, "ReducerOptions", keep_dims=False)
    return first, b.op("SQRT", (powers,), magnitudes, "")


def _covered(matrix: Values) -> tuple[int, int]:
    """The first bin and the number of bins between the outermost weights that are not 0; one where all
    are 0.
    """
    used = np.flatnonzero(matrix.any(axis=0))
    return (int(used[0]), int(used[-1] - used[0]) + 1) if used.size else (0, 1)


def _group(b: GraphBuilder, magnitudes: int, matrix: Values, k: int) -> int:
    """Some bands from band k on: float32 [1, bands]."""
    first, count = _covered(matrix)
    part = b.tensor(f"bins_{k}", "float32", count)
    _slice(b, magnitudes, part, first, count)
    return _product(b, part, matrix[:, first : first + count], f"bands_{k}")


def _slice(b: GraphBuilder, x: int, y: int, first: int, count: int) -> None:
    name = b.tensors[y].name
    begin = b.constant(f"{name}_begin", np.array([first], np.int32))
    size = b.constant(f"{name}_size", np.array([count], np.int32))
    b.op("SLICE", (x, begin, size), y, "SliceOptions")


def _product(b: GraphBuilder, x: int, matrix: Values, name: str) -> int:
    """matrix [rows, columns] times x [columns]: float32 [1, rows]."""
    weights = b.constant(f"{name}_weights", np.ascontiguousarray(matrix))
    y = b.tensor(name, "float32", 1, len(matrix))
    options = "FullyConnectedOptions"
    return b.op(
        "FULLY_CONNECTED",
        (x, weights),
        y,
        options,
        fused_activation_function="NONE",
        keep_num_dims=False,
    )
