"""`generate`: what is written, reproducibly; what is refused, and by how much; names that mean
harm.
"""

from __future__ import annotations

import json
import subprocess
from pathlib import Path

import numpy as np
import pytest
from codegen.building import C99, WARNINGS, board_for, run
from codegen.small_models import classifier, identity, renamed, two_inputs
from ops.harness import constant, quantized, single_op

from edgeq.boards import Board, load_boards
from edgeq.codegen.generate import generate, model_name
from edgeq.codegen.manifest import MANIFEST
from edgeq.codegen.selftest import MAX_VECTORS
from edgeq.errors import DoesNotFitError, EdgeqError, UnsupportedError
from edgeq.frameworks import FRAMEWORKS
from edgeq.graph import Model

COPY = identity(quantized("x", (1, 3)))


def contents(folder: Path) -> dict[str, bytes]:
    """Relative path -> content of every file below a folder."""
    return {
        path.relative_to(folder).as_posix(): path.read_bytes()
        for path in folder.rglob("*")
        if path.is_file()
    }


def dense(units: int, depth: int) -> Model:
    """One dense layer of units * depth weights."""
    rng = np.random.default_rng(0)
    weights = constant("w", rng.integers(-127, 128, (units, depth), np.int8), 0.01)
    bias = constant("b", np.zeros(units, np.int32), 0.0005)
    y = quantized("y", (1, units), 0.1, 0)
    return single_op(
        "FULLY_CONNECTED",
        [quantized("x", (1, depth)), weights, bias],
        y,
        "FullyConnectedOptions",
        4,
        fused_activation_function="NONE",
        keep_num_dims=False,
    )


def test_the_result_and_the_manifest_say_what_was_written(tmp_path: Path) -> None:
    result = generate(
        classifier(),
        tmp_path / "p",
        framework="arduino",
        board="nano-33-ble",
        name="Tiny",
        selftest=2,
    )
    found = result.to_json()
    assert {"output", "files", "engine", "framework", "board", "flash_bytes", "arena_bytes"} <= set(
        found
    )
    assert set(result.files) == set(contents(tmp_path / "p"))
    assert (result.engine, result.framework, result.board, result.name) == (
        "native",
        "arduino",
        "nano-33-ble",
        "tiny",
    )
    manifest = json.loads((tmp_path / "p" / MANIFEST).read_bytes())
    assert set(manifest["files"]) == set(result.files) - {MANIFEST}
    assert (manifest["arena_bytes"], manifest["selftest"]) == (result.arena_bytes, 2)
    assert (
        f'TINY_MODEL_HASH "{manifest["models"]["tiny"]}"'
        in (tmp_path / "p/tiny/src/tiny.h").read_text()
    )


@pytest.mark.slow
@pytest.mark.parametrize("engine", ["native", "tflm"])
def test_the_same_input_gives_the_same_bytes(tmp_path: Path, engine: str) -> None:
    for framework in FRAMEWORKS:
        for turn in ("a", "b"):
            generate(
                classifier(),
                tmp_path / turn,
                framework=framework,
                board=None if framework == "headers" else board_for(framework, "nano-33-ble"),
                engine=engine,
                selftest=2,
            )
        assert contents(tmp_path / "a") == contents(tmp_path / "b")


def generate_with_both_engines(folder: Path, board: Board, framework: str) -> None:
    for engine in ("native", "tflm"):
        out = folder / f"{framework}-{engine}"
        if engine == "tflm" and board.tflm_kernels is None:
            with pytest.raises(
                EdgeqError, match="TFLM does not run on this board — use --engine native"
            ):
                generate(COPY, out, framework=framework, board=board.name, engine=engine)
        else:
            result = generate(
                COPY, out, framework=framework, board=board.name, engine=engine, name="tiny"
            )
            assert any(file.endswith("tiny.h") for file in result.files)


BOARDS = load_boards()
IN_TURN: dict[str, str] = {}
"""Board -> the one of its frameworks that the boards before it have least, so that each framework
has its turn.
"""
for one in BOARDS:
    IN_TURN[one.name] = min(one.framework_names, key=[*IN_TURN.values()].count)


def test_each_framework_has_its_turn() -> None:
    assert {*IN_TURN.values()} == {name for board in BOARDS for name in board.framework_names}


@pytest.mark.parametrize("board", BOARDS, ids=lambda board: board.name)
def test_every_board_generates_with_both_engines(tmp_path: Path, board: Board) -> None:
    generate_with_both_engines(tmp_path, board, IN_TURN[board.name])


@pytest.mark.slow
@pytest.mark.parametrize("board", BOARDS, ids=lambda board: board.name)
def test_every_board_generates_for_all_its_other_frameworks(tmp_path: Path, board: Board) -> None:
    for framework in {*board.framework_names} - {IN_TURN[board.name]}:
        generate_with_both_engines(tmp_path, board, framework)


def test_selftest_vectors_come_from_the_inputs_given(tmp_path: Path) -> None:
    x = np.arange(3 * 64, dtype=np.uint8).astype(np.int8).reshape(3, 1, 8, 8, 1)
    generate(classifier(), tmp_path / "p", framework="headers", name="tiny", selftest=2, inputs=[x])
    text = " ".join((tmp_path / "p/tiny_selftest.c").read_text().split())
    assert "input0[2][64]" in text
    assert ", ".join(map(str, x[1].ravel().tolist())) in text


TOO_LARGE = {
    "flash": (
        dense(640, 640),
        "uno-r4-wifi",
        r"flash needs \d+ bytes, \d+ more than the 245760 there are",
    ),
    "ram": (dense(4, 9000), "mega-2560", r"ram needs 9004 bytes, 812 more than the 8192 there are"),
    "array": (
        dense(200, 200),
        "mega-2560",
        r"FULLY_CONNECTED.* takes \d+ bytes, \d+ more than the 32767",
    ),
}


@pytest.mark.parametrize("case", TOO_LARGE)
def test_a_board_refuses_what_cannot_fit_and_says_by_how_much(tmp_path: Path, case: str) -> None:
    model, board, why = TOO_LARGE[case]
    with pytest.raises(DoesNotFitError, match=why) as caught:
        generate(model, tmp_path / "p", framework="arduino", board=board)
    assert caught.value.exit_status == 1
    assert not list(tmp_path.iterdir())


@pytest.mark.slow
def test_selftest_vectors_count_as_flash(tmp_path: Path) -> None:
    model = dense(4, 8000)
    options = {"framework": "arduino", "board": "uno-r4-wifi"}
    bare = generate(model, tmp_path / "p", **options)  # type: ignore[arg-type]
    tested = generate(model, tmp_path / "p", **options, selftest=10)  # type: ignore[arg-type]
    assert tested.flash_bytes - bare.flash_bytes == 10 * (8000 + 4)
    with pytest.raises(DoesNotFitError, match="flash needs"):
        generate(model, tmp_path / "p", **options, selftest=60)  # type: ignore[arg-type]


WRONG: dict[str, tuple[dict[str, object], str]] = {
    "framework": (
        {"framework": "mbed"},
        "framework 'mbed' — it is not known — choose one of arduino",
    ),
    "framework of the board": (
        {"framework": "espidf", "board": "pico"},
        "board 'pico' has no such framework — use one of",
    ),
    "board": (
        {"framework": "cmake", "board": "nano33ble"},
        "board 'nano33ble' .* did you mean nano-33-ble",
    ),
    "no board": (
        {"framework": "platformio"},
        "framework platformio — its build files name a board — give --board",
    ),
    "no board for TFLM": (
        {"framework": "arduino", "engine": "tflm"},
        "depends on the core — give --board",
    ),
    "engine": (
        {"framework": "cmake", "engine": "tvm"},
        "engine 'tvm' — it is not known — choose one of native, tflm",
    ),
    "too many vectors": (
        {"framework": "cmake", "selftest": MAX_VECTORS + 1},
        f"0 to {MAX_VECTORS} are possible",
    ),
    "fewer than no vectors": ({"framework": "cmake", "selftest": -1}, "-1 self-test vectors"),
    "labels": (
        {"framework": "cmake", "labels": ("a", "b")},
        "2 labels — the model's first output has 3 elements",
    ),
}


@pytest.mark.parametrize("case", WRONG)
def test_wrong_use_is_refused_before_anything_is_written(tmp_path: Path, case: str) -> None:
    options, message = WRONG[case]
    with pytest.raises(EdgeqError, match=message):
        generate(classifier(), tmp_path / "p", **options)  # type: ignore[arg-type]
    assert not list(tmp_path.iterdir())


def test_an_operator_without_a_kernel_leaves_nothing_behind(tmp_path: Path) -> None:
    model = single_op(
        "ATAN2", [quantized("a", (1, 3)), quantized("b", (1, 3))], quantized("y", (1, 3))
    )
    for engine in ("native", "tflm"):
        with pytest.raises(UnsupportedError, match="ATAN2"):
            generate(model, tmp_path / "p", framework="cmake", engine=engine)
    assert not list(tmp_path.iterdir())


def test_generating_again_as_another_project_leaves_nothing_of_the_first(tmp_path: Path) -> None:
    generate(classifier(), tmp_path / "p", framework="cmake", name="old")
    result = generate(classifier(), tmp_path / "p", framework="headers", name="new")
    assert set(contents(tmp_path / "p")) == set(result.files)
    assert set(result.removed) == {
        "CMakeLists.txt",
        "main.c",
        ".gitignore",
        "src/old.c",
        "src/old.h",
        "src/old_kernels.h",
        "src/old_weights.h",
        "src/old_selftest.h",
    }
    assert [path.name for path in tmp_path.iterdir()] == ["p"]


HOSTILE = {
    "shell": '"; system("x"',
    "path": "../../etc/passwd",
    "unicode": "größe/模型/🧠",
    "spaces": "my model  v2",
    "keyword": "while",
    "comment": "*/ int x; /*",
    "format": "%s%n",
    "trigraph": "what??/",
    "backslash": "line\\",
    "newline": "a\nb\r\n#include <evil.h>",
    "long": "n" * 10_000,
    "template": "{{ 7 * 7 }}{% raw %}",
    "cmake": "x) message(FATAL_ERROR hi",
    "nothing": "\x00\x01 ",
    "header": "math",
    "type": "size",
    "integer": "int8",
    "engine": "edgeq_status",
    "constants": "layer0",
    "target": "all",
    "sketch": "loop",
    "file": "main",
}
AT_ONCE = ("shell", "comment", "newline", "cmake")
"""Those of the fast tests."""


@pytest.mark.parametrize(
    "name",
    [
        pytest.param(name, id=key, marks=() if key in AT_ONCE else pytest.mark.slow)
        for key, name in HOSTILE.items()
    ],
)
def test_no_name_breaks_a_project(tmp_path: Path, name: str) -> None:
    out = tmp_path / "p"
    labels = (name, f"{name}\\", f'"{name}')
    for engine in ("native", "tflm"):
        result = generate(
            renamed(classifier(), name),
            out,
            framework="cmake",
            engine=engine,
            name=name,
            labels=labels,
            selftest=1,
        )
        assert [path.name for path in tmp_path.iterdir()] == ["p"]
        assert json.loads((out / MANIFEST).read_bytes())["name"] == result.name
        sources = [f"src/{result.name}.c"] if engine == "native" else []
        run(
            "gcc",
            *C99,
            "-Wcomment",
            "-Wtrigraphs",
            "-Isrc",
            "-fsyntax-only",
            *sources,
            f"src/{result.name}_selftest.c",
            "main.c",
            cwd=out,
        )


@pytest.mark.parametrize(
    "name", [pytest.param("all", marks=pytest.mark.slow), 'x") message(FATAL_ERROR "hi']
)
def test_no_name_breaks_cmake(tmp_path: Path, name: str) -> None:
    result = generate(
        renamed(two_inputs(), name), tmp_path / "p", framework="cmake", name=name, selftest=1
    )
    run("cmake", "-B", "build", f"-DCMAKE_C_FLAGS={' '.join(WARNINGS)}", cwd=tmp_path / "p")
    run("cmake", "--build", "build", cwd=tmp_path / "p")
    said = run(f"build/{result.name}_demo", cwd=tmp_path / "p")
    assert b"\nEDGEQ SELFTEST VECTOR 1 same\nEDGEQ SELFTEST END" in said


def test_labels_are_cut_and_printed_as_they_are(tmp_path: Path) -> None:
    labels = ("x" * 10_000, "%s%n%d", 'é "\\')
    generate(classifier(), tmp_path / "p", framework="cmake", name="tiny", labels=labels)
    run("gcc", *C99, "-Isrc", "main.c", "src/tiny.c", "-o", "demo", "-lm", cwd=tmp_path / "p")
    said = (
        subprocess.run([tmp_path / "p/demo"], capture_output=True, check=True)
        .stdout.decode()
        .splitlines()
    )
    assert [line.rsplit(":", 1)[0] for line in said[:3]] == ["x" * 40, "%s%n%d", 'é "\\']


@pytest.mark.parametrize("labels", [("off", "on"), ("on",)])
def test_a_single_output_is_the_chance_of_the_second_class(
    labels: tuple[str, ...], tmp_path: Path
) -> None:
    generate(classifier(classes=1), tmp_path / "p", framework="headers", name="tiny", labels=labels)
    header = (tmp_path / "p/tiny.h").read_text()
    assert '"on"' in header
    assert '"off"' not in header


def test_a_models_name_is_its_files() -> None:
    assert model_name(Path("models/KWS ref (v2).tflite")) == "kws_ref_v2"
