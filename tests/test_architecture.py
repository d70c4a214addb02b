"""The house keeps its order: data flows one way, operators live in one place, C in C files, TensorFlow in few rooms."""

from __future__ import annotations

import ast
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

CHECKOUT = Path(__file__).resolve().parent.parent
PACKAGE = CHECKOUT / "edgeq"

ALLOWED: dict[str, set[str]] = {
    # what everybody may use; it knows nothing of the flow
    "errors": set(),
    "resources": set(),
    "quiet": set(),
    "room": set(),
    "local_import": {"errors"},
    "fixedpoint": set(),
    "files": {"errors"},
    "metrics": {"errors"},
    "boards": {"errors", "resources"},
    "runtime": {"errors", "quiet"},
    # the graph and the meaning of its operators
    "graph": {"errors"},
    "refusal": {"errors", "graph"},
    "opkit": {"errors", "fixedpoint", "graph"},
    "ops": {"errors", "fixedpoint", "graph", "opkit", "refusal"},
    # the flow, each room after those that it takes from
    "data": {"errors", "files", "fixedpoint", "graph", "local_import", "metrics", "runtime"},
    "simulate": {
        "data", "errors", "files", "fixedpoint", "graph", "metrics", "opkit", "ops", "quiet", "room", "runtime",
    },
    "quantize": {"data", "errors", "fixedpoint", "graph", "metrics", "opkit", "ops", "runtime", "simulate"},
    "trainable": {"errors", "graph", "quantize", "runtime"},
    "mixed": {"data", "errors", "graph", "metrics", "opkit", "ops", "plan", "quantize", "verify"},
    "convert": {
        "data", "errors", "files", "graph", "local_import", "metrics", "mixed", "quantize", "quiet", "refusal", "room",
        "runtime", "simulate", "trainable",
    },
    "qat": {
        "convert", "data", "errors", "files", "graph", "metrics", "quantize", "room", "runtime", "simulate",
        "trainable",
    },
    "tune": {"convert", "data", "errors", "files", "graph", "metrics", "quantize", "room", "simulate"},
    "plan": {"errors", "fixedpoint", "graph", "opkit", "ops", "refusal"},
    "codegen": {
        "boards", "errors", "files", "fixedpoint", "graph", "opkit", "ops", "plan", "resources", "simulate",
    },
    "verify": {
        "boards", "codegen", "errors", "files", "fixedpoint", "graph", "opkit", "ops", "plan", "quiet", "resources",
        "room", "runtime", "simulate",
    },
    "inspection": {"boards", "errors", "graph", "opkit", "ops", "plan"},
    "explain": {
        "data", "errors", "fixedpoint", "graph", "metrics", "mixed", "ops", "quantize", "room", "simulate", "verify",
    },
    "report": {"errors", "opkit", "plan"},
    # the doors: they call and show, nothing calls them
    "demo": {
        "boards", "codegen", "convert", "data", "errors", "files", "graph", "inspection", "metrics", "plan",
        "resources", "simulate", "verify",
    },
    "cli": {
        "boards", "codegen", "convert", "data", "demo", "errors", "explain", "files", "graph", "inspection", "mixed",
        "opkit", "plan", "qat", "quantize", "report", "resources", "simulate", "tune", "verify",
    },
    "__main__": {"cli"},
    "__init__": {
        "codegen", "convert", "data", "errors", "explain", "graph", "inspection", "qat", "simulate", "tune", "verify",
    },
}  # fmt: skip
"""Room (a folder or module of edgeq) -> the rooms that it may import. A new room needs a row, and a reason for each."""

NAMED_ELSEWHERE = {
    "plan/tflm": "what TFLM's own kernels ask of its arena, a fact of that program",
    "codegen/tflm.py": "the one method of TFLM's resolver that is not spelled like its operator",
    "simulate/known.py": "what other interpreters are known to compute otherwise, facts of those programs",
    "convert": "QUANTIZE and DEQUANTIZE at the ends of a converted model",
    "trainable": "what operators are in TensorFlow, with gradients, which edgeq/ops must not import",
    "quantize/assemble.py": "QUANTIZE between widths and scales",
    "quantize/parts.py": "operators that bring parts of different size into one scale",
    "quantize/pools.py": "AVERAGE_POOL_2D that MEAN computes, and views around it",
    "quantize/prepare.py": "ADD, SUB and MUL that batch norm leaves behind a layer",
    "quantize/affine_start.py": "ADD, SUB, MUL and DIV with which float models begin",
    "opkit/input_front.py": "SUB, MUL and QUANTIZE at a model's real inputs, which firmware computes as data is put in",
    "fixedpoint": "fused activations that are called like operators",
}
"""Where an operator is named outside of edgeq/ops, and why that is no meaning of the operator."""


def sources() -> list[Path]:
    return sorted(PACKAGE.rglob("*.py"))


def place(path: Path) -> str:
    return path.relative_to(PACKAGE).as_posix()


def room(path: Path) -> str:
    return place(path).removesuffix(".py").split("/")[0]


def imported_rooms(tree: ast.AST) -> Iterator[tuple[int, str]]:
    """(line, room of edgeq) of every import, wherever it stands."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            names = [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom) and node.level:
            yield node.lineno, "a relative import"
            continue
        elif isinstance(node, ast.ImportFrom):
            inside = [f"edgeq.{alias.name}" for alias in node.names]
            names = inside if node.module == "edgeq" else [node.module or ""]
        else:
            continue
        yield from ((node.lineno, name.split(".")[1]) for name in names if name.startswith("edgeq."))


def wrong_imports(source: str, home: str) -> list[tuple[int, str]]:
    """Imports of a source file of the room `home` that its row does not allow."""
    allowed = ALLOWED[home] | {home}
    return [(line, name) for line, name in imported_rooms(ast.parse(source)) if name not in allowed]


def strings(path: Path) -> Iterator[tuple[int, str]]:
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Constant) and isinstance(node.value, str):
            yield node.lineno, node.value


def operators() -> list[str]:
    return [path.stem for path in sorted((PACKAGE / "ops").glob("*.py")) if path.stem != "__init__"]


def test_every_room_has_a_row_and_the_rows_have_no_circle() -> None:
    assert {room(path) for path in sources()} <= set(ALLOWED), "a new room needs a row in ALLOWED"
    done: set[str] = set()
    while ready := {name for name, uses in ALLOWED.items() if name not in done and uses <= done}:
        done |= ready
    assert done == set(ALLOWED), f"these rooms import each other in a circle: {sorted(set(ALLOWED) - done)}"


def test_data_flows_one_way() -> None:
    wrong = [
        f"edgeq/{place(path)}:{line} imports {name}"
        for path in sources()
        for line, name in wrong_imports(path.read_text(), room(path))
    ]
    assert not wrong, "imports against the order of the house:\n" + "\n".join(wrong)


@pytest.mark.parametrize(("source", "wrong"), [
    ("from edgeq.codegen.native import render_native", "codegen"),
    ("def f():\n    import edgeq.verify.host", "verify"),
    ("from edgeq import simulate", "simulate"),
    ("from . import lower", "a relative import"),
])  # fmt: skip
def test_a_wrong_import_is_found(source: str, wrong: str) -> None:
    assert [name for _, name in wrong_imports(source, "plan")] == [wrong]
    assert wrong_imports("from edgeq.graph import Graph\nfrom edgeq.plan.lower import lower\nimport os", "plan") == []


IMPORT_TENSORFLOW = ("convert", "demo", "trainable")
"""Rooms that import TensorFlow: to convert, in the demo's own training, and to derive layers from Keras's class."""


def test_tensorflow_is_imported_by_few_rooms_alone() -> None:
    heavy = ("tensorflow", "keras", "tf_keras")
    wrong = []
    for path in sources():
        for node in ast.walk(ast.parse(path.read_text())):
            names = [alias.name for alias in node.names] if isinstance(node, ast.Import) else []
            names += [node.module or ""] if isinstance(node, ast.ImportFrom) else []
            if any(name.split(".")[0] in heavy for name in names) and room(path) not in IMPORT_TENSORFLOW:
                wrong.append(f"edgeq/{place(path)}:{node.lineno}")
    assert not wrong


def test_importing_every_other_room_does_not_import_tensorflow() -> None:
    """In a process of its own: `import edgeq` and all modules but those of convert and trainable."""
    modules = [
        "edgeq." + place(path).removesuffix(".py").removesuffix("/__init__").replace("/", ".")
        for path in sources()
        if room(path) not in ("convert", "trainable", "__init__", "__main__") and path.stem != "__main__"
    ]
    script = "\n".join(
        [
            "import importlib, sys",
            "import edgeq",
            "assert 'numpy' not in sys.modules, 'import edgeq is not cheap'",
            f"for name in {modules!r}: importlib.import_module(name)",
            "print(sorted({'tensorflow', 'keras', 'tf_keras', 'torch'} & set(sys.modules)))",
        ]
    )
    done = subprocess.run([sys.executable, "-c", script], cwd=CHECKOUT, capture_output=True, text=True, check=False)
    assert (done.stdout.strip(), done.stderr) == ("[]", "")


def test_no_c_is_written_in_python() -> None:
    found = [
        f"edgeq/{place(path)}:{line}"
        for path in sources()
        for line, text in strings(path)
        if any(sign in text for sign in ("for (", "{{", "{%", "#include", "static inline", "return 0;"))
        and not text.startswith('#include "([')
    ]
    assert not found, f"C in Python strings: {found}"


def test_operators_are_named_in_their_room_alone() -> None:
    kinds = {name.upper() for name in operators()}
    found = [
        f"edgeq/{place(path)}:{line} names {text}"
        for path in sources()
        if room(path) != "ops" and not place(path).startswith(tuple(NAMED_ELSEWHERE))
        for line, text in strings(path)
        if text in kinds
    ]
    assert not found, "operators named outside of edgeq/ops:\n" + "\n".join(found)


@pytest.mark.parametrize("name", operators())
def test_an_operator_is_complete(name: str) -> None:
    """Its parts in the contract's order, no private list elsewhere, and a test of its name."""
    tree = ast.parse((PACKAGE / "ops" / f"{name}.py").read_text())
    parts = [node.name for node in tree.body if isinstance(node, (ast.ClassDef, ast.FunctionDef))]
    parts += [
        t.id for node in tree.body if isinstance(node, ast.Assign) for t in node.targets if isinstance(t, ast.Name)
    ]
    parts += [
        alias.asname or alias.name for node in tree.body if isinstance(node, ast.ImportFrom) for alias in node.names
    ]
    assert {"Attributes", "TYPES", "output_shapes", "simulate", "kernel"} <= set(parts)
    assert (CHECKOUT / "tests" / "ops" / f"test_{name}.py").is_file(), "an operator without a test of its name"
