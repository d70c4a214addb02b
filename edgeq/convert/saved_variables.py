"""The values of a SavedModel's variables, read from its checkpoint: nothing of the model is run for
it.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from math import prod
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from edgeq.convert.backend import imported, quietly, tensorflow
from edgeq.convert.saved_graph import REMEDY, Name, SavedGraph, data_inputs, node_of
from edgeq.errors import EdgeqError

VARIABLES = frozenset({"VarHandleOp", "VariableV2", "Variable"})
OBJECTS = "_CHECKPOINTABLE_OBJECT_GRAPH"
Values = Mapping[Name, npt.NDArray[np.generic]]


def read_variables(graph: SavedGraph, nodes: Iterable[Name], path: Path) -> Values:
    """Top-level variable node -> its value, for those of the nodes that are variables.

    path: the SavedModel folder. Raises EdgeqError for a variable that the checkpoint does not hold,
    and for a checkpoint that claims more bytes than its files have.
    """
    wanted = [name for name in sorted(nodes) if graph.nodes[name].op in VARIABLES]
    if not wanted:
        return {}
    what, prefix = f"model {path.name}", path / "variables" / "variables"
    reader = quietly(what, REMEDY, lambda: tensorflow().train.load_checkpoint(str(prefix)))
    keys = _keys(graph, wanted, reader, what)
    _refuse_claims(reader, keys.values(), prefix, what)
    return quietly(
        what, REMEDY, lambda: {name: reader.get_tensor(key) for name, key in keys.items()}
    )


def _keys(graph: SavedGraph, wanted: Iterable[Name], reader: Any, what: str) -> dict[Name, str]:
    """Variable node -> key in the checkpoint: by the objects of TensorFlow 2, else by name as of
    TensorFlow 1.
    """
    held = reader.get_variable_to_shape_map()
    by_object = _object_keys(graph, reader, what) if OBJECTS in held else {}
    objects = _objects_of_nodes(graph)
    found = {}
    for name in wanted:
        shared = graph.nodes[name].attr["shared_name"].s.decode(errors="replace")
        candidates = (by_object.get(objects.get(name, -1)), shared, name)
        key = next((key for key in candidates if key and key in held), None)
        if key is None:
            raise EdgeqError(
                f"{what}: variable {name!r}", "its checkpoint does not hold it", REMEDY
            )
        found[name] = key
    return found


def _objects_of_nodes(graph: SavedGraph) -> dict[Name, int]:
    """Top-level node -> saved object: calls list what their function captures last, in the order of
    `bound_inputs`.
    """
    functions = graph.meta.object_graph_def.concrete_functions
    found: dict[Name, int] = {}
    for node in graph.nodes.values():
        called = node.attr["f"].func.name if "f" in node.attr else ""
        if called in functions:
            bound = list(functions[called].bound_inputs)
            captured = data_inputs(node)[-len(bound) :] if bound else []
            found |= {node_of(x): number for x, number in zip(captured, bound, strict=False)}
    return found


def _object_keys(graph: SavedGraph, reader: Any, what: str) -> dict[int, str]:
    """Saved object -> checkpoint key of its value; both are trees of objects with the same names of
    children.
    """
    schema = imported("tensorflow.core.protobuf.trackable_object_graph_pb2")
    held = quietly(
        what, REMEDY, lambda: schema.TrackableObjectGraph.FromString(reader.get_tensor(OBJECTS))
    )
    saved, stored = graph.meta.object_graph_def.nodes, held.nodes
    keys: dict[int, str] = {}
    seen: set[tuple[int, int]] = set()
    pending = [(0, 0)]
    while pending:
        pair = pending.pop()
        if pair in seen or not (0 <= pair[0] < len(saved) and 0 <= pair[1] < len(stored)):
            continue
        seen.add(pair)
        values = [
            a.checkpoint_key for a in stored[pair[1]].attributes if a.name == "VARIABLE_VALUE"
        ]
        keys |= {pair[0]: values[0]} if values else {}
        children = {child.local_name: child.node_id for child in stored[pair[1]].children}
        pending += [
            (child.node_id, children[child.local_name])
            for child in saved[pair[0]].children
            if child.local_name in children
        ]
    return keys


def _refuse_claims(reader: Any, keys: Iterable[str], prefix: Path, what: str) -> None:
    """A shape in the index is only a claim: what is read must be in the files."""
    shapes, types = reader.get_variable_to_shape_map(), reader.get_variable_to_dtype_map()
    claimed = sum(prod(shapes[key]) * types[key].size for key in set(keys))
    held = sum(file.stat().st_size for file in prefix.parent.glob(f"{prefix.name}.data-*"))
    if claimed > held:
        raise EdgeqError(
            what, f"its variables claim {claimed} bytes, its files hold {held}", REMEDY
        )
