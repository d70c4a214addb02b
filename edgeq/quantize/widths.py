"""What activations are held in: int16 where a scheme says so and an operator knows it."""

from __future__ import annotations

from dataclasses import replace

from edgeq.graph import Op
from edgeq.ops import operator, supported
from edgeq.quantize.options import Options
from edgeq.quantize.state import Quantizing, is_activation


def typed(state: Quantizing, options: Options) -> Quantizing:
    """int16x8: all activations int16, but for outputs of operators that have no int16 arithmetic, and for real ones."""
    if options.scheme != "int16x8":
        return state
    narrow = {t for op in state.graph.ops if not _knows_int16(op) for t in op.outputs}
    wide = [t for t, tensor in enumerate(state.graph.tensors) if is_activation(tensor) and t not in narrow]
    return replace(state, dtypes={**dict.fromkeys(wide, "int16"), **state.dtypes})


def _knows_int16(op: Op) -> bool:
    """Whether an operator computes int16 from int16."""
    rows = operator(op.kind).TYPES.items() if op.kind in supported() else ()
    return any("int16" in given and "int16" in made[0].split("|") for given, made in rows)
