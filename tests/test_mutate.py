"""The runner of mutation tests: what it plants, where it plants nothing, and that its verdicts are
the tests'.
"""

from __future__ import annotations

import importlib
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType

import pytest

TOOLS = Path(__file__).resolve().parents[1] / "tools"


@pytest.fixture(scope="module")
def faults() -> Iterator[ModuleType]:
    sys.path.insert(0, str(TOOLS))
    yield importlib.import_module("mutation.faults")
    sys.path.remove(str(TOOLS))


def planted(faults: ModuleType, path: Path, text: str) -> list[str]:
    path.write_text(text)
    return [faults.c_mutant(path, fault) for _, fault in faults.c_faults(path)]


def test_faults_of_c_are_comparisons_operators_and_numbers(
    faults: ModuleType, tmp_path: Path
) -> None:
    found = planted(faults, tmp_path / "a.c", "if (i <= 4 && x >> 2 > y) { p->n = a - 1; }\n")
    assert sorted(found) == sorted(
        [
            "if (i < 4 && x >> 2 > y) { p->n = a - 1; }\n",
            "if (i <= 5 && x >> 2 > y) { p->n = a - 1; }\n",
            "if (i <= 4 || x >> 2 > y) { p->n = a - 1; }\n",
            "if (i <= 4 && x << 2 > y) { p->n = a - 1; }\n",
            "if (i <= 4 && x >> 3 > y) { p->n = a - 1; }\n",
            "if (i <= 4 && x >> 2 >= y) { p->n = a - 1; }\n",
            "if (i <= 4 && x >> 2 > y) { p->n = a + 1; }\n",
            "if (i <= 4 && x >> 2 > y) { p->n = a - 2; }\n",
        ]
    )


def test_comments_the_preprocessor_and_names_with_digits_are_left_alone(
    faults: ModuleType, tmp_path: Path
) -> None:
    text = '#define A 1 + \\\n  2\n/* 3 < 4 */\nint32_t q7 = x0;\n__asm__("add r1, 5");\n'
    assert planted(faults, tmp_path / "a.c", text) == []


def test_lines_for_other_cores_are_not_drawn(faults: ModuleType, tmp_path: Path) -> None:
    """Of a header for cores with vectors nothing is, of its twin for every core all; it is named by
    its own lines.
    """
    texts = {
        "a.c": '#include "a.h"\nint a = 1;\n#if defined(__ARM_FEATURE_MVE)\nint b = 2;\n#endif\nint c = 3;\n',
        "a.h": '#if defined(__ARM_FEATURE_MVE)\n#include "a_mve.h"\n#else\n#include "a_portable.h"\n#endif\n',
        "a_mve.h": "int d = 4;\n",
        "a_portable.h": "/* On\n * two lines. */\n\nint e = 5;\n#if defined(EDGEQ_OPTIMIZE_SIZE)\nint f = 6;\n#endif\n",
    }
    for name, text in texts.items():
        (tmp_path / name).write_text(text)
    found = [m.before for m in faults.draw(faults.sources([str(tmp_path)]), tmp_path, 9, 0)]
    assert sorted(found) == ["int a = 1;", "int c = 3;", "int e = 5;", "int f = 6;"]


def test_annotations_messages_and_assertions_are_left_alone(faults: ModuleType) -> None:
    source = "def f(a: int | None = 3) -> x[0]:\n    b: int | str = 1 | 2\n    assert a > 1\n    raise E(a + 1)\n"
    spans = faults.unjudged(source)
    assert sorted(spans) == [
        ((1, 9), (1, 19)),
        ((1, 28), (1, 32)),
        ((2, 7), (2, 16)),
        ((3, 4), (3, 16)),
        ((4, 4), (4, 18)),
    ]


PROJECT = {
    "edgeq/__init__.py": "",
    "edgeq/half.py": "def half(x):\n    return x // 2\n\n\ndef never(x):\n    return 1\n",
    "tests/test_half.py": """
import subprocess
import time
from pathlib import Path
from edgeq.half import half

def test_half():
    assert half(4) == 2

SOURCE = Path(__file__).parents[1] / "firmware_templates" / "a.c"

def test_text():
    assert "1;" in SOURCE.read_text()

def test_c():
    text = SOURCE.read_text()
    subprocess.run(["gcc", "-fsyntax-only", "-xc", "-"], input=text, text=True, check=True)
    assert "1;" in text
""",
    "firmware_templates/a.c": "int a = 1;\n",
    "pytest.ini": "[pytest]\nmarkers = slow\n",
}
ASK = """
import sys
from pathlib import Path
from mutation.judge import import_what_is_foreign, judge
from mutation.record import read_record
record, folder = read_record(Path(sys.argv[1])), Path.cwd()
import_what_is_foreign(record, folder)
sys.path.insert(0, str(folder))
half, c = "edgeq/half.py", "firmware_templates/a.c"
for source, line, old, new in [
    (half, 2, "x", "x"), (half, 2, "// 2", "// 3"), (half, 2, "//", "/"), (half, 6, "1", "2"),
    (half, 1, "half", "whole"), (c, 1, "1", "2"), (half, 2, "x //", "__import__('os')._exit(0) or x //"),
    (half, 2, "return", "return 2 #"),
]:
    text = (folder / source).read_text()
    verdict = judge(record, folder, source, line, text.replace(old, new), 10)
    print(verdict.word, verdict.by)
    assert (folder / source).read_text() == text
"""


@pytest.mark.slow
def test_faults_are_judged_by_the_tests_that_run_their_lines(tmp_path: Path) -> None:
    """Those of C by the tests that compile it, not by those that only read it."""
    for name, text in PROJECT.items():
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text(text)
    environment = {
        **os.environ,
        "PYTHONPATH": os.pathsep.join([str(TOOLS), str(tmp_path), *sys.path]),
    }
    for command in (
        [str(TOOLS / "mutation" / "record.py"), "r.json", "not slow", "tests"],
        ["-c", ASK, "r.json"],
    ):
        done = subprocess.run(
            [sys.executable, *command],
            cwd=tmp_path,
            env=environment,
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, done.stderr
    half, c = "tests/test_half.py::test_half", "tests/test_half.py::test_c"
    assert done.stdout.splitlines() == [
        "survived ",
        f"killed {half}",
        "survived ",
        "survived ",
        "killed collection",
        f"killed {c}",
        "killed the process ended",
        "survived ",
    ]
