"""Affine operators at a model's real inputs, and the QUANTIZE behind them: what firmware computes as data is put in.

A front is (x - shift) * factor, each feature with constants of its own, then the integers of one scale. Files hold it
as operators that any interpreter runs. The graph of the firmware begins behind it, with the integers.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from math import prod

import numpy as np
import numpy.typing as npt

from edgeq.graph import Graph, Op, Tensor
from edgeq.opkit.contract import KernelCall, Parameter

Reals = npt.NDArray[np.float32]

VIEWS = frozenset({"RESHAPE", "EXPAND_DIMS", "SQUEEZE"})
"""Operators that leave the elements in their order."""
STEPS = ("SUB", "MUL")
"""What may stand between the input and its integers, in this order, with a constant on the right."""
INTEGERS = "QUANTIZE"
LARGEST = 1 << 20  # features; of more the operators are better left as they are
LARGEST_REAL = 1e38


@dataclass(frozen=True)
class Features:
    """Which constants an element meets: element i of a sample those of feature i // inner % count."""

    inner: int
    count: int

    def of(self, elements: int) -> npt.NDArray[np.int64]:
        """The feature of each element of a sample."""
        return np.arange(elements) // self.inner % self.count


@dataclass(frozen=True)
class Front:
    """One input's front. All tensors by index; ops: the operators that it is made of, QUANTIZE the last.

    position: of the graph's inputs. shift, factor: of each feature, float32 values; an operator that the file leaves
    out has the constant that changes nothing.
    """

    position: int
    input: int
    output: int
    ops: tuple[int, ...]
    features: Features
    shift: tuple[float, ...]
    factor: tuple[float, ...]


def find_fronts(graph: Graph) -> tuple[Front, ...]:
    """The fronts of a graph, in the order of its inputs; of inputs that have none, nothing."""
    users = readers(graph)
    found = (_front(graph, users, position) for position in range(len(graph.inputs)))
    return tuple(front for front in found if front is not None)


def without_fronts(graph: Graph, fronts: Sequence[Front]) -> Graph:
    """The graph from the integers on, which are its inputs; tensors keep their indices."""
    inputs = list(graph.inputs)
    for front in fronts:
        inputs[front.position] = front.output
    gone = {index for front in fronts for index in front.ops}
    ops = tuple(op for index, op in enumerate(graph.ops) if index not in gone)
    return replace(graph, inputs=tuple(inputs), ops=ops)


def integer_graph(graph: Graph) -> Graph:
    """The graph that an inference on a device computes: from the integers of its fronts on."""
    return without_fronts(graph, find_fronts(graph))


def real_inputs(front: Front, output: Tensor, levels: npt.NDArray[np.float64]) -> Reals:
    """Real values [samples, elements] that the front brings to about these levels [samples, elements] of its integers.

    output: the quantized tensor. levels: not rounded, so that ties and saturation can be met. Where a factor is 0,
    all values come to the same level.
    """
    feature = front.features.of(levels.shape[1])
    shift, factor = (np.array(values)[feature] for values in (front.shift, front.factor))
    scaled = output.scale * (levels - output.zero_point)
    real = shift + scaled / np.where(factor == 0, 1.0, factor)
    return np.asarray(np.clip(real, -LARGEST_REAL, LARGEST_REAL), np.float32)


def front_kernel(front: Front, output: Tensor) -> KernelCall:
    """`edgeq_affine_input_s8` or `_s16`, which firmware calls as data is put in. output: the quantized tensor."""
    name = f"affine_input_s{output.dtype.removeprefix('int')}"
    parameters: dict[str, Parameter | None] = {
        "real.elements": output.size,
        "real.scale": output.scale,
        "real.zero_point": output.zero_point,
        "inner": front.features.inner,
        "features": front.features.count,
        "shift": np.array(front.shift, np.float32),
        "factor": np.array(front.factor, np.float32),
    }
    return KernelCall(f"edgeq_{name}", parameters, source=name)


def readers(graph: Graph) -> Mapping[int, list[int]]:
    """Tensor -> the operators that read it; -1 for the application, which reads the outputs."""
    found: dict[int, list[int]] = {}
    for index, op in enumerate(graph.ops):
        for t in set(op.inputs) - {-1}:
            found.setdefault(t, []).append(index)
    for t in graph.outputs:
        found.setdefault(t, []).append(-1)
    return found


def only_reader(users: Mapping[int, list[int]], tensor: int) -> int | None:
    """The one operator that reads a tensor, None where there are more or it is an output."""
    found = users.get(tensor, [])
    return found[0] if len(found) == 1 and found[0] >= 0 else None


def feature_constants(shape: tuple[int, ...], constants: Sequence[Reals]) -> tuple[Features, list[Reals]] | None:
    """Constants that broadcast to a shape, one for each feature, along the fewest elements that tell them apart.

    None where one does not broadcast to the shape, or features are more than `LARGEST`.
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
    return features, [np.broadcast_to(v.reshape(v.shape[first : last + 1]), within).ravel() for v in known]


def _aligned(values: Reals, shape: tuple[int, ...]) -> Reals | None:
    """The values with an axis for each of the shape's, None if they do not broadcast to it."""
    surplus = values.shape[: max(0, values.ndim - len(shape))]
    if any(size != 1 for size in surplus):
        return None
    values = values.reshape(values.shape[len(surplus) :])
    values = values.reshape((1,) * (len(shape) - values.ndim) + values.shape)
    fits = all(size in (1, whole) for size, whole in zip(values.shape, shape, strict=True))
    return values if fits else None


def _front(graph: Graph, users: Mapping[int, list[int]], position: int) -> Front | None:
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
    return np.asarray(other.array, np.float32) if other.constant and other.dtype == "float32" and same else None


def _complete(graph: Graph, position: int, ops: tuple[int, ...], steps: Mapping[str, Reals]) -> Front | None:
    output = graph.ops[ops[-1]].outputs[0]
    tensor = graph.tensors[output]
    scaled = tensor.quantization is not None and not tensor.quantization.per_channel
    if not steps or not scaled or tensor.dtype not in ("int8", "int16") or not tensor.size or output in graph.outputs:
        return None
    none = {"SUB": np.zeros((), np.float32), "MUL": np.ones((), np.float32)}
    found = feature_constants(tensor.shape, [steps.get(kind, none[kind]) for kind in STEPS])
    if found is None:
        return None
    features, (shift, factor) = found
    constants = (tuple(float(v) for v in values) for values in (shift, factor))
    return Front(position, graph.inputs[position], output, ops, features, *constants)
