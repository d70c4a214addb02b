"""TRANSPOSE operators moved behind what computes the same on any arrangement of axes, so that they
cancel: PyTorch and ONNX have channels first, TFLite's kernels last, and converters put a TRANSPOSE
on either side of what they do not rearrange themselves.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace

import numpy as np
import numpy.typing as npt

from edgeq.frontends.axes_view import AxesView, view
from edgeq.graph import AttributeValue, Graph, Op, Tensor


@dataclass
class Rearranging:
    """A graph while it is rewritten.

    graph: the old one. tensors, ops: of the new one; tensors of the old one keep their indices.
    views: tensors that no operator computes so far, as views of others. flat: rows of the elements
    of a view, which no operator computes either. readers: of each tensor of the old graph.
    """

    graph: Graph
    tensors: list[Tensor] = field(init=False)
    ops: list[Op] = field(init=False, default_factory=list)
    views: dict[int, AxesView] = field(default_factory=dict)
    flat: dict[int, AxesView] = field(default_factory=dict)
    readers: defaultdict[int, list[Op]] = field(init=False)

    def __post_init__(self) -> None:
        self.tensors = [replace(t, shape_signature=None) for t in self.graph.tensors]
        self.readers = defaultdict(list)
        for op in self.graph.ops:
            for t in op.inputs:
                self.readers[t].append(op)

    def view(self, t: int) -> AxesView:
        """A tensor as a view; of itself where an operator computes it."""
        return self.views.get(t) or view(t, self.tensors[t].shape)

    def add(self, tensor: Tensor) -> int:
        self.tensors.append(tensor)
        return len(self.tensors) - 1

    def constant(self, name: str, values: npt.NDArray[np.generic]) -> int:
        """A new constant tensor of the values, in their type and shape."""
        little = np.ascontiguousarray(values, values.dtype.newbyteorder("<"))
        return self.add(Tensor(name, values.shape, values.dtype.name, buffer=little.tobytes()))

    def computed(self, t: int) -> int:
        """The tensor to read in place of t: the base of a view that moves nothing, else t itself,
        which is computed now. -1 stays.
        """
        seen = self.views.get(t)
        if seen is None:
            return t
        if seen.same:
            return seen.base
        del self.views[t]
        self._arrange(seen, t)
        return t

    def arranged(self, wanted: AxesView, name: str) -> int:
        """A tensor of the elements of a view: its base where that is the same, else a new one."""
        base = self.tensors[wanted.base]
        if wanted.same:
            return wanted.base
        if base.constant:
            values = base.array.transpose(wanted.permutation()).reshape(wanted.shape)
            return self.constant(name, values)
        made = self.add(replace(base, name=name, shape=wanted.shape))
        self._arrange(wanted, made)
        return made

    def _arrange(self, wanted: AxesView, y: int) -> None:
        """Appends the operators that compute y, of the view's shape, from its base."""
        x = wanted.base
        if wanted.moves:
            axes = wanted.permutation()
            turned = tuple(wanted.base_shape[axis] for axis in axes)
            whole = turned == wanted.shape
            to = y if whole else self.add(replace(self.tensors[y], shape=turned))
            by = self.constant(f"{self.tensors[y].name}/axes", np.array(axes, np.int32))
            self.ops.append(Op("TRANSPOSE", (x, by), (to,), options_type="TransposeOptions"))
            x = to
        if x != y:
            self.reshape(x, y)

    def reshape(self, x: int, y: int) -> None:
        """Appends the RESHAPE of x to y's shape."""
        shape = self.tensors[y].shape
        to = self.constant(f"{self.tensors[y].name}/shape", np.array(shape, np.int32))
        new = (("new_shape", shape),)
        self.ops.append(Op("RESHAPE", (x, to), (y,), new, options_type="ReshapeOptions"))

    def on_base(
        self, op: Op, wanted: AxesView, inputs: tuple[int, ...], **changed: AttributeValue
    ) -> None:
        """Appends an operator that computes its output's elements arranged as `wanted.base_shape`.

        wanted: the output as a view of a tensor of that shape. inputs: of the new operator.
        changed: attributes that differ.
        """
        (y,) = op.outputs
        made = self.add(replace(self.tensors[y], shape=wanted.base_shape))
        attributes = tuple(sorted({**dict(op.attributes), **changed}.items()))
        self.ops.append(replace(op, inputs=inputs, outputs=(made,), attributes=attributes))
        self.views[y] = replace(wanted, base=made)


Rule = Callable[[Rearranging, Op], bool]
"""Rewrites an operator some inputs of which may be views; False, and nothing done, where it cannot."""


def sink_transposes(
    graph: Graph, rules: Mapping[str, Rule], inputs: Mapping[int, AxesView] | None = None
) -> Graph:
    """The graph, whose sizes are fixed, with every TRANSPOSE as late as possible, and none where two
    undo each other.

    rules: for each kind of operator what may pass it. inputs: inputs of the graph that change their
    shapes to `base_shape`, each with the view of it that is its old self. Sums over axes are taken
    in another order, so float results may differ in their last bits.
    """
    state = Rearranging(graph)
    instead = dict[int, int]()
    for t, seen in (inputs or {}).items():
        state.tensors[t] = replace(state.tensors[t], shape=seen.base_shape)
        instead[t] = state.add(replace(graph.tensors[t], shape_signature=None))
        state.views[instead[t]] = replace(seen, base=t)
    for given in graph.ops:
        op = replace(given, inputs=tuple(instead.get(t, t) for t in given.inputs))
        rule = rules.get(op.kind)
        if rule is None or len(op.outputs) != 1 or not rule(state, op):
            state.ops.append(replace(op, inputs=tuple(map(state.computed, op.inputs))))
    return _with_outputs(state)


def _with_outputs(state: Rearranging) -> Graph:
    """The new graph, in which operators compute the old one's outputs."""
    made = {t for op in state.ops for t in op.outputs} - {*state.graph.outputs}
    renamed = dict[int, int]()
    for t in state.graph.outputs:
        found = state.computed(t)
        if found == t:
            continue
        if found in made and found not in renamed:
            renamed[found] = t
        else:
            state.reshape(found, t)
    ops = tuple(
        replace(
            op,
            inputs=tuple(renamed.get(t, t) for t in op.inputs),
            outputs=tuple(renamed.get(t, t) for t in op.outputs),
        )
        for op in state.ops
    )
    return replace(state.graph, tensors=tuple(state.tensors), ops=ops)
