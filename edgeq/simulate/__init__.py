"""Bit-exact simulation of integer models, and comparison with other interpreters (oracles)."""

from edgeq.callable_package import make_callable

make_callable(__name__, "simulate")
