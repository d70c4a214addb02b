"""Generated C that calls functions of vendors' libraries: the same bytes as the simulator's.

The libraries are written anew in tests/vendors, in plain loops that demand what the vendors' forms
demand. Where an environment variable names the vendor's own sources, these are compiled as well.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from ops.cases import merge
from ops.pairs import pair
from ops.pools import pool
from ops.test_conv_2d import CASES as CONVOLUTIONS
from ops.test_conv_2d import convolution
from ops.test_depthwise_conv_2d import depthwise
from ops.test_fully_connected import layer

from edgeq.codegen.native import NativeOptions, render_native, render_program
from edgeq.errors import EdgeqError
from edgeq.graph import Model
from edgeq.opkit import esp_nn
from edgeq.opkit.kernel_call import KernelCall
from edgeq.opkit.libraries import CMSIS_NN, ESP_NN, LIBRARIES, Library
from edgeq.ops import bind, operator
from edgeq.plan import Program, lower, plan_arena
from edgeq.plan.library import with_library
from edgeq.plan.steps import make_step
from edgeq.plan.well_formed import check_alignment
from edgeq.plan.wrong_plan import WrongPlanError
from edgeq.simulate.execute import execute, random_inputs
from edgeq.verify import Settings, verify
from edgeq.verify.bench import bench
from edgeq.verify.host import run_host
from edgeq.verify.result import TargetResult

VENDORS = Path(__file__).resolve().parent.parent / "vendors"
OF_A_VENDOR = {library: os.environ.get(library.tree) for library in LIBRARIES.values()}
"""The vendors' own sources, where the environment names them."""


LAYERS: dict[str, Model] = {
    "conv": convolution((1, 9, 8, 16), (17, 3, 3, 16), zero_points=(-128, 127)),
    "conv, RGB": convolution((1, 9, 8, 3), (8, 3, 3, 3), stride_h=2, stride_w=2),
    "conv, stride 2": convolution((1, 8, 8, 8), (8, 3, 3, 8), stride_h=2, stride_w=2, bias=None),
    "conv, valid": convolution((1, 7, 9, 24), (8, 5, 3, 24), padding="VALID"),
    "conv, one channel": convolution((1, 9, 8, 1), (8, 10, 4, 1), stride_h=2, stride_w=2),
    "conv, factors above 1": CONVOLUTIONS["factors above 1"],
    "conv, tiny factors": CONVOLUTIONS["tiny factors"],
    "pointwise": convolution((1, 4, 5, 24), (17, 1, 1, 24), per_channel=False),
    "pointwise, few channels": convolution((1, 4, 5, 3), (5, 1, 1, 3)),
    "pointwise, stride 2": convolution((1, 5, 5, 16), (5, 1, 1, 16), stride_h=2, stride_w=2),
    "depthwise": depthwise((1, 9, 8, 16), (3, 3), fused_activation_function="RELU6"),
    "depthwise, 24 channels": depthwise((1, 8, 8, 24), (3, 3), stride_h=2, stride_w=2),
    "depthwise, 7 channels": depthwise((1, 9, 8, 7), (3, 3), zero_points=(127, -128)),
    "depthwise, 5x5": depthwise((1, 9, 8, 8), (5, 5)),
    "depthwise, 4 of each": depthwise((1, 6, 5, 3), (3, 3), multiplier=4, bias=False),
    "depthwise, 3 of each": depthwise((1, 6, 5, 2), (3, 3), multiplier=3),
    "dense": layer((1, 40), 7, per_channel=True, zero_points=(-128, 7)),
    "dense, per tensor": layer((1, 33), 9, bias=False),
    "dense, 3 rows": layer((3, 48), 5, per_channel=True),
    "mean": pool("AVERAGE_POOL_2D", (1, 7, 5, 3), (3, 2), (2, 3)),
    "mean of all": pool("AVERAGE_POOL_2D", (1, 6, 5, 8), (6, 5), (6, 5), "VALID", "RELU6"),
    "largest": pool("MAX_POOL_2D", (1, 7, 6, 17), (3, 2), (2, 1), activation="RELU"),
    "sum": pair("ADD", (1, 5, 5, 7), (1, 5, 5, 7)),
    "sum, relu": pair("ADD", (1, 21), (1, 21), fused_activation_function="RELU"),
    "product": pair("MUL", (1, 5, 5, 7), (1, 5, 5, 7)),
}
"""Layers that libraries compute, each of its own kind."""


def call(model: Model, library: Library) -> KernelCall | None:
    """The library's call for a model of one operator, None where edgeq's kernel computes it."""
    (node,) = bind(model.main)
    return operator(node.kind).library_calls[library.name](node)


def verified(model: Model, library: Library) -> TargetResult:
    settings = Settings(native=NativeOptions(library=library), sanitize=False)
    return verify(model, samples=4, settings=settings).targets[0]


def use(monkeypatch: pytest.MonkeyPatch, library: Library, tree: object) -> None:
    monkeypatch.setenv(library.tree, str(tree))


BOTH = pytest.mark.parametrize("library", [ESP_NN, CMSIS_NN], ids=lambda library: library.name)


@BOTH
def test_the_library_computes(library: Library) -> None:
    for name, model in LAYERS.items():
        found = call(model, library)
        assert found is not None, name
        assert found.library is library


LEFT = {
    "two images": convolution((2, 8, 8, 16), (8, 3, 3, 16)),
    "groups": convolution((1, 8, 8, 16), (8, 3, 3, 8)),
    "dilation": convolution((1, 8, 8, 16), (8, 3, 3, 16), dilation_h_factor=2),
    "more padding behind than before": convolution((1, 8, 8, 16), (8, 4, 4, 16)),
    "padding of one axis": depthwise((1, 9, 9, 16), (3, 3), stride_h=2, stride_w=3),
    "a line of padding behind an even filter": convolution(
        (1, 8, 8, 16), (8, 2, 2, 16), stride_h=1, stride_w=1
    ),
    "an image smaller than the filter": convolution(
        (1, 2, 9, 4), (4, 3, 3, 4), stride_h=2, stride_w=3, padding="SAME"
    ),
    "few channels of every second pixel": CONVOLUTIONS["1x1 stride 2"],
    "few taps": convolution((1, 8, 8, 1), (8, 3, 3, 1)),
    "padded lines beyond the cache": depthwise((1, 40, 40, 16), (5, 5)),
    "an image that is copied beyond the cache": depthwise(
        (1, 48, 48, 32), (3, 3), stride_h=2, stride_w=2
    ),
    "sums that may wrap": CONVOLUTIONS["factors that make sums wrap"],
    "few inputs": layer((1, 12), 4),
    "rows that are not aligned": layer((3, 40), 4),
    "a large window": pool("AVERAGE_POOL_2D", (1, 16, 16, 3), (16, 16), (16, 16), "VALID"),
    "int16": convolution((1, 8, 8, 16), (8, 3, 3, 16), dtype="int16"),
    "broadcast": pair("ADD", (1, 5, 5, 7), (1, 1, 1, 7)),
}


def test_what_is_left_to_edgeqs_kernels() -> None:
    assert [name for name, model in LEFT.items() if call(model, ESP_NN) is not None] == []


def test_everything_that_the_library_touches_is_aligned() -> None:
    engine = render_native(LAYERS["pointwise"], "m", (), NativeOptions(library=ESP_NN))
    places = [*engine.plan.offsets.values(), *engine.plan.scratch.values()]
    assert len(places) == 3
    assert not [at for at in places if at % 16]
    assert "aligned(16)" in engine.files["m.h"]
    assert "aligned(16)" in engine.files["m_weights.h"]


def test_a_plan_that_is_not_aligned_is_refused() -> None:
    program = lower(LAYERS["dense"].main, library=ESP_NN)
    plan = plan_arena(program)
    (x,) = program.graph.inputs
    moved = replace(plan, offsets={**plan.offsets, x: plan.offsets[x] + 8}, arena_bytes=1 << 10)
    with pytest.raises(WrongPlanError, match="must start at a multiple of 16"):
        check_alignment(program, moved)


@pytest.mark.slow
@BOTH
def test_the_bytes_are_the_simulators(library: Library, monkeypatch: pytest.MonkeyPatch) -> None:
    model = merge(LAYERS)
    inputs = random_inputs(model.main, 2)
    expected = execute(model.main, inputs)
    steps = tuple(make_step(model.main, node) for node in bind(model.main))
    program = with_library(Program(model.main, steps), library)
    engine = render_program(model, program, "m", (), NativeOptions(library=library))
    for tree in (VENDORS / library.name, *filter(None, [OF_A_VENDOR[library]])):
        use(monkeypatch, library, tree)
        got = run_host(engine, inputs)
        for name, t in zip(LAYERS, model.main.outputs, strict=True):
            np.testing.assert_array_equal(expected[t], got[t], f"{name} by {tree}")


NETWORK = merge(
    {
        "conv": convolution((1, 8, 8, 16), (16, 3, 3, 16)),
        "depthwise": depthwise((1, 7, 7, 17), (3, 3)),
        "dense": layer((1, 37), 9),
        "another": layer((1, 41), 9),
    }
)


def with_calls(change: Callable[[KernelCall], KernelCall]) -> Callable[..., KernelCall]:
    """`esp_nn._call`, whose result is changed."""
    original = esp_nn._call

    def changed(*arguments: Any, **more: Any) -> KernelCall:
        return change(original(*arguments, **more))

    return changed


def parameter(name: str, of: Callable[[Any], Any]) -> Callable[[KernelCall], KernelCall]:
    """A change of one parameter of the calls that have it."""

    def changed(call: KernelCall) -> KernelCall:
        if name not in call.parameters:
            return call
        return replace(call, parameters={**call.parameters, name: of(call.parameters[name])})

    return changed


FAULTS: dict[str, tuple[Callable[[KernelCall], KernelCall], str]] = {
    "the zero point's sign": (parameter("layer.in_offset", lambda at: -at), "different"),
    "padding": (parameter("layer.padding.height", lambda size: size - 1), "different"),
    "no room to work in": (
        lambda call: replace(call, scratch_bytes=min(call.scratch_bytes, 16)),
        "failed",
    ),
    "the output over the input": (lambda call: replace(call, overlap=(0,)), "failed"),
    "alignment": (lambda call: replace(call, library=replace(ESP_NN, alignment=4)), "failed"),
}


@pytest.mark.slow
@pytest.mark.parametrize("fault", FAULTS)
def test_a_fault_of_a_call_is_caught(fault: str, monkeypatch: pytest.MonkeyPatch) -> None:
    change, status = FAULTS[fault]
    use(monkeypatch, ESP_NN, VENDORS / "esp-nn")
    monkeypatch.setattr(esp_nn, "_call", with_calls(change))
    assert verified(NETWORK, ESP_NN).status == status


def test_without_its_sources_nothing_runs_here(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.delenv(ESP_NN.tree, raising=False)
    with pytest.raises(EdgeqError, match="set EDGEQ_ESP_NN to a folder"):
        verified(LAYERS["sum"], ESP_NN)
    use(monkeypatch, ESP_NN, tmp_path)
    with pytest.raises(EdgeqError, match="it has no src"):
        verified(LAYERS["sum"], ESP_NN)
    settings = Settings(native=NativeOptions(library=ESP_NN))
    with pytest.raises(EdgeqError, match="it has no src"):
        bench(LAYERS["sum"], targets=["cortex-m4"], settings=settings)


def test_esp_nn_needs_a_c_library(monkeypatch: pytest.MonkeyPatch) -> None:
    use(monkeypatch, ESP_NN, VENDORS / "esp-nn")
    settings = Settings(native=NativeOptions(library=ESP_NN))
    (found,) = verify(LAYERS["sum"], targets=["cortex-m4"], settings=settings).targets
    assert (found.status, "take the target host" in str(found.reason)) == ("unavailable", True)


def test_inputs_that_come_by_rows_are_refused() -> None:
    with pytest.raises(EdgeqError, match="--kernels esp-nn with --feed-rows"):
        render_native(NETWORK, "m", (), NativeOptions(library=ESP_NN, feed_rows=True))


def test_scratch_is_what_the_library_says() -> None:
    """By hand, of the library's formula for ESP32-S3: 3x3 filters, 16 channels, padded."""
    padded, filters, aligned, sums = 10 * 10 * 16, 9 * 16 * 16, 48 * 3 * 16, 4 * 16
    found = call(convolution((1, 8, 8, 16), (16, 3, 3, 16)), ESP_NN)
    assert found is not None
    assert found.scratch_bytes == 2 * padded + filters + aligned + sums + 64
