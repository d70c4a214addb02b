"""What the generated C promises beside its bytes: reentrancy, no state of its own, bounded time,
aligned accesses.
"""

import shutil
import subprocess
from functools import lru_cache
from pathlib import Path

import numpy as np
import pytest
from verify.graphs import dense_model, small_model
from verify.test_emulated import PAIRS, built
from verify.tools import needed

from edgeq.codegen.native import NativeEngine, render_native
from edgeq.graph import Model, read_tflite
from edgeq.opkit.node import Values
from edgeq.simulate.execute import execute, random_inputs
from edgeq.verify.emulated import Core
from edgeq.verify.host import SANITIZERS
from edgeq.verify.image import Image, build_image
from edgeq.verify.targets import Target, find_target
from edgeq.verify.toolchain import WARNINGS, compile_c

HERE = Path(__file__).resolve().parent
SHARED = ["ad01_int8", "kws_ref_model", "pretrainedResnet_quant", "vww_96_int8"]
M4 = find_target("cortex-m4")
M4_COMPILERS = [compiler.name for compiler in M4.compilers]
CORES = [
    (name, c.name)
    for name in ("cortex-m0", "cortex-m3", "cortex-m4", "rv32imc")
    for c in find_target(name).compilers
]


@lru_cache(maxsize=4)
def engine_of(path: Path) -> tuple[Model, NativeEngine]:
    model = read_tflite(path)
    return model, render_native(model, "shared")


@lru_cache(maxsize=4)
def image_of(path: Path) -> Image:
    return build_image(engine_of(path)[1], needed(M4), memory=M4.memory)


def scores(model: Model, inputs: list[Values]) -> Values:
    return execute(model.main, inputs)[model.main.outputs[0]]


@pytest.mark.slow
def test_instances_and_models_do_not_disturb_each_other(tmp_path: Path) -> None:
    one, two = small_model(), dense_model((40, 24, 16, 5))
    inputs, other = random_inputs(one.main, 2), random_inputs(two.main, 1)
    engine = render_native(one, "one")
    for name, text in {**engine.files, **render_native(two, "two").files}.items():
        (tmp_path / name).write_text(text)
    for name in ("interleaved.c", "interleaved.h"):
        shutil.copy(HERE / name, tmp_path)
    flags = [*WARNINGS, "-O2", *SANITIZERS, "-include", "interleaved.h"]
    compile_c(
        "gcc", [*flags, "one.c", "two.c", "interleaved.c", "-o", "interleaved", "-lm"], tmp_path
    )
    data = inputs[0].tobytes() + other[0].tobytes()
    got = subprocess.run(
        [tmp_path / "interleaved"], input=data, capture_output=True, check=True
    ).stdout
    first, second = (scores(one, [x[i : i + 1] for x in inputs]).tobytes() for i in range(2))
    assert got == (second + scores(two, other).tobytes()) * len(engine.program.steps) + first


@pytest.mark.slow
@pytest.mark.parametrize(("target", "compiler"), PAIRS, ids=[f"{t.name} {c}" for t, c in PAIRS])
def test_nothing_is_written_but_what_the_caller_owns(target: Target, compiler: str) -> None:
    assert built(target, compiler=compiler).elf.allocated(".data", ".bss") == 0


@pytest.mark.slow
@pytest.mark.parametrize("name", SHARED)
def test_shared_models_have_no_state_of_their_own(shared_models: Path, name: str) -> None:
    assert image_of(shared_models / f"{name}.tflite").elf.allocated(".data", ".bss") == 0


@pytest.mark.slow
@pytest.mark.parametrize("name", SHARED)
@pytest.mark.parametrize(("target", "compiler"), CORES)
def test_every_input_takes_the_same_instructions(
    shared_models: Path, target: str, compiler: str, name: str
) -> None:
    """A latency is a constant: no loop and no branch depends on data."""
    core, (model, engine) = find_target(target), engine_of(shared_models / f"{name}.tflite")
    inputs = random_inputs(model.main, 3)
    for x in inputs:
        x[1], x[2] = np.iinfo(x.dtype).min, np.iinfo(x.dtype).max
    image = build_image(engine, needed(core, compiler), memory=core.memory)
    layers = np.array(Core(core, image, engine).run(inputs).layers)
    for k, step in enumerate(engine.program.steps):
        assert np.ptp(layers[:, k]) == 0, (k, step.node.kind)


ALIGNED = [
    (*core, name)
    for core in [*CORES, ("cortex-m33", "zig")]
    for name in ("ad01_int8", "kws_ref_model")
]
ALIGNED += [("cortex-m4", compiler, name) for compiler in M4_COMPILERS for name in SHARED[2:]]


@pytest.mark.slow
@pytest.mark.parametrize(("target", "compiler", "name"), ALIGNED)
def test_shared_models_access_memory_aligned(
    shared_models: Path, target: str, compiler: str, name: str
) -> None:
    core, (model, engine) = find_target(target), engine_of(shared_models / f"{name}.tflite")
    inputs = random_inputs(model.main, 1)
    image = build_image(engine, needed(core, compiler), memory=core.memory)
    values = Core(core, image, engine, check_alignment=True).run(inputs).values
    np.testing.assert_array_equal(values[-1], scores(model, inputs))
