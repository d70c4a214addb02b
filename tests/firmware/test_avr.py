"""Every kernel compiles for AVR, whose compiler is old, has 16-bit integers and 24-bit pointers into
flash, or says by itself why it does not.
"""

from __future__ import annotations

import tempfile
from pathlib import Path

import pytest
from firmware.samples import samples
from ops.unscheduled import unscheduled
from verify.tools import needed

from edgeq.codegen.native import NativeEngine, render_native
from edgeq.errors import EdgeqError, UnsupportedError
from edgeq.graph import Graph, Model, Op, Tensor
from edgeq.plan import Step
from edgeq.verify.image import FREESTANDING, KITS, write_sources
from edgeq.verify.run import verify
from edgeq.verify.targets import find_target
from edgeq.verify.toolchain import WARNINGS, CompileError, compile_c

AVR = find_target("avr-atmega2560")
REFUSED = "need a double of 64 bits"  # floats whose references compute in one


def compiled(engine: NativeEngine) -> str:
    """What the compiler says of an engine; nothing where it takes it."""
    (compiler,) = AVR.compilers
    kit = KITS[compiler.name]
    with tempfile.TemporaryDirectory() as name:
        write_sources(engine, Path(name), AVR.memory, kit.script)
        options = [*compiler.flags, "-O2", *FREESTANDING, *WARNINGS, *kit.dialect]
        try:
            compile_c(compiler.name, [*options, "-c", "edgeq-image.c", "-o", "e.o"], Path(name))
        except CompileError as error:
            return error.why
    return ""


def one_for_each_kernel() -> dict[tuple[str, ...], NativeEngine]:
    """Functions that a model calls -> its engine, one for each set of them."""
    found: dict[tuple[str, ...], NativeEngine] = {}
    for model in samples().values():
        calls = tuple(sorted({getattr(step.call, "function", "") for step in _steps(model)}))
        if calls not in found and (engine := _engine(model)) is not None:
            found[calls] = engine
    return found


def _steps(model: Model) -> tuple[Step, ...]:
    try:
        return unscheduled(model).steps
    except UnsupportedError:
        return ()


def _engine(model: Model) -> NativeEngine | None:
    try:
        return render_native(model, "m")
    except (UnsupportedError, EdgeqError):
        return None


@pytest.mark.slow
def test_every_kernel_compiles_or_says_why_not() -> None:
    needed(AVR)
    said = {calls: compiled(engine) for calls, engine in one_for_each_kernel().items()}
    assert len(said) > 200
    wrong = {calls: why for calls, why in said.items() if why and REFUSED not in why}
    assert wrong == {}


def test_no_word_of_a_table_is_taken_out_of_another_files_names() -> None:
    """`OF` and `APART` are words of tables, and parts of names in headers of cores and of flash."""
    texts = [
        _engine(model).files["m_kernels.h"]  # type: ignore[union-attr]
        for name, model in samples().items()
        if name in ("cast 2", "depthwise_conv_2d packed 1")
    ]
    assert len(texts) == 2
    assert "EDGEQ_PORTABLE_HIGH_WORD_OF_HALVES_H" in texts[0]
    assert "#if EDGEQ_FLASH_APART" in texts[1]


@pytest.mark.slow
def test_two_floats_from_flash_are_both_read() -> None:
    """avr-gcc 5 loses a load through a 24-bit pointer whose value goes to a call beside another."""
    a, b, y = (Tensor(name, (1, 6), "float32") for name in "aby")
    options = (("fused_activation_function", "NONE"),)
    op = Op("ADD", (0, 1), (2,), options, options_type="AddOptions")
    model = Model((Graph((a, b, y), (op,), (0, 1), (2,)),))
    needed(AVR)
    (result,) = verify(model, targets=[AVR.name], samples=3).targets
    assert result.status == "ok", result
