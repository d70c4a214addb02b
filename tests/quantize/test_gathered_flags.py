"""Parts of flags are gathered as integers, which TFLM can."""

import numpy as np
from ops.harness import agrees
from ops.test_gather import gather

from edgeq.graph import Graph, Model, Tensor
from edgeq.quantize.gathered_flags import with_gathered_integers
from edgeq.simulate.compare import compare_with
from edgeq.simulate.execute import execute, random_inputs
from edgeq.simulate.interpreter import interpreter_of
from edgeq.simulate.oracles import ORACLES

KINDS = ["CAST", "GATHER", "NOT_EQUAL"]


def gathered() -> Model:
    """Rows of flags [6, 1, 2] by one index."""
    return gather(Tensor("x", (6, 1, 2), "bool"), (), 0)


def kinds(graph: Graph) -> list[str]:
    return [op.kind for op in graph.ops]


def test_rows_of_flags_are_gathered_as_integers() -> None:
    model = gathered()
    made = with_gathered_integers(model)
    assert kinds(made.main) == KINDS
    flags = np.random.default_rng(0).integers(0, 2, (12, 6, 1, 2)).astype(bool)
    inputs = [flags, *random_inputs(model.main, 12)[1:]]
    inputs[1] = np.arange(12, dtype=np.int32) % 6
    (y,) = model.main.outputs
    np.testing.assert_array_equal(execute(made.main, inputs)[y], execute(model.main, inputs)[y])
    assert agrees(compare_with(ORACLES["tflm"], made, inputs, by=interpreter_of("tflm")))
