"""A model whose only depthwise filter is not 3x3: the 3x3 loops in the shared header are not missed
or warned of.
"""

import numpy as np
import pytest
from ops.harness import constant, quantized, single_op

from edgeq.graph import Model
from edgeq.verify import Settings, verify
from edgeq.verify.targets import find_target
from edgeq.verify.toolchain import compiler_command


def one_by_three() -> Model:
    rng = np.random.default_rng(0)
    weights = constant(
        "w", rng.integers(-127, 128, (1, 1, 3, 8), np.int8), rng.uniform(0.001, 0.01, 8), axis=3
    )
    bias = constant("b", rng.integers(-2000, 2000, 8, np.int32), 0.0005)
    options = {
        "padding": "VALID",
        "stride_h": 1,
        "stride_w": 1,
        "depth_multiplier": 1,
        "dilation_h_factor": 1,
        "dilation_w_factor": 1,
        "fused_activation_function": "RELU",
    }
    return single_op(
        "DEPTHWISE_CONV_2D",
        [quantized("x", (1, 1, 16, 8), 0.05, 3), weights, bias],
        quantized("y", (1, 1, 14, 8), 0.03, -128),
        "DepthwiseConv2DOptions",
        3,
        **options,
    )


@pytest.mark.slow
@pytest.mark.parametrize("target", ["cortex-m4", "cortex-m3", "cortex-m0", "cortex-m55", "rv32imc"])
def test_it_compiles_and_computes_the_same_bytes(target: str) -> None:
    for compiler in find_target(target).compilers:
        if compiler_command(compiler.name):
            settings = Settings(compiler.name)
            (result,) = verify(
                one_by_three(), targets=(target,), samples=3, settings=settings
            ).targets
            assert (result.status, result.reason) == ("ok", None)
