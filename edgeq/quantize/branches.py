"""Branches of a float model in integers: each is quantized as a model of its own, on the samples that take
it, and both take and give integers of the same scales.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from edgeq.data import Samples, quantize
from edgeq.errors import UnsupportedError, shown
from edgeq.graph import Graph, Model, Op, Tensor
from edgeq.graph.regions import ELSE, THEN
from edgeq.quantize.affine import affine
from edgeq.quantize.assemble import assemble
from edgeq.quantize.batch_norm_folding import fold_batch_norm
from edgeq.quantize.building import Building, dequantized, little_endian, quantize_op
from edgeq.quantize.calibrate import calibrate
from edgeq.quantize.loop_ranges import covered
from edgeq.quantize.loop_samples import entry_values
from edgeq.quantize.options import Options
from edgeq.quantize.quantization_state import (
    IntegerLoop,
    QuantizationState,
    Range,
    Regions,
)
from edgeq.quantize.scale_groups import scale_groups
from edgeq.quantize.schemes import SCHEMES
from edgeq.quantize.weight_steps import weighted

Inner = Callable[[Model, Samples, Options], Mapping[Regions, IntegerLoop]]
"""Quantizes the loops and branches inside of a branch."""
WORDS = {THEN: "then", ELSE: "else"}
REMEDY = "compute both, and choose by keras.ops.where"


@dataclass(frozen=True)
class _Branch:
    """A branch. name: of its region. graph: float, every real output a constant or computed by an
    operator of its own. samples: what it gets. state: calibrated, of what it computes.
    """

    name: str
    graph: Graph
    samples: Samples
    state: QuantizationState


def quantize_branches(
    model: Model, op: Op, samples: Samples, options: Options, inner: Inner
) -> IntegerLoop:
    """Both branches of an IF of a float model's main graph in integers.

    Raises UnsupportedError where no sample takes a branch, so that nothing is known of its ranges,
    and where branches take nothing.
    """
    what = f'layer "{shown(model.main.tensors[op.outputs[0]].name)}"'
    condition, *values = entry_values(model, op, samples)
    if not values:
        raise UnsupportedError(what, "its branches take no tensor", REMEDY)
    chosen = condition.reshape(len(condition), -1)[:, 0].astype(bool)
    branches = list[_Branch]()
    for name, graph in op.regions:
        taken = chosen if name == THEN else ~chosen
        if not taken.any():
            why = f"no calibration sample takes its {WORDS[name]} branch"
            raise UnsupportedError(what, why, "add samples that take it")
        given = Samples(tuple(x[taken] for x in values))
        branches.append(_calibrated(name, _with_own_outputs(graph), given, options, inner))
    dtype = SCHEMES[options.scheme].activations
    inputs = _ends(branches, [branch.graph.inputs for branch in branches], dtype)
    outputs = _ends(branches, [branch.graph.outputs for branch in branches], dtype)
    return IntegerLoop(
        tuple((branch.name, _integer(branch, inputs, outputs, options)) for branch in branches)
    )


def _calibrated(name: str, graph: Graph, given: Samples, options: Options, inner: Inner) -> _Branch:
    computed = tuple(t for t in graph.outputs if not graph.tensors[t].constant)
    if not computed:
        nothing = Model((replace(graph, ops=()),))
        dtype = SCHEMES[options.scheme].activations
        reals = [t for t in graph.inputs if graph.tensors[t].dtype == "float32"]
        seen = {t: _range_of(given.inputs[graph.inputs.index(t)]) for t in reals}
        return _Branch(
            name, graph, given, QuantizationState(nothing, seen, dtypes=dict.fromkeys(reals, dtype))
        )
    opened = fold_batch_norm(Model((replace(graph, outputs=computed),)))
    start = QuantizationState(opened, loops=inner(opened, given, options))
    return _Branch(name, graph, given, calibrate(start, given, options).state)


def _range_of(values: npt.NDArray[np.generic]) -> Range:
    reals = np.asarray(values, np.float64)
    return Range(float(reals.min(initial=0.0)), float(reals.max(initial=0.0)))


def _ends(
    branches: Sequence[_Branch], ends: Sequence[Sequence[int]], dtype: str
) -> list[Tensor | None]:
    """What both branches take or give, in integers: of a range that covers that of either; None for
    what is no real value. ends: the tensors of each branch.
    """
    made = [assemble(branch.state).main for branch in branches]
    found = list[Tensor | None]()
    for tensors in zip(*ends, strict=True):
        float_ones = [b.graph.tensors[t] for b, t in zip(branches, tensors, strict=True)]
        if float_ones[0].dtype != "float32":
            found.append(None)
            continue
        known = [graph.tensors[t] for graph, t in zip(made, tensors, strict=True)]
        whole = Range(0.0, 0.0)
        for branch, t, tensor in zip(branches, tensors, known, strict=True):
            whole = whole.widened(_own_range(branch, t, tensor))
        same = {(tensor.dtype, tensor.quantization) for tensor in known}
        scale = known[0].quantization if len(same) == 1 and known[0].dtype == dtype else None
        q = scale or affine(whole, dtype, float_ones[0].name)
        found.append(replace(float_ones[0], dtype=dtype, quantization=q, buffer=None))
    return found


def _own_range(branch: _Branch, t: int, made: Tensor) -> Range:
    """The real values of an input or output of a branch. made: what became of it in integers."""
    if made.constant:
        return _range_of(branch.graph.tensors[t].array)
    if made.quantization is None:
        return branch.state.ranges.get(t, Range(0.0, 0.0))
    return covered(made.quantization, made.dtype)


def _integer(
    branch: _Branch,
    inputs: Sequence[Tensor | None],
    outputs: Sequence[Tensor | None],
    options: Options,
) -> Graph:
    """A branch as an integer graph whose inputs and outputs have the given quantization; a QUANTIZE
    converts where the branch itself computes in other types or scales.
    """
    group_of = {t: group for group in scale_groups(branch.graph) for t in group}
    ends = zip((*branch.graph.outputs, *branch.graph.inputs), (*outputs, *inputs), strict=True)
    ranges = dict[int, Range]()
    for t, wanted in ends:
        if wanted is not None and wanted.quantization is not None:
            whole = covered(wanted.quantization, wanted.dtype)
            ranges |= dict.fromkeys(group_of.get(t, frozenset({t})), whole)
    state = branch.state.with_ranges(ranges)
    if branch.state.graph.ops:
        state = weighted(state, branch.samples, options, SCHEMES[options.scheme])
    made = assemble(state).main
    building = Building(list(made.tensors))
    taken = [_taken(building, t, wanted) for t, wanted in zip(made.inputs, inputs, strict=True)]
    building.ops += made.ops
    ends = zip(branch.graph.outputs, outputs, strict=True)
    given = [_given(building, t, wanted) for t, wanted in ends]
    return replace(
        made,
        tensors=tuple(building.tensors),
        ops=tuple(building.ops),
        inputs=tuple(taken),
        outputs=tuple(given),
    )


def _taken(building: Building, t: int, wanted: Tensor | None) -> int:
    """The input in the integers that both branches take, in front of what the branch computes with."""
    made = building.tensors[t]
    if wanted is None or _alike(made, wanted):
        return t
    outer = building.add(replace(wanted, name=f"{made.name}/given"))
    if made.quantization is None:
        real = dequantized(building, outer)
        building.ops[-1] = replace(building.ops[-1], outputs=(t,))
        building.tensors[real] = Tensor("", (0,), "int8", buffer=b"")
    else:
        building.ops.append(quantize_op(outer, t, made.dtype))
    return outer


def _given(building: Building, t: int, wanted: Tensor | None) -> int:
    """The output in the integers that both branches give."""
    made = building.tensors[t]
    if wanted is None or _alike(made, wanted):
        return t
    if made.constant:
        values = quantize(np.asarray(made.array, np.float32), wanted)
        return building.add(replace(wanted, name=made.name, buffer=little_endian(values)))
    outer = building.add(replace(wanted, name=f"{made.name}/made"))
    building.ops.append(quantize_op(t, outer, wanted.dtype))
    return outer


def _alike(a: Tensor, b: Tensor) -> bool:
    return (a.dtype, a.quantization) == (b.dtype, b.quantization)


def _with_own_outputs(graph: Graph) -> Graph:
    """The branch with an operator that makes each real output but constants, where it gives an input
    or one tensor twice.
    """
    tensors, ops, outputs = list(graph.tensors), list(graph.ops), list[int]()
    made = {t for op in graph.ops for t in op.outputs}
    for t in graph.outputs:
        real = tensors[t].dtype == "float32" and not tensors[t].constant
        real = real and (t not in made or t in outputs)
        outputs.append(_copied(tensors, ops, t) if real else t)
    return replace(graph, tensors=tuple(tensors), ops=tuple(ops), outputs=tuple(outputs))


def _copied(tensors: list[Tensor], ops: list[Op], t: int) -> int:
    """A copy of a tensor, by a RESHAPE to the shape that it has."""
    size = len(tensors[t].shape)
    shape = little_endian(np.array(tensors[t].shape, np.int32))
    name = tensors[t].name
    tensors.append(Tensor(f"{name}/shape", (size,), "int32", buffer=shape))
    tensors.append(Tensor(f"{name}/copy", tensors[t].shape, tensors[t].dtype))
    inputs, y = (t, len(tensors) - 2), len(tensors) - 1
    ops.append(Op("RESHAPE", inputs, (y,), options_type="ReshapeOptions"))
    return y
