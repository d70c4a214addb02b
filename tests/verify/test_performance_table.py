"""The figures of docs/performance.md, computed again: all arenas and constants, and rows of every
core in every column.

Code and instructions are those of the compilers that the document names; with others their rows are
skipped.
"""

from __future__ import annotations

import importlib.util
import re
from functools import cache
from pathlib import Path
from types import ModuleType

import pytest
from plan.networks import equal_blocks

from edgeq.codegen.native import NativeEngine, NativeOptions, render_native
from edgeq.graph import read_tflite
from edgeq.inspection import inspect
from edgeq.plan import lower, plan_arena
from edgeq.plan.lower import lower_whole
from edgeq.verify.image import build_image
from edgeq.verify.targets import find_target
from edgeq.verify.toolchain import compiler_command, compiler_version

CHECKOUT = Path(__file__).resolve().parents[2]
DOCUMENT = (CHECKOUT / "docs" / "performance.md").read_text()
TITLES = {
    "KWS": "kws_ref_model",
    "IC": "pretrainedResnet_quant",
    "VWW": "vww_96_int8",
    "AD": "ad01_int8",
}


def table(first: str) -> list[list[str]]:
    """The cells of the table whose head begins so, without it."""
    lines = DOCUMENT[DOCUMENT.index(f"\n| {first}") + 1 :].split("\n\n")[0].splitlines()[2:]
    return [[cell.strip() for cell in line.strip("| ").split("|")] for line in lines]


ROWS = {(row[0], row[1]): row for row in table("model |")}
MEASURED = [
    (name, target)
    for name, target in ROWS
    if name == "ad01_int8"
    or (name, target)
    in {
        ("kws_ref_model", "cortex-m4"),
        ("pretrainedResnet_quant", "rv32imc"),
        ("vww_96_int8", "cortex-m55"),
    }
]


def number(cell: str) -> int:
    return int(re.sub(r"[*,]", "", cell))


def same_compilers(target: str) -> None:
    """Skips where a compiler of the target is missing, or of another version than the document
    says.
    """
    for compiler in (c.name for c in find_target(target).compilers):
        if compiler_command(compiler) is None:
            pytest.skip(f"no {compiler}")
        version, named = (
            compiler_version(compiler),
            re.findall(r"`(clang version|\S+-gcc) ([\d.]+)`", DOCUMENT),
        )
        if not any(name in version and number in version.split() for name, number in named):
            pytest.skip(f"docs/performance.md was not measured with {version}")


@cache
def engine(models: Path, name: str, optimize: str = "default") -> NativeEngine:
    return render_native(read_tflite(models / f"{name}.tflite"), name, (), NativeOptions(optimize))


@cache
def benchmark() -> ModuleType:
    """The script that makes the table."""
    spec = importlib.util.spec_from_file_location(
        "performance_table", CHECKOUT / "benchmarks" / "performance_table.py"
    )
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.mark.slow
@pytest.mark.parametrize("name", TITLES.values())
def test_constants_and_arena_of_every_row(name: str, shared_models: Path) -> None:
    found = engine(shared_models, name)
    rows = [row for (model, _), row in ROWS.items() if model == name]
    assert len(rows) == 8
    assert {(number(row[7]), number(row[8])) for row in rows} == {
        (found.model_bytes, found.arena_bytes)
    }


@pytest.mark.slow
@pytest.mark.parametrize(("name", "target"), MEASURED)
def test_a_row_is_what_its_script_prints(name: str, target: str, shared_models: Path) -> None:
    same_compilers(target)
    (row,) = benchmark().rows(shared_models / f"{name}.tflite", (target,))
    assert row == ROWS[name, target]


@pytest.mark.slow
@pytest.mark.parametrize("column", range(6))
@pytest.mark.parametrize("title", ["KWS", "AD"])
def test_the_smallest_code(title: str, column: int, shared_models: Path) -> None:
    name = ("cortex-m0", "cortex-m3", "cortex-m4", "cortex-m55", "xtensa-lx106", "rv32imc")[column]
    same_compilers(name)
    target, small = find_target(name), engine(shared_models, TITLES[title], "size")
    images = [build_image(small, compiler, "-Os", target.memory) for compiler in target.compilers]
    said = next(row for row in table("| Cortex-M0") if row[0] == title)[column + 1]
    assert sorted(image.flash_bytes - small.model_bytes for image in images) == [
        number(c) for c in said.split("/")
    ]


@pytest.mark.slow
def test_what_constants_take_beside_weights_and_biases(shared_models: Path) -> None:
    text = " ".join(DOCUMENT[DOCUMENT.index("All constants, those") :].split("\n\n")[0].split())
    said = {
        title: int(percent)
        for title in TITLES
        for percent in re.findall(
            rf"(\d+) % more than (?:the weights and biases of )?{title}", text
        )
    }
    assert set(said) == set(TITLES)
    for title, name in TITLES.items():
        found = inspect(read_tflite(shared_models / f"{name}.tflite"))
        weights = found.weights_bytes - (found.left_out.bytes if found.left_out else 0)
        assert (
            round(100 * (engine(shared_models, name).model_bytes / weights - 1)) == said[title]
        ), title


@pytest.mark.slow
@pytest.mark.parametrize(
    ("network", "kind", "channels"),
    [
        ("10 equal inverted residual blocks", "inverted", 8),
        ("10 equal residual blocks", "residual", 16),
    ],
)
def test_arenas_of_deep_networks(network: str, kind: str, channels: int) -> None:
    graph = equal_blocks(10, kind, channels=channels).main
    (row,) = [row for row in table("network |") if row[0].startswith(network)]
    arenas = [plan_arena(program).arena_bytes for program in (lower_whole(graph), lower(graph))]
    assert arenas == [number(row[2]), number(row[3])]
    assert len(lower(graph).steps) == number(row[1])
