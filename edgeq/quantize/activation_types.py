"""Types of activations: int16 where the scheme asks for it and the operator supports it."""

from __future__ import annotations

from dataclasses import replace

from edgeq.graph import Op
from edgeq.ops import operator, supported
from edgeq.quantize.options import Options
from edgeq.quantize.quantization_state import QuantizationState, is_activation
from edgeq.quantize.schemes import SCHEMES


def with_activation_types(state: QuantizationState, options: Options) -> QuantizationState:
    """The state with all activations int16 for scheme int16x8, except outputs of operators without
    int16 arithmetic and float32 activations.
    """
    dtype = SCHEMES[options.scheme].activations
    narrow = {t for op in state.graph.ops if not _knows(op, dtype) for t in op.outputs}
    wide = [
        t
        for t, tensor in enumerate(state.graph.tensors)
        if is_activation(tensor) and t not in narrow
    ]
    return replace(state, dtypes={**dict.fromkeys(wide, dtype), **state.dtypes})


def _knows(op: Op, dtype: str) -> bool:
    """Whether an operator computes a type from itself; loops do what their bodies do."""
    if op.regions:
        return True
    rows = operator(op.kind).types.items() if op.kind in supported() else ()
    return any(dtype in given and dtype in made[0].split("|") for given, made in rows)
