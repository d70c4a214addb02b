"""A float model whose input passes through one subtraction and one multiplication by constants,
y = (x - shift) * factor, before quantization begins.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np

from edgeq.graph import Model, Op, Tensor
from edgeq.opkit.input_affine import Reals

PLAIN = (("fused_activation_function", "NONE"),)


@dataclass(frozen=True, eq=False)
class AffineInput:
    """A model whose input, or a part of it, passes through SUB and MUL by constants before anything
    else.

    input: the input tensor, or a view or a part of it that has readers of its own.
    real: the tensors that stay float32: the input, and all others before `output`.
    output: the tensor at which quantization begins.
    shift, factor: float32, of shapes that broadcast to the output's.
    """

    model: Model
    input: int
    real: tuple[int, ...]
    output: int
    shift: Reals
    factor: Reals


def affine_input(model: Model, t: int, y: int, shift: Reals, factor: Reals) -> AffineInput:
    """The `AffineInput` of a model that already has (x - shift) * factor between an input and the
    tensor at which quantization begins.

    t: the input tensor, or a view or a part of it.
    y: the tensor at which quantization begins.
    """
    makers, real = model.main.makers(), [y]
    while real[0] != t:
        real.insert(0, makers[real[0]].inputs[0])
    return AffineInput(model, t, tuple(real[:-1]), y, shift, factor)


def affine_ops(tensors: list[Tensor], x: int, y: int, shift: Reals, factor: Reals) -> list[Op]:
    """SUB and MUL that compute y from x, without one that would change nothing. Their constants and
    the tensor between them are appended to `tensors`.
    """
    wanted = [("SUB", shift)] if np.any(shift != 0) else []
    wanted += [("MUL", factor)] if np.any(factor != 1) or not wanted else []
    ops, name = list[Op](), tensors[y].name
    for kind, values in wanted:
        tensors.append(
            Tensor(f"{name}/{kind.lower()}", values.shape, "float32", buffer=values.tobytes())
        )
        constant, last = len(tensors) - 1, len(ops) + 1 == len(wanted)
        if not last:
            tensors.append(replace(tensors[y], name=f"{name}/difference"))
        ops.append(
            Op(
                kind,
                (x, constant),
                (y if last else len(tensors) - 1,),
                PLAIN,
                options_type=f"{kind.title()}Options",
            )
        )
        x = ops[-1].outputs[0]
    return ops


def real_dtypes(starts: Sequence[AffineInput]) -> Mapping[int, str]:
    """Tensor -> "float32" for the tensors that stay float in models with these affine inputs."""
    return {t: "float32" for start in starts for t in start.real}
