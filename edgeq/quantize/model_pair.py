"""A float model and the integer model made from it: corresponding tensors and layers, found by
name.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

import numpy as np

from edgeq.errors import EdgeqError
from edgeq.graph import Graph, Model, Tensor
from edgeq.graph.model import CHANNEL_FACTORS
from edgeq.quantize.activation_equalization import apply_channel_factors
from edgeq.quantize.batch_norm_folding import fold_batch_norm, unshare_constants
from edgeq.quantize.gelu import with_sigmoids
from edgeq.quantize.input_affine_transfer import with_input_affine_of
from edgeq.quantize.pool_to_mean import POOL, pools_to_means, tiled_pools
from edgeq.quantize.quantization_state import (
    IntegerLoop,
    Layer,
    QuantizationState,
    Range,
    Regions,
    Weights,
    is_activation,
    layers,
)
from edgeq.quantize.real_chains import with_real_chains


@dataclass(frozen=True, eq=False)
class ModelPair:
    """Two models with corresponding tensors.

    float_model: with the same batch norm folding and equalization as the integer model.
    tensors: float tensor -> integer tensor.
    real: float tensors that the integer model keeps float, with their type.
    """

    float_model: Model
    integer_model: Model
    tensors: Mapping[int, int]
    real: Mapping[int, str]

    def layers(self) -> list[tuple[Layer, int]]:
        """The layers with weights of the float model, each with the integer model's operator that
        computes the corresponding tensor.
        """
        makers = {t: k for k, op in enumerate(self.integer_model.main.ops) for t in op.outputs}
        return [
            (layer, makers[self.tensors[layer.y]])
            for layer in layers(self.float_model.main)
            if self.tensors.get(layer.y) in makers
        ]


def pair_models(exact: Model, integer: Model) -> ModelPair:
    """The pair of a float and an integer model. Raises EdgeqError if no layer of one has the name
    of a layer of the other.
    """
    found = pair_by_name(with_sigmoids(exact), integer)
    if not found.layers():
        why = "no layer of one has the name of a layer of the other"
        raise EdgeqError(
            "the float and the quantized model", why, "give the float model that was converted"
        )
    return found


def pair_by_name(exact: Model, integer: Model) -> ModelPair:
    """The pair of two models: computed tensors correspond by name, inputs and outputs by position.

    Of the float model as given and with batch norm folded, the one with more corresponding layers
    is taken.
    """
    moved = tuple(entry for entry in integer.metadata if entry[0] == CHANNEL_FACTORS)
    started = with_input_affine_of(_with_means(fold_batch_norm(exact), integer), integer.main)
    folded = replace(started, model=apply_channel_factors(replace(started.model, metadata=moved)))
    plain = QuantizationState(unshare_constants(exact))
    candidates = [_pair(with_real_chains(state), integer) for state in (folded, plain)]
    return max(candidates, key=lambda pair: len(pair.layers()))


def _with_means(exact: Model, integer: Model) -> Model:
    """The float model with AVERAGE_POOL_2D replaced by MEAN wherever the integer model has a MEAN,
    told by the names of their outputs.
    """
    graph, made = exact.main, integer.main
    pooled = {made.tensors[t].name for op in made.ops if op.kind == POOL for t in op.outputs}
    means = [
        b.index
        for b in tiled_pools(graph)
        if graph.tensors[graph.ops[b.index].outputs[0]].name not in pooled
    ]
    return pools_to_means(exact, means)


def _pair(state: QuantizationState, integer: Model) -> ModelPair:
    exact = state.model
    names = {t.name: k for k, t in enumerate(integer.main.tensors) if not t.constant}
    tensors = {
        k: names[t.name]
        for k, t in enumerate(exact.main.tensors)
        if is_activation(t) and t.name in names
    }
    ends = [
        *zip(exact.main.inputs, integer.main.inputs, strict=False),
        *zip(exact.main.outputs, integer.main.outputs, strict=False),
    ]
    same = {
        k: i
        for k, i in {**dict(ends), **tensors}.items()
        if exact.main.tensors[k].shape == integer.main.tensors[i].shape
    }
    return ModelPair(exact, integer, same, state.dtypes)


def state_from_pair(pair: ModelPair) -> QuantizationState | None:
    """The integer model as a `QuantizationState`, from which a variant can be assembled; None where
    that is impossible.

    Ranges are those that the file's scales and zero points cover, weights the file's integers.
    """
    ranges: dict[int, Range] = {}
    dtypes: dict[int, str] = dict(pair.real)
    for k, i in pair.tensors.items():
        if k in pair.real:
            continue
        tensor = pair.integer_model.main.tensors[i]
        if tensor.quantization is None or tensor.dtype not in ("int8", "int16"):
            return None
        ranges[k] = _range(tensor)
        dtypes |= {k: "int16"} if tensor.dtype == "int16" else {}
    weights = {}
    for layer, index in pair.layers():
        stored = stored_weights(
            pair.integer_model.main, index, pair.float_model.main.tensors[layer.weights].shape
        )
        if stored is None or stored.quantization is None:
            return None
        scale, bits = (
            np.array(stored.quantization.scale, np.float64),
            4 if stored.dtype == "int4" else 8,
        )
        weights[layer.index] = Weights(
            scale, bits, np.asarray(stored.array, np.int8), stored.codebook
        )
    complete = all(layer.index in weights for layer in layers(pair.float_model.main))
    loops = _loops(pair)
    complete = complete and all(
        op.regions in loops for op in pair.float_model.main.ops if op.regions
    )
    state = QuantizationState(pair.float_model, ranges, weights, dtypes, loops=loops)
    return state if complete else None


def _loops(pair: ModelPair) -> dict[Regions, IntegerLoop]:
    """The float regions of loops -> those of the integer operators that give the same tensors, at
    once or behind a QUANTIZE.
    """
    makers, found = pair.integer_model.main.makers(), dict[Regions, IntegerLoop]()
    for op in pair.float_model.main.ops:
        for y in op.outputs if op.regions else ():
            maker = makers.get(pair.tensors.get(y, -1))
            if maker is not None and not maker.regions:
                maker = makers.get(maker.inputs[0])
            if maker is not None and maker.regions:
                found[op.regions] = IntegerLoop(maker.regions)
    return found


def _range(tensor: Tensor) -> Range:
    low, high = (-128, 127) if tensor.dtype == "int8" else (-32767, 32767)
    return Range(*(tensor.scale * (q - tensor.zero_point) for q in (low, high)))


def stored_weights(graph: Graph, index: int, shape: tuple[int, ...]) -> Tensor | None:
    """The quantized weights of an operator of the integer model: its constant input of the given
    shape.
    """
    inputs = (graph.tensors[t] for t in graph.ops[index].inputs if t >= 0)
    return next(
        (t for t in inputs if t.constant and t.shape == shape and t.quantization is not None), None
    )
