"""A core that stores words with their highest byte first, and faults where a word is not aligned."""

from functools import cache
from pathlib import Path

import numpy as np
import pytest
from firmware.samples import samples
from ops.cases import merge
from verify.graphs import changed, small_model
from verify.tools import needed

from edgeq.codegen.native import render_native
from edgeq.errors import EdgeqError
from edgeq.graph import Model, read_tflite
from edgeq.simulate.execute import execute, random_inputs
from edgeq.verify.compare import written_tensors
from edgeq.verify.emulated import Core
from edgeq.verify.image import build_image
from edgeq.verify.targets import Compiler, Target

pytestmark = pytest.mark.slow
FLAGS = ("-target", "mips-freestanding-eabi", "-mcpu=mips32r2", "-fno-pic", "-mno-abicalls", "-G0")
WHOLE = (
    "-mllvm",
    "-disable-mips-delay-filler",
)  # Unicorn's hooks go astray between a branch and what is behind it
MIPS = Compiler("zig", (*FLAGS, *WHOLE))
CORE = Target("mips-big-endian", "emulator", (MIPS,), "edgeq[emulate]", "mips-big-endian")


def assert_every_byte_is_the_simulators(model: Model, level: str = "-O2") -> None:
    engine, inputs = render_native(model, "model"), random_inputs(model.main, 2)
    image = build_image(engine, needed(CORE), level)
    run = Core(CORE, image, engine).run(inputs)  # which faults where an access is not aligned
    assert min(run.instructions) > 0
    written = written_tensors(engine.program)
    expected = execute(model.main, inputs, [w.tensor for w in written])
    for found, values in zip(written, run.values, strict=True):
        np.testing.assert_array_equal(values, expected[found.tensor])


@pytest.mark.parametrize("level", ["-O0", "-O2"])
def test_a_small_model(level: str) -> None:
    assert_every_byte_is_the_simulators(small_model(), level)


def test_a_misaligned_access_is_a_fault() -> None:
    engine, start = render_native(small_model(), "model"), "int8_t *const arena = model->arena;"
    wild = changed(engine, start, f"{start}\n  (void)*(volatile int32_t *)(void *)(arena + 1);")
    with pytest.raises(EdgeqError, match="fails on mips-big-endian"):
        Core(CORE, build_image(wild, needed(CORE)), wild).run(random_inputs(small_model().main, 1))


@pytest.mark.parametrize("name", ["ad01_int8", "kws_ref_model"])
def test_published_models(shared_models: Path, name: str) -> None:
    assert_every_byte_is_the_simulators(read_tflite(shared_models / f"{name}.tflite"))


layers = cache(samples)


@pytest.mark.parametrize(
    "kind", ["add", "conv_2d", "depthwise_conv_2d", "fully_connected", "mul", "softmax"]
)
def test_layers_of_bytes(kind: str) -> None:
    """Tensors of wider types would be reported in the core's own byte order."""
    models = {
        name: model
        for name, model in layers().items()
        if name.split()[0] == kind and of_bytes(model)
    }
    assert_every_byte_is_the_simulators(merge(models))


def of_bytes(model: Model) -> bool:
    graph = model.main
    tensors = [
        graph.tensors[t] for t in [*graph.inputs, *(t for op in graph.ops for t in op.outputs)]
    ]
    return all(tensor.nbytes == tensor.size for tensor in tensors)
