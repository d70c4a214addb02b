"""Quantized inputs and outputs against TFLite's own QUANTIZE and DEQUANTIZE kernels."""

from __future__ import annotations

import numpy as np
import pytest

from edgeq.data import dequantize, quantize, quantized_inputs
from edgeq.graph import Graph, Model, Op, Quantization, Tensor, write_tflite
from edgeq.runtime import reference_interpreter, run_samples


def one_op(kind: str, source: Tensor, target: Tensor) -> bytes:
    return write_tflite(Model((Graph((source, target), (Op(kind, (0,), (1,)),), (0,), (1,)),)))


@pytest.mark.parametrize("dtype", ["int8", "uint8", "int16"])
def test_quantize_equals_the_reference_kernel(dtype: str) -> None:
    zero_point = {"int8": -7, "uint8": 120, "int16": 0}[dtype]
    source = Tensor("x", (1, 4096), "float32")
    target = Tensor("q", (1, 4096), dtype, Quantization((0.05000000074505806,), (zero_point,)))
    rng = np.random.default_rng(0)
    x = np.concatenate([rng.normal(scale=5, size=3000), (np.arange(1096) - 548) * 0.025]).astype(
        np.float32
    )[None]
    (expected,) = run_samples(reference_interpreter(one_op("QUANTIZE", source, target)), [x])
    assert np.array_equal(quantize(x, target), expected)
    graph = Graph((target,), (), (0,), (0,))
    assert quantized_inputs(graph, [x])[0].shape == (1, 1, 4096)


@pytest.mark.parametrize("dtype", ["int8", "uint8", "int16"])
def test_dequantize_equals_the_reference_kernel(dtype: str) -> None:
    limits = np.iinfo(dtype)
    q = np.linspace(limits.min, limits.max, 256).astype(dtype)[None]
    source = Tensor(
        "q", (1, 256), dtype, Quantization((0.013700000010430813,), (3 if dtype == "int8" else 0,))
    )
    target = Tensor("x", (1, 256), "float32")
    (expected,) = run_samples(reference_interpreter(one_op("DEQUANTIZE", source, target)), [q])
    assert np.array_equal(dequantize(q, source), expected)


def test_tensors_without_quantization_pass() -> None:
    plain = Tensor("x", (1, 2), "int32")
    assert quantize(np.array([[1.0, 2.0]]), plain).tolist() == [[1, 2]]
    assert dequantize(np.array([[1, 2]]), plain).dtype == np.float32
