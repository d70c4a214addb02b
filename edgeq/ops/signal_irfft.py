"""SIGNAL_IRFFT: real samples of a spectrum (TFLM signal/micro/kernels/irfft.cc, kissfft)."""

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
    fft_length: int  # samples


TYPES = real_fourier.TYPES
NEWEST_VERSION = 1


def output_shapes(node: Node) -> tuple[Shape, ...]:
    """[..., fft_length + 2] -> [..., fft_length]."""
    real_fourier.real_transform(node, inverse=True)
    _, numbers = frames(node)
    length = node.attributes.fft_length
    if numbers != length + 2:
        raise unsupported(node, f"a spectrum of {length} samples has {length + 2} numbers")
    return ((*node.input(0).shape[:-1], length),)


def work(node: Node) -> int:
    """What simulating it takes, in multiply-accumulates of matrix products."""
    return node.output.size * int(node.attributes.fft_length).bit_length() * ONE_BY_ONE


def simulate(node: Node, *values: Values | None) -> Values:
    """x [samples, ..., fft_length + 2] -> [samples, ..., fft_length].

    Imaginary parts of the first and the last bin count for nothing.
    """
    x = values[0]
    assert x is not None
    t = real_fourier.real_transform(node, inverse=True)
    wide = x if x.dtype == np.float32 else x.astype(np.int64)
    y = real_fourier.samples_of(t, wide.reshape(*x.shape[:-1], -1, 2))
    return y / np.float32(y.shape[-1]) if x.dtype == np.float32 else y.astype(x.dtype)


def kernel(node: Node) -> KernelCall:
    """`edgeq_signal_irfft_s16`, `_s32` or `_f32`."""
    t = real_fourier.real_transform(node, inverse=True)
    return real_fourier.fourier_call(node, t, "signal_irfft", *frames(node))
