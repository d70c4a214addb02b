"""SIGNAL_RFFT: the spectrum of real samples (TFLM signal/micro/kernels/rfft.cc, kissfft)."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from edgeq.opkit import real_fourier
from edgeq.opkit.kernel_call import KernelCall
from edgeq.opkit.legal import ONE_BY_ONE
from edgeq.opkit.node import Node, Shape, Values, unsupported
from edgeq.opkit.signal_vectors import frames


@dataclass(frozen=True)
class Attributes:
    T: int  # number of the input's type
    fft_length: int  # samples that are transformed, zeros behind those of the input


TYPES = real_fourier.TYPES
NEWEST_VERSION = 1


def output_shapes(node: Node) -> tuple[Shape, ...]:
    """[..., samples] -> [..., fft_length + 2]: bins of a real and an imaginary part."""
    real_fourier.real_transform(node, inverse=False)
    _, samples = frames(node)
    length = node.attributes.fft_length
    if samples > length:
        raise unsupported(node, f"it transforms {length} samples, its input has {samples}")
    return ((*node.input(0).shape[:-1], length + 2),)


def work(node: Node) -> int:
    """What simulating it takes, in multiply-accumulates of matrix products."""
    return node.output.size * int(node.attributes.fft_length).bit_length() * ONE_BY_ONE


def simulate(node: Node, *values: Values | None) -> Values:
    """x [samples, ..., size] -> [samples, ..., fft_length + 2]."""
    x = values[0]
    assert x is not None
    t = real_fourier.real_transform(node, inverse=False)
    wide = x if x.dtype == np.float32 else x.astype(np.int64)
    behind = [(0, 0)] * (x.ndim - 1) + [(0, node.attributes.fft_length - x.shape[-1])]
    y = real_fourier.spectrum_of(t, np.pad(wide, behind))
    return y.reshape(*x.shape[:-1], -1).astype(x.dtype)


def kernel(node: Node) -> KernelCall:
    """`edgeq_signal_rfft_s16`, `_s32` or `_f32`."""
    t = real_fourier.real_transform(node, inverse=False)
    return real_fourier.fourier_call(node, t, "signal_rfft", *frames(node))
