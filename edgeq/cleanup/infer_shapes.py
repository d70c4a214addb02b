"""Shape propagation: the shapes that operators give, where the file leaves sizes open."""

from __future__ import annotations

from collections.abc import Collection

from edgeq.cleanup.single import Single
from edgeq.errors import EdgeqError
from edgeq.opkit.node import Shape
from edgeq.ops import node_and_shapes, supported


def infer_shapes(single: Single, settled: Collection[int]) -> dict[int, Shape]:
    """Output tensor -> its shape by the operator's inputs, which have the sizes of the file, 1 where
    it leaves them open.

    Empty where the file's own shapes hold: they are fixed, and no input is `settled`, which is to
    have another shape than in the file or to be constant. Empty too for operators that edgeq does
    not compute.
    """
    left_open = any(-1 in (t.shape_signature or ()) for t in single.outputs)
    if single.op.kind not in supported() or not (left_open or _any(single, settled)):
        return {}
    try:
        _, shapes = node_and_shapes(single.graph, 0)
    except EdgeqError:  # raised again, with the layer's name, where the graph is bound
        return {}
    return dict(zip(single.op.outputs, shapes, strict=False))


def _any(single: Single, settled: Collection[int]) -> bool:
    return any(t in settled for t in single.op.inputs)
