"""A case: a model with inputs for several samples, which are the steps of a sequence where it has
variables.
"""

from __future__ import annotations

import functools
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from edgeq.cleanup import clean_up
from edgeq.errors import EdgeqError
from edgeq.graph import Graph, Model, expanded, read_tflite, write_tflite
from edgeq.graph.regions import every_tensor
from edgeq.opkit.node import Node, Values
from edgeq.ops import bind, operator
from edgeq.simulate.execute import execute, random_inputs

Generator = np.random.Generator


@dataclass(frozen=True, eq=False)
class Case:
    """inputs: [samples, *shape] for each graph input. expected: tensor -> [samples, *shape] of every
    computed tensor but variables, by the simulator. read_from: the file that `as_read` made the model
    of, if there is one.
    """

    model: Model
    inputs: Sequence[Values]
    expected: Mapping[int, Values]
    read_from: bytes = b""

    @functools.cached_property
    def file(self) -> bytes:
        """The model's file."""
        return write_tflite(self.model)

    @functools.cached_property
    def expanded_file(self) -> bytes:
        """The file without codebooks, which interpreters do not have."""
        if all(tensor.codebook is None for tensor in every_tensor(self.model.main)):
            return self.file
        return write_tflite(expanded(self.model))

    @functools.cached_property
    def nodes(self) -> tuple[Node, ...]:
        """The layers of the main graph."""
        return bind(self.model.main)

    @property
    def kinds(self) -> str:
        """The operators in their order, such as `CONV_2D+RELU`."""
        return "+".join(op.kind for op in self.model.main.ops)


def computed_tensors(graph: Graph) -> tuple[int, ...]:
    """Every tensor that an operator writes but variables, once, in the order of operators."""
    written = dict.fromkeys(t for op in graph.ops for t in op.outputs)
    return tuple(t for t in written if t not in graph.states)


def make_case(model: Model, inputs: Sequence[Values], read_from: bytes = b"") -> Case:
    """The case of a model on given inputs. Raises what `execute` raises."""
    expected = execute(model.main, inputs, computed_tensors(model.main))
    return Case(model, inputs, expected, read_from)


def as_read(data: bytes) -> Model:
    """The model of a file, after clean-up where edgeq computes it only then."""
    model = read_tflite(data)
    try:
        bind(model.main)
    except EdgeqError:
        return clean_up(model).model
    return model


def draw_inputs(graph: Graph, samples: int, rng: Generator) -> list[Values]:
    """Random samples; of integers without limits the first are the least and the greatest value,
    and one holds both in turn.
    """
    inputs = random_inputs(graph, samples, int(rng.integers(1 << 31)))
    if any(operator(op.kind).index_limits is not None for op in graph.ops):
        return inputs
    return [_with_extremes(x, rng) for x in inputs]


def _with_extremes(x: Values, rng: Generator) -> Values:
    x = x.copy()
    if x.dtype == np.float32:
        x[len(x) // 2 :] *= np.float32(10.0 ** rng.integers(-3, 4))
        return x
    if x.dtype == np.bool_:
        return x
    ends = np.array([np.iinfo(x.dtype).min, np.iinfo(x.dtype).max], x.dtype)
    for sample, values in zip((0, 1), ends, strict=True):
        if sample < len(x) - 1:
            x[sample] = values
    if len(x) > 3:
        x[2] = rng.choice(ends, x.shape[1:])
    return x
