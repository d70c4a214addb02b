"""Quantization-aware training: a float model to train with its quantization in place, and its integer model."""

from edgeq.room import make_callable

make_callable(__name__, "qat")
