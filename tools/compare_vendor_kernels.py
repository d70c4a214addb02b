"""Compares the functions of a vendor's library with edgeq's simulator on random layers.

    python tools/compare_vendor_kernels.py esp-nn TREE [--layers N] [--seed N]
    python tools/compare_vendor_kernels.py cmsis-nn TREE [--layers N] [--seed N]

TREE is a folder of the library's sources. Prints a row for each function and form of it: how many layers
were computed to the same bytes, of those for which generated C calls the function and, where functions
are called by themselves, of all others. Exits with 1 where one of the former differs.
docs/vendor-kernels.md has what this printed.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import tempfile
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from vendor_kernels.generated import run, small
from vendor_kernels.layers import KINDS, RandomLayer, random_layers

from edgeq.opkit.libraries import LIBRARIES, Library

HERE = Path(__file__).resolve().parent / "vendor_kernels"


@dataclass(frozen=True)
class Form:
    """A form of a library. files: patterns in its tree; own: files beside this script; runs: the kinds
    of layers that it can compute here.
    """

    title: str
    files: tuple[str, ...]
    options: tuple[str, ...]
    own: tuple[str, ...]
    runs: tuple[str, ...] = KINDS


PORTABLE = ("src/*/*_ansi.c", "src/*/*_opt.c")
ASSEMBLY = ("ADD", "MUL", "MAX_POOL_2D")
FORMS: Mapping[str, tuple[Form, ...]] = {
    "esp-nn": (
        Form("ANSI C", PORTABLE, (), ("esp_nn_driver.c",)),
        Form("generic", PORTABLE, ("-DCONFIG_NN_OPTIMIZED",), ("esp_nn_driver.c",)),
        Form(
            "C of ESP32-S3",
            (
                *PORTABLE,
                "src/convolution/esp_nn_conv_esp32s3.c",
                "src/convolution/esp_nn_depthwise_conv_s8_esp32s3.c",
                "src/fully_connected/esp_nn_fully_connected_esp32s3.c",
                "src/pooling/esp_nn_avg_pool_s8_esp32s3.c",
            ),
            ("-DCONFIG_NN_OPTIMIZED", "-DCONFIG_IDF_TARGET_ESP32S3", "-DASSEMBLY_ONLY"),
            ("esp_nn_driver.c", "esp32s3_loops.c"),
            tuple(kind for kind in KINDS if kind not in ASSEMBLY),
        ),
    ),
}


TARGETS = (
    ("host", "gcc", "C without extensions"),
    ("cortex-m4", "arm-none-eabi-gcc", "DSP extension"),
    ("cortex-m55", "arm-none-eabi-gcc", "Helium"),
)
"""Target, compiler and what the library takes there."""


def build(form: Form, tree: Path, folder: Path) -> Path:
    """The driver with the library's sources, as a program."""
    program = folder / form.title.replace(" ", "-")
    files = [path for pattern in form.files for path in sorted(tree.glob(pattern))]
    own = [HERE / name for name in form.own]
    places = [f"-isystem{tree / place}" for place in ("include", "src/common")]
    command = ["gcc", "-std=gnu11", "-O1", "-w", *places, *form.options, *own, *files]
    subprocess.run([*map(str, command), "-lm", "-o", str(program)], check=True)
    return program


def verdict(program: Path, layer: RandomLayer) -> str:
    """What became of a layer: `exact`, or how it differs."""
    done = subprocess.run([program], input=layer.record, capture_output=True, check=False)
    if done.returncode:
        return "it stops"
    got, said = np.frombuffer(done.stdout[:-1], np.int8), done.stdout[-1]
    if said:
        return "it writes beyond its scratch" if said & 1 else "it writes beyond its output"
    return "exact" if np.array_equal(got, layer.expected) else "other bytes"


def compare(form: Form, program: Path, layers: Sequence[RandomLayer]) -> Iterator[tuple[str, bool]]:
    """The table's row for each kind of layer, and whether all layers that are called are exact."""
    for kind in form.runs:
        called, left, why = Counter[bool](), Counter[bool](), Counter[str]()
        for layer in (one for one in layers if one.kind == kind):
            found = verdict(program, layer)
            (called if layer.called else left)[found == "exact"] += 1
            if found != "exact":
                why[f"{layer.feature}: {found}"] += 1
        counts = [f"{of[True]} of {of.total()}" for of in (called, left)]
        reasons = "; ".join(f"{text} ({n})" for text, n in why.most_common(6)) or "-"
        yield f"| {kind} | {form.title} | {' | '.join(counts)} | {reasons} |", not called[False]


def compare_targets(layers: Sequence[RandomLayer], library: Library) -> Iterator[tuple[str, bool]]:
    """The table's row of each kind of layer and target, whose generated C calls the library."""
    for target, compiler, title in TARGETS:
        for kind in KINDS:
            chosen = [
                one.graph for one in layers if one.kind == kind and one.called and small(one.graph)
            ]
            said = run(chosen, library, target, compiler)
            different = said.bytes_different if said.status in ("ok", "different") else said.reason
            counts = f"{len(chosen)} layers, {different} of {said.bytes_compared:,} bytes differ"
            yield f"| {kind} | {title} | {counts} | | |", said.status == "ok"


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.split("\n\n")[0])
    parser.add_argument("library", choices=LIBRARIES)
    parser.add_argument("tree", type=Path)
    parser.add_argument("--layers", type=int, default=400, help="of each kind")
    parser.add_argument("--seed", type=int, default=0)
    given = parser.parse_args()
    layers = list(random_layers(given.library, given.layers, given.seed))
    print("| operator | form | exact of those called | exact of the others | where it differs |")
    print("|---|---|---|---|---|")
    right = True
    library = LIBRARIES[given.library]
    os.environ[library.tree] = str(given.tree.resolve())
    if given.library not in FORMS:
        for row, exact in compare_targets(layers, library):
            print(row, flush=True)
            right = right and exact
        return 0 if right else 1
    with tempfile.TemporaryDirectory() as name:
        for form in FORMS[given.library]:
            program = build(form, given.tree.resolve(), Path(name))
            for row, exact in compare(form, program, layers):
                print(row, flush=True)
                right = right and exact
    return 0 if right else 1


if __name__ == "__main__":
    sys.exit(main())
