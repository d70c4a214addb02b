"""What a model's real inputs become before its integer layers, told to people and in the file's metadata."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace

from edgeq.graph import Graph, Model
from edgeq.graph.model import INPUT_AFFINE
from edgeq.opkit.input_front import find_fronts


@dataclass(frozen=True)
class Integers:
    """What becomes of a real input: integers of (x - shift) * factor, with constants for each of so many features."""

    dtype: str
    scale: float
    zero_point: int
    features: int


def input_integers(graph: Graph) -> Mapping[int, Integers]:
    """The integers of each input, by its position, that affine operators bring there."""
    found = {}
    for front in find_fronts(graph):
        y = graph.tensors[front.output]
        found[front.position] = Integers(y.dtype, y.scale, y.zero_point, front.features.count)
    return found


def recorded(model: Model) -> Model:
    """The model with its inputs' integers in the metadata `INPUT_AFFINE`, a JSON list; as it is where it has none."""
    entries = [{"input": position, **asdict(i)} for position, i in input_integers(model.main).items()]
    others = tuple(entry for entry in model.metadata if entry[0] != INPUT_AFFINE)
    new = ((INPUT_AFFINE, json.dumps(entries).encode()),) if entries else ()
    return replace(model, metadata=(*others, *new))
