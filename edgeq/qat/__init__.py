"""Quantization-aware training of Keras models."""

from edgeq.callable_package import make_callable

make_callable(__name__, "qat")
