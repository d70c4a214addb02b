"""The package keeps its order: data flows one way, operators live in one place, C in C files,
TensorFlow in few packages.
"""

from __future__ import annotations

import ast
import re
import subprocess
import sys
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path

import pytest
from architecture_drawing import DRAWING, draw
from package_imports import imported_packages, nodes, package_imports, package_of, sources

from edgeq.opkit.operator_module import PARTS

CHECKOUT = Path(__file__).resolve().parent.parent
PACKAGE = CHECKOUT / "edgeq"

_ALLOWED = {
    # what everybody may use; it knows nothing of the flow
    "errors": "",
    "resources": "",
    "quiet": "",
    "callable_package": "",
    "local_import": "errors",
    "fixedpoint": "",
    "files": "errors",
    "html": "errors",
    "metrics": "errors",
    "plain_json": "",
    "plain_yaml": "errors",
    "frameworks": "errors plain_yaml resources",
    "boards": "errors frameworks html plain_yaml resources",
    "sensors": "boards errors frameworks plain_yaml resources",
    "runtime": "errors quiet",
    # the graph and the meaning of its operators
    "graph": "errors",
    "unsupported": "errors graph",
    "opkit": "errors fixedpoint graph resources",
    "ops": "errors fixedpoint graph opkit unsupported",
    "cleanup": "errors graph opkit ops",
    "dead_channels": "cleanup fixedpoint graph opkit ops",
    "features": "errors files fixedpoint graph opkit plain_json simulate",
    # the flow, each package after those that it takes from
    "data": "errors files fixedpoint graph local_import metrics runtime",
    "simulate": (
        "callable_package cleanup data errors files fixedpoint graph html metrics opkit ops quiet "
        "runtime"
    ),
    "quantize": "data errors fixedpoint graph metrics opkit ops runtime simulate",
    "trainable": "errors graph quantize runtime",
    "mixed": "data errors graph metrics opkit ops plan quantize verify",
    "frontends": "cleanup data errors files graph plain_json",
    "convert": (
        "callable_package cleanup data errors features files frontends graph html local_import "
        "metrics mixed plain_json quantize quiet runtime simulate trainable unsupported"
    ),
    "prune": "data dead_channels errors graph opkit ops quantize",
    "qat": (
        "callable_package codegen convert data errors files graph html metrics ops prune quantize "
        "runtime simulate trainable verify"
    ),
    "tune": "callable_package convert data errors files graph html metrics quantize simulate",
    "plan": "dead_channels errors fixedpoint graph opkit ops unsupported",
    "codegen": (
        "boards cleanup dead_channels errors features files fixedpoint frameworks graph html "
        "opkit ops plain_json plan resources sensors simulate"
    ),
    "cycles": "",
    "wire": "errors",
    "verify": (
        "boards callable_package cleanup codegen cycles data dead_channels errors files fixedpoint "
        "graph html opkit ops plan quiet resources runtime simulate wire"
    ),
    "recording": "data errors files html wire",
    "inspection": "boards cleanup dead_channels errors graph html opkit ops plan",
    "explain": (
        "callable_package cleanup data dead_channels errors fixedpoint graph html metrics mixed "
        "ops quantize simulate verify"
    ),
    "fit": "boards callable_package cleanup codegen cycles errors graph html ops simulate verify",
    "flash": "boards callable_package codegen errors html plain_yaml resources",
    "report": (
        "callable_package cleanup codegen data dead_channels errors explain files fit graph html "
        "opkit plan quantize simulate verify"
    ),
    # the interfaces: they call and show, nothing calls them
    "demo": (
        "boards codegen convert data errors files graph html inspection metrics plan resources "
        "simulate verify"
    ),
    "cli": (
        "boards cleanup codegen convert data dead_channels demo errors explain features files fit flash "
        "frameworks frontends graph inspection metrics mixed opkit plan qat quantize recording report resources "
        "sensors simulate tune verify wire"
    ),
    "__main__": "cli",
    "__init__": (
        "codegen convert data errors explain fit flash graph inspection qat recording report simulate tune "
        "verify wire"
    ),
}
"""Package (a folder or module of edgeq) -> those that it may import, separated by spaces. A new one
needs a row, and a reason for each.
"""
ALLOWED = {package: set(names.split()) for package, names in _ALLOWED.items()}

NAMED_ELSEWHERE = {
    "graph/custom.py": "what custom operators are called in files",
    "graph/restarts.py": "TRANSPOSE, by which files give variables their values at each inference",
    "graph/variables.py": "ASSIGN_VARIABLE, by which files give variables their initial values",
    "plan/routine.py": "READ_VARIABLE and ASSIGN_VARIABLE, which copy what a region shares with its operator",
    "plan/channel_blocks.py": "CONCATENATION, which joins what blocks of channels give",
    "plan/stripes.py": "SLICE and CONCATENATION, which cut and join columns",
    "plan/lookups.py": "LOOKUP, which stands for chains of operators in programs alone",
    "plan/tflm": "what TFLM's own kernels ask of its arena, a fact of that program",
    "codegen/tflm.py": "the one method of TFLM's resolver that is not spelled like its operator",
    "simulate/difference_conditions.py": "which layers other interpreters compute otherwise, facts of those programs",
    "simulate/known_differences.py": "what other interpreters are known to compute otherwise, facts of those programs",
    "simulate/unsafe_layers.py": "what makes other interpreters write beyond their memory, facts of those programs",
    "convert": "QUANTIZE and DEQUANTIZE at the ends of a converted model",
    "trainable": "what operators are in TensorFlow, with gradients, which edgeq/ops must not import",
    "quantize/building.py": "QUANTIZE between widths and scales",
    "quantize/shared_scales.py": "operators that bring parts of different size into one scale",
    "quantize/branches.py": "RESHAPE, by which a branch makes what it gives as it got it",
    "quantize/loop_bounds.py": "LOGICAL_AND, by which a loop's condition has a bound beside what data says",
    "quantize/pool_to_mean.py": "AVERAGE_POOL_2D that MEAN computes, and views around it",
    "quantize/batch_norm_folding.py": "ADD, SUB and MUL that batch norm leaves behind a layer",
    "quantize/affine_input.py": "SUB and MUL that are put at a float model's input",
    "quantize/input_branches.py": "operators that take parts of an input, which is real in front of each reader",
    "quantize/leading_affine_ops.py": "ADD, SUB, MUL and DIV with which float models begin",
    "opkit/input_affine.py": "SUB, MUL and QUANTIZE at float inputs, which firmware computes as data is written",
    "quantize/attention_masks.py": "SELECT and ADD that mask what SOFTMAX reads",
    "quantize/plain_indices.py": "LESS, ADD and SELECT, by which Keras lets indices count from the end",
    "quantize/gelu.py": "GELU, and what TFLM has in its place",
    "quantize/selects.py": "SELECT that SELECT_V2 computes as well, and products and logic in its place, for TFLM",
    "quantize/reductions.py": "REDUCE_ANY, and what TFLM has in its place",
    "quantize/gathered_flags.py": "GATHER of bool, and what TFLM has in its place",
    "quantize/intervals.py": "operators of counters, whose values have bounds that follow from theirs",
    "quantize/byte_inputs.py": "CAST of inputs to reals and QUANTIZE of these, which become one QUANTIZE",
    "quantize/narrow_counters.py": "operators of counters, which compute the same on int32",
    "quantize/counters.py": "FLOOR_MOD of a counter, and what is computed in its place",
    "features/mfcc_graph.py": "the operators that MFCC is made of, as a graph",
    "frontends": "operators that compute the same on any arrangement of axes, so that a TRANSPOSE passes",
    "cleanup": "arithmetic on shapes, and pairs of operators that cancel, which no single operator knows",
    "fixedpoint": "fused activations that are called like operators",
    "unsupported.py": "what to change in Keras while an operator is not computed, unread once it is",
}
"""Where an operator is named outside of edgeq/ops, and why that is no meaning of the operator."""


def place(path: Path) -> str:
    return path.relative_to(PACKAGE).as_posix()


def wrong_imports(tree: Iterable[ast.AST], home: str) -> list[tuple[int, str]]:
    """Imports in a file of the package `home` that its row does not allow. tree: the file's nodes."""
    allowed = ALLOWED[home] | {home}
    return [(line, name) for line, name in imported_packages(tree) if name not in allowed]


def strings(path: Path) -> Iterator[tuple[int, str]]:
    for node in nodes(path):
        if isinstance(node, ast.Constant) and isinstance(node.value, str):
            yield node.lineno, node.value


def operators() -> list[str]:
    return [path.stem for path in sorted((PACKAGE / "ops").glob("*.py")) if path.stem != "__init__"]


def test_every_package_has_a_row_and_the_rows_have_no_circle() -> None:
    assert {package_of(path) for path in sources()} <= set(ALLOWED), (
        "a new package needs a row in ALLOWED"
    )
    done: set[str] = set()
    while ready := {name for name, uses in ALLOWED.items() if name not in done and uses <= done}:
        done |= ready
    assert done == set(ALLOWED), (
        f"these packages import each other in a circle: {sorted(set(ALLOWED) - done)}"
    )


def test_data_flows_one_way() -> None:
    wrong = [
        f"edgeq/{place(path)}:{line} imports {name}"
        for path in sources()
        for line, name in wrong_imports(nodes(path), package_of(path))
    ]
    assert not wrong, "imports against the order of the packages:\n" + "\n".join(wrong)


@pytest.mark.parametrize(
    ("source", "wrong"),
    [
        ("from edgeq.codegen.native import render_native", "codegen"),
        ("def f():\n    import edgeq.verify.host", "verify"),
        ("from edgeq import simulate", "simulate"),
        ("from . import lower", "a relative import"),
    ],
)
def test_a_wrong_import_is_found(source: str, wrong: str) -> None:
    assert [name for _, name in wrong_imports(ast.walk(ast.parse(source)), "plan")] == [wrong]
    right = "from edgeq.graph import Graph\nfrom edgeq.plan.lower import lower\nimport os"
    assert wrong_imports(ast.walk(ast.parse(right)), "plan") == []


def test_the_drawing_shows_the_imports_as_they_are() -> None:
    same = DRAWING.read_text() == draw(package_imports())
    assert same, "run python tools/architecture_drawing.py, and look at docs/architecture.svg"


def test_the_page_says_what_every_package_does() -> None:
    page = (CHECKOUT / "docs" / "architecture.md").read_text()
    described = set(re.findall(r"`edgeq/(\w+)(?:/|\.py)`", page))
    assert described == {name for name in package_imports() if not name.startswith("__")}


IMPORT_TENSORFLOW = ("convert", "demo", "trainable")
"""Packages that import TensorFlow: to convert, in the demo's own training, and to derive layers from
Keras's class.
"""


def test_tensorflow_is_imported_by_few_packages_alone() -> None:
    heavy = ("tensorflow", "keras", "tf_keras")
    wrong = []
    for path in sources():
        for node in nodes(path):
            names = [alias.name for alias in node.names] if isinstance(node, ast.Import) else []
            names += [node.module or ""] if isinstance(node, ast.ImportFrom) else []
            if (
                any(name.split(".")[0] in heavy for name in names)
                and package_of(path) not in IMPORT_TENSORFLOW
            ):
                wrong.append(f"edgeq/{place(path)}:{node.lineno}")
    assert not wrong


@pytest.mark.slow
def test_importing_every_other_package_does_not_import_tensorflow() -> None:
    """In a process of its own: `import edgeq` and all modules but those of convert and trainable."""
    modules = [
        "edgeq." + place(path).removesuffix(".py").removesuffix("/__init__").replace("/", ".")
        for path in sources()
        if package_of(path) not in ("convert", "trainable", "__init__", "__main__")
        and path.stem != "__main__"
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
    done = subprocess.run(
        [sys.executable, "-c", script], cwd=CHECKOUT, capture_output=True, text=True, check=False
    )
    assert (done.stdout.strip(), done.stderr) == ("[]", "")


C_SIGNS = (
    "for (",
    "{{",
    "{%",
    "#include",
    "static inline",
    "return 0;",
    "arena +",
    "row[",
    "void *)",
    "_INPUTS(",
)
"""What is only written in C or in templates of it."""


def test_no_c_is_written_in_python() -> None:
    found = [
        f"edgeq/{place(path)}:{line}"
        for path in sources()
        for line, text in strings(path)
        if any(sign in text for sign in C_SIGNS) and not text.startswith('#include "([')
    ]
    assert not found, f"C in Python strings: {found}"


def kernel_names(tree: ast.AST) -> Callable[[ast.AST], bool]:
    """Whether an expression of a file is the file or function of a kernel: such an attribute, one of
    several that are chosen among, or a variable that was assigned one.
    """

    def is_name(node: ast.AST) -> bool:
        if isinstance(node, ast.BoolOp):
            return any(map(is_name, node.values))
        if isinstance(node, ast.IfExp):
            return is_name(node.body) or is_name(node.orelse)
        if isinstance(node, ast.Name):
            return node.id in assigned
        return isinstance(node, ast.Attribute) and node.attr in ("source", "function", "file")

    assigned: set[str] = set()
    assigned |= {
        target.id
        for node in ast.walk(tree)
        if isinstance(node, ast.Assign) and is_name(node.value)
        for target in node.targets
        if isinstance(target, ast.Name)
    }
    return is_name


def judged_by_name(source: str) -> list[int]:
    """The lines of a file that compare the file or function of a kernel, look it up, call a method of
    it or give it to a regular expression.
    """
    tree = ast.parse(source)
    is_name, found = kernel_names(tree), []
    for node in ast.walk(tree):
        if isinstance(node, ast.Compare):
            ends = [node.left, *node.comparators]
        elif isinstance(node, ast.Attribute):
            ends = [node.value]
        elif isinstance(node, ast.Subscript):
            ends = [node.value, node.slice]
        elif isinstance(node, ast.Call) and ast.unparse(node.func).startswith("re."):
            ends = list(node.args)
        else:
            continue
        if any(map(is_name, ends)):
            found.append(node.lineno)
    return found


def test_names_of_kernels_are_neither_compared_nor_taken_apart() -> None:
    """Which kernel a layer has is a variant, plain data; its file and function only follow."""
    found = [
        f"edgeq/{place(path)}:{line}"
        for path in sources()
        if package_of(path) in ("inspection", "opkit", "ops", "plan", "report", "verify")
        or path.name in ("native.py", "layers.py")
        for line in judged_by_name(path.read_text())
    ]
    assert not found, f"names of kernels are compared: {found}"


@pytest.mark.parametrize(
    "line",
    [
        'call.source == "conv_2d"',
        '"conv_2d_im2col" != call.source',
        "call.source in TWINS",
        "TWINS[call.source]",
        'call.function.endswith("_rows")',
        'step.call.source.split("_")',
        're.sub("conv_2d", "conv_2d_packed", call.function)',
        'source = call.source or kind\nsource.startswith("conv_2d")',
        'name = row.file if packed else "conv_2d"\nname in TWINS',
    ],
)
def test_a_comparison_of_a_kernels_name_is_found(line: str) -> None:
    assert len(judged_by_name(line)) == 1
    assert judged_by_name("call = KernelCall(row.function, source=row.file)") == []


def constants_of(source: str) -> set[str]:
    """The public upper-case names that a module assigns."""
    assigned = (
        target
        for node in ast.parse(source).body
        for target in (
            node.targets
            if isinstance(node, ast.Assign)
            else [node.target]
            if isinstance(node, ast.AnnAssign)
            else []
        )
    )
    names = {target.id for target in assigned if isinstance(target, ast.Name)}
    return {name for name in names if name.isupper() and not name.startswith("_")}


@pytest.mark.parametrize("name", operators())
def test_an_operators_public_constants_are_parts_of_the_contract(name: str) -> None:
    """Its own begin with an underscore, so an unknown part cannot go unnoticed."""
    unknown = constants_of((PACKAGE / "ops" / f"{name}.py").read_text()) - set(PARTS)
    assert not unknown, f"edgeq/opkit/contract.py knows no {unknown}; begin them with an underscore"


def test_operators_are_named_in_their_package_alone() -> None:
    kinds = {name.upper() for name in operators()}
    found = [
        f"edgeq/{place(path)}:{line} names {text}"
        for path in sources()
        if package_of(path) != "ops" and not place(path).startswith(tuple(NAMED_ELSEWHERE))
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
        t.id
        for node in tree.body
        if isinstance(node, ast.Assign)
        for t in node.targets
        if isinstance(t, ast.Name)
    ]
    parts += [
        alias.asname or alias.name
        for node in tree.body
        if isinstance(node, ast.ImportFrom)
        for alias in node.names
    ]
    assert {"Attributes", "TYPES", "output_shapes", "simulate", "kernel"} <= set(parts)
    assert (CHECKOUT / "tests" / "ops" / f"test_{name}.py").is_file(), (
        "an operator without a test of its name"
    )
