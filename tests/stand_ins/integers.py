"""int8 .tflite files of an architecture with seeded random weights, by edgeq's own writer: no
TensorFlow is needed.
"""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt

from edgeq.graph import AttributeValue, Graph, Model, Op, Quantization, Tensor
from stand_ins.architectures import Add, Architecture, Conv, Dense, Depthwise, Layer, Pool, Softmax

INPUT = Quantization((float(np.float32(0.0078125)),), (-1,))
INPUT_RMS = 74 * INPUT.scale[0]  # of uniform int8, in reals
SPREAD = 6  # standard deviations of a layer's sums that the 256 steps of its output span


@dataclass
class _Network:
    """Tensors and operators as they come to be.

    path: the output tensor of every layer so far, the input first. rms: tensor -> its root mean
    square, estimated.
    """

    rng: np.random.Generator
    tensors: list[Tensor]
    ops: list[Op] = field(default_factory=list)
    path: list[int] = field(default_factory=lambda: [0])
    rms: dict[int, float] = field(default_factory=lambda: {0: INPUT_RMS})

    def add(self, tensor: Tensor) -> int:
        self.tensors.append(tensor)
        return len(self.tensors) - 1

    def step(
        self,
        kind: str,
        inputs: tuple[int, ...],
        output: Tensor,
        options: str,
        version: int,
        **attributes: AttributeValue,
    ) -> None:
        """An operator and its output, which the next layer reads."""
        index = self.add(output)
        assert output.quantization is not None
        self.rms[index] = 255 / SPREAD * output.quantization.scale[0] / np.sqrt(2)
        self.ops.append(
            Op(
                kind,
                inputs,
                (index,),
                tuple(sorted(attributes.items())),
                version,
                options_type=options,
            )
        )
        self.path[-1] = index


def integer_model(architecture: Architecture, seed: int) -> Model:
    """The int8 model: operators, shapes and types as in the published files, weights and scales
    drawn by the seed.
    """
    shape = (1, *architecture.shape)
    network = _Network(np.random.default_rng(seed), [Tensor("input", shape, "int8", INPUT)])
    for layer in architecture.layers:
        network.path.append(network.path[-1])
        _append(network, layer)
    return Model((Graph(tuple(network.tensors), tuple(network.ops), (0,), (network.path[-1],)),))


def _append(network: _Network, layer: Layer) -> None:
    name = f"layer{len(network.path) - 1}/{type(layer).__name__.lower()}"
    match layer:
        case Conv():
            _convolution(network, name, layer)
        case Depthwise():
            _depthwise(network, name, layer)
        case Dense():
            _dense(network, name, layer)
        case Add():
            _sum(network, name, layer.back)
        case Pool():
            _pool(network, name)
        case Softmax():
            x = network.path[-1]
            y = Quantization((1 / 256,), (-128,))
            output = Tensor(name, network.tensors[x].shape, "int8", y)
            network.step("SOFTMAX", (x,), output, "SoftmaxOptions", 2, beta=1.0)


def _convolution(network: _Network, name: str, layer: Conv) -> None:
    x = network.path[-1 - layer.back]
    _, height, width, depth = network.tensors[x].shape
    inputs, y = _weights(
        network, name, x, (layer.filters, *layer.kernel, depth), 0, layer.activation
    )
    shape = (1, -(-height // layer.stride), -(-width // layer.stride), layer.filters)
    window = _window(layer.stride) | {
        "fused_activation_function": layer.activation,
        "quantized_bias_type": "FLOAT32",
    }
    network.step("CONV_2D", inputs, Tensor(name, shape, "int8", y), "Conv2DOptions", 3, **window)


def _depthwise(network: _Network, name: str, layer: Depthwise) -> None:
    x = network.path[-1]
    _, height, width, depth = network.tensors[x].shape
    inputs, y = _weights(network, name, x, (1, 3, 3, depth), 3, "RELU")
    shape = (1, -(-height // layer.stride), -(-width // layer.stride), depth)
    window = _window(layer.stride) | {"fused_activation_function": "RELU", "depth_multiplier": 1}
    network.step(
        "DEPTHWISE_CONV_2D",
        inputs,
        Tensor(name, shape, "int8", y),
        "DepthwiseConv2DOptions",
        3,
        **window,
    )


def _dense(network: _Network, name: str, layer: Dense) -> None:
    x = network.path[-1]
    inputs, y = _weights(
        network, name, x, (layer.units, network.tensors[x].shape[-1]), None, layer.activation
    )
    network.step(
        "FULLY_CONNECTED",
        inputs,
        Tensor(name, (1, layer.units), "int8", y),
        "FullyConnectedOptions",
        4,
        fused_activation_function=layer.activation,
        keep_num_dims=False,
        weights_format="DEFAULT",
        asymmetric_quantize_inputs=False,
        quantized_bias_type="FLOAT32",
    )


def _sum(network: _Network, name: str, back: int) -> None:
    a, b = network.path[-2], network.path[-1 - back]
    shape, scales = network.tensors[a].shape, [network.tensors[t].scale for t in (a, b)]
    y = Quantization((float(np.float32(max(scales))),), (-128,))
    network.step(
        "ADD",
        (a, b),
        Tensor(name, shape, "int8", y),
        "AddOptions",
        2,
        fused_activation_function="RELU",
        pot_scale_int16=True,
    )


def _pool(network: _Network, name: str) -> None:
    """AVERAGE_POOL_2D over the whole map, and the RESHAPE to [1, channels] that follows it in
    published files.
    """
    x = network.path[-1]
    _, height, width, depth = network.tensors[x].shape
    q = network.tensors[x].quantization
    network.step(
        "AVERAGE_POOL_2D",
        (x,),
        Tensor(name, (1, 1, 1, depth), "int8", q),
        "Pool2DOptions",
        2,
        filter_height=height,
        filter_width=width,
        fused_activation_function="NONE",
        padding="VALID",
        stride_h=height,
        stride_w=width,
    )
    shape = network.add(
        Tensor(f"{name}/shape", (2,), "int32", buffer=np.array([-1, depth], "<i4").tobytes())
    )
    network.step(
        "RESHAPE", (network.path[-1], shape), Tensor(f"{name}/flat", (1, depth), "int8", q), "", 1
    )


def _window(stride: int) -> dict[str, AttributeValue]:
    return {
        "padding": "SAME",
        "stride_h": stride,
        "stride_w": stride,
        "dilation_h_factor": 1,
        "dilation_w_factor": 1,
    }


def _weights(
    network: _Network, name: str, x: int, shape: tuple[int, ...], axis: int | None, activation: str
) -> tuple[tuple[int, int, int], Quantization]:
    """(input, weights, bias) of a layer, and the quantization that spreads its sums over the
    output's steps.

    axis: of the channels that have a scale each, None for one scale.
    """
    rng, channels = network.rng, shape[0 if axis is None else axis]
    values = _centred(rng.integers(-100, 101, shape), 0 if axis is None else axis)
    gain = float(values.std()) * np.sqrt(values.size // channels)
    scales = np.float32(rng.uniform(1, 2, 1 if axis is None else channels) / gain)
    deviation = gain * float(scales.mean()) * network.rms[x]
    bias = rng.integers(-2000, 2000, channels).astype("<i4")
    w = network.add(
        Tensor(f"{name}/kernel", shape, "int8", _per_channel(scales, axis or 0), values.tobytes())
    )
    bias_scales = np.float32(scales * np.float32(network.tensors[x].scale))
    b = network.add(
        Tensor(f"{name}/bias", (channels,), "int32", _per_channel(bias_scales, 0), bias.tobytes())
    )
    low = -128 if activation == "RELU" else int(rng.integers(-20, 20))
    return (x, w, b), Quantization((float(np.float32(SPREAD * deviation / 255)),), (low,))


def _centred(values: npt.NDArray[np.int64], axis: int) -> npt.NDArray[np.int8]:
    """Filters whose weights add up to about 0, so that what all activations have in common does not
    drown the rest.
    """
    others = tuple(a for a in range(values.ndim) if a != axis)
    middle = np.rint(values.mean(axis=others, keepdims=True)).astype(np.int64)
    return np.clip(values - middle, -127, 127).astype(np.int8)


def _per_channel(scales: npt.NDArray[np.float32], axis: int) -> Quantization:
    return Quantization(tuple(map(float, scales)), (0,) * len(scales), axis)
