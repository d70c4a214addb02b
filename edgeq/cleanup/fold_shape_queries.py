"""SHAPE and RANK of a tensor, whose sizes are settled, become constants."""

from __future__ import annotations

import numpy as np

from edgeq.cleanup.budget import Budget
from edgeq.cleanup.single import Constants, Single
from edgeq.graph import DTYPES


def fold_shape_query(single: Single, _: Budget) -> Constants | None:
    """The value of SHAPE or RANK; None for other operators. They read no element of their input."""
    if (
        single.op.kind not in ("SHAPE", "RANK")
        or len(single.inputs) != 1
        or len(single.outputs) != 1
    ):
        return None
    x, dtype = single.inputs[0], DTYPES[single.outputs[0].dtype]
    if x is None or dtype.kind != "i":
        return None
    return (np.array(x.shape if single.op.kind == "SHAPE" else len(x.shape), dtype),)
