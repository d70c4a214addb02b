"""The predicted arena of every operator that TFLM has, against a build of TFLM that was measured
(tests/golden/tflm_operators.json), and that none is missing.
"""

from __future__ import annotations

import json
import zlib
from base64 import b64decode
from pathlib import Path

import pytest
from ops.harness import single_op

from edgeq.codegen.tflm import resolver_method
from edgeq.graph import Graph, Tensor, read_tflite, stored_model
from edgeq.graph.model import Model
from edgeq.graph.variables import HANDLE, ONCE
from edgeq.ops import supported
from edgeq.plan.tflm import predict_arena
from edgeq.plan.tflm.kernels import FIRST, REFERENCE
from edgeq.plan.tflm.resources import resource_variables
from edgeq.plan.tflm.runtimes import RUNTIMES
from edgeq.unsupported import CUSTOM_ADVICE

GOLDEN = json.loads((Path(__file__).parent.parent / "golden" / "tflm_operators.json").read_text())
MODELS = GOLDEN["models"]
RESOLVER = GOLDEN["resolver"]
"""Operator -> the method of TFLM's micro_mutable_op_resolver.h that registers it."""


def graph_of(name: str) -> Graph:
    return read_tflite(zlib.decompress(b64decode(MODELS[name]["file"]))).main


@pytest.mark.parametrize("name", MODELS)
def test_the_prediction_is_what_was_measured(name: str) -> None:
    """To the byte: one step of 16 bytes less, and TFLM fails."""
    graph, builds = graph_of(name), {k: v for k, v in MODELS[name].items() if k != "file"}
    predicted = {build: predict_arena(graph, *build.split()) for build in builds}
    assert {build: [arena.bytes, arena.used_bytes] for build, arena in predicted.items()} == builds


def test_every_operator_that_tflm_and_edgeq_have_is_known() -> None:
    computed = supported() & set(RESOLVER)
    assert computed <= set(REFERENCE), computed - set(REFERENCE)
    for name in ("reference", "cmsis-nn", "esp-nn"):
        assert set(RUNTIMES[name].kernels) == set(REFERENCE)


def test_every_operator_of_tflm_is_computed_or_refused_by_name() -> None:
    """Variables are read as states of the model, their handles and initializers away."""
    missing = set(RESOLVER) - supported() - {HANDLE, ONCE}
    assert missing == {"TFLM_DECODE"}
    assert missing <= set(CUSTOM_ADVICE)


def test_log_softmax_on_reals_allocates_nothing_of_its_own() -> None:
    x, y = (Tensor(name, (3, 10), "float32") for name in "xy")
    one, other = (single_op(kind, [x], y).main for kind in ("LOG_SOFTMAX", "EXP"))
    assert predict_arena(one) == predict_arena(other)


def test_no_operator_is_known_that_tflm_lacks() -> None:
    assert set(REFERENCE) <= set(RESOLVER)


def test_every_operator_is_registered_by_the_method_that_tflm_has() -> None:
    wanted = {kind: RESOLVER[kind] for kind in REFERENCE}
    assert {kind: resolver_method(kind) for kind in REFERENCE} == wanted


def test_every_operator_of_the_table_was_measured() -> None:
    seen = {
        op.kind
        for name in MODELS
        for graph in stored_model(Model((graph_of(name),))).graphs
        for op in graph.ops
    }
    assert set(REFERENCE) - set(FIRST) <= seen


def test_variables_count_once_however_many_handles_they_have() -> None:
    assert resource_variables(stored_model(Model((graph_of("assign"),))).graphs) == 2
    assert resource_variables(stored_model(Model((graph_of("ring"),))).graphs) == 1
