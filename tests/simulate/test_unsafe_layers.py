"""Layers that an interpreter is not given: they end its process, and those beside them do not."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import nullcontext
from dataclasses import replace

import numpy as np
import pytest
from ops.broadcasts import tensor
from ops.harness import constant, quantized, single_op
from ops.searches import search
from ops.test_conv_2d import convolution
from ops.test_depthwise_conv_2d import depthwise
from ops.test_detection_postprocess import detector, inputs_of
from ops.test_fully_connected import layer as dense
from ops.test_svdf import svdf

from edgeq.errors import UnsupportedError
from edgeq.graph import Model, Tensor, write_tflite
from edgeq.ops import bind
from edgeq.simulate.compare import compare_with
from edgeq.simulate.execute import execute, random_inputs
from edgeq.simulate.interpreter import Interpreter, interpreter_of
from edgeq.simulate.oracle_process import Job, OracleFailedError, run_in_process
from edgeq.simulate.oracles import ORACLES
from edgeq.simulate.unsafe_layers import check_safe

RUNTIME = interpreter_of("tflite-runtime")
LITERT = Interpreter("ai-edge-litert", "2.3.0")


def broadcast(kind: str, output: str, rank: int, same: bool = False) -> Model:
    a = (2,) * rank
    b = a if same else (1,) * (rank - 1) + (2,)
    tensors = [tensor("a", a, "int8"), tensor("b", b, "int8")]
    options = {"EQUAL": "", "MAXIMUM": "MaximumMinimumOptions"}.get(kind, f"{kind.title()}Options")
    return single_op(kind, tensors, tensor("y", np.broadcast_shapes(a, b), output), options)


@pytest.mark.skipif(
    RUNTIME.package != "tflite-runtime", reason="tflite-runtime has no wheel for this Python"
)
@pytest.mark.parametrize(
    ("kind", "output", "rank"), [("EQUAL", "bool", 4), ("MUL", "int8", 4), ("MAXIMUM", "int8", 5)]
)
def test_it_aborts_beyond_the_axes_that_it_broadcasts(kind: str, output: str, rank: int) -> None:
    beyond = broadcast(kind, output, rank + 1)
    job = Job("tflite-runtime", write_tflite(beyond), beyond.main.outputs, 30)
    with pytest.raises(OracleFailedError, match="SIGABRT"):
        list(run_in_process(job, random_inputs(beyond.main, 1)))
    with pytest.raises(UnsupportedError, match=f"broadcasts up to {rank} axes"):
        check_safe(bind(beyond.main), RUNTIME)
    for model in (broadcast(kind, output, rank), broadcast(kind, output, rank + 1, same=True)):
        list(ORACLES["tflite-runtime"](model, random_inputs(model.main, 1)))


def test_a_vector_of_channels_is_not_given_to_what_reads_beyond_it() -> None:
    by = Interpreter("tflite-runtime", "2.14.0")
    tensors = [quantized("x", (16,)), constant("w", np.ones((3, 16), np.int8), [0.1, 0.2, 0.3])]
    options = {"keep_num_dims": True, "fused_activation_function": "NONE"}
    vector = single_op(
        "FULLY_CONNECTED", tensors, quantized("y", (3,)), "FullyConnectedOptions", **options
    )
    with pytest.raises(UnsupportedError, match="beyond that of a vector"):
        check_safe(bind(vector.main), by)
    check_safe(bind(vector.main), interpreter_of("tflm"))


NARROW = {"dtype": "int16", "bias_dtype": "int32"}
MAKERS = {
    "CONV_2D": lambda **options: convolution((1, 4, 4, 3), (4, 3, 3, 3), **options),
    "FULLY_CONNECTED": lambda **options: dense((1, 9), 4, **options),
}


@pytest.mark.parametrize("kind", MAKERS)
def test_litert_is_given_biases_of_32_bits_beside_int16_only_if_the_layer_states_them(
    kind: str,
) -> None:
    unstated, make = MAKERS[kind](**NARROW), MAKERS[kind]
    with pytest.raises(UnsupportedError, match="biases of 32 bits for 64"):
        check_safe(bind(unstated.main), LITERT)
    for model in (
        make(**NARROW, quantized_bias_type="INT32"),
        make(dtype="int16"),
        make(),
        make(bias_dtype="int32"),
    ):
        check_safe(bind(model.main), LITERT)
    check_safe(bind(unstated.main), Interpreter("tflite-runtime", "2.14.0"))


@pytest.mark.parametrize("kind", MAKERS)
def test_unstated_biases_of_32_bits_are_read_as_they_are_unless_by_litert(kind: str) -> None:
    """In a process of its own, because LiteRT reads beyond the end of the bias."""
    model = MAKERS[kind](**NARROW)
    inputs, (y,) = random_inputs(model.main, 1), model.main.outputs
    ((got,),) = run_in_process(Job("tflite-runtime", write_tflite(model), (y,), 30), inputs)
    equal = float(np.mean(got == execute(model.main, inputs)[y][0]))
    assert equal < 0.5 if RUNTIME.package == LITERT.package else equal == 1


def test_a_detector_of_several_classes_of_a_box_is_not_for_tflm() -> None:
    """It counts results for boxes, each in the places of a box."""
    model, tflm = detector(4, detections=20, max_classes_per_detection=2), interpreter_of("tflm")
    with pytest.raises(UnsupportedError, match="writes the classes of a box beyond one another"):
        check_safe(bind(model.main), tflm)
    inputs, outputs = inputs_of(model, ties=False, samples=1), model.main.outputs
    job = Job("tflm", write_tflite(model), outputs, 30, 1 << 20)
    ((*_, count),) = run_in_process(job, inputs)
    assert count.ravel() == 2 * execute(model.main, inputs)[outputs[3]].ravel() > 0
    for other in (
        detector(),
        detector(max_classes_per_detection=2, use_regular_nms=True),
        detector(classes=1, max_classes_per_detection=2),
    ):
        check_safe(bind(other.main), tflm)


@pytest.mark.parametrize("by", [RUNTIME, LITERT])
def test_tflite_is_not_given_lengths_beyond_the_axis_that_they_turn(by: Interpreter) -> None:
    check_safe(bind(turned([3, -7]).main), by)
    with pytest.raises(UnsupportedError, match="where a length is beyond the axis"):
        check_safe(bind(turned([3, 4]).main), by)


def test_lengths_beyond_the_axis_end_the_process_of_tflite_and_others_do_not() -> None:
    far, x = turned([3, 2**28]), [np.arange(6, dtype=np.int16).reshape(1, 2, 3)]
    with pytest.raises(OracleFailedError, match="crashed by signal"):
        list(run_in_process(Job("tflite-runtime", write_tflite(far), (2,), 30), x))
    assert compare_with(ORACLES["tflite-runtime"], far, x).status == "unavailable"
    assert compare_with(ORACLES["tflite-runtime"], turned([3, -7]), x).bytes_different == 0


@pytest.mark.parametrize("by", [RUNTIME, LITERT])
@pytest.mark.parametrize("dtype", ["int32", "int64"])
def test_tflite_is_not_given_indices_of_another_type_than_is_stated(
    by: Interpreter, dtype: str
) -> None:
    graph = search("ARG_MAX", (2, 3), 1, output=dtype).main
    (op,) = graph.ops
    for stated in ("INT32", "INT64"):
        attributes, safe = (("output_type", stated),), stated.lower() == dtype
        nodes = bind(replace(graph, ops=(replace(op, attributes=attributes),)))
        with nullcontext() if safe else pytest.raises(UnsupportedError, match="it gives indices"):
            check_safe(nodes, by)


@pytest.mark.parametrize("by", [RUNTIME, LITERT])
def test_tflite_is_not_given_variables_of_int8(by: Interpreter) -> None:
    check_safe(bind(svdf().main), by)
    with pytest.raises(UnsupportedError, match="variables of int8 for int16"):
        check_safe(bind(svdf(state="int8", scales=(0.05, 0.01, 0.4)).main), by)


def test_tflm_is_not_given_a_depthwise_layer_that_says_it_has_no_bias() -> None:
    graph = depthwise((1, 4, 4, 3), (3, 3)).main
    (op,), tflm = graph.ops, interpreter_of("tflm")
    for inputs, safe in ((op.inputs[:2], True), ((*op.inputs[:2], -1), False)):
        nodes = bind(replace(graph, ops=(replace(op, inputs=inputs),)))
        with nullcontext() if safe else pytest.raises(UnsupportedError, match="has not"):
            check_safe(nodes, tflm)


def turned(lengths: Sequence[int]) -> Model:
    """REVERSE_SEQUENCE of int16 [2, 3] along its last axis."""
    ends = [tensor(name, (2, 3), "int16") for name in "xy"]
    count = Tensor("n", (2,), "int32", None, np.int32(lengths).tobytes())
    options = {"seq_dim": 1, "batch_dim": 0}
    return single_op(
        "REVERSE_SEQUENCE", [ends[0], count], ends[1], "ReverseSequenceOptions", **options
    )
