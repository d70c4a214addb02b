"""What the sweep builds of a layer of Keras or a function of keras.ops: a small model and its samples."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

Body = Callable[[Any, Any], Any]
"""The `keras` module and the symbolic input, or a list of inputs -> the output."""

SAMPLES = 48


@dataclass(frozen=True)
class Case:
    """A model of one layer or function.

    body: from the input to the output. shapes: of the inputs without the batch axis; one input is
    given to `body` alone, several as a list. dtype: of the inputs. low, high: between which samples
    lie, uniformly; integers exclude `high`. stem: whether a Dense layer stands in front, so that
    the layer reads an activation with a scale of its own, not the input. least: dB that its output
    keeps against Keras, in int8; less where it jumps. interpreted: whether an interpreter has all of
    its operators.
    """

    body: Body
    shapes: tuple[tuple[int, ...], ...] = ((8, 8, 4),)
    dtype: str = "float32"
    low: float = -1.0
    high: float = 1.0
    stem: bool = True
    least: float = 20.0
    interpreted: bool = True


def model_of(keras: Any, case: Case) -> Any:
    """The Keras model of a case, with seeded weights."""
    keras.utils.set_random_seed(1)
    inputs = [keras.Input(shape, dtype=case.dtype) for shape in case.shapes]
    read = [keras.layers.Dense(x.shape[-1])(x) for x in inputs] if case.stem else inputs
    return keras.Model(
        inputs[0] if len(inputs) == 1 else inputs,
        case.body(keras, read[0] if len(read) == 1 else read),
    )


def samples_of(case: Case, count: int = SAMPLES) -> tuple[npt.NDArray[Any], ...]:
    """Seeded samples of every input, [count, *shape]; zeros where the input is text."""
    if case.dtype == "string":
        return tuple(np.zeros((count, *shape), np.float32) for shape in case.shapes)
    random = np.random.default_rng(0)
    return tuple(
        (case.low + (case.high - case.low) * random.random((count, *shape))).astype(case.dtype)
        for shape in case.shapes
    )
