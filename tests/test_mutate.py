"""The runner of mutation tests: what it plants, where it plants nothing, and that its verdicts are the tests'."""

from __future__ import annotations

import importlib.util
import sys
from pathlib import Path
from types import ModuleType

import pytest

TOOL = Path(__file__).resolve().parents[1] / "tools" / "mutate.py"


@pytest.fixture(scope="module")
def mutate() -> ModuleType:
    spec = importlib.util.spec_from_file_location("mutate", TOOL)
    assert spec is not None
    assert spec.loader is not None
    module = sys.modules["mutate"] = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def planted(mutate: ModuleType, path: Path, text: str) -> list[str]:
    path.write_text(text)
    return [mutate.c_mutant(path, fault) for _, fault in mutate.c_faults(path)]


def test_faults_of_c_are_comparisons_operators_and_numbers(mutate: ModuleType, tmp_path: Path) -> None:
    found = planted(mutate, tmp_path / "a.c", "if (i <= 4 && x >> 2 > y) { p->n = a - 1; }\n")
    assert sorted(found) == sorted([
        "if (i < 4 && x >> 2 > y) { p->n = a - 1; }\n",
        "if (i <= 5 && x >> 2 > y) { p->n = a - 1; }\n",
        "if (i <= 4 || x >> 2 > y) { p->n = a - 1; }\n",
        "if (i <= 4 && x << 2 > y) { p->n = a - 1; }\n",
        "if (i <= 4 && x >> 3 > y) { p->n = a - 1; }\n",
        "if (i <= 4 && x >> 2 >= y) { p->n = a - 1; }\n",
        "if (i <= 4 && x >> 2 > y) { p->n = a + 1; }\n",
        "if (i <= 4 && x >> 2 > y) { p->n = a - 2; }\n",
    ])  # fmt: skip


def test_comments_the_preprocessor_and_names_with_digits_are_left_alone(mutate: ModuleType, tmp_path: Path) -> None:
    text = '#define A 1 + \\\n  2\n/* 3 < 4 */\nint32_t q7 = x0;\n__asm__("add r1, 5");\n'
    assert planted(mutate, tmp_path / "a.c", text) == []


def test_annotations_are_found(mutate: ModuleType) -> None:
    spans = mutate.annotated("def f(a: int | None = 3) -> x[0]:\n    b: int | str = 1 | 2\n")
    assert sorted(spans) == [((1, 9), (1, 19)), ((1, 28), (1, 32)), ((2, 7), (2, 16))]


@pytest.mark.slow
def test_a_fault_is_judged_by_the_tests_and_taken_away_again(mutate: ModuleType, tmp_path: Path) -> None:
    (tmp_path / "edgeq" / "room").mkdir(parents=True)
    (tmp_path / "tests" / "room").mkdir(parents=True)
    source, test = tmp_path / "edgeq" / "room" / "half.py", tmp_path / "tests" / "room" / "test_half.py"
    for name in ("edgeq", "edgeq/room"):
        (tmp_path / name / "__init__.py").write_text("")
    (tmp_path / "pytest.ini").write_text("[pytest]\nmarkers = slow\n")
    source.write_text("def half(x):\n    return x // 2\n")
    test.write_text("from edgeq.room.half import half\n\ndef test_half():\n    assert half(4) == 2\n")
    for changed, verdict in (("x // 3", "killed"), ("x / 2", "survived")):
        mutant = mutate.Mutant(Path("edgeq/room/half.py"), "", 2, "", "", f"def half(x):\n    return {changed}\n")
        assert mutate.tests_of(mutant.path, tmp_path)[0] == ["tests/room/test_half.py", "edgeq/room/half.py"]
        assert mutate.judge(mutant, tmp_path, True, 60) == verdict
        assert not mutate.fails_before([mutant.path], tmp_path, True, 60)
        assert source.read_text() == "def half(x):\n    return x // 2\n"
    test.write_text("def test_half():\n    assert False\n")
    assert mutate.fails_before([Path("edgeq/room/half.py")], tmp_path, True, 60)
