"""Every operator in small layers of all shapes: as many instructions for every input, and every
access aligned.
"""

from functools import cache

import numpy as np
import pytest
from firmware.samples import samples
from ops.cases import merge
from ops.unscheduled import render_unscheduled
from verify.tools import needed

from edgeq.codegen.native import NativeEngine
from edgeq.graph import Model
from edgeq.opkit.node import Values
from edgeq.simulate.execute import execute, random_inputs
from edgeq.verify.compare import written_tensors
from edgeq.verify.emulated import Core
from edgeq.verify.image import build_image
from edgeq.verify.targets import find_target

pytestmark = pytest.mark.slow
CORES = [
    (name, c.name)
    for name in ("cortex-m0", "cortex-m3", "cortex-m4", "rv32imc")
    for c in find_target(name).compilers
]


@cache
def integers() -> tuple[Model, NativeEngine]:
    """All of them but those of reals, which a core without a floating point unit computes as long
    as they need.
    """
    models = {
        name: model
        for name, model in samples().items()
        if all(t.dtype != "float32" for t in model.main.tensors)
    }
    model = merge(models)
    return model, render_unscheduled(model, "operators")


@cache
def computed() -> tuple[list[Values], dict[int, Values]]:
    """Random inputs, the least and the largest of each type, and what the simulator makes of them."""
    model, engine = integers()
    inputs = random_inputs(model.main, 3)
    for x in inputs:
        low, high = (
            (False, True) if x.dtype == np.bool_ else (np.iinfo(x.dtype).min, np.iinfo(x.dtype).max)
        )
        x[1], x[2] = low, high
    tensors = [w.tensor for w in written_tensors(engine.program)]
    return inputs, execute(model.main, inputs, tensors)


@pytest.mark.parametrize(("target", "compiler"), CORES)
def test_every_input_takes_the_same_aligned_instructions(target: str, compiler: str) -> None:
    core, (_, engine), (inputs, expected) = find_target(target), integers(), computed()
    image = build_image(engine, needed(core, compiler), memory=core.memory)
    run = Core(core, image, engine, check_alignment=True).run(inputs)
    for k, step in enumerate(engine.program.steps):
        assert len({layers[k] for layers in run.layers}) == 1, (k, step.node.kind)
    for found, values in zip(written_tensors(engine.program), run.values, strict=True):
        np.testing.assert_array_equal(values, expected[found.tensor])
