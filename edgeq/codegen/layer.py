"""One operator of a program as plain data for C: its kernel's call, or of a branch or loop the calls of
its regions.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import accumulate

import numpy as np

from edgeq.codegen.constants import parameter_name
from edgeq.codegen.expressions import Arguments, Field, Place
from edgeq.codegen.frames import Frame, inner_frame, step_name
from edgeq.codegen.layer_data import BranchLayers, FurtherOutput, Layer, LoopLayers, Start
from edgeq.codegen.names import c_comment
from edgeq.opkit.kernel_call import Alternatives, KernelCall
from edgeq.plan.control import BranchRoutines, LoopRoutines
from edgeq.plan.routine import uniform_byte


def make_layer(frame: Frame, names: Mapping[str, str], k: int) -> Layer:
    """The layer of a program's step k. names: C names of constants."""
    step, graph = frame.program.steps[k], frame.program.graph
    node = step.node
    output = (*step.writes, *graph.ops[node.index].outputs)[0]
    ins = ", ".join(str(list(t.shape)) for t in node.inputs if t is not None and not t.constant)
    shapes = f"{ins} -> {', '.join(str(list(t.shape)) for t in node.outputs)}"
    call = step.call if isinstance(step.call, KernelCall) and step.control is None else None
    label = frame.label(k)
    return Layer(
        k,
        label,
        f'{node.kind} "{c_comment(node.name, 80)}"',
        shapes,
        call.function if call else None,
        kernel_fields(call, f"layer{label}", names) if call else [],
        _arguments(frame, names, k, call) if call else None,
        frame.operand(output).place or Place(0),
        graph.tensors[output].nbytes if step.writes else 0,
        _control(frame, names, k),
        tuple(_further(frame, step.writes)),
        call.scratch_bytes if call is not None and call.library is not None else 0,
    )


def _further(frame: Frame, writes: Sequence[int]) -> Iterator[FurtherOutput]:
    """What a step writes behind its first output."""
    sizes = [frame.program.graph.tensors[t].nbytes for t in writes]
    for t, start, nbytes in zip(writes[1:], accumulate(sizes), sizes[1:], strict=False):
        yield FurtherOutput(frame.operand(t).place or Place(0), start, nbytes)


def with_inner(layers: Iterable[Layer]) -> Iterator[Layer]:
    """The layers, and those of their regions."""
    for layer in layers:
        yield layer
        if layer.control is not None:
            yield from with_inner(layer.control.inner)


def kernel_fields(call: KernelCall, owner: str, names: Mapping[str, str]) -> list[Field]:
    """The parameters of a call; each array by its C name. owner: the C name of the parameter
    struct.
    """
    return [
        (
            field,
            names[parameter_name(owner, field)]
            if isinstance(value, (np.ndarray, Alternatives))
            else value,
        )
        for field, value in call.parameters.items()
    ]


def _arguments(frame: Frame, names: Mapping[str, str], k: int, call: KernelCall) -> Arguments:
    """The arguments of a call that computes the whole output."""
    op = frame.program.graph.ops[frame.program.steps[k].node.index]
    inputs = [frame.input(names, k, position) for position in call.inputs]
    outputs = [frame.operand(t) for t in op.outputs]
    return Arguments(None, inputs, outputs, frame.scratch(k), call.gathered, call.scattered)


def _control(frame: Frame, names: Mapping[str, str], k: int) -> LoopLayers | BranchLayers | None:
    """What a branch or loop runs; None for another step."""
    control = frame.program.steps[k].control
    if control is None:
        return None
    loops = int(isinstance(control, LoopRoutines))
    frames = {
        name: inner_frame(frame, names, k, name, routine, loops)
        for name, routine in control.routines
    }
    inner = {name: _inner_layers(of, names) for name, of in frames.items()}
    if isinstance(control, BranchRoutines):
        return BranchLayers(frame.input(names, k, 0), inner["then"], inner["else"])
    more = None
    if control.cond is not None:
        more = frames["cond"].operand(control.cond.program.graph.outputs[0])
    starts = [_start(frame, names, k, position) for position in control.carried]
    counter = step_name(frame.depth + 1)
    return LoopLayers(control.steps, counter, starts, inner.get("cond", []), more, inner["body"])


def _start(frame: Frame, names: Mapping[str, str], k: int, position: int) -> Start:
    """The value that a loop, step k, carries in its output at a position."""
    node = frame.program.steps[k].node
    tensor = node.input(position)
    target = frame.operand(frame.program.graph.ops[node.index].outputs[position])
    byte = uniform_byte(tensor) if tensor.constant else None
    if byte is not None:
        return Start(target, tensor.nbytes, None, int(np.uint8(byte).astype(np.int8)))
    return Start(target, tensor.nbytes, frame.input(names, k, position))


def _inner_layers(frame: Frame, names: Mapping[str, str]) -> list[Layer]:
    """The layers of a region that need code."""
    layers = (make_layer(frame, names, k) for k in range(len(frame.program.steps)))
    return [layer for layer in layers if layer.function or layer.control]
