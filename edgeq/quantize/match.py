"""The float model beside the integer one made from it: which tensors and layers are the same, by name."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

import numpy as np

from edgeq.errors import EdgeqError
from edgeq.graph import Graph, Model, Tensor
from edgeq.graph.model import CHANNEL_FACTORS
from edgeq.quantize.affine_start import begun_like
from edgeq.quantize.pools import POOL, as_means, blocks_of
from edgeq.quantize.prepare import own_constants, prepare
from edgeq.quantize.spread import with_factors
from edgeq.quantize.state import Layer, Quantizing, Range, Weights, is_activation, layers


@dataclass(frozen=True, eq=False)
class Pair:
    """exact: the float model with what the integer one has folded. tensors: float tensor -> integer tensor.

    real: tensors of the float model that the integer one keeps real, with their type.
    """

    exact: Model
    integer: Model
    tensors: Mapping[int, int]
    real: Mapping[int, str]

    def layers(self) -> list[tuple[Layer, int]]:
        """Weighted layers of the float model with the operator of the integer one that computes the same tensor."""
        makers = {t: k for k, op in enumerate(self.integer.main.ops) for t in op.outputs}
        return [(layer, makers[self.tensors[layer.y]]) for layer in layers(self.exact.main)
                if self.tensors.get(layer.y) in makers]  # fmt: skip


def match(exact: Model, integer: Model) -> Pair:
    """The pair of two models that share layers. Raises EdgeqError for those that share none."""
    found = beside(exact, integer)
    if not found.layers():
        why = "no layer of one has the name of a layer of the other"
        raise EdgeqError("the float and the quantized model", why, "give the float model that was converted")
    return found


def beside(exact: Model, integer: Model) -> Pair:
    """Pairs computed tensors by name, inputs and outputs by place; the folded float model is taken where it shares
    more layers."""
    moved = tuple(entry for entry in integer.metadata if entry[0] == CHANNEL_FACTORS)
    started = begun_like(_with_means(prepare(exact), integer), integer.main)
    folded = replace(started, model=with_factors(replace(started.model, metadata=moved)))
    candidates = [_pair(state, integer) for state in (folded, Quantizing(own_constants(exact)))]
    return max(candidates, key=lambda pair: len(pair.layers()))


def _with_means(exact: Model, integer: Model) -> Model:
    """The float model with pooling as MEAN wherever the integer model has it so, told by the outputs' names."""
    graph, made = exact.main, integer.main
    pooled = {made.tensors[t].name for op in made.ops if op.kind == POOL for t in op.outputs}
    means = [b.index for b in blocks_of(graph) if graph.tensors[graph.ops[b.index].outputs[0]].name not in pooled]
    return as_means(exact, means)


def _pair(state: Quantizing, integer: Model) -> Pair:
    exact = state.model
    names = {t.name: k for k, t in enumerate(integer.main.tensors) if not t.constant}
    tensors = {k: names[t.name] for k, t in enumerate(exact.main.tensors) if is_activation(t) and t.name in names}
    ends = [*zip(exact.main.inputs, integer.main.inputs, strict=False),
            *zip(exact.main.outputs, integer.main.outputs, strict=False)]  # fmt: skip
    same = {k: i for k, i in {**dict(ends), **tensors}.items()
            if exact.main.tensors[k].shape == integer.main.tensors[i].shape}  # fmt: skip
    return Pair(exact, integer, same, state.dtypes)


def state_of(pair: Pair) -> Quantizing | None:
    """The integer model as a `Quantizing`, from which a changed one can be assembled; None if it cannot be one.

    Ranges are those that scales and zero points span, weights the integers of the file.
    """
    ranges: dict[int, Range] = {}
    dtypes: dict[int, str] = dict(pair.real)
    for k, i in pair.tensors.items():
        if k in pair.real:
            continue
        tensor = pair.integer.main.tensors[i]
        if tensor.quantization is None or tensor.dtype not in ("int8", "int16"):
            return None
        ranges[k] = _range(tensor)
        dtypes |= {k: "int16"} if tensor.dtype == "int16" else {}
    weights = {}
    for layer, index in pair.layers():
        stored = stored_weights(pair.integer.main, index, pair.exact.main.tensors[layer.weights].shape)
        if stored is None or stored.quantization is None:
            return None
        scale, bits = np.array(stored.quantization.scale, np.float64), 4 if stored.dtype == "int4" else 8
        weights[layer.index] = Weights(scale, bits, np.asarray(stored.array, np.int8), stored.codebook)
    complete = all(layer.index in weights for layer in layers(pair.exact.main))
    return Quantizing(pair.exact, ranges, weights, dtypes) if complete else None


def _range(tensor: Tensor) -> Range:
    low, high = (-128, 127) if tensor.dtype == "int8" else (-32767, 32767)
    return Range(*(tensor.scale * (q - tensor.zero_point) for q in (low, high)))


def stored_weights(graph: Graph, index: int, shape: tuple[int, ...]) -> Tensor | None:
    """The quantized weights of an operator of the integer model: its constant input of that shape."""
    inputs = (graph.tensors[t] for t in graph.ops[index].inputs if t >= 0)
    return next((t for t in inputs if t.constant and t.shape == shape and t.quantization is not None), None)
