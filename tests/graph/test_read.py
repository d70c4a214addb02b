"""read_tflite compared with the generated accessors on real files, and ModelError for invalid
files.
"""

from __future__ import annotations

import re
import subprocess
import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import tflite

from edgeq.errors import ModelError, UnsupportedError
from edgeq.graph import Model, Op, Quantization, Tensor, read_tflite, write_tflite
from edgeq.graph.decode import Table, decode
from edgeq.graph.encode import encode
from edgeq.graph.read import MAX_FILE_BYTES
from graph.samples import (
    MODELS,
    attributes,
    changed,
    conv_model,
    dtype_model,
    operator_model,
    shared_model,
)

ELSEWHERE = 0x0123456789ABCDEF  # stands for an offset until the length of the tables is known


def test_importing_the_package_does_not_load_the_schema() -> None:
    code = "import sys, edgeq.graph; print(sorted({'tflite', 'tensorflow'} & {*sys.modules}))"
    assert (
        subprocess.run(
            [sys.executable, "-c", code], capture_output=True, text=True, check=True
        ).stdout
        == "[]\n"
    )


@pytest.mark.parametrize("name", MODELS)
def test_tensors_are_what_the_generated_accessors_say(shared_models: Path, name: str) -> None:
    data = (shared_models / f"{name}.tflite").read_bytes()
    raw = tflite.Model.GetRootAs(data)
    graph, raw_graph = read_tflite(data).main, raw.Subgraphs(0)
    assert (graph.name, len(graph.tensors)) == (
        raw_graph.Name().decode(),
        raw_graph.TensorsLength(),
    )
    assert graph.inputs == tuple(raw_graph.InputsAsNumpy())
    assert graph.outputs == tuple(raw_graph.OutputsAsNumpy())
    for index, tensor in enumerate(graph.tensors):
        expected = raw_graph.Tensors(index)
        assert (tensor.name, tensor.shape) == (
            expected.Name().decode(),
            tuple(expected.ShapeAsNumpy()),
        )
        assert tflite.TensorType.__dict__[tensor.dtype.upper()] == expected.Type()
        content = raw.Buffers(expected.Buffer()).DataAsNumpy()
        assert tensor.buffer == (None if isinstance(content, int) else content.tobytes())
        quantization = expected.Quantization()
        if quantization is not None and quantization.ScaleLength():
            assert tensor.quantization == Quantization(
                tuple(quantization.ScaleAsNumpy()),
                tuple(quantization.ZeroPointAsNumpy()),
                quantization.QuantizedDimension(),
            )
        else:
            assert tensor.quantization is None


@pytest.mark.parametrize("name", MODELS)
def test_operators_are_what_the_generated_accessors_say(shared_models: Path, name: str) -> None:
    data = (shared_models / f"{name}.tflite").read_bytes()
    raw = tflite.Model.GetRootAs(data)
    kinds = {
        value: name
        for name, value in vars(tflite.BuiltinOperator).items()
        if isinstance(value, int)
    }
    graph = read_tflite(shared_models / f"{name}.tflite").main
    assert len(graph.ops) == raw.Subgraphs(0).OperatorsLength()
    for index, op in enumerate(graph.ops):
        expected = raw.Subgraphs(0).Operators(index)
        code = raw.OperatorCodes(expected.OpcodeIndex())
        assert op.kind == kinds[max(code.BuiltinCode(), code.DeprecatedBuiltinCode())]
        assert op.version == code.Version()
        assert op.inputs == tuple(expected.InputsAsNumpy())
        assert op.outputs == tuple(expected.OutputsAsNumpy())


def test_attributes_have_the_schema_s_names_and_enums_by_name(shared_models: Path) -> None:
    ops = read_tflite(shared_models / "kws_ref_model.tflite").main.ops
    assert [op.kind for op in ops[:2]] == ["CONV_2D", "DEPTHWISE_CONV_2D"]
    assert attributes(ops[0]) == {
        "padding": "SAME",
        "stride_h": 2,
        "stride_w": 2,
        "fused_activation_function": "RELU",
        "dilation_h_factor": 1,
        "dilation_w_factor": 1,
        "quantized_bias_type": "FLOAT32",
    }
    assert attributes(ops[1])["depth_multiplier"] == 1
    assert (ops[-1].kind, ops[-1].options_type, attributes(ops[-1])) == (
        "SOFTMAX",
        "SoftmaxOptions",
        {"beta": 1.0},
    )


@pytest.mark.parametrize("name", MODELS)
def test_writing_and_reading_again_gives_an_equal_model(shared_models: Path, name: str) -> None:
    model = read_tflite(shared_models / f"{name}.tflite")
    assert read_tflite(write_tflite(model)) == model
    assert hash(read_tflite(write_tflite(model))) == hash(model)


@pytest.mark.parametrize("build", [conv_model, dtype_model, shared_model])
def test_models_built_by_hand_come_back_equal(build: Callable[[], Model]) -> None:
    assert read_tflite(write_tflite(build())) == build()


def test_a_tensor_without_elements_is_constant_unless_something_fills_it() -> None:
    empty = Tensor("empty", (0, 4), "float32")
    model = operator_model(Op("ABS", (0,), (1,)))
    filled = replace(model, graphs=(replace(model.main, tensors=(empty, empty)),))
    assert [tensor.buffer for tensor in read_tflite(write_tflite(filled)).main.tensors] == [
        None,
        None,
    ]
    (shape,) = (
        tensor
        for tensor in read_tflite(write_tflite(dtype_model())).main.tensors
        if tensor.size == 0
    )
    assert (shape.buffer, shape.array.shape) == (b"", (0,))


def test_types_without_elements_of_known_size_fail_only_when_used() -> None:
    (text,) = (
        tensor
        for tensor in read_tflite(write_tflite(dtype_model())).main.tensors
        if tensor.name == "text"
    )
    assert text.buffer is not None
    assert text.buffer.endswith(b"hi")
    with pytest.raises(UnsupportedError, match="tensor 'text' is string"):
        _ = text.nbytes


def test_tensors_that_share_a_buffer_share_its_bytes() -> None:
    left, right = read_tflite(write_tflite(shared_model())).graphs
    assert left.tensors[2].buffer is left.tensors[3].buffer is right.tensors[2].buffer


def test_quantization_without_scales_is_none() -> None:
    def only_range(root: Table) -> None:
        root["subgraphs"][0]["tensors"][0]["quantization"] = {"min": (-1.0,), "max": (1.0,)}

    assert read_tflite(changed(conv_model(), only_range)).main.tensors[0].quantization is None


def test_a_bias_that_names_the_axis_of_its_weights_has_its_only_axis() -> None:
    def axis_of_weights(root: Table) -> None:
        root["subgraphs"][0]["tensors"][2]["quantization"]["quantized_dimension"] = 3

    assert read_tflite(changed(conv_model(), axis_of_weights)) == conv_model()


def test_scratch_memory_of_a_custom_operator_needs_no_writer() -> None:
    op = Op("CUSTOM", (0, 2), (1,), custom_code="ethos-u", custom_options=b"\1\2\3")
    model = operator_model(op)
    scratch = replace(model.main.tensors[0], name="scratch")
    model = replace(model, graphs=(replace(model.main, tensors=(*model.main.tensors, scratch)),))
    assert read_tflite(write_tflite(model)) == model


@pytest.mark.parametrize(("size", "missing"), [(8, 0), (8, 1), (1 << 40, 0)])
def test_buffers_behind_the_tables_are_read_within_the_file(size: int, missing: int) -> None:
    """In files over 2 GB a buffer has an offset and a size in the file instead of bytes."""
    ones = np.ones(4, "<f4").tobytes()
    root, _ = decode(write_tflite(shared_model()))
    (number,) = (index for index, buffer in enumerate(root["buffers"]) if buffer["data"] == ones)
    root["buffers"][number].update(data=None, offset=ELSEWHERE, size=2 * size)
    tables = encode(root)
    end = len(tables).to_bytes(8, "little")
    data = tables.replace(ELSEWHERE.to_bytes(8, "little"), end) + ones[missing:]
    if size == 8 and not missing:
        assert read_tflite(data) == shared_model()
    else:
        with pytest.raises(ModelError, match="lie outside its"):
            read_tflite(data)


def test_names_that_are_no_utf8_are_replaced() -> None:
    data = write_tflite(conv_model()).replace(b"image", b"\xffmage")
    assert read_tflite(data).main.tensors[0].name == "\ufffdmage"


def tensor(index: int, **fields: object) -> Callable[[Table], object]:
    return lambda root: root["subgraphs"][0]["tensors"][index].update(fields)


def operator(**fields: object) -> Callable[[Table], object]:
    return lambda root: root["subgraphs"][0]["operators"][0].update(fields)


def options(**fields: object) -> Callable[[Table], object]:
    return lambda root: root["subgraphs"][0]["operators"][0]["builtin_options"][1].update(fields)


SPARSE = {"traversal_order": (0, 1), "dim_metadata": ()}
REFUSED: dict[str, tuple[Callable[[Table], object], str]] = {
    "sparse": (tensor(1, sparsity=SPARSE), "tensor 'weights' is sparse"),
    "variant": (tensor(1, variant_tensors=({"has_rank": True},)), "tensor 'weights' is a variant"),
    "custom quantization": (
        tensor(1, quantization={"details_type": 1, "details": ("CustomQuantization", {})}),
        "tensor 'weights' has custom quantization",
    ),
    "type": (tensor(0, type=99), "'image' has the type number 99"),
    "buffer": (tensor(1, buffer=77), "refers to buffer 77 of "),
    "operator code": (operator(opcode_index=5), "refers to operator code 5 of 1"),
    "operator number": (
        lambda root: root["operator_codes"][0].update(builtin_code=9999),
        "operator number 9999",
    ),
    "enum": (options(padding=7), "padding of a CONV_2D operator is 7"),
    "two options": (
        operator(
            builtin_options2_type=tflite.BuiltinOptions2.StablehloShiftLeftOptions,
            builtin_options2=("StablehloShiftLeftOptions", {}),
        ),
        "CONV_2D operator has two tables of options",
    ),
    "options of bytes": (
        operator(
            builtin_options_type=0,
            builtin_options=None,
            builtin_options2_type=tflite.BuiltinOptions2.StablehloCustomCallOptions,
            builtin_options2=("StablehloCustomCallOptions", {"custom_attributes": b"\1"}),
        ),
        "custom_attributes of a CONV_2D operator (StablehloCustomCallOptions) is no plain value",
    ),
    "metadata": (lambda root: root["metadata"][0].update(buffer=9), "refers to buffer 9 of "),
    "version": (lambda root: root.update(version=2), "the model has schema version 2 — expected 3"),
    "no subgraph": (
        lambda root: root.update(subgraphs=(), signature_defs=None),
        "the model has no subgraph",
    ),
}


@pytest.mark.parametrize(("change", "message"), REFUSED.values(), ids=REFUSED)
def test_what_a_model_cannot_hold_is_refused_by_name(
    change: Callable[[Table], object], message: str
) -> None:
    with pytest.raises(ModelError, match=re.escape(message)):
        read_tflite(changed(conv_model(), change))


def test_plain_options_of_the_second_union_are_kept() -> None:
    values = (("broadcast_dimensions", (1, -(1 << 40))),)
    op = Op(
        "STABLEHLO_BROADCAST_IN_DIM",
        (0,),
        (1,),
        values,
        options_type="StablehloBroadcastInDimOptions",
    )
    assert read_tflite(write_tflite(operator_model(op))).main.ops == (op,)


@pytest.mark.parametrize("path", ["missing.tflite", ".", "null\0byte"])
def test_paths_that_are_no_file_are_refused(tmp_path: Path, path: str) -> None:
    with pytest.raises(ModelError, match="cannot read"):
        read_tflite(tmp_path / path)


@pytest.mark.parametrize(
    "data", [b"", b"TFL3", b"\x1c\0\0\0TFL2" + bytes(40), b"<html>404 Not Found</html>"]
)
def test_other_files_are_refused(data: bytes) -> None:
    with pytest.raises(ModelError, match="not a valid TFLite file — bytes 4 to 8 are"):
        read_tflite(data)


def test_a_file_of_gigabytes_is_not_read(tmp_path: Path) -> None:
    path = tmp_path / "large.tflite"
    with path.open("wb") as file:
        file.truncate(MAX_FILE_BYTES + 1)  # a hole, which takes no place on the disk
    with pytest.raises(ModelError, match="it has 268,435,457 bytes, at most 268,435,456 are read"):
        read_tflite(path)
