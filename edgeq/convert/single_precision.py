"""A frozen TensorFlow function that computes in float32 what it has in float16, bfloat16 or float64, as
models of Keras's policies mixed_float16 and float64 do: TFLite computes floats in float32 alone.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np

from edgeq.convert.backend import tensorflow
from edgeq.convert.replace_operators import function_of


def with_single_precision(frozen: Any) -> Any:
    """The function with all floats in float32; itself where they are already."""
    tf = tensorflow()
    nodes = frozen.graph.as_graph_def(add_shapes=False)
    single = tf.float32.as_datatype_enum
    others = {t.as_datatype_enum for t in (tf.float16, tf.bfloat16, tf.float64)}
    changed = False
    for node in _all_nodes(nodes):
        for attribute in node.attr.values():
            if attribute.type in others:
                attribute.type, changed = single, True
            for k, kind in enumerate(attribute.list.type):
                if kind in others:
                    attribute.list.type[k], changed = single, True
            if attribute.tensor.dtype in others:
                values = tf.make_ndarray(attribute.tensor).astype(np.float32)
                attribute.tensor.CopyFrom(tf.make_tensor_proto(values))
                changed = True
        if node.op == "Cast" and node.attr["SrcT"].type == node.attr["DstT"].type:
            _become_identity(node)
    for function in nodes.library.function:
        for argument in (*function.signature.input_arg, *function.signature.output_arg):
            if argument.type in others:
                argument.type = single
    return function_of(frozen, nodes) if changed else frozen


def _all_nodes(nodes: Any) -> Iterator[Any]:
    """The nodes of a graph and of the functions that it calls."""
    yield from nodes.node
    for function in nodes.library.function:
        yield from function.node_def


def _become_identity(node: Any) -> None:
    """A cast to the type that its input has."""
    kind = node.attr["SrcT"].type
    node.op = "Identity"
    for key in list(node.attr):
        del node.attr[key]
    node.attr["T"].type = kind
