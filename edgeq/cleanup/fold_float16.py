"""Constants kept as float16 become float32: DEQUANTIZE of float16 widens each value exactly.

TensorFlow's float16 quantization writes weights so, and leaves the operator to the interpreter
(TFLite kernels/dequantize.cc).
"""

from __future__ import annotations

import numpy as np

from edgeq.cleanup.budget import Budget
from edgeq.cleanup.single import Constants, Single


def fold_float16(single: Single, budget: Budget) -> Constants | None:
    """The float32 values of a DEQUANTIZE of one constant float16 tensor; None for others."""
    if single.op.kind != "DEQUANTIZE" or not single.constant:
        return None
    if len(single.inputs) != 1 or len(single.outputs) != 1:
        return None
    (x,), (y,) = single.inputs, single.outputs
    if x is None or (x.dtype, y.dtype) != ("float16", "float32") or not budget.take(x.size):
        return None
    return (x.array.astype(np.float32),)
