"""Firmware that takes its input row by row: every byte of every tensor on all targets, whatever the
number of rows at a time, and faults that are caught.
"""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from ops.harness import constant
from plan.networks import Network, pooled, residual
from plan.test_feed import by_hand
from verify.graphs import changed, with_reals

from edgeq.codegen.native import NativeEngine, NativeOptions, render_native
from edgeq.graph import Model, Op
from edgeq.plan import plan_arena
from edgeq.simulate.execute import random_inputs
from edgeq.verify.host import build_host, run_binary, write_sources
from edgeq.verify.job import Settings, prepare
from edgeq.verify.run import verify
from edgeq.verify.targets import TARGETS
from edgeq.verify.toolchain import FirmwareError

BY_ROWS = NativeOptions(feed_rows=True)
pytestmark = pytest.mark.slow


def elementwise() -> Model:
    """An input whose rows are added to themselves before they are filtered."""
    net = Network(np.random.default_rng(3))
    x = net.input(9, 7, 3)
    return net.model(net.filter(net.join(x, x), 4, (3, 3)))


def pooled_first() -> Model:
    """Windows that do not overlap, whose kernel finds no line of a line buffer by itself."""
    net = Network(np.random.default_rng(4))
    return net.model(net.pool(net.input(12, 8, 3), "MAX_POOL_2D", 2))


def flat() -> Model:
    """The image as a vector, which a view makes an image of."""
    graph = by_hand().main
    n, image = len(graph.tensors), graph.tensors[0]
    shape = constant("shape", np.array(image.shape, np.int32))
    vector = replace(image, name="vector", shape=(1, image.size))
    view = Op(
        "RESHAPE", (n, n + 1), (0,), (("new_shape", image.shape),), 1, options_type="ReshapeOptions"
    )
    tensors, ops = (*graph.tensors, vector, shape), (view, *graph.ops)
    return Model((replace(graph, tensors=tensors, ops=ops, inputs=(n,)),))


@pytest.mark.parametrize("target", [target.name for target in TARGETS])
def test_no_byte_differs_on_any_target(target: str) -> None:
    (found,) = verify(by_hand(), targets=[target], settings=Settings(native=BY_ROWS)).targets
    if found.status == "unavailable":
        pytest.skip(found.reason)
    assert (found.status, found.bytes_different) == ("ok", 0), found
    assert found.layers[0].op == "INPUT_ROWS"
    if target != "host":
        assert (found.layers[0].instructions or 0) > 0


@pytest.mark.parametrize(
    "model",
    [
        residual(7),
        residual(8),
        pooled(1),
        elementwise(),
        pooled_first(),
        flat(),
        with_reals(by_hand()),
    ],
    ids=["residual", "depthwise", "pooled", "elementwise", "pool alone", "flat", "reals"],
)
def test_no_byte_differs_whatever_comes_first(model: Model) -> None:
    (found,) = verify(model, samples=12, settings=Settings(native=BY_ROWS)).targets
    assert (found.status, found.bytes_different) == ("ok", 0), found
    assert (
        found.arena_bytes == plan_arena(render_native(model, "m", (), BY_ROWS).program).arena_bytes
    )


def different(engine: NativeEngine, model: Model, folder: Path) -> int:
    """How many bytes differ in four samples on this machine."""
    inputs = random_inputs(model.main, 4)
    write_sources(engine, folder)
    job = prepare(model, engine, inputs)
    return job.check(run_binary(build_host(folder), engine, inputs), slice(0, 4)).bytes_different


def found_in(engine: NativeEngine, model: Model, folder: Path) -> bool:
    """Whether a fault is found: by bytes, or by the number of rows that are missing."""
    try:
        return different(engine, model, folder) > 0
    except FirmwareError as error:
        return "exit status 6" in error.why


FAULTS = {
    "a line buffer of one row too few": (
        "edgeq_line_of(row[0], 3) * 120",
        "edgeq_line_of(row[0], 2) * 120",
    ),
    "half a row": (
        "memcpy(rows_feed_place(model), rows, 120)",
        "memcpy(rows_feed_place(model), rows, 60)",
    ),
    "a row too early": ("++row[0];", "row[0] += row[0] == 38 ? 2 : 1;"),
}


def test_the_engine_is_right_without_faults(tmp_path: Path) -> None:
    model = by_hand()
    assert different(render_native(model, "rows", (), BY_ROWS), model, tmp_path) == 0


@pytest.mark.parametrize("fault", FAULTS)
def test_faults_are_caught(fault: str, tmp_path: Path) -> None:
    model = by_hand()
    engine = changed(render_native(model, "rows", (), BY_ROWS), *FAULTS[fault])
    assert found_in(engine, model, tmp_path)


def test_rows_fed_in_the_wrong_order_are_caught(tmp_path: Path) -> None:
    model = by_hand()
    engine = render_native(model, "rows", (), BY_ROWS)
    inputs = random_inputs(model.main, 4)
    write_sources(engine, tmp_path)
    upside_down = [np.ascontiguousarray(x[:, :, ::-1]) for x in inputs]
    job = prepare(model, replace(engine), inputs)
    got = run_binary(build_host(tmp_path), engine, upside_down)
    assert job.check(got, slice(0, 4)).bytes_different > 0
