"""A loop or branches of a float model as the integer model has them."""

from __future__ import annotations

from dataclasses import replace

from edgeq.errors import UnsupportedError, shown
from edgeq.graph import Op
from edgeq.quantize.building import Building, as_given, quantize_op
from edgeq.quantize.quantization_state import QuantizationState


def integer_loop(state: QuantizationState, building: Building, op: Op) -> list[Op]:
    """The operator on integers: QUANTIZE where what it takes or gives has another type or scale than
    its regions compute with. Raises UnsupportedError for an operator with regions that has no integer form.
    """
    loop = state.loops.get(op.regions)
    if loop is None:
        what = f'layer "{shown(building.tensors[op.outputs[0]].name)}"'
        why = "its branches or loops have no integer form"
        raise UnsupportedError(what, why, "convert the float model again")
    taken = loop.taken(op)
    given, made_of = (
        [loop.body.tensors[t] for t in ends] for ends in (loop.body.inputs, loop.body.outputs)
    )
    inputs = op.inputs[: len(op.inputs) - len(taken)] + tuple(
        as_given(building, t, tensor.dtype, tensor.quantization)
        for t, tensor in zip(taken, given, strict=True)
    )
    outputs, behind = list(op.outputs), list[Op]()
    for p, (t, made) in enumerate(zip(op.outputs, made_of, strict=True)):
        y = building.tensors[t]
        if (y.dtype, y.quantization) != (made.dtype, made.quantization):
            inner = replace(made, name=f"{y.name}/{made.dtype}", shape_signature=None, buffer=None)
            outputs[p] = building.add(inner)
            behind.append(quantize_op(outputs[p], t, y.dtype))
    return [replace(op, inputs=inputs, outputs=tuple(outputs), regions=loop.regions), *behind]
