"""Inputs of a model: what a person gives, as the arrays that are computed with."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TypeAlias

import numpy as np
import numpy.typing as npt

from edgeq.data import quantize
from edgeq.errors import EdgeqError
from edgeq.graph import DTYPES, Graph, Tensor
from edgeq.opkit.node import Values

Inputs: TypeAlias = Sequence[npt.ArrayLike] | Values
"""An array for each input of a model; of a model with one input that array itself."""


def as_inputs(graph: Graph, inputs: Inputs) -> list[Values]:
    """For each graph input an array [samples, *shape] of its dtype.

    inputs: integer arrays are taken as they are. Float arrays are real values, which an integer
    input gets quantized by its own scale and zero point: float32 division, ties away from zero,
    saturated. The batch axis of 1 that most inputs have may be left out: [samples, 8, 8, 1] for
    one of [1, 8, 8, 1].

    Raises EdgeqError for another number of arrays, another shape or type, no samples, or real
    values that are not finite.
    """
    given = [inputs] if isinstance(inputs, np.ndarray) else list(inputs)
    if len(given) != len(graph.inputs):
        raise _miscounted(graph, len(given))
    tensors = [graph.tensors[t] for t in graph.inputs]
    arrays = [_as_input(x, tensor) for x, tensor in zip(given, tensors, strict=True)]
    check_inputs(graph, arrays)
    return arrays


def _as_input(given: npt.ArrayLike, tensor: Tensor) -> Values:
    try:
        x = np.asarray(given)
    except ValueError as error:
        raise _mismatch(tensor, f"it is no array: {error}") from error
    if x.ndim == 0:
        raise _mismatch(tensor, "it is a single number")
    if tensor.shape[:1] == (1,) and x.shape[1:] == tensor.shape[1:]:
        x = x.reshape(len(x), *tensor.shape)
    if x.dtype.kind != "f" or x.shape[1:] != tensor.shape:
        return x
    if tensor.dtype.startswith("float"):
        return x.astype(DTYPES[tensor.dtype])
    if tensor.quantization is None:
        return x
    if not np.isfinite(x).all():
        raise EdgeqError(
            f'data for the input "{tensor.name}"',
            "it holds NaN or infinite values",
            "give finite numbers",
        )
    return quantize(x, tensor)


def check_inputs(graph: Graph, inputs: Sequence[Values]) -> int:
    """The number of samples. Raises EdgeqError for arrays that do not match the graph's inputs."""
    if len(inputs) != len(graph.inputs):
        raise _miscounted(graph, len(inputs))
    counts = {len(x) for x in inputs} or {1}
    if counts == {0}:
        raise EdgeqError(
            "data of 0 samples", "there is nothing to compute", "give at least one sample"
        )
    if len(counts) != 1:
        raise EdgeqError(
            f"inputs of {sorted(counts)} samples", "all must have as many", "cut them to one length"
        )
    for t, x in zip(graph.inputs, inputs, strict=True):
        tensor = graph.tensors[t]
        if x.shape[1:] != tensor.shape or x.dtype != DTYPES[tensor.dtype]:
            raise EdgeqError(
                f"data of shape {list(x.shape[1:])} {x.dtype}",
                f'the model\'s input "{tensor.name}" has {list(tensor.shape)} {tensor.dtype}',
                "give data of the model's shape and type",
            )
    return counts.pop()


def _miscounted(graph: Graph, arrays: int) -> EdgeqError:
    return EdgeqError(
        f"{arrays} input arrays",
        f"the model has {len(graph.inputs)} inputs",
        "give one array for each",
    )


def _mismatch(tensor: Tensor, why: str) -> EdgeqError:
    return EdgeqError(
        f'data for the input "{tensor.name}"',
        why,
        f"give an array [samples, {', '.join(map(str, tensor.shape))}]",
    )
