"""Affine operators at a model's float inputs and the QUANTIZE behind them, which firmware computes
when data is written to the input.

They compute (x - shift) * factor with constants per feature, then integers of one scale. Files
contain them as operators that any interpreter runs. The graph of the firmware begins behind them,
with the integers.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from math import prod

import numpy as np
import numpy.typing as npt

from edgeq.graph import Graph, Op, Tensor
from edgeq.opkit.kernel_call import KernelCall, Parameter
from edgeq.opkit.suffix import SUFFIX

Reals = npt.NDArray[np.float32]

VIEWS = frozenset({"RESHAPE", "EXPAND_DIMS", "SQUEEZE"})
"""Operators that leave the elements in their order."""
STEPS = ("SUB", "MUL")
"""What may stand between the input and its integers, in this order, with a constant on the right.
"""
INTEGERS = "QUANTIZE"
LARGEST = 1 << 20  # features; of more the operators are better left as they are
LARGEST_REAL = 1e38


@dataclass(frozen=True)
class Features:
    """Which constants belong to an element: element i of a sample has those of feature i // inner %
    count.
    """

    inner: int
    count: int

    def of(self, elements: int) -> npt.NDArray[np.int64]:
        """The feature of each element of a sample."""
        return np.arange(elements) // self.inner % self.count


@dataclass(frozen=True)
class InputAffine:
    """The affine operators of one float input; tensors by index.

    position: of the input among the graph's inputs.
    input, output: the float input and the quantized tensor.
    ops: the operators, QUANTIZE last.
    shift, factor: float32 values per feature; 0 and 1 where the file has no such operator.
    """

    position: int
    input: int
    output: int
    ops: tuple[int, ...]
    features: Features
    shift: tuple[float, ...]
    factor: tuple[float, ...]


def find_input_affines(graph: Graph) -> tuple[InputAffine, ...]:
    """The affine operators of each float input that has them, in the order of inputs."""
    users = readers(graph)
    found = (_input_affine(graph, users, position) for position in range(len(graph.inputs)))
    return tuple(input_affine for input_affine in found if input_affine is not None)


def without_input_affines(graph: Graph, input_affines: Sequence[InputAffine]) -> Graph:
    """The graph that begins with the integers behind the affine operators; tensors keep their
    indices.
    """
    inputs = list(graph.inputs)
    for input_affine in input_affines:
        inputs[input_affine.position] = input_affine.output
    gone = {index for input_affine in input_affines for index in input_affine.ops}
    ops = tuple(op for index, op in enumerate(graph.ops) if index not in gone)
    return replace(graph, inputs=tuple(inputs), ops=ops)


def integer_graph(graph: Graph) -> Graph:
    """The graph that a device computes in an inference: without the affine operators of its inputs."""
    return without_input_affines(graph, find_input_affines(graph))


def real_values(
    input_affine: InputAffine, output: Tensor, levels: npt.NDArray[np.float64]
) -> Reals:
    """Real values [samples, elements] that are quantized to about the given levels.

    output: the quantized tensor.
    levels: integers as real numbers [samples, elements], so that ties and saturation can be tested.
        If a factor is 0, all values have the same level.
    """
    feature = input_affine.features.of(levels.shape[1])
    shift, factor = (
        np.array(values)[feature] for values in (input_affine.shift, input_affine.factor)
    )
    scaled = output.scale * (levels - output.zero_point)
    real = shift + scaled / np.where(factor == 0, 1.0, factor)
    return np.asarray(np.clip(real, -LARGEST_REAL, LARGEST_REAL), np.float32)


def input_affine_kernel(input_affine: InputAffine, output: Tensor) -> KernelCall:
    """The call of `edgeq_affine_input_s8` or `_s16`, which firmware makes when data is written.
    output: the quantized tensor.
    """
    parameters: dict[str, Parameter | None] = {
        "real.elements": output.size,
        "real.scale": output.scale,
        "real.zero_point": output.zero_point,
        "inner": input_affine.features.inner,
        "features": input_affine.features.count,
        "shift": np.array(input_affine.shift, np.float32),
        "factor": np.array(input_affine.factor, np.float32),
    }
    return KernelCall(
        f"edgeq_affine_input_{SUFFIX[output.dtype]}", parameters, source="affine_input"
    )


def readers(graph: Graph) -> Mapping[int, list[int]]:
    """Tensor -> the operators that read it; -1 stands for the application, which reads the outputs."""
    found: dict[int, list[int]] = {}
    for index, op in enumerate(graph.ops):
        for t in set(op.inputs) - {-1}:
            found.setdefault(t, []).append(index)
    for t in graph.outputs:
        found.setdefault(t, []).append(-1)
    return found


def only_reader(users: Mapping[int, list[int]], tensor: int) -> int | None:
    """The only operator that reads a tensor; None if there are several or it is an output."""
    found = users.get(tensor, [])
    return found[0] if len(found) == 1 and found[0] >= 0 else None


def feature_constants(
    shape: tuple[int, ...], constants: Sequence[Reals]
) -> tuple[Features, list[Reals]] | None:
    """Constants that broadcast to a shape, as one value per feature, over the smallest range of
    axes that distinguishes them.

    None if one does not broadcast to the shape, or there are more than `LARGEST` features.
    """
    aligned = [_aligned(values, shape) for values in constants]
    known = [values for values in aligned if values is not None]
    if len(known) < len(aligned):
        return None
    varying = [axis for values in known for axis, size in enumerate(values.shape) if size > 1]
    first, last = min(varying, default=0), max(varying, default=-1)
    within = shape[first : last + 1]
    features = Features(prod(shape[last + 1 :]), prod(within))
    if features.count > LARGEST:
        return None
    return features, [
        np.broadcast_to(v.reshape(v.shape[first : last + 1]), within).ravel() for v in known
    ]


def _aligned(values: Reals, shape: tuple[int, ...]) -> Reals | None:
    """The values with as many axes as the shape, None if they do not broadcast to it."""
    surplus = values.shape[: max(0, values.ndim - len(shape))]
    if any(size != 1 for size in surplus):
        return None
    values = values.reshape(values.shape[len(surplus) :])
    values = values.reshape((1,) * (len(shape) - values.ndim) + values.shape)
    fits = all(size in (1, whole) for size, whole in zip(values.shape, shape, strict=True))
    return values if fits else None


def _input_affine(
    graph: Graph, users: Mapping[int, list[int]], position: int
) -> InputAffine | None:
    t = graph.inputs[position]
    if graph.tensors[t].dtype != "float32" or graph.inputs.count(t) > 1:
        return None
    ops, steps = list[int](), dict[str, Reals]()
    while (index := only_reader(users, t)) is not None:
        op = graph.ops[index]
        if op.kind == INTEGERS:
            return _complete(graph, position, (*ops, index), steps)
        constant = _step(graph, op, t, steps)
        if constant is not None:
            steps[op.kind] = constant
        elif op.kind not in VIEWS or op.inputs[0] != t or steps:
            return None
        ops.append(index)
        t = op.outputs[0]
    return None


def _step(graph: Graph, op: Op, t: int, before: Mapping[str, Reals]) -> Reals | None:
    """The constant of an operator that may come next, None of any other."""
    allowed = STEPS[max((STEPS.index(kind) + 1 for kind in before), default=0) :]
    constant_right = len(op.inputs) == 2 and op.inputs[0] == t and op.inputs[1] >= 0
    if op.kind not in allowed or op.fused_activation != "NONE" or not constant_right:
        return None
    other = graph.tensors[op.inputs[1]]
    same = graph.tensors[op.outputs[0]].shape == graph.tensors[t].shape
    return (
        np.asarray(other.array, np.float32)
        if other.constant and other.dtype == "float32" and same
        else None
    )


def _complete(
    graph: Graph, position: int, ops: tuple[int, ...], steps: Mapping[str, Reals]
) -> InputAffine | None:
    output = graph.ops[ops[-1]].outputs[0]
    tensor = graph.tensors[output]
    scaled = tensor.quantization is not None and not tensor.quantization.per_channel
    if (
        not steps
        or not scaled
        or tensor.dtype not in ("int8", "int16")
        or not tensor.size
        or output in graph.outputs
    ):
        return None
    none = {"SUB": np.zeros((), np.float32), "MUL": np.ones((), np.float32)}
    found = feature_constants(tensor.shape, [steps.get(kind, none[kind]) for kind in STEPS])
    if found is None:
        return None
    features, (shift, factor) = found
    constants = (tuple(float(v) for v in values) for values in (shift, factor))
    return InputAffine(position, graph.inputs[position], output, ops, features, *constants)
