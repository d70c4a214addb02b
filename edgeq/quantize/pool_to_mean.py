"""AVERAGE_POOL_2D replaced by MEAN, whose output has a scale of its own: averages have a smaller
range than the pooled values, and pooling must keep its input's scale.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import dataclass, replace

import numpy as np

from edgeq.data import Samples
from edgeq.graph import Graph, Model, Op, Tensor
from edgeq.opkit.pooling import windows
from edgeq.opkit.windows import Window
from edgeq.ops import resolve
from edgeq.quantize.observe import activations
from edgeq.quantize.quantization_state import is_activation, replace_main

POOL = "AVERAGE_POOL_2D"
NARROW = 0.5
"""Largest range of the averages, relative to that of the pooled values, at which MEAN is worth two
views: the averages gain at least one bit.
"""


@dataclass(frozen=True)
class TiledPool:
    """An average pooling whose windows tile its input without overlap.

    index: of the operator.
    rows, columns: (number of windows, size of a window) along the height and the width.
    """

    index: int
    rows: tuple[int, int]
    columns: tuple[int, int]

    @property
    def whole(self) -> bool:
        """Whether a single window covers all positions, as in global pooling."""
        return self.rows[0] == self.columns[0] == 1


def tiled_pools(graph: Graph) -> Iterator[TiledPool]:
    """The average poolings of float activations that MEAN can compute: windows that tile the input,
    no padding, no fused activation.
    """
    for index, op in enumerate(graph.ops):
        if op.kind != POOL or not is_activation(graph.tensors[op.inputs[0]]):
            continue
        node = resolve(graph, index)
        along = [
            _parts(window, size)
            for window, size in zip(windows(node), node.input(0).shape[1:3], strict=True)
        ]
        if node.attributes.fused_activation_function == "NONE" and along[0] and along[1]:
            yield TiledPool(index, along[0], along[1])


def _parts(window: Window, size: int) -> tuple[int, int] | None:
    """(number of windows, size of a window) where the windows tile an axis, else None."""
    inside = set(window.inside.tolist())
    if len(inside) != 1 or window.output * (each := inside.pop()) != size:
        return None
    return (window.output, each) if window.output == 1 or window.stride == each else None


def global_pools(graph: Graph) -> frozenset[int]:
    """The operators that pool all positions; as MEAN they lose nothing and cost no more."""
    return frozenset(blocks.index for blocks in tiled_pools(graph) if blocks.whole)


def narrowing_pools(model: Model, samples: Samples) -> frozenset[int]:
    """The poolings whose outputs, on the samples, have at most `NARROW` times the range of their
    inputs.
    """
    ends = {
        b.index: (model.main.ops[b.index].inputs[0], model.main.ops[b.index].outputs[0])
        for b in tiled_pools(model.main)
        if not b.whole
    }
    reach = _range_widths(model, samples, sorted({t for pair in ends.values() for t in pair}))
    return frozenset(index for index, (x, y) in ends.items() if reach[y] <= NARROW * reach[x])


def _range_widths(model: Model, samples: Samples, tensors: list[int]) -> dict[int, float]:
    """Tensor -> width of the range, including 0, of its values on the samples."""
    low, high = dict.fromkeys(tensors, 0.0), dict.fromkeys(tensors, 0.0)
    for values in activations(model, samples, tensors) if tensors else ():
        for t, x in values.items():
            low[t], high[t] = min(low[t], float(x.min())), max(high[t], float(x.max()))
    return {t: high[t] - low[t] for t in tensors}


def pools_to_means(model: Model, chosen: Collection[int]) -> Model:
    """The model with the chosen poolings, of `tiled_pools`, as MEAN; results differ by float32
    rounding only.

    Global pooling becomes one MEAN that keeps dimensions. Other pooling becomes RESHAPE, MEAN and
    RESHAPE: [1, h, w, c] -> [rows, height, columns, width, c] -> [rows, columns, c] -> [1, rows,
        columns, c]. Tensors keep their indices.
    """
    graph = model.main
    replaced = {blocks.index: blocks for blocks in tiled_pools(graph) if blocks.index in chosen}
    tensors, ops = list(graph.tensors), list[Op]()
    for index, op in enumerate(graph.ops):
        ops += _mean(tensors, op, replaced[index]) if index in replaced else [op]
    return replace_main(model, replace(graph, tensors=tuple(tensors), ops=tuple(ops)))


def _mean(tensors: list[Tensor], op: Op, blocks: TiledPool) -> list[Op]:
    """The operators that replace one pooling. Their new tensors are appended to `tensors`."""
    x, y = op.inputs[0], op.outputs[0]
    if blocks.whole:
        return [_reduction(tensors, x, y, (1, 2), keep_dims=True)]
    channels, name = tensors[y].shape[-1], tensors[y].name
    shape, pooled = (
        (*blocks.rows, *blocks.columns, channels),
        (blocks.rows[0], blocks.columns[0], channels),
    )
    parted = _added(tensors, replace(tensors[x], name=f"{name}/windows", shape=shape))
    means = _added(tensors, replace(tensors[y], name=f"{name}/means", shape=pooled))
    return [
        _view(tensors, x, parted),
        _reduction(tensors, parted, means, (1, 3), keep_dims=False),
        _view(tensors, means, y),
    ]


def _reduction(
    tensors: list[Tensor], x: int, y: int, axes: tuple[int, ...], *, keep_dims: bool
) -> Op:
    attributes = (("keep_dims", keep_dims),)
    return Op(
        "MEAN",
        (x, _integers(tensors, f"{tensors[y].name}/axes", axes)),
        (y,),
        attributes,
        options_type="ReducerOptions",
    )


def _view(tensors: list[Tensor], x: int, y: int) -> Op:
    shape = tensors[y].shape
    return Op(
        "RESHAPE",
        (x, _integers(tensors, f"{tensors[y].name}/shape", shape)),
        (y,),
        (("new_shape", shape),),
        options_type="ReshapeOptions",
    )


def _integers(tensors: list[Tensor], name: str, values: tuple[int, ...]) -> int:
    return _added(
        tensors, Tensor(name, (len(values),), "int32", buffer=np.array(values, "<i4").tobytes())
    )


def _added(tensors: list[Tensor], tensor: Tensor) -> int:
    tensors.append(tensor)
    return len(tensors) - 1
