"""A dynamic-range network on cores with and without a floating-point unit, where compilers may fuse
what they like.
"""

import dataclasses
import re
import tempfile
from pathlib import Path

import numpy as np
import pytest
from firmware.floats import float_layers, float_network
from verify.tools import needed

from edgeq.codegen.native import render_native
from edgeq.graph import Model
from edgeq.simulate.execute import execute, random_inputs
from edgeq.verify import verify
from edgeq.verify.compare import written_tensors
from edgeq.verify.emulated import Core
from edgeq.verify.host import run_binary, write_sources
from edgeq.verify.image import build_image
from edgeq.verify.targets import Compiler, Target, find_target
from edgeq.verify.toolchain import compile_c

UNITS = {  # of which the emulated Cortex-M55 has all
    "single, M4": (
        "arm-none-eabi-gcc",
        ("-mcpu=cortex-m4", "-mthumb", "-mfpu=fpv4-sp-d16", "-mfloat-abi=hard"),
    ),
    "double, M7": (
        "arm-none-eabi-gcc",
        ("-mcpu=cortex-m7", "-mthumb", "-mfpu=fpv5-d16", "-mfloat-abi=hard"),
    ),
    "single, M33": (
        "arm-none-eabi-gcc",
        ("-mcpu=cortex-m33", "-mthumb", "-mfpu=fpv5-sp-d16", "-mfloat-abi=hard"),
    ),
    "vectors, M55": ("arm-none-eabi-gcc", ("-mcpu=cortex-m55", "-mthumb", "-mfloat-abi=hard")),
    "single, M4, clang": (
        "zig",
        ("-target", "thumb-freestanding-eabihf", "-mcpu=cortex_m4+vfp4d16sp"),
    ),
    "double, M7, clang": (
        "zig",
        ("-target", "thumb-freestanding-eabihf", "-mcpu=cortex_m7+fp_armv8d16"),
    ),
}


def with_compiler(compiler: str, flags: tuple[str, ...]) -> Target:
    """The emulated Cortex-M55 with code made for another core, products and sums fused wherever
    that is possible.
    """
    row = Compiler(compiler, (*flags, "-ffp-contract=fast"))
    return dataclasses.replace(find_target("cortex-m55"), compilers=(row,))


def wrong_bytes(model: Model, target: Target, optimization: str) -> dict[str, int]:
    """Tensors in which the core differs from the simulator, and in how many bytes."""
    engine, x = render_native(model, "floats"), random_inputs(model.main, 1)
    image = build_image(engine, target.compilers[0], optimization, target.memory)
    run, written = Core(target, image, engine).run(x), written_tensors(engine.program)
    expected = execute(model.main, x, [w.tensor for w in written])
    found = {}
    for w, value in zip(written, run.values, strict=True):
        wanted = np.ascontiguousarray(expected[w.tensor]).view(np.uint8)
        found[engine.program.graph.tensors[w.tensor].name] = int(
            np.count_nonzero(value.view(np.uint8) != wanted)
        )
    return {name: count for name, count in found.items() if count}


@pytest.mark.slow
@pytest.mark.parametrize("unit", UNITS)
@pytest.mark.parametrize("optimization", ["-O3", "-Os"])
def test_every_floating_point_unit_gives_the_simulators_bytes(unit: str, optimization: str) -> None:
    compiler, flags = UNITS[unit]
    needed(find_target("cortex-m55"), compiler)
    assert wrong_bytes(float_network(), with_compiler(compiler, flags), optimization) == {}


@pytest.mark.slow
def test_cores_without_a_unit_give_the_simulators_bytes() -> None:
    names = ("cortex-m0", "cortex-m3", "cortex-m4", "rv32imc")
    for name in names:
        needed(find_target(name))
    result = verify(float_network(), targets=names, samples=1, strict=True)
    assert [(t.status, t.bytes_different) for t in result.targets] == [("ok", 0)] * len(names)


def host_bytes(model: Model, compiler: str, text: tuple[str, str] = ("", "")) -> dict[int, int]:
    """Of each tensor, in how many bytes this machine differs when its compiler fuses products and
    sums.

    text: what to replace in the kernels, and by what.
    """
    engine, x = render_native(model, "floats"), random_inputs(model.main, 4)
    files = {
        name: content.replace(*text) if text[0] else content
        for name, content in engine.files.items()
    }
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        write_sources(dataclasses.replace(engine, files=files), folder)
        flags = ["-std=gnu11", "-O3", "-march=native", "-ffp-contract=fast"]
        compile_c(compiler, [*flags, "host-main.c", "-o", "host-main", "-lm"], folder)
        values = run_binary(folder / "host-main", engine, x)
    tensors = [w.tensor for w in written_tensors(engine.program)]
    expected = execute(model.main, x, tensors)
    wanted = [np.ascontiguousarray(expected[t]).view(np.uint8) for t in tensors]
    return {
        t: int(np.count_nonzero(v.view(np.uint8) != w))
        for t, v, w in zip(tensors, values, wanted, strict=True)
    }


@pytest.mark.slow
@pytest.mark.parametrize("compiler", ["gcc", "clang"])
def test_a_host_that_fuses_gives_the_simulators_bytes(compiler: str) -> None:
    assert sum(host_bytes(float_network(), compiler).values()) == 0
    assert sum(sum(host_bytes(model, compiler).values()) for model in float_layers().values()) == 0


@pytest.mark.slow
def test_without_its_barrier_a_fused_product_is_noticed() -> None:
    if not re.search(r"\bfma\b", Path("/proc/cpuinfo").read_text()):
        pytest.skip("this processor fuses nothing")
    assert (
        sum(host_bytes(float_network(), "gcc", ('__asm__("" : "+x"(product))', "(void)0")).values())
        > 0
    )
