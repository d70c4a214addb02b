"""Finding an installed C compiler, refusing unknown ones, and quoting the first error of one."""

from pathlib import Path

import pytest

from edgeq.errors import EdgeqError
from edgeq.verify.targets import Compiler, find_target
from edgeq.verify.toolchain import (
    CompilerOptionError,
    MissingToolError,
    check_level,
    choose_compiler,
    compile_c,
    compiler_command,
    compiler_version,
)

HOST = find_target("host")


def test_the_first_installed_compiler_is_taken() -> None:
    assert choose_compiler(HOST).name == "gcc"
    assert choose_compiler(HOST, "clang").name == "clang"
    assert choose_compiler(find_target("cortex-m4")).name == "zig"


def test_a_compiler_that_is_not_installed_names_what_to_install(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("PATH", "")
    with pytest.raises(
        MissingToolError, match="gcc or clang or cc is not installed — install gcc or clang"
    ):
        choose_compiler(HOST)


def test_a_compiler_that_the_target_does_not_know_lists_those_it_does() -> None:
    with pytest.raises(MissingToolError, match="no compiler zig — it takes gcc, clang, cc"):
        choose_compiler(HOST, "zig")


def test_a_refusal_is_one_line_with_the_first_error(tmp_path: Path) -> None:
    (tmp_path / "wrong.c").write_text("int f(void) {\n  return nothing;\n}\n")
    with pytest.raises(
        EdgeqError, match=r"does not compile with gcc — wrong\.c:2:10: error: .*nothing"
    ) as caught:
        compile_c("gcc", ["-c", "wrong.c", "-o", "wrong.o"], tmp_path)
    assert "\n" not in str(caught.value)


def test_versions_name_the_compiler() -> None:
    assert "clang" in compiler_version("clang")
    assert compiler_version("zig").startswith("zig cc, clang version")


def test_flags_select_the_core() -> None:
    assert (
        Compiler("zig", ("-target", "thumb-freestanding-eabi", "-mcpu=cortex_m4"))
        in find_target("cortex-m4").compilers
    )


@pytest.mark.parametrize("name", ["cortex-m0", "cortex-m3", "cortex-m4", "cortex-m7", "cortex-m33"])
def test_both_compilers_see_the_same_core(name: str, tmp_path: Path) -> None:
    dsp = name in ("cortex-m4", "cortex-m7", "cortex-m33")
    wanted = f"#if defined(__ARM_FEATURE_DSP) != {int(dsp)} || defined(__ARM_FP)\n#error not a {name}\n#endif\n"
    (tmp_path / "core.c").write_text(wanted)
    for compiler in find_target(name).compilers:
        if compiler_command(compiler.name):
            compile_c(compiler.name, [*compiler.flags, "-c", "core.c", "-o", "core.o"], tmp_path)


@pytest.mark.parametrize(
    "level", ["-fplugin=x.so", "-O2 -o /x", "@file", "-", "", "-O\x1b[2J", "--version"]
)
def test_an_option_that_is_no_level_is_refused(level: str) -> None:
    with pytest.raises(CompilerOptionError, match="no compiler has such a level"):
        check_level(level)


@pytest.mark.parametrize("level", ["-O0", "-O2", "-Os", "-Ofast", "-Oz", "-O"])
def test_levels_are_left_to_the_compiler(level: str) -> None:
    check_level(level)


def test_a_level_that_the_compiler_refuses_is_not_blamed_on_the_code(tmp_path: Path) -> None:
    (tmp_path / "right.c").write_text("int right(void);\nint right(void) { return 0; }\n")
    with pytest.raises(
        CompilerOptionError, match=r"gcc does not take -Ofoo — .*argument to .-O. should be"
    ):
        compile_c("gcc", ["-Ofoo", "-c", "right.c"], tmp_path, "-Ofoo")


def test_wrong_code_at_a_good_level_is_blamed_on_the_code(tmp_path: Path) -> None:
    (tmp_path / "wrong.c").write_text("int wrong(void) { return x; }\n")
    with pytest.raises(EdgeqError, match="the generated C does not compile with gcc"):
        compile_c("gcc", ["-O2", "-c", "wrong.c"], tmp_path, "-O2")
