"""Layers that an interpreter is not given: they end its process, and those beside them do not."""

from __future__ import annotations

import importlib.util

import numpy as np
import pytest
from ops.broadcasts import tensor
from ops.harness import single_op

from edgeq.errors import UnsupportedError
from edgeq.graph import Model, write_tflite
from edgeq.ops import bind
from edgeq.simulate.execute import random_inputs
from edgeq.simulate.interpreter import interpreter_of
from edgeq.simulate.oracle_process import Job, OracleFailedError, run_in_process
from edgeq.simulate.oracles import ORACLES
from edgeq.simulate.unsafe_layers import check_safe

pytestmark = pytest.mark.skipif(
    importlib.util.find_spec("tflite_runtime") is None,
    reason="tflite-runtime has no wheel for this Python",
)
RUNTIME = interpreter_of("tflite-runtime")


def broadcast(kind: str, output: str, rank: int, same: bool = False) -> Model:
    a = (2,) * rank
    b = a if same else (1,) * (rank - 1) + (2,)
    tensors = [tensor("a", a, "int8"), tensor("b", b, "int8")]
    options = {"EQUAL": "", "MAXIMUM": "MaximumMinimumOptions"}.get(kind, f"{kind.title()}Options")
    return single_op(kind, tensors, tensor("y", np.broadcast_shapes(a, b), output), options)


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
