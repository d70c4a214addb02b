"""Layers whose int8 weights are limited to int4, or to a codebook of a few values."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np

from edgeq.graph import Codebook, Model, Tensor, pack_int4
from edgeq.opkit.node import Values


def with_weights(model: Model, change: Callable[[Tensor], Tensor]) -> Model:
    """The model with `change` applied to every tensor called "w"."""
    tensors = tuple(change(t) if t.name == "w" else t for t in model.main.tensors)
    return replace(model, graphs=(replace(model.main, tensors=tensors),))


def int4(model: Model, lowest: int = -8) -> Model:
    """The model with int4 weights, from `lowest` to 7."""

    def change(w: Tensor) -> Tensor:
        values = np.maximum(w.array.astype(np.int8) >> 4, lowest)
        return replace(w, dtype="int4", buffer=pack_int4(values))

    return with_weights(model, change)


def expanded_int4(model: Model, lowest: int = -8) -> Model:
    """The model with the weights of `int4`, stored as int8."""
    return with_weights(
        model,
        lambda w: replace(
            w, buffer=np.maximum(w.array.astype(np.int8) >> 4, lowest).astype(np.int8).tobytes()
        ),
    )


def coded(model: Model, bits: int, tables: int = 1, axis: int = 0, seed: int = 0) -> Model:
    """The model with weights from `tables` random tables along an axis, of 2**bits values each."""
    rng = np.random.default_rng(seed)

    def change(w: Tensor) -> Tensor:
        drawn = tuple(tuple(rng.integers(-128, 128, 1 << bits).tolist()) for _ in range(tables))
        return with_codebook(w, Codebook(bits, drawn, axis), rng)

    return with_weights(model, change)


def with_codebook(w: Tensor, book: Codebook, rng: np.random.Generator) -> Tensor:
    values: Values = book.values(rng.integers(0, book.entries, w.shape).astype(np.uint8))
    return replace(w, buffer=values.tobytes(), codebook=book)
