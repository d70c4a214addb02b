"""write_tflite: the file as the generated accessors read it, and equal outputs of every runtime."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pytest
import tflite

from edgeq.errors import ModelError
from edgeq.graph import AttributeValue, Model, Op, read_tflite, schema, write_tflite
from edgeq.runtime import reference_interpreter, run_samples
from graph.samples import MODELS, conv_model, dtype_model, operator_model, shared_model

Arrays = list[npt.NDArray[np.generic]]

PLAIN: dict[str, AttributeValue] = {
    "Bool": True,
    "Int8": 1,
    "Int32": -7,
    "Uint32": 3,
    "Int64": -(1 << 40),
    "Float32": 0.375,
    "string": "héllo",
}
"""A value of each type of attribute that is no default."""


def example(field: schema.Field) -> AttributeValue:
    if field.scalar and field.name in schema.ENUMS:
        return schema.enum_names(schema.ENUMS[field.name])[1]
    value = PLAIN[field.type]
    return (value, value) if field.vector else value  # type: ignore[return-value]


def options_tables() -> Iterator[tuple[str, str]]:
    for union in ("BuiltinOptions", "BuiltinOptions2"):
        for table in schema.enum_values(union):
            if table != "NONE" and all(field.type in PLAIN for field in schema.fields(table)):
                yield union, table


def raw_operator(data: bytes, union: str, table: str) -> Any:
    operator = tflite.Model.GetRootAs(data).Subgraphs(0).Operators(0)
    assert getattr(operator, f"{union}Type")() == schema.enum_values(union)[table]
    options, position = getattr(tflite, table)(), getattr(operator, union)()
    options.Init(position.Bytes, position.Pos)
    return options


@pytest.mark.parametrize(("union", "table"), [*options_tables()], ids=lambda name: name)
def test_every_table_of_options_is_written_field_by_field(union: str, table: str) -> None:
    values = {field.name: example(field) for field in schema.fields(table)}
    calls = {name: 0 for name in values if name.endswith(("subgraph", "subgraph_index"))}
    op = Op(
        "CUSTOM",
        (0,),
        (1,),
        tuple(sorted((values | calls).items())),
        custom_code="any",
        options_type=table,
    )
    data = write_tflite(operator_model(op))
    assert read_tflite(data).main.ops == (op,)
    options = raw_operator(data, union, table)
    accessors = {schema.snake_case(name): name for name in dir(options)}
    for field in schema.fields(table):
        expected = (values | calls)[field.name]
        if field.vector:
            assert tuple(getattr(options, f"{accessors[field.name]}AsNumpy")()) == expected
        elif field.scalar and field.name in schema.ENUMS:
            assert getattr(options, accessors[field.name])() == 1
        else:
            got = getattr(options, accessors[field.name])()
            assert (got.decode() if isinstance(got, bytes) else got) == expected


def test_the_accessors_see_every_field_of_a_model_built_by_hand() -> None:
    raw = tflite.Model.GetRootAs(write_tflite(conv_model()))
    graph = raw.Subgraphs(0)
    image, weights = graph.Tensors(0), graph.Tensors(1)
    assert (raw.Version(), raw.Description(), graph.Name()) == (3, b"by hand", b"main")
    assert (image.Name(), [*image.ShapeAsNumpy()], image.Type()) == (
        b"image",
        [1, 5, 4, 2],
        tflite.TensorType.INT8,
    )
    assert ([*image.ShapeSignatureAsNumpy()], image.HasRank()) == ([-1, 5, 4, 2], True)
    assert weights.ShapeSignatureIsNone()
    assert [*weights.Quantization().ScaleAsNumpy()] == [
        np.float32(scale) for scale in (0.01, 0.02, 0.005)
    ]
    assert [*weights.Quantization().ZeroPointAsNumpy()] == [0, 0, 0]
    assert raw.OperatorCodes(0).Version() == 3
    signature = raw.SignatureDefs(0)
    assert (
        signature.SignatureKey(),
        signature.Outputs(0).Name(),
        signature.Outputs(0).TensorIndex(),
    ) == (
        b"serving_default",
        b"features",
        3,
    )
    metadata = raw.Metadata(0)
    assert metadata.Name() == b"min_runtime_version"
    assert raw.Buffers(metadata.Buffer()).DataAsNumpy().tobytes() == b"1.14.0\0\0"


def test_variables_and_types_are_marked() -> None:
    model = dtype_model()
    graph = tflite.Model.GetRootAs(write_tflite(model)).Subgraphs(0)
    raw = [graph.Tensors(index) for index in range(graph.TensorsLength())]
    assert [tensor.IsVariable() for tensor in raw] == [
        tensor.variable for tensor in model.main.tensors
    ]
    names = {
        value: name for name, value in vars(tflite.TensorType).items() if isinstance(value, int)
    }
    assert [names[tensor.Type()].lower() for tensor in raw] == [
        tensor.dtype for tensor in model.main.tensors
    ]


def test_equal_buffers_are_stored_once_after_an_empty_one() -> None:
    data = write_tflite(shared_model())
    raw = tflite.Model.GetRootAs(data)
    assert raw.BuffersLength() == 2
    assert raw.Buffers(0).DataIsNone()
    tensors = [raw.Subgraphs(graph).Tensors(index) for graph in range(2) for index in range(6)]
    assert [tensor.Buffer() for tensor in tensors] == [0, 0, 1, 1, 0, 0] * 2


@pytest.mark.parametrize("build", [conv_model, dtype_model, shared_model])
def test_buffers_lie_at_multiples_of_16_and_the_file_names_its_format(
    build: Callable[[], Model],
) -> None:
    data = write_tflite(build())
    assert data[4:8] == b"TFL3"
    assert write_tflite(build()) == data
    raw = tflite.Model.GetRootAs(data)
    for buffer in (raw.Buffers(index) for index in range(1, raw.BuffersLength())):
        assert buffer._tab.Vector(buffer._tab.Offset(4)) % 16 == 0


@pytest.mark.parametrize(("kind", "deprecated"), [("ADD", 0), ("CUSTOM", 32), ("GELU", 127)])
def test_operator_codes_are_written_for_old_readers_too(kind: str, deprecated: int) -> None:
    op = Op(kind, (0,), (1,), custom_code="mine" if kind == "CUSTOM" else "", version=2)
    again = replace(op, inputs=(1,), outputs=(0,))
    model = operator_model(op)
    raw = tflite.Model.GetRootAs(write_tflite(model))
    code = raw.OperatorCodes(0)
    assert (code.DeprecatedBuiltinCode(), code.BuiltinCode()) == (
        deprecated,
        getattr(tflite.BuiltinOperator, kind),
    )
    assert (code.Version(), code.CustomCode()) == (2, b"mine" if kind == "CUSTOM" else None)
    twice = replace(
        model, graphs=(model.main, replace(model.main, ops=(again,), inputs=(1,), outputs=(0,)))
    )
    assert tflite.Model.GetRootAs(write_tflite(twice)).OperatorCodesLength() == 1


INEXPRESSIBLE = {
    "unknown operator": (Op("RELU7", (0,), (1,)), "operator 'RELU7' cannot be written as TFLite"),
    "unknown options": (
        Op("ABS", (0,), (1,), options_type="Model"),
        "the schema has no options 'Model'",
    ),
    "no options": (Op("ABS", (0,), (1,), (("alpha", 1.0),)), "the schema has no options ''"),
    "unknown attribute": (
        Op("LEAKY_RELU", (0,), (1,), (("beta", 1.0),), options_type="LeakyReluOptions"),
        "no attribute 'beta'",
    ),
    "unknown enum": (
        Op("CONV_2D", (0,), (1,), (("padding", "FULL"),), options_type="Conv2DOptions"),
        "operator 0 CONV_2D cannot be written as TFLite — padding is 'FULL', expected one of SAME, VALID",
    ),
    "too large": (
        Op("CONV_2D", (0,), (1,), (("stride_h", 1 << 31),), options_type="Conv2DOptions"),
        "stride_h is 2147483648, expected Int32",
    ),
    "no integer": (
        Op("CONV_2D", (0,), (1,), (("stride_h", 1.5),), options_type="Conv2DOptions"),
        "stride_h is 1.5, expected Int32",
    ),
    "no bool": (
        Op("MEAN", (0,), (1,), (("keep_dims", 1),), options_type="ReducerOptions"),
        "keep_dims is 1, expected Bool",
    ),
    "no vector": (
        Op("RESHAPE", (0,), (1,), (("new_shape", 2),), options_type="ReshapeOptions"),
        "expected a vector of Int32",
    ),
    "float in a vector": (
        Op("RESHAPE", (0,), (1,), (("new_shape", (1.0,)),), options_type="ReshapeOptions"),
        "new_shape is (1.0,)",
    ),
    "surrogate": (
        Op("CUSTOM", (0,), (1,), custom_code="\ud800"),
        "the model cannot be written as TFLite",
    ),
    "version": (Op("ABS", (0,), (1,), version=1 << 31), "the model cannot be written as TFLite"),
}


@pytest.mark.parametrize(("op", "message"), INEXPRESSIBLE.values(), ids=INEXPRESSIBLE)
def test_what_the_schema_cannot_express_is_refused_by_name(op: Op, message: str) -> None:
    with pytest.raises(ModelError, match=re.escape(message)):
        write_tflite(operator_model(op))


def random_inputs(interpreter: Any, seed: int) -> Arrays:
    generator = np.random.default_rng(seed)
    return [
        generator.integers(-128, 128, (3, *detail["shape"])).astype(detail["dtype"])
        for detail in interpreter.get_input_details()
    ]


def all_tensors(data: bytes, seed: int) -> Arrays:
    interpreter = reference_interpreter(data)
    tensors = [detail["index"] for detail in interpreter.get_tensor_details() if detail["name"]]
    return run_samples(interpreter, random_inputs(interpreter, seed), tensors)


def outputs_of_tflm(data: bytes, seed: int) -> Arrays:
    from tflite_micro import runtime

    interpreter = runtime.Interpreter.from_bytes(data)
    results = []
    for sample in random_inputs(reference_interpreter(data), seed)[0]:
        interpreter.set_input(sample, 0)
        interpreter.invoke()
        results.append(interpreter.get_output(0))
    return results


@pytest.mark.parametrize("name", MODELS)
def test_runtimes_compute_the_same_bytes_from_the_rewritten_file(
    shared_models: Path, name: str
) -> None:
    data = (shared_models / f"{name}.tflite").read_bytes()
    rewritten = write_tflite(read_tflite(data))
    for run in (all_tensors, outputs_of_tflm):
        before, after = run(data, 0), run(rewritten, 0)
        assert [array.tobytes() for array in before] == [array.tobytes() for array in after]
        assert len(before) > 2
        assert len({array.tobytes() for array in before}) > 1


@pytest.mark.parametrize("build", [conv_model, shared_model])
def test_runtimes_load_models_built_by_hand(build: Callable[[], Model]) -> None:
    model = build()
    interpreter = reference_interpreter(write_tflite(model))
    assert [detail["index"] for detail in interpreter.get_input_details()] == list(
        model.main.inputs
    )
    assert [detail["index"] for detail in interpreter.get_output_details()] == list(
        model.main.outputs
    )
    assert [*interpreter.get_signature_list()] == [signature.key for signature in model.signatures]
    results = run_samples(interpreter, random_inputs(interpreter, 1))
    assert [array.shape[1:] for array in results] == [
        model.main.tensors[index].shape[1:] for index in model.main.outputs
    ]


def test_the_shared_constant_is_added_by_both_operators() -> None:
    interpreter = reference_interpreter(write_tflite(shared_model()))
    x, y = random_inputs(interpreter, 2)
    second, first = run_samples(interpreter, [x, y])
    assert np.array_equal(first.reshape(x.shape), x + np.float32(1))
    assert np.array_equal(second.reshape(y.shape), y + np.float32(1))


@pytest.mark.slow
def test_tensorflow_loads_the_rewritten_file(shared_models: Path) -> None:
    import tensorflow as tf

    data = (shared_models / "kws_ref_model.tflite").read_bytes()
    details = []
    for content in (data, write_tflite(read_tflite(data))):
        interpreter = tf.lite.Interpreter(model_content=content)
        interpreter.allocate_tensors()
        details.append(
            [
                (d["name"], d["shape"].tolist(), d["quantization"])
                for d in interpreter.get_tensor_details()
            ]
        )
    assert details[0] == details[1]
