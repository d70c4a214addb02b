"""The integers that a model's float inputs become, for messages and for the file's metadata."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace

from edgeq.graph import Graph, Model
from edgeq.graph.model import INPUT_AFFINE
from edgeq.opkit.input_affine import find_input_affines


@dataclass(frozen=True)
class IntegerInput:
    """The quantization of a float input after its subtraction and multiplication.

    features: how many features have their own shift and factor.
    """

    dtype: str
    scale: float
    zero_point: int
    features: int


def integer_inputs(graph: Graph) -> Mapping[int, IntegerInput]:
    """Input position -> quantization after the affine operators, for the inputs that have such
    operators.
    """
    found = {}
    for input_affine in find_input_affines(graph):
        y = graph.tensors[input_affine.output]
        found[input_affine.position] = IntegerInput(
            y.dtype, y.scale, y.zero_point, input_affine.features.count
        )
    return found


def with_input_affine_metadata(model: Model) -> Model:
    """The model with the metadata `INPUT_AFFINE`, a JSON list of `integer_inputs`; without that
    entry where no input has affine operators.
    """
    entries = [
        {"input": position, **asdict(i)} for position, i in integer_inputs(model.main).items()
    ]
    others = tuple(entry for entry in model.metadata if entry[0] != INPUT_AFFINE)
    new = ((INPUT_AFFINE, json.dumps(entries).encode()),) if entries else ()
    return replace(model, metadata=(*others, *new))
