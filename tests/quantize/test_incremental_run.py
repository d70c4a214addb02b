"""An incremental run equals a complete run, and recomputes only what depends on the change."""

from __future__ import annotations

import numpy as np
from quantize.models import calibrated, residual, samples
from quantize.test_kept_states import QUICK, sequence, streaming

from edgeq.graph import read_tflite, write_tflite
from edgeq.quantize.assemble import assemble
from edgeq.quantize.incremental_run import run
from edgeq.quantize.quantization_state import Range
from edgeq.quantize.quantize import quantize
from edgeq.simulate.execute import real_outputs


def test_an_incremental_run_equals_a_complete_one() -> None:
    model = residual()
    state, data = calibrated(model), samples(model)
    before = run(assemble(state), data)
    changed = assemble(state.with_ranges({state.graph.ops[2].outputs[0]: Range(-1.0, 1.0)}))
    again, anew = run(changed, data, before), run(changed, data)
    assert again.values.keys() == anew.values.keys()
    for t, values in anew.values.items():
        np.testing.assert_array_equal(again.values[t], values)
    first = state.graph.ops[0].outputs[0]
    assert again.values[first] is before.values[first]


def test_samples_of_a_model_with_state_are_steps_of_one_sequence() -> None:
    x = sequence(20)
    made = read_tflite(quantize(write_tflite(streaming()), x, QUICK).content)
    (got,), (stepped,) = run(made, x).outputs(), real_outputs(made.main, x)
    np.testing.assert_array_equal(got, stepped)
