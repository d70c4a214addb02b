"""What an operator module declares is read once and checked: a slip is no absent part."""

from __future__ import annotations

import re
from dataclasses import dataclass, fields
from types import ModuleType
from typing import Any

import pytest

from edgeq.errors import EdgeqError
from edgeq.opkit.contract import Operator, WeightRole, no_rows
from edgeq.opkit.kernel_call import View
from edgeq.opkit.node import Node, Shape, Values
from edgeq.opkit.operator_module import PARTS, read_operator
from edgeq.ops import operator, supported


@dataclass(frozen=True)
class Attributes:
    """The options of an operator that has none."""


def output_shapes(node: Node) -> tuple[Shape, ...]:
    return (node.input(0).shape,)


def simulate(node: Node, *values: Values | None) -> Values:
    assert values[0] is not None, node
    return values[0]


def kernel(_: Node) -> View:
    return View(0)


def macs(_: Node) -> int:
    return 0


def im2col_matrix(_: Node, x: Values) -> Values:
    return x


def module(*left_out: str, **more: Any) -> ModuleType:
    """An operator module of the required parts but for those left out, and of more."""
    found = ModuleType("edgeq.ops.mirror", "MIRROR: y = x.\n\nMore to read.")
    parts = {
        "Attributes": Attributes,
        "TYPES": {("int8",): ("int8",)},
        "NEWEST_VERSION": 1,
        "output_shapes": output_shapes,
        "simulate": simulate,
        "kernel": kernel,
    }
    vars(found).update({name: v for name, v in parts.items() if name not in left_out} | more)
    return found


def test_what_a_module_leaves_out_has_its_default() -> None:
    known = read_operator(module())
    assert (known.kernel, known.newest_version, known.summary) == (kernel, 1, "MIRROR: y = x.")
    assert (known.options, known.weights, known.macs, known.rows) == ("", None, None, no_rows)
    assert (known.same_scale, known.versions, known.fixed_output) == (False, {}, {})


def test_what_a_module_says_is_taken() -> None:
    role = WeightRole(axis=0, rank=2)
    known = read_operator(
        module(WEIGHTS=role, macs=macs, im2col_matrix=im2col_matrix, SAME_SCALE=True)
    )
    assert (known.weights, known.macs, known.im2col_matrix, known.same_scale) == (
        role,
        macs,
        im2col_matrix,
        True,
    )


def test_every_part_is_a_field_of_an_operator() -> None:
    assert {part.lower() for part in PARTS} | {"summary"} == {f.name for f in fields(Operator)}


@pytest.mark.parametrize(
    ("slip", "part"),
    [
        ("SAMESCALE", "SAME_SCALE"),
        ("SAME_SCALES", "SAME_SCALE"),
        ("same_scale", "SAME_SCALE"),
        ("HOMOGENOUS", "HOMOGENEOUS"),
        ("VERSION", "VERSIONS"),
        ("SCALE_VERSION", "SCALES_VERSION"),
        ("FIXED_OUTPUTS", "FIXED_OUTPUT"),
        ("WEIGHT", "WEIGHTS"),
        ("Weights", "WEIGHTS"),
        ("EQUAL_SCALE", "EQUAL_SCALES"),
        ("OPTION", "OPTIONS"),
        ("row", "rows"),
        ("ROWS", "rows"),
        ("mac", "macs"),
        ("MACS", "macs"),
        ("im2col_matrx", "im2col_matrix"),
        ("works", "work"),
    ],
)
def test_a_slip_of_an_optional_part_is_refused(slip: str, part: str) -> None:
    with pytest.raises(EdgeqError, match=f"its {slip} is nearly {part}"):
        read_operator(module(**{slip: True}))


@pytest.mark.parametrize("part", ["Attributes", "TYPES", "output_shapes", "simulate", "kernel"])
def test_a_required_part_must_be_there(part: str) -> None:
    with pytest.raises(EdgeqError, match=f"it has no {part}"):
        read_operator(module(part))


@pytest.mark.parametrize("part", ["macs", "im2col_matrix"])
def test_weights_need_what_quantizers_ask_of_them(part: str) -> None:
    parts = {"macs": macs, "im2col_matrix": im2col_matrix, "WEIGHTS": WeightRole(axis=0, rank=2)}
    del parts[part]
    with pytest.raises(EdgeqError, match=f"it has WEIGHTS and no {part}"):
        read_operator(module(**parts))


@pytest.mark.parametrize(
    ("part", "value", "words"),
    [
        ("SAME_SCALE", 1, "True or False"),
        ("SCALES_VERSION", True, "a whole number from 1 on"),
        ("NEWEST_VERSION", "7", "a whole number from 1 on"),
        ("WEIGHTS", (0, 4), "a WeightRole"),
        ("VERSIONS", {"int8": 2}, "a table {dtypes: version}"),
        ("VERSIONS", {("int8",): 0}, "a table {dtypes: version}"),
        ("FIXED_OUTPUT", {"int8": (1 / 256,)}, "a table {dtype: (scale, zero point)}"),
        ("TYPES", {("int8",): "int8"}, "a table {input dtypes: output dtypes}"),
        ("OPTIONS", ("PackOptions",), "the name of a table"),
        ("Attributes", dict, "a dataclass"),
        ("kernel", View(0), "a function of a node"),
        ("rows", lambda: None, "a function of a node"),
        ("im2col_matrix", macs, "a function of a node and its input"),
        ("simulate", macs, "a function of a node and any number of values"),
    ],
)
def test_a_part_of_another_kind_is_refused(part: str, value: object, words: str) -> None:
    with pytest.raises(EdgeqError, match=re.escape(f"its {part} is not {words}")):
        read_operator(module(**{part: value}))


def test_names_of_a_module_of_its_own_are_let_be() -> None:
    known = read_operator(module(_VERSION=3, windows=macs, sums=macs, outputs=macs, LIMITS={}))
    assert known.versions == {}


@pytest.mark.parametrize("kind", sorted(supported()))
def test_every_operator_keeps_the_contract(kind: str) -> None:
    assert operator(kind).summary.startswith(kind)
