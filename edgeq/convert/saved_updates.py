"""Operators of a SavedModel that change a variable in part or by a sum, which TFLite has no form of: the
variable is read, an operator computes its new value, and that is assigned.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from edgeq.convert.backend import tensorflow
from edgeq.convert.saved_graph import control_inputs, data_inputs


@dataclass(frozen=True)
class Update:
    """What computes the value that an operator assigns.

    kind: takes the variable's value, then the operator's other inputs. output: how its output is called.
    attributes: its attributes -> those of the operator. rows: whether the operator's places are numbers
    of rows, and not vectors of places.
    """

    kind: str
    output: str
    attributes: Mapping[str, str]
    rows: bool = False


_SUM = {"T": "dtype"}
_ROWS = {"T": "dtype", "Tindices": "Tindices"}
_PLACES = {"T": "T", "Tindices": "Tindices"}
_MASKS = ("begin_mask", "end_mask", "ellipsis_mask", "new_axis_mask", "shrink_axis_mask")
_SLICE = {name: name for name in ("T", "Index", *_MASKS)}
UPDATES: Mapping[str, Update] = {
    "AssignAddVariableOp": Update("AddV2", "z", _SUM),
    "AssignSubVariableOp": Update("Sub", "z", _SUM),
    "ResourceScatterUpdate": Update("TensorScatterUpdate", "output", _ROWS, True),
    "ResourceScatterAdd": Update("TensorScatterAdd", "output", _ROWS, True),
    "ResourceScatterSub": Update("TensorScatterSub", "output", _ROWS, True),
    "ResourceScatterNdUpdate": Update("TensorScatterUpdate", "output", _PLACES),
    "ResourceScatterNdAdd": Update("TensorScatterAdd", "output", _PLACES),
    "ResourceScatterNdSub": Update("TensorScatterSub", "output", _PLACES),
    "ResourceStridedSliceAssign": Update("TensorStridedSliceUpdate", "output", _SLICE),
}
"""Operators that change a variable -> what computes its new value."""


def split_update(function: Any, node: Any) -> None:
    """Lets a node of a function that changes a variable assign what other nodes compute of its value."""
    update = UPDATES[node.op]
    (handle, *given), before = data_inputs(node), control_inputs(node)
    attribute = node.attr[update.attributes["T"]]
    dtype = type(attribute)()
    dtype.CopyFrom(attribute)
    read = function.node_def.add(name=f"{node.name}/read", op="ReadVariableOp")
    read.input.extend([handle, *before])
    read.attr["dtype"].CopyFrom(dtype)
    if update.rows:
        given[0] = _vectors(function, node, given[0])
    made = function.node_def.add(name=f"{node.name}/made", op=update.kind)
    made.input.extend([f"{read.name}:value:0", *given])
    for name, theirs in update.attributes.items():
        if theirs in node.attr:  # those with default values are left out of files
            made.attr[name].CopyFrom(node.attr[theirs])
    for name in list(node.attr):
        del node.attr[name]
    node.attr["dtype"].CopyFrom(dtype)
    node.op = "AssignVariableOp"
    del node.input[:]
    node.input.extend([handle, f"{made.name}:{update.output}:0", *before])


def _vectors(function: Any, node: Any, rows: str) -> str:
    """Adds nodes that make indices of rows, [...], the index vectors [..., 1] that scatter operators take."""
    tf = tensorflow()
    axis = function.node_def.add(name=f"{node.name}/axis", op="Const")
    axis.attr["dtype"].type = tf.int32.as_datatype_enum
    axis.attr["value"].tensor.CopyFrom(tf.make_tensor_proto(-1, "int32"))
    made = function.node_def.add(name=f"{node.name}/places", op="ExpandDims")
    made.input.extend([rows, f"{axis.name}:output:0"])
    made.attr["T"].CopyFrom(node.attr["Tindices"])
    made.attr["Tdim"].type = tf.int32.as_datatype_enum
    return f"{made.name}:output:0"
