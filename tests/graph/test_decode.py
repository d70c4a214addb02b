"""Truncated, changed and malicious files give a Model or one ModelError, in bounded memory and
time.
"""

from __future__ import annotations

import tracemalloc
from collections.abc import Callable
from pathlib import Path
from typing import Any

import flatbuffers
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from edgeq.errors import ModelError
from edgeq.graph import Model, read_tflite, write_tflite
from edgeq.graph.decode import MAX_TABLES, SHARING, SLACK, decode
from graph.samples import accepted, conv_model, dtype_model, flipped, shared_model


@pytest.mark.parametrize("build", [conv_model, shared_model])
def test_no_shorter_file_of_a_small_model_is_read(build: Callable[[], Model]) -> None:
    data = write_tflite(build())
    assert accepted(data[:length] for length in range(len(data) - 16)) == 0


def test_no_shorter_file_of_a_published_model_is_read(shared_models: Path) -> None:
    data = (shared_models / "kws_ref_model.tflite").read_bytes()
    assert accepted(data[:length] for length in range(0, len(data) - 64, 501)) == 0


@pytest.mark.parametrize("count", [500, pytest.param(5000, marks=pytest.mark.slow)])
@pytest.mark.parametrize("build", [conv_model, dtype_model, shared_model])
def test_changed_bytes_give_a_model_or_one_error(build: Callable[[], Model], count: int) -> None:
    files = flipped(write_tflite(build()), count, seed=3)
    assert 1 / 15 < accepted(files) / count < 14 / 15


@pytest.mark.parametrize("count", [60, pytest.param(600, marks=pytest.mark.slow)])
def test_changed_bytes_of_a_published_model_give_a_model_or_one_error(
    shared_models: Path, count: int
) -> None:
    data = (shared_models / "kws_ref_model.tflite").read_bytes()
    tables = (
        len(data) - 8000
    )  # most of the file is weights, which may be anything; its tables come last
    files = (data[:tables] + tail for tail in flipped(data[tables:], count, seed=4))
    assert accepted(files) < count


@settings(max_examples=200, deadline=None)
@given(st.binary(max_size=400))
@example(b"\0\0\0\0TFL3")
@example(b"\x08\0\0\0TFL3\0\0\0\0")
@example(b"\x08\0\0\0TFL3\4\0\0\0\4\0\4\0")
def test_any_bytes_behind_the_header_give_one_error(tail: bytes) -> None:
    accepted([tail, b"\x08\0\0\0TFL3" + tail])


@pytest.mark.slow
def test_what_is_held_is_bounded_by_the_size_of_the_file() -> None:
    data = write_tflite(dtype_model())
    read_tflite(data)
    tracemalloc.start()
    try:
        accepted(flipped(data, 300, seed=5))
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert peak < 60 * len(data) + (1 << 20)


def crafted(fill: Callable[[Any], dict[int, int]], slots: int = 8) -> bytes:
    """A file whose Model table has the offsets that `fill` returns, by slot."""
    builder = flatbuffers.Builder(1024)
    offsets = fill(builder)
    builder.StartObject(slots)
    for slot, offset in offsets.items():
        builder.PrependUOffsetTRelativeSlot(slot, offset, 0)
    builder.PrependUint32Slot(0, 3, 0)
    builder.Finish(builder.EndObject(), file_identifier=b"TFL3")
    return bytes(builder.Output())


def references(builder: Any, target: int, count: int) -> int:
    builder.StartVector(4, count, 4)
    for _ in range(count):
        builder.PrependUOffsetTRelative(target)
    return int(builder.EndVector())


def one_field(builder: Any, slot: int, offset: int) -> int:
    builder.StartObject(slot + 1)
    builder.PrependUOffsetTRelativeSlot(slot, offset, 0)
    return int(builder.EndObject())


def test_many_references_to_one_large_table_are_refused() -> None:
    """100 KB that would unpack to 2.5 GB: 10,000 tensors, each the same table with a name of 64 KB,
    in 4 subgraphs.
    """

    def fill(builder: Any) -> dict[int, int]:
        tensor = one_field(builder, 3, builder.CreateString("x" * (1 << 16)))
        graph = one_field(builder, 0, references(builder, tensor, 10_000))
        return {2: references(builder, graph, 4)}

    data = crafted(fill)
    read_tflite(write_tflite(conv_model()))
    tracemalloc.start()
    try:
        with pytest.raises(ModelError, match=f"more than {SHARING} times its size"):
            read_tflite(data)
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert peak < 2 * SHARING * len(data) + SLACK


@pytest.mark.slow
def test_more_tables_than_any_model_has_are_refused() -> None:
    def fill(builder: Any) -> dict[int, int]:
        builder.StartObject(0)
        graph = int(builder.EndObject())
        return {2: references(builder, graph, MAX_TABLES), 3: builder.CreateString("x" * (1 << 21))}

    with pytest.raises(ModelError, match=f"it has more than {MAX_TABLES} tables"):
        read_tflite(crafted(fill))


@pytest.mark.parametrize("length", [1 << 10, 0x3FFFFFFF, 0x7FFFFFFF, 0xFFFFFFFF])
@pytest.mark.parametrize(
    ("slot", "target"), [(2, "subgraphs"), (3, "description"), (5, "metadata buffers")]
)
def test_lengths_beyond_the_file_are_refused_before_they_are_used(
    slot: int, target: str, length: int
) -> None:
    data = crafted(lambda builder: {slot: builder.CreateString("abc")})
    changed = data.replace(b"\3\0\0\0abc", length.to_bytes(4, "little") + b"abc")
    assert changed != data, target
    with pytest.raises(ModelError, match="lie outside its"):
        decode(changed)


def test_a_table_that_contains_itself_ends() -> None:
    """No table of the schema contains itself, so a loop of offsets is read as other tables and
    ends.
    """
    data = bytearray(
        crafted(
            lambda builder: {
                2: references(builder, one_field(builder, 4, builder.CreateString("g")), 1)
            }
        )
    )
    root = int.from_bytes(data[:4], "little")
    for at in range(root, len(data) - 3, 4):
        copy = bytearray(data)
        copy[at : at + 4] = (root - at & 0xFFFFFFFF).to_bytes(4, "little")
        accepted([bytes(copy)])


def test_fields_of_a_later_schema_are_refused_not_dropped() -> None:
    data = crafted(lambda builder: {8: builder.CreateString("new")}, slots=9)
    with pytest.raises(
        ModelError, match=r"a Model table has a field .* update the `tflite` package"
    ):
        decode(data)


def test_deprecated_fields_within_the_schema_are_passed_over() -> None:
    """SignatureDef's slot 3 once held a method's name."""

    def fill(builder: Any) -> dict[int, int]:
        signature = one_field(builder, 3, builder.CreateString("method"))
        return {7: references(builder, signature, 1)}

    (signature,) = decode(crafted(fill))[0]["signature_defs"]
    assert signature == {
        "inputs": None,
        "outputs": None,
        "signature_key": None,
        "subgraph_index": 0,
    }
