"""An imaginary core in a copy of the tree: tiles of another shape, planned for and computed by one
new folder and one line. A macro of this machine's compiler stands in for it.
"""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
from adding.walkthrough import Edit, apply, copy_tree, python

pytestmark = pytest.mark.slow  # tests of a copy of the tree

LANES = Path(__file__).resolve().parent / "eight_lanes"
ARCH = "firmware_templates/native/arch"
LISTED = '#include "arch/eight_lanes/arch.h"\n'

VERIFY = """
import tempfile
from pathlib import Path
import numpy as np
from edgeq.codegen.native import render_native
from edgeq.simulate.execute import execute, random_inputs
from edgeq.verify.compare import written_tensors
from edgeq.verify.host import SANITIZERS, run_binary, write_sources
from edgeq.verify.toolchain import WARNINGS, compile_c
from firmware.test_dot_products import random_convolutions, random_layers
from firmware.test_helium import many_taps
from firmware.test_per_channel import corners, random_layers_per_channel
from ops.cases import merge
from ops.packed import int4
from opkit.test_packed import BYTES, CODED

rng = np.random.default_rng(8)
layers = random_convolutions(rng, 16) | random_layers(rng, 8) | many_taps(rng) | corners()
layers |= random_layers_per_channel(rng, 8) | CODED
layers |= {f"int4 {name}": int4(model) for name, model in BYTES.items()}
model = merge(layers)
engine, inputs = render_native(model, "model"), random_inputs(model.main, 2)
with tempfile.TemporaryDirectory() as name:
    write_sources(engine, Path(name))
    flags = [*WARNINGS, *SANITIZERS, "-O1", "-D__EIGHT_LANES__"]
    compile_c("gcc", [*flags, "host-main.c", "-o", "host-main", "-lm"], Path(name))
    found = run_binary(Path(name) / "host-main", engine, inputs)
tensors = [written.tensor for written in written_tensors(engine.program)]
expected = execute(model.main, inputs, tensors)
wrong = sum(not np.array_equal(a, expected[t]) for a, t in zip(found, tensors, strict=True))
print(len(tensors) >= 100, wrong)
"""

PLAN = """
from ops.test_conv_2d import convolution
from edgeq.opkit.kernel_call import KernelCall
from edgeq.plan import lower, plan_arena
program = lower(convolution((1, 4, 4, 8), (12, 1, 1, 8)).main)
(step,) = program.steps
print(step.call.scratch_bytes, step.call.overlap[0], plan_arena(program).arena_bytes)
"""


def tree_with_eight_lanes(folder: Path) -> Path:
    """A copy of the tree with the folder and the line that lists it."""
    tree = copy_tree(folder)
    shutil.copytree(LANES, tree / ARCH / "eight_lanes")
    apply(tree, [Edit(f"{ARCH}/arch.h", LISTED, "arch/helium/arch.h")])
    return tree


def test_a_folder_and_a_line_compute_the_simulators_bytes(tmp_path: Path) -> None:
    tree = tree_with_eight_lanes(tmp_path)
    assert python(tree, "-c", VERIFY).split() == ["True", "0"]

    tile = tree / ARCH / "eight_lanes" / "gemm_tile.h"
    tile.write_text(tile.read_text().replace("lanes[k] +=", "lanes[k] -="))
    assert int(python(tree, "-c", VERIFY).split()[1]) > 50, "its own loop was not compiled"


def test_a_plan_gives_what_the_instruction_set_that_asks_for_most_states(tmp_path: Path) -> None:
    tree = tree_with_eight_lanes(tmp_path)
    arch = tree / ARCH / "eight_lanes" / "arch.h"
    scratch, overlap, arena = (int(number) for number in python(tree, "-c", PLAN).split())
    assert (scratch, overlap) == (64 * 2, 48)
    for stated, changed in (("GROUP_BYTES 64", "GROUP_BYTES 96"), ("PIXELS 8", "PIXELS 3")):
        arch.write_text(arch.read_text().replace(stated, changed))
    wider, nearer, larger = (int(number) for number in python(tree, "-c", PLAN).split())
    assert (wider, nearer) == (96 * 2, 60)  # a third pixel is written before the fourth is read
    assert larger > arena
