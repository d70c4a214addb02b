"""The TFLM engine: exactly the model's operators, its predicted arena, its bytes."""

from __future__ import annotations

import re

import pytest
from codegen.small_models import classifier, two_inputs
from ops.harness import quantized, single_op

from edgeq.boards import find_board
from edgeq.codegen.tflm import resolver_method, tflm_engine
from edgeq.errors import UnsupportedError
from edgeq.graph import Model, Op, write_tflite
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


@pytest.mark.parametrize(("kind", "method"), list(zip(KINDS, IN_THE_HEADER, strict=True)))
def test_an_operator_is_registered_by_the_method_that_tflm_has(kind: str, method: str) -> None:
    assert resolver_method(kind) == method


def test_exactly_the_operators_used_are_registered() -> None:
    source = tflm_engine(classifier(), "tiny", (), None).files["tiny.cpp"]
    assert re.findall(r"resolver\.(\w+)\(\)", source) == ["AddConv2D", "AddFullyConnected", "AddReshape"]
    assert "MicroMutableOpResolver<3>" in source


def test_the_models_bytes_are_those_of_its_file() -> None:
    model = two_inputs()
    engine = tflm_engine(model, "two", (), None)
    body = re.search(r"two_model_data\[(\d+)\] = \{(.*?)\n\};", engine.files["two_model_data.h"], re.S)
    assert body is not None
    content = bytes(int(n) for n in re.findall(r"\d+", body[2]))
    assert content == write_tflite(model)
    assert int(body[1]) == engine.model_bytes == len(content)


@pytest.mark.parametrize("board", [None, "nano-33-ble", "esp32-s3-devkitc"])
def test_the_arena_is_the_predicted_one(board: str | None) -> None:
    model = classifier()
    chosen = find_board(board) if board else None
    kernels, core = (chosen.tflm_kernels or "", chosen.core) if chosen else ("reference", "generic32")
    predicted = predict_arena(model.main, kernels, core).bytes
    engine = tflm_engine(model, "tiny", (), chosen)
    assert engine.arena_bytes == predicted
    assert f"#define TINY_ARENA_BYTES {predicted}\n" in engine.files["tiny.h"]


def test_what_tflm_cannot_run_is_refused() -> None:
    graph = classifier().main
    with pytest.raises(UnsupportedError, match="a model of 2 subgraphs — the tflm engine runs one"):
        tflm_engine(Model((graph, graph)), "x", (), None)
    custom = single_op("CUSTOM", [quantized("a", (1, 3))], quantized("y", (1, 3)))
    op = Op("CUSTOM", (0,), (1,), (), 1, custom_code="Mine")
    with pytest.raises(UnsupportedError, match="custom operators Mine"):
        tflm_engine(Model((type(graph)(custom.main.tensors, (op,), (0,), (1,)),)), "x", (), None)
