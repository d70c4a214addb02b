"""Models whose real input goes through SUB, MUL and QUANTIZE, of random shapes and constants."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
from ops.harness import constant, quantized

from edgeq.graph import Graph, Model, Op, Tensor
from edgeq.opkit.node import Values

PLAIN = (("fused_activation_function", "NONE"),)


def affine_model(
    shape: Sequence[int],
    shift: Values | None,
    factor: Values | None,
    *,
    scale: float = 0.03,
    zero_point: int = -3,
    dtype: str = "int8",
    given: Sequence[int] | None = None,
) -> Model:
    """x -> RESHAPE if it is `given` in another shape -> SUB -> MUL -> QUANTIZE -> RESHAPE to [1,
    elements].

    A constant of None leaves its operator out.
    """
    tensors, ops = [Tensor("x", tuple(given or shape), "float32")], list[Op]()

    def add(tensor: Tensor) -> int:
        tensors.append(tensor)
        return len(tensors) - 1

    x = 0
    if given is not None:
        wanted = add(constant("shape", np.array(shape, np.int32)))
        x = _step(
            ops,
            "RESHAPE",
            (x, wanted),
            add(Tensor("seen", tuple(shape), "float32")),
            new_shape=tuple(shape),
        )
    for kind, values in (("SUB", shift), ("MUL", factor)):
        if values is not None:
            other = add(constant(kind.lower(), np.asarray(values, np.float32)))
            x = _step(
                ops,
                kind,
                (x, other),
                add(Tensor(f"{kind.lower()}med", tuple(shape), "float32")),
                **dict(PLAIN),
            )
    y = _step(ops, "QUANTIZE", (x,), add(quantized("q", shape, scale, zero_point, dtype)))
    flat = (1, int(np.prod(shape)))
    end = add(replace(tensors[y], name="end", shape=flat))
    _step(ops, "RESHAPE", (y, add(constant("flat", np.array(flat, np.int32)))), end, new_shape=flat)
    return Model((Graph(tuple(tensors), tuple(ops), (0,), (end,)),))


def _step(
    ops: list[Op], kind: str, inputs: tuple[int, ...], output: int, **attributes: object
) -> int:
    ops.append(
        Op(
            kind,
            inputs,
            (output,),
            tuple(attributes.items()),
            options_type=f"{kind.title()}Options",
        )
    )  # type: ignore[arg-type]
    return output


def random_input_affine(random: np.random.Generator, dtype: str = "int8") -> Model:
    """Any shape of 2 to 4 axes, constants that are broadcast along any of them, features up to
    10**5 apart in size.
    """
    shape = (1, *random.integers(1, 6, random.integers(1, 4)).tolist())
    constants = []
    for _ in range(2):
        kept = [size if random.random() < 0.6 else 1 for size in shape]
        values = random.choice([-1, 1], kept) * 10 ** random.uniform(-2.5, 2.5, kept)
        constants.append(values.reshape(kept[random.integers(0, 2) :]))
    given = (1, int(np.prod(shape))) if random.random() < 0.3 else None
    zero_point = int(random.integers(-128, 128)) if dtype == "int8" else 0
    return affine_model(
        shape,
        *constants,
        scale=float(random.uniform(0.001, 2)),
        zero_point=zero_point,
        dtype=dtype,
        given=given,
    )
