"""The four published MLPerf Tiny models: simulator, oracles and C agree on every byte of every
tensor.
"""

from pathlib import Path

import numpy as np
import pytest
from ops.harness import agrees

from edgeq.codegen.native import render_native
from edgeq.graph import Model, read_tflite
from edgeq.opkit.node import Values
from edgeq.simulate.compare import compare_with
from edgeq.simulate.execute import execute, random_inputs
from edgeq.simulate.interpreter import interpreter_of
from edgeq.simulate.oracles import ORACLES
from edgeq.verify.host import run_host

NAMES = ("kws_ref_model", "pretrainedResnet_quant", "vww_96_int8", "ad01_int8")
SAMPLES = {"kws_ref_model": 20, "pretrainedResnet_quant": 10, "vww_96_int8": 4, "ad01_int8": 20}


def load(models: Path, name: str) -> Model:
    return read_tflite((models / f"{name}.tflite").read_bytes())


def smooth_inputs(model: Model, samples: int) -> list[Values]:
    """Random inputs, half of them around one value, so that not all accumulators saturate."""
    (x,) = random_inputs(model.main, samples, seed=1)
    x[samples // 2 :] //= 4
    return [x]


@pytest.mark.parametrize("oracle", ORACLES)
@pytest.mark.parametrize("name", NAMES)
def test_the_simulator_gives_the_oracles_bytes(shared_models: Path, name: str, oracle: str) -> None:
    model = load(shared_models, name)
    said = compare_with(
        ORACLES[oracle], model, smooth_inputs(model, SAMPLES[name]), by=interpreter_of(oracle)
    )
    assert agrees(said), said
    assert (
        said.tensors >= len(model.main.ops) - 3
    )  # ADD of tflite-runtime overwrites its input, three times in ResNet


@pytest.mark.slow
@pytest.mark.parametrize("name", NAMES)
def test_the_compiled_c_gives_the_simulators_bytes(shared_models: Path, name: str) -> None:
    model = load(shared_models, name)
    inputs = smooth_inputs(model, SAMPLES[name])
    engine = render_native(model, name)
    computed = run_host(engine, inputs)
    expected = execute(model.main, inputs, keep=sorted(computed))
    for t, values in computed.items():
        name = model.main.tensors[t].name
        np.testing.assert_array_equal(values, engine.live.part(t, expected[t]), name)
