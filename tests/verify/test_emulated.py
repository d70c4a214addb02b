"""Emulated cores: every tensor, instructions counted exactly, stack and arena watched."""

from collections import Counter
from dataclasses import replace
from functools import lru_cache

import numpy as np
import pytest
from verify.graphs import changed, dense_model, small_model, with_reals
from verify.tools import needed

from edgeq.cleanup import cleaned
from edgeq.codegen.native import NativeEngine, render_native
from edgeq.errors import DoesNotFitError, EdgeqError
from edgeq.features import MfccParameters, mfcc_graph
from edgeq.simulate.execute import execute, random_inputs
from edgeq.verify.compare import written_tensors
from edgeq.verify.emulated import Core
from edgeq.verify.image import Image, build_image
from edgeq.verify.memory import MPS3_AN547
from edgeq.verify.qemu_boards import BOARDS
from edgeq.verify.targets import TARGETS, Target, find_target
from edgeq.verify.toolchain import MissingToolError, choose_compiler

pytestmark = pytest.mark.slow
MODEL = small_model()
ENGINE = render_native(MODEL, "small")
INPUTS = random_inputs(MODEL.main, 3)
ONE = [x[:1] for x in INPUTS]

M4 = find_target("cortex-m4")
PAIRS = [(t, c.name) for t in TARGETS if t.runner != "host" for c in t.compilers]


def built(
    target: Target, engine: NativeEngine = ENGINE, compiler: str | None = None, level: str = "-O2"
) -> Image:
    if engine is ENGINE and level == "-O2":
        return usual(target, compiler)
    return build_image(engine, needed(target, compiler), level, target.memory)


@lru_cache(maxsize=32)
def usual(target: Target, compiler: str | None) -> Image:
    return build_image(ENGINE, needed(target, compiler), memory=target.memory)


def started_by(statement: str) -> NativeEngine:
    """The engine with a statement at the start of each inference."""
    start = "int8_t *const arena = model->arena;"
    return changed(ENGINE, start, f"{start}\n  {statement}")


@pytest.mark.parametrize(("target", "compiler"), PAIRS, ids=[f"{t.name} {c}" for t, c in PAIRS])
def test_every_tensor_is_the_simulators(target: Target, compiler: str) -> None:
    core = Core(target, built(target, compiler=compiler), ENGINE)
    run, expected = core.run(INPUTS), execute(MODEL.main, INPUTS, [3, 5, 7])
    for written, values in zip(written_tensors(ENGINE.program), run.values, strict=True):
        np.testing.assert_array_equal(values, expected[written.tensor])


@pytest.mark.parametrize("level", ["-O1", "-Os", "-O3"])
def test_every_level_of_optimization_gives_the_same_bytes(level: str) -> None:
    expected = execute(MODEL.main, INPUTS)[7]
    np.testing.assert_array_equal(
        Core(M4, built(M4, level=level), ENGINE).run(INPUTS).values[-1], expected
    )


@pytest.mark.parametrize("target", [t for t in TARGETS if t.runner != "host"], ids=lambda t: t.name)
def test_unoptimized_code_computes_reals_as_well(target: Target) -> None:
    model = with_reals(dense_model((31, 20, 10)))
    engine, inputs = render_native(model, "reals"), random_inputs(model.main, 1)
    run = Core(target, built(target, engine, level="-O0"), engine).run(inputs)
    np.testing.assert_array_equal(
        run.values[-1], execute(model.main, inputs)[model.main.outputs[0]]
    )


def test_counts_are_the_same_every_time() -> None:
    first, again = (Core(M4, built(M4), ENGINE).run(INPUTS) for _ in range(2))
    assert first.instructions == again.instructions
    assert first.layers == again.layers
    assert first.stack_bytes == again.stack_bytes > 0


def test_a_compiler_may_copy_the_end_of_a_layer() -> None:
    """GCC lets the loop of SQRT, which has several ends, go on in two copies of what follows."""
    model, target = mfcc_graph(MfccParameters()), find_target("cortex-m55")
    engine = render_native(cleaned(model), "mfcc")
    image = build_image(engine, needed(target, "arm-none-eabi-gcc"), memory=target.memory)
    layer = next(k for k, step in enumerate(engine.program.steps) if step.node.kind == "SQRT")
    assert len(image.elf.symbols_of(f"edgeq_layer_end_{layer}_")) > 1
    inputs = random_inputs(model.main, 2)
    run, written = Core(target, image, engine).run(inputs), written_tensors(engine.program)
    expected = execute(engine.program.graph, inputs, [part.tensor for part in written])
    for part, values in zip(written, run.values, strict=True):
        np.testing.assert_array_equal(values, expected[part.tensor])


def test_layers_add_up_to_all_but_the_last_return() -> None:
    run = Core(M4, built(M4), ENGINE).run(INPUTS)
    for total, layers in zip(run.instructions, run.layers, strict=True):
        assert 0 < total - sum(layers) < 10
        assert layers[0] > layers[2] > layers[1] >= 0


def stepped(core: Core) -> Counter[int]:
    """How often each instruction runs in an inference by Unicorn's own tracing, which leaves out
    skipped ones.
    """
    steps, machine = Counter[int](), core.machine
    machine._uc.hook_add(
        machine._unicorn.UC_HOOK_CODE, lambda _, at, *__: steps.update([at]), None, *machine.code
    )
    machine._uc.ctl_flush_tb()
    core.run(ONE)
    return steps


@pytest.mark.parametrize("name", ["cortex-m0", "rv32imc"])
def test_counts_are_those_of_single_steps(name: str) -> None:
    core = Core(find_target(name), built(find_target(name)), ENGINE)
    assert core.run(ONE).instructions == [stepped(core).total()]


def test_two_emulators_count_the_same_instructions() -> None:
    image = build_image(
        ENGINE, needed(M4), memory=MPS3_AN547
    )  # a Cortex-M55 executes what a Cortex-M4 does
    qemu, unicorn = (
        Core(find_target("cortex-m55"), image, ENGINE).run(INPUTS),
        Core(M4, built(M4), ENGINE).run(INPUTS),
    )
    assert (qemu.instructions, qemu.layers) == (unicorn.instructions, unicorn.layers)
    assert qemu.stack_bytes == unicorn.stack_bytes


def test_an_avr_reads_weights_beyond_64_kilobytes() -> None:
    model, target = dense_model((200, 160, 160, 200, 160, 60, 10)), find_target("avr-atmega2560")
    engine, inputs = render_native(model, "dense"), random_inputs(model.main, 1)
    assert engine.model_bytes > 1 << 17
    run = Core(target, built(target, engine), engine).run(inputs)
    np.testing.assert_array_equal(
        run.values[-1], execute(model.main, inputs)[model.main.outputs[0]]
    )
    assert run.cycles[0] is not None
    assert run.cycles[0] > run.instructions[0]


@pytest.mark.parametrize(
    ("widths", "why"), [((200, 200), "an array can have 32767"), ((9000, 2), "fit in region")]
)
def test_what_does_not_fit_an_avr_is_refused(widths: tuple[int, ...], why: str) -> None:
    target = find_target("avr-atmega2560")
    with pytest.raises(DoesNotFitError, match=f"does not fit the core .* {why}"):
        built(target, render_native(dense_model(widths), "dense"))


def test_a_conditional_instruction_counts_though_its_condition_fails() -> None:
    core = Core(M4, built(M4), ENGINE)
    (counted,) = core.run(ONE).instructions
    steps, read = stepped(core), core.machine.read
    conditions = [
        at for at in steps if read(at + 1, 1) == b"\xbf" and read(at, 1)[0] % 16
    ]  # IT, for 1 to 4 behind it
    runs = steps.total()
    assert runs <= counted <= runs + 4 * sum(steps[at] for at in conditions)


@pytest.mark.parametrize("offset", ["-1", "SMALL_ARENA_BYTES"])
def test_a_write_beside_the_arena_is_seen(offset: str) -> None:
    engine = started_by(f"arena[{offset}] = 1;")
    side = "below" if offset == "-1" else "above"
    with pytest.raises(EdgeqError, match=f"writes {side} its arena"):
        Core(M4, built(M4, engine), engine).run(INPUTS)


def test_a_write_anywhere_else_is_a_fault() -> None:
    engine = started_by("*(volatile int8_t *)0x40000000 = 1;")
    with pytest.raises(EdgeqError, match=r"fails on cortex-m4 — Invalid memory write .* at 0x80"):
        Core(M4, built(M4, engine), engine).run(INPUTS)


@pytest.mark.parametrize("name", ["cortex-m0", "rv32imc"])
def test_no_access_is_misaligned_on_cores_that_may_fault(name: str) -> None:
    target = find_target(name)
    Core(target, built(target), ENGINE, check_alignment=True).run(INPUTS)


def test_a_cortex_m3_loads_words_from_anywhere() -> None:
    engine = started_by("(void)*(volatile int32_t *)(void *)(arena + 1);")
    target = find_target("cortex-m3")
    Core(target, built(target, engine), engine, check_alignment=True).run(INPUTS)


def test_a_misaligned_access_can_be_seen() -> None:
    engine, target = (
        started_by("(void)*(volatile int32_t *)(void *)(arena + 1);"),
        find_target("cortex-m0"),
    )
    core = Core(target, built(target, engine), engine, check_alignment=True)
    with pytest.raises(
        EdgeqError, match=r"fails on cortex-m0 — misaligned access to 0x2000\d\d\d[159d]"
    ):
        core.run(INPUTS)


@pytest.mark.parametrize(
    ("name", "nowhere"),
    [("cortex-m55", "0x1F000000u"), ("xtensa-lx106", "0xB0000000u"), ("avr-atmega2560", "0xE000u")],
)
def test_a_fault_ends_the_run(name: str, nowhere: str) -> None:
    target = find_target(name)
    engine = started_by(f"*(volatile int8_t *){nowhere} = 1;")
    with pytest.raises(EdgeqError, match=rf"the generated C fails on {name} — .* at 0x\w+ — "):
        Core(target, built(target, engine), engine).run(ONE)


def test_a_stack_that_reaches_the_arena_is_seen() -> None:
    target = find_target("avr-atmega2560")
    image = built(target)
    room = target.memory.ram + target.memory.ram_bytes - image.elf.symbol("edgeq_stack")
    size = room - Core(target, image, ENGINE).run(ONE).stack_bytes
    engine = started_by(
        f"volatile int8_t big[{size}]; for (int16_t i = 0; i < {size}; ++i) big[i] = 1; (void)big[0];"
    )
    with pytest.raises(EdgeqError, match="the stack reaches the arena"):
        Core(target, built(target, engine), engine).run(ONE)


def test_flash_cannot_be_written() -> None:
    engine = started_by(f"*(volatile int8_t *){M4.memory.flash + 64:#x} = 1;")
    with pytest.raises(EdgeqError, match=r"fails on cortex-m4 — Write to write-protected memory"):
        Core(M4, built(M4, engine), engine).run(INPUTS)


def test_the_stack_is_measured() -> None:
    engine = started_by("volatile int8_t big[1000]; for (int32_t i = 0; i < 1000; ++i) big[i] = 1;")
    grown = Core(M4, built(M4, engine), engine).run(INPUTS).stack_bytes
    assert 1000 <= grown - Core(M4, built(M4), ENGINE).run(INPUTS).stack_bytes < 1100


def test_a_full_init_is_needed() -> None:
    engine = changed(ENGINE, "return EDGEQ_OK;", "return EDGEQ_ARENA_TOO_SMALL;")
    with pytest.raises(EdgeqError, match="refuses to run — status 1"):
        Core(M4, built(M4, engine), engine)


def test_sizes_are_those_of_the_engine_alone() -> None:
    image = built(M4)
    assert 300 < image.flash_bytes - ENGINE.model_bytes < 20000
    assert image.static_bytes == 4  # the model's one pointer


@pytest.mark.parametrize("name", ["cortex-m55", "xtensa-lx106", "avr-atmega2560"])
def test_a_missing_program_is_named(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    target = find_target(name)
    image = built(target)
    monkeypatch.setenv("PATH", "")
    with pytest.raises(MissingToolError, match="install "):
        Core(target, image, ENGINE)


def test_a_qemu_that_does_not_start_says_why(monkeypatch: pytest.MonkeyPatch) -> None:
    target = find_target("cortex-m55")
    image, board = built(target), BOARDS["mps3-an547"]
    monkeypatch.setitem(BOARDS, "mps3-an547", replace(board, options=("-M", "nothing")))
    with pytest.raises(MissingToolError, match=r"QEMU does not start: .*unsupported machine type"):
        Core(target, image, ENGINE)


@pytest.mark.parametrize("module", ["unicorn", "ziglang"])
def test_a_missing_package_is_named(module: str, monkeypatch: pytest.MonkeyPatch) -> None:
    image = built(M4)
    monkeypatch.setitem(__import__("sys").modules, module, None)
    monkeypatch.setenv("PATH", "")
    with pytest.raises(
        MissingToolError, match=r"target cortex-m4 has no .* — .*install edgeq\[emulate\]"
    ):
        Core(M4, image, ENGINE) if module == "unicorn" else choose_compiler(M4)
