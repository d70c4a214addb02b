"""Which kernel a layer gets is plain data: a function of the node, and a table with a file for each."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace

import pytest
from opkit.test_float_connected import connected
from opkit.test_float_convolution import layer as float_layer
from ops.packed import coded, int4
from ops.test_conv_2d import CASES as CONVOLUTIONS
from ops.test_conv_2d import NARROW as NARROW_CONVOLUTIONS
from ops.test_conv_2d import convolution
from ops.test_depthwise_conv_2d import CASES as DEPTHWISES
from ops.test_depthwise_conv_2d import depthwise
from ops.test_fully_connected import CASES as DENSES
from ops.test_fully_connected import NARROW as NARROW_DENSES
from ops.test_fully_connected import layer

from edgeq.codegen.kernel_files import INCLUDE
from edgeq.codegen.kernel_rows import row_of, substituted
from edgeq.graph import Model
from edgeq.opkit.variants import Kernel, Variant, packed_forms, stored
from edgeq.opkit.weight_storage import Storage
from edgeq.ops import bind, kernels, operator
from edgeq.resources import resource_folder

RELU = {"fused_activation_function": "RELU"}
DENSE, CONV, DEPTHWISE = "FULLY_CONNECTED", "CONV_2D", "DEPTHWISE_CONV_2D"
CODED = Storage.CODEBOOK
FLOATS = [
    connected((1, 8), 4, 8),
    connected((1, 8), 3, 8),
    connected((1, 8), 3, 8, "float32"),
    *(
        float_layer(CONV, (1, 5, 5, 3), (n, 3, 3, 3), w)
        for n in (2, 4)
        for w in ("int8", "float32")
    ),
    *(float_layer(DEPTHWISE, (1, 5, 5, 3), (1, 3, 3, 3), w) for w in ("int8", "float32")),
]
LARGE = [coded(depthwise((1, 9, 9, 1), (5, 5), 64), 1)]
"""Enough weights for a codebook to save bytes."""


def variant(model: Model) -> Variant:
    (node,) = bind(model.main)
    choose = operator(node.kind).variant
    assert choose is not None
    return choose(node)


@pytest.mark.parametrize(
    ("model", "expected"),
    [
        (convolution((1, 4, 5, 8), (4, 3, 3, 8)), Variant(CONV, "im2col", "int8")),
        (CONVOLUTIONS["2 groups"], Variant(CONV, "direct", "int8")),
        (CONVOLUTIONS["int16"], Variant(CONV, "direct", "int16")),
        (int4(CONVOLUTIONS["int16"]), Variant(CONV, "direct", "int16", storage=Storage.INT4)),
        (coded(convolution((1, 4, 4, 48), (4, 3, 3, 48)), 3), Variant(CONV, "im2col", "int8", storage=CODED)),
        (depthwise((1, 6, 7, 4), (3, 3), zero_points=(3, -128), **RELU), Variant(DEPTHWISE, "3x3", "int8")),
        (depthwise((1, 6, 7, 4), (5, 3)), Variant(DEPTHWISE, "per channel", "int8")),
        (depthwise((1, 6, 7, 1), (3, 3), 4), Variant(DEPTHWISE, "im2col", "int8")),
        (depthwise((1, 6, 7, 4), (3, 3), 2), Variant(DEPTHWISE, "direct", "int8")),
        (layer((1, 40), 7), Variant(DENSE, "neurons", "int8")),
        (layer((1, 39), 7), Variant(DENSE, "direct", "int8")),
        (layer((1, 40), 3), Variant(DENSE, "direct", "int8")),
        (int4(layer((1, 40), 7)), Variant(DENSE, "neurons", "int8", storage=Storage.INT4)),
    ],
)  # fmt: skip
def test_a_variant_follows_from_the_node(model: Model, expected: Variant) -> None:
    assert variant(model) == expected
    assert expected in kernels()


@pytest.mark.parametrize(
    ("model", "why"),
    [
        (coded(layer((1, 128), 8), 8), "8 bits save nothing"),
        (coded(layer((1, 24), 8), 6, 8), "the tables are as large as the weights"),
        (coded(layer((1, 128), 8), 4, 4, 1), "the tables are not those of neurons"),
        (
            coded(depthwise((1, 6, 7, 64), (3, 3), 2), 1, 2, 3),
            "weights of several tables lie side by side",
        ),
    ],
)
def test_some_codebooks_are_expanded(model: Model, why: str) -> None:
    assert variant(model).storage is Storage.PLAIN, why


def test_the_call_is_that_of_the_variants_row() -> None:
    for model in (layer((1, 40), 7), int4(convolution((1, 4, 5, 8), (4, 3, 3, 8)))):
        (node,) = bind(model.main)
        call, row = operator(node.kind).kernel(node), kernels()[variant(model)]
        assert (call.function, call.source) == (row.function, row.file)  # type: ignore[union-attr]


def test_weights_are_read_as_they_are_where_no_kernel_decodes_them() -> None:
    plain, row = Variant(CONV, "direct", "int8"), next(iter(kernels().values()))
    table = {plain: row, **packed_forms(plain, row)}
    assert stored(table, plain, CODED) == replace(plain, storage=CODED)
    assert stored({plain: row}, plain, CODED) == plain


@pytest.mark.parametrize("row", dict.fromkeys(kernels().values()), ids=lambda row: row.function)
def test_a_rows_file_has_its_function(row: Kernel) -> None:
    """One file of that name, which is rendered to define the function."""
    (path,) = (resource_folder("firmware_templates") / "native").glob(f"*/{row.file}.c")
    text = path.read_text()
    included = [path.parents[1] / name for name in INCLUDE.findall(text)]
    texts = [text, *(file.read_text() for file in included if file.is_file())]
    made = substituted(text, row_of(row.function, "\n".join(texts), path.name))
    assert f"EDGEQ_KERNEL void {row.function}(" in made


def test_a_function_is_one_kernel() -> None:
    """Rows that share a function, such as those of int4 and codebooks, share all of the kernel."""
    of_function = Counter(row.function for row in set(kernels().values()))
    assert max(of_function.values()) == 1


def test_every_operator_with_variants_uses_all_of_them() -> None:
    """The sample layers of its tests, with plain weights and packed, get every row of the table."""
    wholes = [*CONVOLUTIONS.values(), *DEPTHWISES.values(), *DENSES.values(), *FLOATS]
    packed = [change(m) for m in wholes[: -len(FLOATS)] for change in (int4, lambda m: coded(m, 1))]
    narrow = [*NARROW_CONVOLUTIONS.values(), *NARROW_DENSES.values()]
    found = {variant(model) for model in (*wholes, *packed, *LARGE, *narrow)}
    by_rows = {row for v in found if (row := replace(v, by_rows=True)) in kernels()}
    assert found | by_rows == set(kernels())
