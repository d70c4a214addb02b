"""Several models in one firmware: kernels and equal constants once, one arena in turn, and every
model's bytes as the simulator says.
"""

from __future__ import annotations

import json
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from codegen.building import C99, SANITIZERS, STUBS, WARNINGS, board_for, run, tool
from codegen.kconfig import autoconf
from codegen.projects import run_sketch, text_of
from codegen.small_models import classifier, identity
from ops.harness import quantized
from ops.streaming import ring_buffer

from edgeq.codegen.generate import generate
from edgeq.codegen.generate_inputs import FirmwareModel
from edgeq.codegen.generate_result import GenerateResult
from edgeq.codegen.native import NativeOptions
from edgeq.errors import EdgeqError
from edgeq.frameworks import FRAMEWORKS, load_layout
from edgeq.graph import Model
from edgeq.simulate.execute import execute, random_inputs

LABELS = ("yes", "no", "unknown")
VOICE = (
    FirmwareModel(classifier(), "wake", LABELS),
    FirmwareModel(ring_buffer(), "ring"),
    FirmwareModel(classifier(4), "big_one"),
)
NAMES = ("wake", "ring", "big_one")
REPORTS = re.compile(r"EDGEQ SELFTEST END model ([0-9a-f]{16}) .* different (\d+)")


def voice(folder: Path, framework: str = "headers", **options: Any) -> GenerateResult:
    return generate(VOICE, folder, framework=framework, name="voice", **options)


@pytest.fixture(scope="module")
def shared(tmp_path_factory: pytest.TempPathFactory) -> GenerateResult:
    """The three models with one arena, to be read alone."""
    return voice(tmp_path_factory.mktemp("shared"))


def test_memory_is_stated_apart_shared_and_saved(tmp_path: Path, shared: GenerateResult) -> None:
    alone = [
        generate(one.model, tmp_path / str(one.name), framework="headers", name=one.name)
        for one in VOICE
    ]
    apart = voice(tmp_path / "apart", apart=True)
    arenas = [one.arena_bytes for one in alone]
    assert [one.arena_bytes for one in shared.models] == arenas
    assert (shared.arena_bytes, shared.arenas_apart_bytes) == (max(arenas), sum(arenas))
    assert shared.arena_saved_bytes == sum(arenas) - max(arenas) > 0
    assert (apart.arena_bytes, apart.arena_saved_bytes) == (sum(arenas), 0)
    assert shared.state_bytes == apart.state_bytes == alone[1].state_bytes == 12
    assert [one.model_bytes for one in shared.models] == [one.model_bytes for one in alone]
    assert shared.flash_bytes < sum(one.flash_bytes for one in alone)
    told = shared.to_json()
    assert told["arena_saved_bytes"] == shared.arena_saved_bytes
    assert told["models"][1]["name"] == "ring"
    readme = text_of(Path(shared.output) / "README.md")
    assert f"in one arena: {shared.arena_saved_bytes} bytes less than {sum(arenas)} apart" in readme
    assert "each in an arena of its own." in text_of(tmp_path / "apart/README.md")


def test_one_model_is_a_list_of_one(tmp_path: Path) -> None:
    written = []
    model = identity(quantized("x", (1, 3)))
    for folder, options in (("one", {"name": "wake", "labels": LABELS}), ("list", {})):
        given = model if options else [FirmwareModel(model, "wake", LABELS)]
        result = generate(given, tmp_path / folder, framework="cmake", selftest=1, **options)
        assert (result.name, result.arena_saved_bytes) == ("wake", 0)
        assert result.arena_bytes == result.arenas_apart_bytes == result.models[0].arena_bytes
        written.append({name: (tmp_path / folder / name).read_bytes() for name in result.files})
    assert written[0] == written[1]


def test_a_list_of_one_takes_the_name_and_no_labels(tmp_path: Path) -> None:
    assert generate(named("a"), tmp_path, framework="headers", name="b").name == "b"
    for beside in ({"labels": LABELS}, {"inputs": np.zeros((1, 4))}):
        with pytest.raises(EdgeqError, match="each FirmwareModel has its own"):
            generate(named("a"), tmp_path, framework="headers", **beside)


def test_equal_constants_and_kernels_are_there_once(shared: GenerateResult) -> None:
    folder = Path(shared.output)
    assert shared.model_bytes < sum(one.model_bytes for one in shared.models)
    weights = text_of(folder / "voice_weights.h")
    arrays = re.findall(r"^static const EDGEQ_FLASH \w+ (\w+)\[", weights, re.M)
    assert {name for name in arrays if not name.startswith(NAMES)} == set()
    assert "wake_layer0_weights" in arrays
    assert "big_one_layer0_weights" not in arrays  # both classifiers have the same convolution
    kernels = text_of(folder / "voice_kernels.h")
    made = re.findall(r"^EDGEQ_KERNEL void (\w+)\(", kernels, re.M)
    assert len(made) == len(set(made))
    engines = [path.name for path in folder.glob("*_kernels.h")]
    assert engines == ["voice_kernels.h"]


def test_the_manifest_names_every_model(shared: GenerateResult) -> None:
    folder = Path(shared.output)
    manifest = json.loads(text_of(folder / "edgeq.json"))
    assert manifest["name"] == "voice"
    for name, digest in manifest["models"].items():
        assert f'{name.upper()}_MODEL_HASH "{digest}"' in text_of(folder / f"{name}.h")
    assert tuple(manifest["models"]) == NAMES


SMALL = identity(quantized("x", (1, 4)))


def named(*names: str, model: Model = SMALL) -> list[FirmwareModel]:
    return [FirmwareModel(model, name) for name in names]


@pytest.mark.parametrize(
    ("names", "project", "why"),
    [
        (("a", "a"), "p", "models a and a — both give C the name a"),
        (("a", "b", "A"), "p", "models a and a — both give C the name a"),
        (("a", "a_arena"), "p", "both give C the name a_arena_t"),
        (("a", "a_selftest"), "p", "both give C the name a_selftest"),
        (("a", "b"), "a", "project a — model a gives C the name a too — give another --name"),
        (("p_arena", "b"), "p", "project p — model p_arena gives C the name p_arena"),
        (("p_kernels", "b"), "p", "model p_kernels gives C the name p_kernels too"),
    ],
)
def test_names_that_meet_are_refused(
    tmp_path: Path, names: tuple[str, ...], project: str, why: str
) -> None:
    with pytest.raises(EdgeqError, match=why):
        generate(named(*names), tmp_path / "out", framework="headers", name=project)
    assert not (tmp_path / "out").exists()


def test_a_name_of_a_layer_is_refused_for_another_model(tmp_path: Path) -> None:
    with pytest.raises(EdgeqError, match="both give C the name a_layer0"):
        generate(named("a", "a_layer0", model=classifier()), tmp_path, framework="headers")


def test_names_that_begin_alike_are_taken(tmp_path: Path) -> None:
    result = generate(named("kws", "kws_small", "kws2"), tmp_path / "My Voice", framework="headers")
    assert result.name == "my_voice"  # the folder's
    assert [one.name for one in result.models] == ["kws", "kws_small", "kws2"]


@pytest.mark.parametrize(
    ("options", "why"),
    [
        ({"engine": "tflm"}, "engine tflm with several models — it keeps buffers in the arena"),
        ({"options": NativeOptions(feed_rows=True)}, "--feed-rows with several models — rows lie"),
    ],
)
def test_what_cannot_share_an_arena_is_refused(
    tmp_path: Path, options: dict[str, Any], why: str
) -> None:
    with pytest.raises(EdgeqError, match=f"{why}.*give --apart"):
        generate(named("a", "b"), tmp_path, framework="headers", **options)


@pytest.mark.slow
@pytest.mark.parametrize(
    "options", [{"engine": "tflm"}, {"options": NativeOptions(feed_rows=True)}]
)
def test_they_run_with_arenas_apart(tmp_path: Path, options: dict[str, Any]) -> None:
    models = named("a", "b", model=classifier())
    result = generate(models, tmp_path, framework="headers", apart=True, **options)
    assert result.arena_bytes == sum(one.arena_bytes for one in result.models)


def test_a_sensor_is_of_one_model(tmp_path: Path) -> None:
    with pytest.raises(EdgeqError, match="--sensor serial with 2 models — a program reads"):
        generate(named("a", "b"), tmp_path, framework="cmake", sensor="serial")


def test_more_models_than_a_firmware_has_are_refused(tmp_path: Path) -> None:
    for count in (0, 17):
        with pytest.raises(EdgeqError, match=f"{count} models — a firmware has 1 to 16"):
            generate(named(*(f"m{i}" for i in range(count))), tmp_path, framework="headers")


def test_unequal_self_tests_are_refused(tmp_path: Path) -> None:
    few = [FirmwareModel(SMALL, "a", inputs=np.zeros((3, 4), np.int8)), *named("b")]
    with pytest.raises(EdgeqError, match="have 3 and 5 samples for it — give --selftest 3"):
        generate(few, tmp_path, framework="headers", selftest=5)


def expected(samples: int) -> tuple[bytes, bytes]:
    """Inputs of the models in turn, and their outputs as the simulator says, the stateful one's as
    one sequence.
    """
    given, wanted = [], []
    for seed, one in enumerate(VOICE):
        graph = one.model.main  # type: ignore[union-attr]
        (x,) = random_inputs(graph, samples, seed)
        given.append(x)
        wanted.append(execute(graph, [x])[graph.outputs[0]])
    stdin, stdout = (
        b"".join(part[i].tobytes() for i in range(samples) for part in parts)
        for parts in (given, wanted)
    )
    return stdin, stdout


def take_turns(folder: Path, compiler: str) -> subprocess.CompletedProcess[bytes]:
    """Compiles the project under sanitizers, and runs 20 samples through its models in turn."""
    sources = ("voice.c", STUBS / "taking_turns.c")
    run(compiler, *C99, *SANITIZERS, "-I.", *sources, "-o", "turns", "-lm", cwd=folder)
    command = [str(folder / "turns")]
    return subprocess.run(
        command, input=expected(20)[0], capture_output=True, timeout=60, check=False
    )


@pytest.mark.slow
@pytest.mark.parametrize("apart", [False, True])
@pytest.mark.parametrize("compiler", ["gcc", "clang"])
def test_models_in_turn_compute_what_the_simulator_says(
    tmp_path: Path, compiler: str, apart: bool
) -> None:
    tool(compiler, compiler)
    result = voice(tmp_path, apart=apart)
    done = take_turns(tmp_path, compiler)
    assert (done.returncode, done.stdout) == (0, expected(20)[1])
    assert 0 <= int(done.stderr) - result.arena_bytes < 8 * len(VOICE)  # alignment of each


@pytest.mark.slow
@pytest.mark.parametrize(
    ("file", "text", "fault"),
    [
        ("voice.h", "  big_one_arena_t big_one_arena;\n", "  int64_t big_one_arena[1];\n"),
        (
            "voice.c",
            "int8_t *const state = model->state.bytes;",
            "int8_t *const state = model->arena;",
        ),
        ("voice.h", "typedef union {", "typedef struct {"),
    ],
    ids=["an arena too small", "state in the arena", "no sharing"],
)
def test_a_planted_fault_is_found(tmp_path: Path, file: str, text: str, fault: str) -> None:
    result, path = voice(tmp_path), tmp_path / file
    assert text in text_of(path)
    path.write_text(text_of(path).replace(text, fault))
    done = take_turns(tmp_path, "gcc")
    right = (done.returncode, done.stdout) == (0, expected(20)[1])
    assert not (right and int(done.stderr) - result.arena_bytes < 8)


def run_cmake(folder: Path, program: str, **environment: str) -> str:
    """Configures and builds a folder with CMake, given the environment, and runs its program."""
    tool("cmake", "cmake")
    given = [f"{name}={value}" for name, value in environment.items()]
    flags = (f"-DCMAKE_C_FLAGS={' '.join(WARNINGS)}", f"-DPYTHON={sys.executable}")
    run("env", *given, "cmake", "-B", "build", *flags, cwd=folder)
    run("cmake", "--build", "build", cwd=folder)
    return run(f"build/{program}", cwd=folder).decode()


def run_espidf(folder: Path, *places: Path) -> str:
    files = [file for place in places for file in sorted(place.glob("*.c"))]
    includes = [f"-I{place}" for place in (STUBS, *places)]
    flags = ("-std=gnu17", *WARNINGS, *includes)
    run("gcc", *flags, *files, STUBS / "app_main.c", "-o", "f", "-lm", cwd=folder)
    return run("./f", cwd=folder).decode()


def run_component(folder: Path) -> str:
    component = folder / "edgeq_voice"
    (component / "sdkconfig.h").write_text(autoconf(component / "Kconfig", {}, ""))
    return run_espidf(folder, component, component / "src", component / "examples/voice_demo/main")


def run_zephyr(folder: Path) -> str:
    sample = folder / "edgeq_voice/samples/voice_demo"
    return run_cmake(sample, "zephyr", ZEPHYR_BASE=str(STUBS / "zephyr"))


RUNS = {
    "arduino": lambda p: run_sketch(p, p / "voice/src", p / "voice/voice.ino"),
    "arduino-library": lambda p: run_sketch(
        p, p / "voice/src", p / "voice/examples/voice_demo/voice_demo.ino"
    ),
    "platformio": lambda p: run_sketch(p, p / "lib/voice", p / "src/main.cpp"),
    "platformio-library": lambda p: run_sketch(
        p, p / "voice/src", p / "voice/examples/voice_demo/src/main.cpp"
    ),
    "espidf": lambda p: run_espidf(p, p / "main"),
    "espidf-component": run_component,
    "zephyr": run_zephyr,
    "cmake": lambda p: run_cmake(p, "voice_demo"),
    "pico": lambda p: run_cmake(p, "voice_firmware", PICO_SDK_PATH=str(STUBS / "pico-sdk")),
}


@pytest.mark.slow
@pytest.mark.parametrize("framework", RUNS)
def test_a_program_checks_and_runs_every_model(tmp_path: Path, framework: str) -> None:
    voice(tmp_path, framework, selftest=3, board=board_for(framework, "nano-33-ble"))
    said = RUNS[framework](tmp_path)
    manifest = json.loads(text_of(tmp_path / "edgeq.json"))
    digests = list(manifest["models"].values())
    assert REPORTS.findall(said) == [(digest, "0") for digest in digests]
    titles = re.findall(r"^(\w+):$", said, re.M)
    rounds = len(titles) // 3
    assert titles == [*NAMES] * rounds
    assert len(re.findall(r"^yes: -?[0-9.]+\nno: .*\nunknown: ", said, re.M)) == rounds > 0
    assert said.count(" us per inference") == 3 * rounds


@pytest.mark.slow
@pytest.mark.parametrize("framework", FRAMEWORKS)
def test_every_framework_lists_every_source(tmp_path: Path, framework: str) -> None:
    """And what the project shows of models is of all of them."""
    board = board_for(framework, "nano-33-ble")
    result = voice(tmp_path, framework, selftest=1, board=board)
    sources = load_layout(framework).sources.format(prefix="voice")
    there = {path.name for path in (tmp_path / sources).glob("*.c")}
    assert there >= {"voice.c", *(f"{name}_selftest.c" for name in NAMES)}
    for path in ("edgeq_voice/CMakeLists.txt", "main/CMakeLists.txt", "CMakeLists.txt"):
        text = text_of(tmp_path / path) if (tmp_path / path).is_file() else ""
        if "voice.c" in text:
            assert all(name in text for name in there)
    readme = text_of(tmp_path / "README.md")
    assert all(f"`{name}` takes" in readme for name in NAMES)
    assert str(result.arena_bytes) in readme


@pytest.mark.slow
def test_what_is_saved_is_saved_on_a_mega_2560(tmp_path: Path) -> None:
    """The linker's own figures: RAM that the shared arena spares, code that is there once."""
    tool("avr-gcc", "gcc-avr and avr-libc")
    flags = ("-mmcu=atmega2560", "-std=gnu11", "-Os", "-fno-common", *WARNINGS)
    sizes = {}
    for apart in (False, True):
        folder = tmp_path / str(apart)
        result = voice(folder, apart=apart)
        (folder / "arena.c").write_text('#include "voice.h"\nvoice_arena_t arena;\n')
        run("avr-gcc", *flags, "-c", "voice.c", "arena.c", cwd=folder)
        said = run("avr-size", "-A", "arena.o", cwd=folder).decode()
        sizes[apart] = int(re.findall(r"^\.bss\s+(\d+)", said, re.M)[0])
        assert sizes[apart] == result.arena_bytes
    both = text_size(tmp_path / "False", "voice.c", flags)
    for one in VOICE:
        generate(one.model, tmp_path / str(one.name), framework="headers", name=one.name)
    single = [text_size(tmp_path / name, f"{name}.c", flags) for name in NAMES]
    assert both < sum(single)


def text_size(folder: Path, source: str, flags: tuple[str, ...]) -> int:
    run("avr-gcc", *flags, "-c", source, "-o", "engine.o", cwd=folder)
    said = run("avr-size", "-A", "engine.o", cwd=folder).decode()
    return sum(int(size) for size in re.findall(r"^\.text\S*\s+(\d+)", said, re.M))
