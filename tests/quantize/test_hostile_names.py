"""Malicious tensor names pass through every scheme into files and C without harm."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from codegen.test_names import HOSTILE
from quantize.models import residual, samples

from edgeq.codegen.native import render_native
from edgeq.data import quantized_inputs
from edgeq.graph import Model, read_tflite, write_tflite
from edgeq.quantize.options import Options
from edgeq.quantize.quantize import quantize
from edgeq.simulate.execute import execute
from edgeq.verify.host import run_host

NAMES = [name.encode("utf-8", "replace").decode() for name in HOSTILE]  # a file holds no surrogates


def renamed(model: Model) -> Model:
    """The model with malicious tensor names, some of them duplicates."""
    graph = model.main
    tensors = tuple(replace(t, name=NAMES[k % 12]) for k, t in enumerate(graph.tensors))
    return Model((replace(graph, tensors=tensors),))


LATER = [pytest.param(scheme, marks=pytest.mark.slow) for scheme in ("int16x8", "int4", "codebook")]


@pytest.mark.parametrize("scheme", ["int8", *LATER, "dynamic"])
def test_hostile_names_compile_and_change_no_byte(scheme: str) -> None:
    options = Options(scheme=scheme, calibrator="min-max", rounding="nearest")
    plain, data = residual(), samples(residual())
    made = [quantize(write_tflite(m), data, options).content for m in (plain, renamed(plain))]
    expected, model = (read_tflite(content) for content in made)
    assert [t.buffer for t in model.main.tensors] == [t.buffer for t in expected.main.tensors]
    assert sum(t.name in NAMES for t in model.main.tensors) > 15
    inputs = quantized_inputs(model.main, data.take(3).inputs)
    engine = render_native(model, HOSTILE[0], labels=tuple(NAMES[:5]))
    compiled = run_host(engine, inputs, sanitize=False, optimization="-O0")
    written = [t for op in model.main.ops for t in op.outputs]
    for t, values in execute(model.main, inputs, written).items():
        np.testing.assert_array_equal(compiled[t], values)
