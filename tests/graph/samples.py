"""Small hand-built models, and modified files."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace

import numpy as np

from edgeq.errors import ModelError
from edgeq.graph import (
    DTYPES,
    AttributeValue,
    Graph,
    Model,
    Op,
    Quantization,
    Signature,
    Tensor,
    read_tflite,
    write_tflite,
)
from edgeq.graph.decode import Table, decode
from edgeq.graph.encode import encode

MODELS = ("ad01_int8", "kws_ref_model", "pretrainedResnet_quant", "vww_96_int8")
ADD = (("fused_activation_function", "NONE"), ("pot_scale_int16", True))
CONV = (
    ("dilation_h_factor", 1),
    ("dilation_w_factor", 1),
    ("fused_activation_function", "RELU6"),
    ("padding", "VALID"),
    ("quantized_bias_type", "FLOAT32"),
    ("stride_h", 2),
    ("stride_w", 1),
)


def float32(value: float) -> float:
    return float(np.float32(value))


def add(left: int, right: int, output: int) -> Op:
    return Op("ADD", (left, right), (output,), ADD, options_type="AddOptions")


def conv_model() -> Model:
    """int8 [1, 5, 4, 2] -> CONV_2D with 3 channels, each with its own scale -> [1, 2, 3, 3]; one
    signature.
    """
    generator = np.random.default_rng(1)
    weights = generator.integers(-127, 128, (3, 2, 2, 2)).astype(np.int8)
    bias = generator.integers(-500, 500, 3).astype("<i4")
    scales = tuple(float32(scale) for scale in (0.01, 0.02, 0.005))
    x_scale = 0.5
    bias_scales = tuple(float32(x_scale * scale) for scale in scales)
    tensors = (
        Tensor(
            "image",
            (1, 5, 4, 2),
            "int8",
            Quantization((x_scale,), (-7,)),
            shape_signature=(-1, 5, 4, 2),
        ),
        Tensor(
            "weights",
            weights.shape,
            "int8",
            Quantization(scales, (0, 0, 0), axis=0),
            weights.tobytes(),
        ),
        Tensor("bias", (3,), "int32", Quantization(bias_scales, (0, 0, 0)), bias.tobytes()),
        Tensor("features", (1, 2, 3, 3), "int8", Quantization((float32(0.04),), (11,))),
    )
    op = Op("CONV_2D", (0, 1, 2), (3,), CONV, version=3, options_type="Conv2DOptions")
    signature = Signature("serving_default", (("image", 0),), (("features", 3),))
    return Model(
        (Graph(tensors, (op,), (0,), (3,)),),
        "by hand",
        (signature,),
        (("min_runtime_version", b"1.14.0\0\0"),),
    )


def dtype_model() -> Model:
    """A float32 ADD next to a variable, a constant of every type, and one without elements."""
    constants = [
        Tensor(
            f"constant {name}", (3, 2), name, buffer=np.array([0, 1, 1, 0, 1, 0], dtype).tobytes()
        )
        for name, dtype in DTYPES.items()
    ]
    packed = Tensor("constant int4", (3,), "int4", Quantization((0.5,), (0,)), buffer=b"\x21\x03")
    empty = Tensor("shape of a scalar", (0,), "int32", buffer=b"")
    text = Tensor("text", (1,), "string", buffer=b"\1\0\0\0\x0c\0\0\0\x0e\0\0\0hi")
    x, y = (Tensor(name, (2, 2), "float32") for name in ("x", "y"))
    state = Tensor("state", (2, 2), "float32", variable=True)
    writes = replace(add(0, 2, 1), outputs=(1, 2))
    graph = Graph((x, y, state, *constants, packed, empty, text), (writes,), (0,), (1,), "dtypes")
    return Model((graph,))


def shared_model() -> Model:
    """Two subgraphs with two inputs, two outputs and a signature each; all constants share their
    bytes.
    """
    ones = np.ones(4, "<f4").tobytes()

    def graph(name: str) -> Graph:
        inputs = tuple(Tensor(f"{name} in {index}", (1, 4), "float32") for index in range(2))
        constants = (
            Tensor("a", (4,), "float32", buffer=ones),
            Tensor("b", (1, 4), "float32", buffer=ones),
        )
        outputs = tuple(Tensor(f"{name} out {index}", (1, 4), "float32") for index in range(2))
        return Graph(
            (*inputs, *constants, *outputs), (add(0, 2, 4), add(1, 3, 5)), (0, 1), (5, 4), name
        )

    signatures = tuple(
        Signature(key, (("p", 0), ("q", 1)), (("r", 4), ("s", 5)), index)
        for index, key in enumerate(("left", "right"))
    )
    return Model(tuple(graph(signature.key) for signature in signatures), "", signatures)


def operator_model(op: Op) -> Model:
    """A model of one operator, from float32 [2] to float32 [2]."""
    tensors = (Tensor("x", (2,), "float32"), Tensor("y", (2,), "float32"))
    return Model((Graph(tensors, (op,), (0,), (1,)),))


def attributes(op: Op) -> dict[str, AttributeValue]:
    return dict(op.attributes)


def changed(model: Model, change: Callable[[Table], object]) -> bytes:
    """The file of the model with its decoded tables changed in place by `change`."""
    root, _ = decode(write_tflite(model))
    change(root)
    return encode(root)


def flipped(data: bytes, count: int, seed: int) -> Iterator[bytes]:
    """Copies of the file with one to three bytes, or a 32-bit word, replaced; lengths and offsets
    more often.
    """
    generator = np.random.default_rng(seed)
    words = (
        0,
        1,
        4,
        0x7FFFFFFF,
        0x80000000,
        0xFFFFFFFF,
        0xFFFFFFF0,
        len(data),
        len(data) - 4,
        1 << 20,
    )
    for number in range(count):
        copy = bytearray(data)
        if number % 3 == 0:
            at = 4 * int(generator.integers(len(data) // 4))
            copy[at : at + 4] = words[generator.integers(len(words))].to_bytes(4, "little")
        else:
            for at in generator.integers(len(data), size=1 + number % 3):
                copy[at] ^= 1 << generator.integers(8)
        yield bytes(copy)


def accepted(files: Iterable[bytes]) -> int:
    """The number of files that can be read; each must also be written without error. Only
    ModelError is allowed for the others.
    """
    count = 0
    for data in files:
        try:
            model = read_tflite(data)
        except ModelError:
            continue
        assert read_tflite(write_tflite(model)) == model
        count += 1
    return count
