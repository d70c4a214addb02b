"""Small hand-built float models for the tests of `edgeq.quantize`."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace

import numpy as np

from edgeq.data import Samples
from edgeq.graph import Graph, Model, Op, Tensor, write_tflite
from edgeq.graph.model import AttributeValue
from edgeq.opkit.node import Values
from edgeq.quantize.batch_norm_folding import fold_batch_norm
from edgeq.quantize.calibrators import min_max
from edgeq.quantize.nearest_rounding import round_to_nearest
from edgeq.quantize.observe import observe
from edgeq.quantize.quantization_state import QuantizationState
from edgeq.quantize.scale_groups import unify_ranges
from edgeq.runtime import reference_interpreter, run_samples

RELU = {"fused_activation_function": "RELU"}
SLIDING = {"padding": "SAME", "stride_h": 1, "stride_w": 1}
UNDILATED = {"dilation_h_factor": 1, "dilation_w_factor": 1}


@dataclass
class FloatModel:
    """A float model under construction: each method adds an operator and returns the index of its
    output.
    """

    tensors: list[Tensor] = field(default_factory=list)
    ops: list[Op] = field(default_factory=list)
    random: np.random.Generator = field(default_factory=lambda: np.random.default_rng(7))

    def input(self, *shape: int) -> int:
        return self._tensor(Tensor(f"in{len(self.tensors)}", shape, "float32"))

    def constant(self, values: Values | Sequence[float], name: str = "constant") -> int:
        array = np.asarray(values, np.float32)
        return self._tensor(Tensor(name, array.shape, "float32", buffer=array.tobytes()))

    def normal(self, *shape: int, scale: float = 0.5) -> int:
        return self.constant(self.random.normal(0, scale, shape))

    def op(
        self,
        kind: str,
        inputs: Sequence[int],
        shape: Sequence[int],
        options: str = "",
        **attributes: AttributeValue,
    ) -> int:
        y = self._tensor(Tensor(f"{kind.lower()}_{len(self.ops)}", tuple(shape), "float32"))
        self.ops.append(
            Op(kind, tuple(inputs), (y,), tuple(sorted(attributes.items())), options_type=options)
        )
        return y

    def conv(self, x: int, filters: int, size: int = 3, **attributes: AttributeValue) -> int:
        n, h, w, c = self.tensors[x].shape
        weights, bias = self.normal(filters, size, size, c), self.normal(filters, scale=0.2)
        return self.op(
            "CONV_2D",
            (x, weights, bias),
            (n, h, w, filters),
            "Conv2DOptions",
            **{**SLIDING, **UNDILATED, **attributes},
        )

    def depthwise(self, x: int, **attributes: AttributeValue) -> int:
        shape = self.tensors[x].shape
        weights, bias = self.normal(1, 3, 3, shape[3]), self.normal(shape[3], scale=0.2)
        return self.op(
            "DEPTHWISE_CONV_2D",
            (x, weights, bias),
            shape,
            "DepthwiseConv2DOptions",
            **{**SLIDING, **UNDILATED, "depth_multiplier": 1, **attributes},
        )

    def dense(self, x: int, units: int, bias: bool = True, **attributes: AttributeValue) -> int:
        depth = self.tensors[x].size
        inputs = [x, self.normal(units, depth)] + ([self.normal(units, scale=0.2)] if bias else [])
        return self.op("FULLY_CONNECTED", inputs, (1, units), "FullyConnectedOptions", **attributes)

    def binary(self, kind: str, a: int, b: int, **attributes: AttributeValue) -> int:
        shape = np.broadcast_shapes(self.tensors[a].shape, self.tensors[b].shape)
        return self.op(kind, (a, b), shape, f"{kind.title()}Options", **attributes)

    def softmax(self, x: int) -> int:
        return self.op("SOFTMAX", (x,), self.tensors[x].shape, "SoftmaxOptions", beta=1.0)

    def model(self, *outputs: int) -> Model:
        produced = {t for op in self.ops for t in op.outputs}
        inputs = tuple(
            t for t, tensor in enumerate(self.tensors) if not tensor.constant and t not in produced
        )
        return Model((Graph(tuple(self.tensors), tuple(self.ops), inputs, outputs),))

    def _tensor(self, tensor: Tensor) -> int:
        self.tensors.append(tensor)
        return len(self.tensors) - 1


def residual() -> Model:
    """[1, 8, 8, 3] to [1, 5] by two convolutions, a depthwise one, an addition, pooling and a
    classifier.
    """
    m = FloatModel()
    first = m.conv(m.input(1, 8, 8, 3), 8, **RELU)
    second = m.conv(m.depthwise(first, **RELU), 8, 1)
    total = m.binary("ADD", first, second, **RELU)
    pooled = m.op(
        "AVERAGE_POOL_2D",
        (total,),
        (1, 1, 1, 8),
        "Pool2DOptions",
        padding="VALID",
        stride_h=8,
        stride_w=8,
        filter_height=8,
        filter_width=8,
    )
    return m.model(m.softmax(m.dense(pooled, 5)))


def uneven() -> Model:
    """A convolution whose channels differ a hundredfold in magnitude, then a depthwise and a
    pointwise one.
    """
    m = FloatModel()
    first = m.conv(m.input(1, 6, 6, 3), 4, **RELU)
    weights = m.tensors[m.ops[0].inputs[1]]
    scaled = weights.array * np.array([1, 0.1, 0.03, 0.01], np.float32)[:, None, None, None]
    m.tensors[m.ops[0].inputs[1]] = replace(weights, buffer=scaled.astype(np.float32).tobytes())
    return m.model(m.conv(m.depthwise(first, **RELU), 2, 1))


def samples(model: Model, count: int = 32, seed: int = 0) -> Samples:
    """Normally distributed inputs for a float model."""
    random = np.random.default_rng(seed)
    shapes = [model.main.tensors[t].shape[1:] for t in model.main.inputs]
    return Samples(
        tuple(random.normal(0, 1, (count, *shape)).astype(np.float32) for shape in shapes)
    )


def calibrated(
    model: Model, data: Samples | None = None, bits: int = 8, per_channel: bool = True
) -> QuantizationState:
    """The prepared model with min-max ranges and weights rounded to nearest. data: calibration
    samples, by default `samples` of the model.
    """
    model = fold_batch_norm(model)
    ranges = {
        t: min_max(seen)
        for t, seen in observe(model, samples(model) if data is None else data).items()
    }
    return round_to_nearest(
        QuantizationState(model, unify_ranges(model.main, ranges)), bits, per_channel
    )


def outputs(model: Model, data: Samples) -> list[Values]:
    """The outputs [n, ...] of a float model for real samples, by tflite-runtime's reference
    kernels.
    """
    return run_samples(reference_interpreter(write_tflite(model), preserve_all=False), data.inputs)
