"""Files with codebooks: TFLM's format as decoded by TFLM, edgeq's own format, and damaged files."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from ops.harness import reference_output, tflm_output
from ops.packed import coded
from ops.test_conv_2d import convolution
from ops.test_depthwise_conv_2d import depthwise
from ops.test_fully_connected import layer

from edgeq.errors import ModelError
from edgeq.graph import Codebook, Model, Tensor, expanded, read_tflite, write_tflite
from edgeq.graph.compression import OWN_ENTRY, TFLM_ENTRY, in_tflm
from edgeq.graph.decode import Table, decode, decode_metadata
from edgeq.graph.encode import encode, encode_metadata
from edgeq.simulate.execute import execute, random_inputs
from graph.samples import accepted, flipped

CONV, DEPTHWISE = convolution((1, 5, 5, 6), (4, 3, 3, 6)), depthwise((1, 6, 5, 6), (3, 3))
DENSE, DENSE_PER_UNIT = layer((2, 24), 8), layer((2, 24), 8, per_channel=True)
IN_TFLM = {
    f"{name}, {bits} bits": coded(model, bits, tables, axis)
    for bits in range(1, 8)
    for name, model, tables, axis in (
        ("convolution", CONV, 4, 0),
        ("depthwise", DEPTHWISE, 6, 3),
        ("dense", DENSE, 1, 0),
        ("dense, per unit", DENSE_PER_UNIT, 8, 0),
    )
}
REPEATED = {
    "one table, many scales": coded(CONV, 4),
    "one table along another axis": coded(CONV, 4, 1, 2),
    "one table along the last axis": coded(DENSE, 4, 1, 1),
    "groups of channels": coded(CONV, 4, 2),
    "groups of the last axis": coded(DEPTHWISE, 1, 3, 3),
}
"""Codebooks of fewer tables than TFLM wants."""

OWN = {
    "8 bits": coded(DENSE, 8),
    "repeated tables as large as the weights": coded(CONV, 6, 2),
    "many tables, one scale": coded(DENSE, 3, 4),
    "another axis": coded(CONV, 2, 3, 1),
}


def weights(model: Model) -> Tensor:
    return next(tensor for tensor in model.main.tensors if tensor.name == "w")


def stored(model: Model) -> list[str]:
    """The metadata entries of the model's file; its weights are read back unchanged."""
    data = write_tflite(model)
    assert weights(read_tflite(data)) == weights(model)
    assert accepted([data]) == 1
    return [entry["name"] for entry in decode(data)[0]["metadata"] or ()]


def assert_oracles_agree(model: Model, *oracles: Callable[..., Any]) -> None:
    """Both oracles compute from the file what the simulator computes from the model."""
    inputs = random_inputs(model.main, 3)
    expected = execute(model.main, inputs)[model.main.outputs[0]]
    for oracle in oracles:
        np.testing.assert_array_equal(oracle(model, inputs), expected)


@pytest.mark.parametrize("name", IN_TFLM)
def test_tflm_decodes_what_is_written(name: str) -> None:
    model = IN_TFLM[name]
    assert in_tflm(weights(model))
    assert stored(model) == [TFLM_ENTRY]
    assert_oracles_agree(model, tflm_output)


@pytest.mark.parametrize("name", REPEATED)
def test_tables_are_repeated_where_tflm_wants_more(name: str) -> None:
    model = REPEATED[name]
    assert stored(model) == [TFLM_ENTRY, OWN_ENTRY]
    assert_oracles_agree(model, tflm_output)


@pytest.mark.parametrize("name", OWN)
def test_other_codebooks_stay_beside_weights_that_all_runtimes_read(name: str) -> None:
    model = OWN[name]
    assert not in_tflm(weights(model))
    assert stored(model) == [OWN_ENTRY]
    assert_oracles_agree(model, reference_output, tflm_output)


def test_a_compressed_file_is_smaller_and_its_expansion_computes_the_same() -> None:
    model = coded(layer((1, 400), 40), 4)
    saved = len(write_tflite(expanded(model))) - len(write_tflite(model))
    assert weights(model).stored_bytes == 8000 + 16
    assert 8000 - 16 - 256 < saved < 8000 - 16, (
        "what says that there are tables takes some bytes itself"
    )
    inputs = random_inputs(model.main, 2)
    np.testing.assert_array_equal(
        reference_output(expanded(model), inputs), tflm_output(model, inputs)
    )


def with_codebook(**fields: Any) -> Callable[[Model], Model]:
    def change(model: Model) -> Model:
        book = weights(model).codebook
        assert book is not None
        tensors = tuple(
            replace(t, codebook=replace(book, **fields)) if t.codebook else t
            for t in model.main.tensors
        )
        return replace(model, graphs=(replace(model.main, tensors=tensors),))

    return change


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (with_codebook(bits=9), "a codebook of 9 bits — expected 1 to 8"),
        (with_codebook(bits=0), "a codebook of 0 bits"),
        (with_codebook(tables=()), "tables of [] values"),
        (with_codebook(tables=((1, 2), (1,))), "tables of [1, 2] values"),
        (with_codebook(tables=((0,) * 17,)), "tables of [17] values — expected one table or more"),
        (with_codebook(tables=((128,),)), "the tables ((128,),) — expected values of int8"),
        (with_codebook(axis=4), "1 tables along axis 4"),
        (with_codebook(tables=((0,),) * 3), "3 tables along axis 0"),
        (with_codebook(tables=((7,),)), "values that are not in their table"),
    ],
)
def test_a_codebook_that_does_not_fit_is_refused(
    change: Callable[[Model], Model], message: str
) -> None:
    with pytest.raises(ModelError, match="tensor 1 'w' has ") as caught:
        write_tflite(change(coded(CONV, 4)))
    assert message in str(caught.value)


def test_only_constants_of_int8_have_codebooks() -> None:
    tensors = (replace(CONV.main.tensors[0], codebook=Codebook(1, ((0,),))), *CONV.main.tensors[1:])
    with pytest.raises(ModelError, match="a codebook, and is computed int8"):
        write_tflite(replace(CONV, graphs=(replace(CONV.main, tensors=tensors),)))


def test_metadata_of_compression_is_not_written_by_hand() -> None:
    with pytest.raises(
        ModelError, match=r"metadata called COMPRESSION_METADATA or edgeq\.codebooks"
    ):
        write_tflite(replace(CONV, metadata=((OWN_ENTRY, b""),)))


def lut(**fields: int) -> Callable[[Table], None]:
    """A change to the first entry of TFLM's metadata."""

    def change(root: Table) -> None:
        buffer = root["buffers"][root["metadata"][0]["buffer"]]
        inner = decode_metadata(buffer["data"])
        inner["subgraphs"][0]["lut_tensors"][0].update(fields)
        buffer["data"] = encode_metadata(inner)

    return change


def version(root: Table) -> None:
    buffer = root["buffers"][root["metadata"][0]["buffer"]]
    buffer["data"] = encode_metadata(decode_metadata(buffer["data"]) | {"schema_version": 2})


def in_buffer(cut: Callable[[bytes], bytes], values: bool = False) -> Callable[[Table], None]:
    """A change to the indices, or to the value tables, which follow all tensors' buffers."""

    def change(root: Table) -> None:
        tensors = root["subgraphs"][0]["tensors"]
        last = max(tensor["buffer"] for tensor in tensors)
        place = last + 1 if values else next(t["buffer"] for t in tensors if t["name"] == "w")
        root["buffers"][place]["data"] = cut(root["buffers"][place]["data"])

    return change


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (version, "COMPRESSION_METADATA has version 2, known is 1"),
        (lut(tensor=99), "tensor 99 of subgraph 0, which do not exist"),
        (lut(tensor=-1), "tensor -1 of subgraph 0"),
        (
            lut(tensor=0),
            "'x' has the type int8 and the shape (1, 5, 5, 6) — expected constants of int8",
        ),
        (lut(tensor=2), "'b' has the type int32"),
        (lut(value_buffer=99), "it refers to buffer 99 of"),
        (lut(value_buffer=0), "0 bytes of values — expected 4 tables of 1 to 8 each"),
        (lut(index_bitwidth=0), "indices of 0 bits — expected 1 to 7"),
        (lut(index_bitwidth=8), "indices of 8 bits"),
        (lut(index_bitwidth=4), "81 bytes of indices — expected 108 for 216 of 4 bits"),
        (in_buffer(lambda data: data[:-1]), "80 bytes of indices"),
        (in_buffer(lambda data: data + b"\0"), "82 bytes of indices"),
        (in_buffer(lambda data: data[:-1], values=True), "31 bytes of values"),
        (in_buffer(lambda data: data * 2, values=True), "64 bytes of values"),
        (
            in_buffer(lambda data: data[:8], values=True),
            "the index 7 — expected one below 2, its table's length",
        ),
    ],
)
def test_a_damaged_file_gives_one_error(change: Callable[[Table], None], message: str) -> None:
    root, _ = decode(write_tflite(IN_TFLM["convolution, 3 bits"]))
    change(root)
    with pytest.raises(ModelError) as caught:
        read_tflite(encode(root))
    assert message in str(caught.value)


@pytest.mark.parametrize("cut", [1, 15, 16, 17, 30])
def test_an_own_entry_cut_short_gives_one_error(cut: int) -> None:
    root, _ = decode(write_tflite(OWN["many tables, one scale"]))
    buffer = root["buffers"][root["metadata"][0]["buffer"]]
    buffer["data"] = buffer["data"][:cut]
    with pytest.raises(ModelError, match=r"its entry edgeq\.codebooks ends within"):
        read_tflite(encode(root))


@pytest.mark.parametrize(
    "model",
    [IN_TFLM["depthwise, 5 bits"], REPEATED["groups of channels"], OWN["many tables, one scale"]],
)
@pytest.mark.parametrize("count", [400, pytest.param(4000, marks=pytest.mark.slow)])
def test_changed_bytes_give_a_model_or_one_error(model: Model, count: int) -> None:
    assert 0.05 < accepted(flipped(write_tflite(model), count, seed=5)) / count < 0.99
