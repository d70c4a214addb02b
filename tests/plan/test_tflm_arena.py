"""The predicted arena against the smallest that real 32-bit builds of TFLM run in
(tests/golden/tflm_arena.json).
"""

from __future__ import annotations

import json
import re
from dataclasses import replace
from pathlib import Path

import pytest
from plan.arena_models import MODELS
from plan.hand_made_graph import Net

from edgeq.boards import load_boards
from edgeq.errors import EdgeqError, UnsupportedError
from edgeq.graph import Graph, Op, Tensor, read_tflite
from edgeq.plan.tflm import predict_arena
from edgeq.plan.tflm.greedy import plan_size
from edgeq.plan.tflm.kernels import FIRST
from edgeq.plan.tflm.lifetimes import Lifetime
from edgeq.plan.tflm.runtimes import CORES, RUNTIMES

GOLDEN = json.loads((Path(__file__).parent.parent / "golden" / "tflm_arena.json").read_text())
MEASURED = [
    (model, *build.split(), *sizes)
    for model, builds in GOLDEN["arenas"].items()
    for build, sizes in builds.items()
]
PUBLISHED = {  # ../shared/TARGETS.md
    "kws_ref_model.tflite": {"reference": 22_784, "cortex-m4": 22_832, "cortex-m55": 27_312},
    "pretrainedResnet_quant.tflite": {
        "reference": 54_352,
        "cortex-m4": 55_008,
        "cortex-m55": 55_008,
    },
    "vww_96_int8.tflite": {"reference": 100_672, "cortex-m4": 100_720, "cortex-m55": 100_768},
    "ad01_int8.tflite": {"reference": 2_704, "cortex-m4": 3_024, "cortex-m55": 5_184},
}


def graph_of(name: str, shared_models: Path) -> Graph:
    return MODELS[name]() if name in MODELS else read_tflite(shared_models / name).main


@pytest.mark.parametrize(("model", "kernels", "cpu", "smallest", "used"), MEASURED)
def test_the_prediction_is_enough_and_at_most_3_percent_more(
    model: str, kernels: str, cpu: str, smallest: int, used: int, shared_models: Path
) -> None:
    arena = predict_arena(graph_of(model, shared_models), kernels, cpu)
    assert smallest <= arena.bytes <= 1.03 * smallest
    assert arena.used_bytes == used
    assert arena.bytes % 16 == 0


@pytest.mark.parametrize("model", PUBLISHED)
def test_the_published_figures_are_met_to_the_byte(model: str, shared_models: Path) -> None:
    graph = graph_of(model, shared_models)
    predicted = {
        cpu: predict_arena(graph, "cmsis-nn", cpu).bytes for cpu in ("cortex-m4", "cortex-m55")
    }
    assert predicted | {"reference": predict_arena(graph).bytes} == PUBLISHED[model]


@pytest.mark.parametrize(
    ("kernels", "cpu", "model", "used"),
    [
        ("esp-nn", "xtensa-lx6", "kws_ref_model.tflite", 22_780),
        ("esp-nn", "xtensa-lx6", "pretrainedResnet_quant.tflite", 54_364),
        ("esp-nn", "xtensa-lx6", "ad01_int8.tflite", 2_380),
        ("chirale", "cortex-m4f", "kws_ref_model.tflite", 24_164),
        ("chirale", "cortex-m4f", "pretrainedResnet_quant.tflite", 55_188),
        ("chirale", "cortex-m4f", "ad01_int8.tflite", 2_596),
    ],
)
def test_real_boards_report_what_is_predicted(
    kernels: str, cpu: str, model: str, used: int, shared_models: Path
) -> None:
    """`arena_used_bytes()` on an ESP32 and on a Nano 33 BLE, by mcufit-bench (2026-08)."""
    assert predict_arena(graph_of(model, shared_models), kernels, cpu).used_bytes == used


def test_every_operator_of_the_table_was_measured(shared_models: Path) -> None:
    seen = {op.kind for name in GOLDEN["arenas"] for op in graph_of(name, shared_models).ops}
    assert seen == set(FIRST) == set(RUNTIMES["chirale"].kernels)


def test_every_small_model_was_measured() -> None:
    assert set(MODELS) <= set(GOLDEN["arenas"])


def test_what_limits_the_arena_is_named() -> None:
    assert predict_arena(MODELS["wide_conv"]()).limit == "prepare 0 CONV_2D"
    assert predict_arena(MODELS["long_chain"]()).limit == "memory plan"
    assert predict_arena(MODELS["residual"]()).limit == "outputs"


def test_every_board_with_tflm_has_a_prediction() -> None:
    for board in load_boards():
        if board.tflm_kernels:
            assert predict_arena(MODELS["residual"](), board.tflm_kernels, board.core).bytes > 0


def test_an_unknown_operator_is_named_with_its_place() -> None:
    net = Net()
    x = net.unary("RELU", net.input(1, 4))
    graph = net.graph(net.op("HASHTABLE_FIND", "", (x,), net.put((1, 4))))
    with pytest.raises(
        UnsupportedError,
        match=r"HASHTABLE_FIND \(layer 't2'\) — edgeq does not know their memory in TFLM",
    ):
        predict_arena(graph)


def test_a_custom_operator_is_called_by_its_own_name() -> None:
    graph = Graph(
        (Tensor("x", (1,), "int8"),), (Op("CUSTOM", (0,), (0,), custom_code="Mine"),), (0,), (0,)
    )
    with pytest.raises(UnsupportedError, match="unsupported operators: Mine "):
        predict_arena(graph)


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("dense_per_channel", r"operator 0 FULLY_CONNECTED — Chirale.* first channel's scale"),
        ("conv_chain", r"operator 4 CONV_2D — Chirale.* without a bias"),
    ],
)
def test_the_arduino_library_is_not_given_what_it_computes_wrongly_or_cannot_prepare(
    name: str, message: str
) -> None:
    with pytest.raises(UnsupportedError, match=message):
        predict_arena(MODELS[name](), "chirale", "cortex-m4")


@pytest.mark.parametrize(
    ("kernels", "cpu", "named"),
    [("cmsis", "cortex-m4", "cmsis-nn"), ("cmsis-nn", "z80", "cortex-m0plus")],
)
def test_an_unknown_kernel_set_or_core_is_refused_with_those_there_are(
    kernels: str, cpu: str, named: str
) -> None:
    with pytest.raises(EdgeqError, match=named):
        predict_arena(MODELS["one_operator"](), kernels, cpu)


@pytest.mark.parametrize("kernels", RUNTIMES)
@pytest.mark.parametrize("cpu", CORES)
def test_each_set_of_kernels_has_every_core(kernels: str, cpu: str) -> None:
    reference = predict_arena(MODELS["separable"]()).bytes
    assert predict_arena(MODELS["separable"](), kernels, cpu).bytes >= reference


def test_an_unused_tensor_still_takes_room() -> None:
    """TFLM plans a tensor that no operator touches at offset 0, so a large one enlarges the head."""
    graph = MODELS["one_operator"]()
    larger = replace(graph, tensors=(*graph.tensors, Tensor("unused", (4096,), "int8")))
    assert predict_arena(larger).planned == 4096


def test_a_variable_tensor_lives_in_the_tail() -> None:
    graph = MODELS["one_operator"]()
    larger = replace(
        graph, tensors=(*graph.tensors, Tensor("state", (4096,), "int8", variable=True))
    )
    before, after = predict_arena(graph), predict_arena(larger)
    assert after.planned == before.planned
    assert 4096 <= after.persistent - before.persistent <= 4096 + 12 + 15


def test_the_planner_takes_the_first_gap_that_is_wide_enough() -> None:
    large, early, late = Lifetime(64, 0, 1), Lifetime(32, 0, 0), Lifetime(48, 2, 3)
    assert plan_size([large, early, late]) == 64 + 32, "late reuses what large had"
    assert plan_size([]) == 0


def test_equal_buffers_are_placed_last_come_first() -> None:
    """A case found by search in which placing equals in the order given would take 48."""
    lives = [(3, 4), (0, 1), (2, 4), (0, 2)]
    assert plan_size([Lifetime(16, first, last) for first, last in lives]) == 32


def test_sizes_in_the_record_name_their_maker() -> None:
    assert re.fullmatch(r"[0-9a-f]{40}", GOLDEN["tflm"])
    assert "arm-none-eabi-gcc" in GOLDEN["maker"]
