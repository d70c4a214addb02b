"""The C expressions that templates make of places, operands and arguments."""

from __future__ import annotations

from typing import Any

import pytest

from edgeq.codegen.expressions import Arguments, FiringRows, Operand, Place
from edgeq.codegen.templates import _environment

MACROS: Any = _environment().get_template("native/expressions.j2").module
BYTES, WORDS = Operand("int8_t", Place(16)), Operand("int32_t", Place(64))
TABLE = Operand("int8_t", None, "layer3_input1")


@pytest.mark.parametrize(
    ("place", "expression"),
    [
        (Place(0), "arena + 0"),
        (Place(48, row_bytes=12, stage=1), "arena + 48 + row[1] * 12"),
        (Place(48, row_bytes=12, stage=1, advance=2), "arena + 48 + row[1] * 2 * 12"),
        (
            Place(48, row_bytes=12, lines=3, stage=2),
            "arena + 48 + edgeq_line_of(row[2], 3) * 12",
        ),
        (
            Place(48, row_bytes=12, lines=3, stage=2, advance=2, shift=1),
            "arena + 48 + edgeq_line_of(row[2] * 2 + 1, 3) * 12",
        ),
    ],
)
def test_a_place_is_an_address_in_the_arena(place: Place, expression: str) -> None:
    assert MACROS.at(place) == expression


def test_a_pointer_has_the_type_of_its_operand() -> None:
    assert MACROS.pointer(BYTES, "") == "(int8_t *)(arena + 16)"
    assert MACROS.pointer(WORDS, "const ") == "(const int32_t *)(void *)(arena + 64)"


@pytest.mark.parametrize(
    ("rows", "count", "firing_bytes"),
    [
        (FiringRows(0, rows=2, height=8), "2", "20"),
        (
            FiringRows(1, rows=4, height=9),
            "(row[1] < 5 ? 4 : 9 - row[1])",
            "(row[1] < 5 ? 4 : 9 - row[1]) * 10",
        ),
    ],
)
def test_the_last_firing_may_compute_fewer_rows(
    rows: FiringRows, count: str, firing_bytes: str
) -> None:
    assert (MACROS.count(rows), MACROS.firing_bytes(rows, 10)) == (count, firing_bytes)


@pytest.mark.parametrize(
    ("arguments", "expression"),
    [
        (
            Arguments(None, [BYTES, TABLE], [WORDS], None),
            "(const int8_t *)(arena + 16), layer3_input1, (int32_t *)(void *)(arena + 64)",
        ),
        (
            Arguments(None, [TABLE, BYTES], [BYTES], 0, gathered=True),
            "EDGEQ_INPUTS(layer3_input1, (const int8_t *)(arena + 16)), (int8_t *)(arena + 16), (void *)(arena + 0)",
        ),
        (
            Arguments(None, [BYTES], [BYTES, BYTES], None, scattered=True),
            "(const int8_t *)(arena + 16), EDGEQ_OUTPUTS((int8_t *)(arena + 16), (int8_t *)(arena + 16))",
        ),
        (
            Arguments(FiringRows(2, rows=1, height=5, lines=3), [BYTES], [BYTES], None),
            "(edgeq_rows){row[2], 1, 3}, (const int8_t *)(arena + 16), (int8_t *)(arena + 16)",
        ),
    ],
)
def test_arguments_come_in_the_order_of_the_kernel(arguments: Arguments, expression: str) -> None:
    assert MACROS.arguments(arguments) == expression


@pytest.mark.parametrize(
    ("value", "literal"),
    [
        (None, "NULL"),
        (-(2**31), "(-2147483647 - 1)"),
        (0.5, "0.5f"),
        ((1, -2), "{1, -2}"),
        ("layer0_weights", "layer0_weights"),
    ],
)
def test_a_parameter_is_a_literal_or_the_array_that_holds_it(value: object, literal: str) -> None:
    assert MACROS.literal(value) == literal
