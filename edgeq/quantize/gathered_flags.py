"""Parts of flags, such as the mask of one step of a recurrent layer, as integers: TFLM has GATHER on int8
and float32, and on no bool.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import numpy as np

from edgeq.graph import Model, Op, Quantization, Tensor
from edgeq.quantize.rewrite import rewritten

BELOW_ONE = Quantization((0.5,), (0,))  # NOT_EQUAL of int8 takes no scale of 1 or more


def with_gathered_integers(model: Model) -> Model:
    """The model, branches and loops included, with GATHER on 0 and 1 of int8 in place of bool, and a
    comparison with 0 behind it; values stay the same.
    """
    return rewritten(model, _gathered)


def _gathered(tensors: list[Tensor], op: Op) -> Iterator[Op]:
    if op.kind != "GATHER" or tensors[op.inputs[0]].dtype != "bool":
        yield op
        return
    (x, indices), (y,) = op.inputs, op.outputs
    name, first = tensors[y].name, len(tensors)
    for t, kind in ((x, "flags"), (y, "gathered")):
        integers = replace(tensors[t], name=f"{name}/{kind}", dtype="int8", quantization=BELOW_ONE)
        tensors.append(replace(integers, buffer=None, variable=False))
    tensors.append(Tensor(f"{name}/zero", (), "int8", BELOW_ONE, buffer=np.int8(0).tobytes()))
    kinds = (("in_data_type", "BOOL"), ("out_data_type", "INT8"))
    yield Op("CAST", (x,), (first,), kinds, options_type="CastOptions")
    yield replace(op, inputs=(first, indices), outputs=(first + 1,))
    yield Op("NOT_EQUAL", (first + 1, first + 2), (y,), (), 2, options_type="NotEqualOptions")
