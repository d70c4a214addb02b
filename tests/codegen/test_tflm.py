"""The TFLM engine: exactly the model's operators, its predicted arena, its bytes."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest
from codegen.small_models import classifier, two_inputs
from ops.harness import constant, quantized, single_op
from ops.loops import branching
from ops.streaming import ring_buffer
from ops.test_signal_delay import delay
from ops.test_svdf import svdf

from edgeq.boards import Board, find_board
from edgeq.codegen.engine import Engine, NamedModel
from edgeq.codegen.tflm import resolver_method, tflm_engine
from edgeq.errors import UnsupportedError
from edgeq.graph import Graph, Model, Op, Tensor, write_tflite
from edgeq.plan.tflm import predict_arena

IN_THE_HEADER = """AddAbs AddAdd AddAddN AddArgMax AddArgMin AddAveragePool2D AddBatchMatMul AddBatchToSpaceNd AddCast
    AddConcatenation AddConv2D AddCumSum AddDepthToSpace AddDepthwiseConv2D AddDequantize AddDiv AddElu AddExpandDims
    AddFullyConnected AddGather AddGatherNd AddHardSwish AddL2Normalization AddL2Pool2D AddLeakyRelu AddLogistic
    AddLogSoftmax AddMaximum AddMaxPool2D AddMean AddMirrorPad AddMul AddPack AddPad AddPadV2 AddPrelu AddQuantize
    AddReduceMax AddRelu AddRelu6 AddReshape AddResizeBilinear AddResizeNearestNeighbor AddReverseV2 AddSelectV2
    AddSoftmax AddSpaceToBatchNd AddSpaceToDepth AddSplit AddSplitV AddSqueeze AddStridedSlice AddSub AddSum AddSvdf
    AddTanh AddTranspose AddTransposeConv AddUnidirectionalSequenceLSTM AddUnpack""".split()
"""Methods of micro_mutable_op_resolver.h as TFLM 90b983c2 has them."""

KINDS = """ABS ADD ADD_N ARG_MAX ARG_MIN AVERAGE_POOL_2D BATCH_MATMUL BATCH_TO_SPACE_ND CAST CONCATENATION CONV_2D
    CUMSUM DEPTH_TO_SPACE DEPTHWISE_CONV_2D DEQUANTIZE DIV ELU EXPAND_DIMS FULLY_CONNECTED GATHER GATHER_ND HARD_SWISH
    L2_NORMALIZATION L2_POOL_2D LEAKY_RELU LOGISTIC LOG_SOFTMAX MAXIMUM MAX_POOL_2D MEAN MIRROR_PAD MUL PACK PAD PADV2
    PRELU QUANTIZE REDUCE_MAX RELU RELU6 RESHAPE RESIZE_BILINEAR RESIZE_NEAREST_NEIGHBOR REVERSE_V2 SELECT_V2 SOFTMAX
    SPACE_TO_BATCH_ND SPACE_TO_DEPTH SPLIT SPLIT_V SQUEEZE STRIDED_SLICE SUB SUM SVDF TANH TRANSPOSE TRANSPOSE_CONV
    UNIDIRECTIONAL_SEQUENCE_LSTM UNPACK""".split()


def engine_of(model: Model, name: str, board: Board | None) -> Engine:
    return tflm_engine([NamedModel(model, name)], name, board)


@pytest.mark.parametrize(("kind", "method"), list(zip(KINDS, IN_THE_HEADER, strict=True)))
def test_an_operator_is_registered_by_the_method_that_tflm_has(kind: str, method: str) -> None:
    assert resolver_method(kind) == method


def test_exactly_the_operators_used_are_registered() -> None:
    source = engine_of(classifier(), "tiny", None).files["tiny.cpp"]
    assert re.findall(r"resolver\.(\w+)\(\)", source) == [
        "AddConv2D",
        "AddFullyConnected",
        "AddReshape",
    ]
    assert "MicroMutableOpResolver<3>" in source


def test_the_models_bytes_are_those_of_its_file() -> None:
    model = two_inputs()
    engine = engine_of(model, "two", None)
    body = re.search(
        r"two_model_data\[(\d+)\] = \{(.*?)\n\};", engine.files["two_model_data.h"], re.S
    )
    assert body is not None
    content = bytes(int(n) for n in re.findall(r"\d+", body[2]))
    assert content == write_tflite(model)
    assert int(body[1]) == engine.model_bytes == len(content)


@pytest.mark.parametrize("board", [None, "nano-33-ble", "esp32-s3-devkitc"])
def test_the_arena_is_the_predicted_one(board: str | None) -> None:
    model = classifier()
    chosen = find_board(board) if board else None
    kernels, core = (
        (chosen.tflm_kernels or "", chosen.core) if chosen else ("reference", "generic32")
    )
    predicted = predict_arena(model.main, kernels, core).bytes
    engine = engine_of(model, "tiny", chosen)
    assert engine.arena_bytes == predicted
    assert f"#define TINY_ARENA_BYTES {predicted}\n" in engine.files["tiny.h"]


def test_other_entry_points_are_left_out() -> None:
    model = classifier()
    two = engine_of(replace(model, graphs=(model.main, two_inputs().main)), "x", None)
    one = engine_of(model, "x", None)
    assert two.files["x_model_data.h"] == one.files["x_model_data.h"]


def test_operators_that_neither_engine_has_are_refused_with_what_to_change() -> None:
    op = Op("CUSTOM", (0,), (1,), (), 1, custom_code="FlexRFFT")
    tensors = (quantized("a", (1, 3)), quantized("front/end;x", (1, 3)))
    with pytest.raises(UnsupportedError) as caught:
        engine_of(Model((Graph(tensors, (op,), (0,), (1,)),)), "x", None)
    assert caught.value.what == "unsupported operators: FlexRFFT (layer 'front/end')"
    assert "replace the layer" in caught.value.remedy
    assert "--engine" not in str(caught.value)


def test_operators_that_the_native_engine_has_are_sent_there() -> None:
    model = single_op("RELU_0_TO_1", [quantized("a", (1, 3))], quantized("b", (1, 3)))
    with pytest.raises(
        UnsupportedError,
        match="RELU_0_TO_1 — edgeq does not know their memory in TFLM — use --engine native",
    ):
        engine_of(model, "x", None)


def test_a_model_that_tflm_cannot_prepare_is_refused() -> None:
    """TFLM transposes int8 and float alone, edgeq int32 as well; neither has a TANH of int32."""
    pytest.importorskip("tflite_micro")
    order = constant("order", np.array([1, 0], np.int32))
    a, b = Tensor("a", (1, 4), "int32"), Tensor("b", (4, 1), "int32")
    with pytest.raises(
        UnsupportedError,
        match=r"engine tflm — TFLM does not run the model: .* — use --engine native",
    ):
        engine_of(single_op("TRANSPOSE", [a, order], b, "TransposeOptions"), "x", None)
    with pytest.raises(UnsupportedError, match="TFLM does not run the model") as caught:
        engine_of(single_op("TANH", [a], Tensor("b", (1, 4), "int32")), "x", None)
    assert "--engine native" not in str(caught.value)


def test_float_activations_with_integer_weights_are_refused() -> None:
    weights = constant("w", np.ones((2, 4), np.int8), 0.01)
    x, y = Tensor("x", (1, 4), "float32"), Tensor("y", (1, 2), "float32")
    model = single_op(
        "FULLY_CONNECTED",
        [x, weights, None],
        y,
        "FullyConnectedOptions",
        4,
        fused_activation_function="NONE",
        keep_num_dims=False,
    )
    with pytest.raises(UnsupportedError, match="no float activations with integer weights"):
        engine_of(model, "x", None)


def test_arduinos_library_is_told_how_to_get_what_it_runs() -> None:
    weights = constant("w", np.ones((2, 4), np.int8), [0.01, 0.02])
    bias = constant("b", np.zeros(2, np.int32), [0.0005, 0.001])
    model = single_op(
        "FULLY_CONNECTED",
        [quantized("x", (1, 4)), weights, bias],
        quantized("y", (1, 2)),
        "FullyConnectedOptions",
        4,
        fused_activation_function="NONE",
        keep_num_dims=False,
    )
    with pytest.raises(
        UnsupportedError, match="`edgeq convert` the model with --for tflm-arduino, or use --engine"
    ):
        engine_of(model, "x", replace(find_board("nano-33-ble"), tflm_kernels="chirale"))


def test_a_model_with_variables_brings_them_and_starts_anew() -> None:
    engine = engine_of(ring_buffer(), "ring", None)
    source, header = engine.files["ring.cpp"], engine.files["ring.h"]
    assert "MicroResourceVariables::Create(allocator, 1)" in source
    registered = set(re.findall(r"resolver\.(\w+)\(\)", source))
    assert registered >= {"AddCallOnce", "AddVarHandle", "AddReadVariable", "AddAssignVariable"}
    assert "edgeq_status_t ring_reset(ring_t *model);" in header
    assert engine.arena_bytes == predict_arena(ring_buffer().main).bytes


@pytest.mark.parametrize("make", [svdf, lambda: delay(3, 2, 4)])
def test_state_without_handles_needs_no_resource_variables(make: Callable[[], Model]) -> None:
    engine = engine_of(make(), "kept", None)
    assert "MicroResourceVariables" not in engine.files["kept.cpp"]
    assert "kept_reset" in engine.files["kept.h"]


def test_loops_bring_the_operators_inside() -> None:
    source = engine_of(branching(), "branch", None).files["branch.cpp"]
    assert re.findall(r"resolver\.(\w+)\(\)", source) == ["AddAdd", "AddIf"]


def test_a_model_without_state_has_no_reset() -> None:
    assert "reset" not in engine_of(classifier(), "tiny", None).files["tiny.h"]
