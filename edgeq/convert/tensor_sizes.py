"""How large the tensors of a SavedModel's graph are said to be, before anything computes them."""

from __future__ import annotations

from collections.abc import Iterator
from math import prod
from typing import Any

from edgeq.convert.backend import imported, tensorflow
from edgeq.errors import EdgeqError

MAX_ELEMENTS = 1 << 27
"""Of one tensor; the largest that a microcontroller holds are a thousandth of it."""


def check_tensor_sizes(part: Any, what: str) -> None:
    """Raises EdgeqError where a tensor of a GraphDef or of its functions would be too large.

    Sizes are those of TensorFlow's shape inference, which knows what follows from constants: a
    graph of a few bytes can ask for tensors that TensorFlow would fold for minutes. Open sizes,
    such as that of the batch, count as 1.
    """
    for op in _operations(part):
        for tensor in op.outputs:
            dims = [1] if tensor.shape.rank is None else [d or 1 for d in tensor.shape.as_list()]
            if prod(dims) > MAX_ELEMENTS:
                why = f"{op.type} makes {prod(dims):,} elements, at most {MAX_ELEMENTS:,}"
                raise EdgeqError(what, why, "make the tensor smaller, then export the model again")


def _operations(part: Any) -> Iterator[Any]:
    """The operations of the graph and of all its functions, shapes inferred, none of them run."""
    tf = tensorflow()
    functions = imported("tensorflow.python.framework.function_def_to_graph")
    with tf.Graph().as_default() as graph:
        tf.graph_util.import_graph_def(part, name="")
        yield from graph.get_operations()
        for function in part.library.function:
            yield from functions.function_def_to_graph(function).get_operations()
