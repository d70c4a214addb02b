"""An interpreter that computes otherwise than the model says, as a wrong converter would."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from edgeq.graph import Op, read_tflite, write_tflite
from edgeq.runtime import float_interpreter


def without_relu(content: bytes) -> Any:
    """Runs a .tflite whose convolutions leave negative values as they are."""

    def spoilt(op: Op) -> Op:
        kept = dict(op.attributes)
        if kept.get("fused_activation_function") == "RELU":
            kept["fused_activation_function"] = "NONE"
        if op.kind == "RELU":
            return replace(op, kind="ABS")
        return replace(op, attributes=tuple(sorted(kept.items())))

    model = read_tflite(content)
    graph = replace(model.main, ops=tuple(map(spoilt, model.main.ops)))
    return float_interpreter(write_tflite(replace(model, graphs=(graph,))))
