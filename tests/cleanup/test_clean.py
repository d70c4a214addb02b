"""Clean-up keeps every byte of every tensor that it keeps, and of the outputs all."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from cleanup.graphs import (
    COMPUTED,
    SCALE,
    dead_end,
    flatten,
    random_model,
    reshape_and_back,
    transpose_and_back,
)

from edgeq.cleanup import NEW, CleanModel, clean_up
from edgeq.graph import Graph, Model, Op, Tensor, check_model, read_tflite, write_tflite
from edgeq.ops import bind
from edgeq.simulate.execute import execute, random_inputs
from edgeq.simulate.simulate import simulate


def assert_same_bytes(clean: CleanModel, seed: int = 0) -> None:
    """The simulator gives the same bytes for every tensor before and after."""
    before, after = clean.given.main, clean.model.main
    inputs = random_inputs(before, 3, seed)
    computed = {t for op in before.ops for t in op.outputs}
    pairs = [(t, given) for t, given in enumerate(clean.origins[0]) if given in computed]
    expected = execute(before, inputs, [given for _, given in pairs])
    got = execute(after, inputs, [t for t, _ in pairs])
    for t, given in pairs:
        np.testing.assert_array_equal(got[t], expected[given], before.tensors[given].name)


@pytest.mark.parametrize("seed", range(40))
def test_no_byte_of_a_tensor_that_stays_changes(seed: int) -> None:
    model = random_model(seed)
    clean = clean_up(model)
    check_model(clean.model)
    assert len(clean.model.main.ops) <= len(model.main.ops)
    assert_same_bytes(clean, seed)


@pytest.mark.parametrize("seed", range(40))
def test_outputs_keep_their_order_and_names(seed: int) -> None:
    clean = clean_up(random_model(seed))
    for before, after in (
        (clean.given.main.inputs, clean.model.main.inputs),
        (clean.given.main.outputs, clean.model.main.outputs),
    ):
        assert tuple(clean.origins[0][t] for t in after) == before


@pytest.mark.parametrize("seed", range(10))
def test_a_clean_model_comes_back_itself(seed: int) -> None:
    model = clean_up(random_model(seed, (*COMPUTED, flatten))).model
    again = clean_up(model)
    assert again.model is model
    assert again.origins == (tuple(range(len(model.main.tensors))),)


def test_every_rule_is_exercised() -> None:
    """The random graphs hold what each rule removes."""
    gone = set[str]()
    for seed in range(40):
        clean = clean_up(random_model(seed, (*COMPUTED, flatten)))
        left = {clean.origins[0][t] for op in clean.model.main.ops for t in op.outputs}
        gone |= {op.kind for op in clean.given.main.ops if not left.issuperset(op.outputs)}
    assert gone == {"SHAPE", "STRIDED_SLICE", "PACK", "RESHAPE", "TRANSPOSE", "PAD"} | {
        "QUANTIZE",
        "DEQUANTIZE",
    }


def test_open_sizes_become_those_of_the_operators() -> None:
    """Sizes that only running shows are 1 in the file; TensorFlow writes them so."""
    model = random_model(0, (flatten,), 1)
    graph = model.main
    flat = graph.ops[-2].outputs[0]
    unknown = replace(graph.tensors[flat], shape=(1, 1), shape_signature=(-1, -1))
    tensors = tuple(unknown if t == flat else x for t, x in enumerate(graph.tensors))
    clean = clean_up(replace(model, graphs=(replace(graph, tensors=tensors),))).model
    bind(clean.main)
    assert clean.main.tensors[clean.main.ops[-1].inputs[0]].shape == (1, 48)


def test_constants_that_clean_up_makes_have_no_origin() -> None:
    merged = [clean_up(random_model(seed)) for seed in range(20)]
    assert any(NEW in clean.origins[0] for clean in merged)
    assert all(
        clean.model.main.tensors[t].constant
        for clean in merged
        for t, given in enumerate(clean.origins[0])
        if given == NEW
    )


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(12))
def test_interpreters_of_the_given_file_agree(seed: int) -> None:
    """tflite-runtime and TFLM run the file as it is, the simulator what is left of it."""
    model: Model = read_tflite(write_tflite(random_model(seed, (*COMPUTED, flatten), 8)))
    inputs = random_inputs(model.main, 3, seed)
    result = simulate(model, inputs=inputs, oracles=["tflite-runtime", "tflm"])
    for name, said in result.oracles.items():
        assert (said.status, said.bytes_different) == ("ok", 0), (name, said)
        assert said.bytes_compared


def test_folding_ends_at_its_budget() -> None:
    """A kilobyte that 30 operators double is no gigabyte of constants."""
    tensors = [Tensor("x", (1, 1024), "int8", SCALE, buffer=bytes(1024))]
    options = (("axis", 1), ("fused_activation_function", "NONE"))
    ops = list[Op]()
    for k in range(18):
        tensors.append(Tensor(f"t{k}", (1, 2 * tensors[k].shape[1]), "int8", SCALE))
        ops.append(Op("CONCATENATION", (k, k), (k + 1,), options))
    model = Model((Graph(tuple(tensors), tuple(ops), (), (18,)),))
    assert sum(len(t.buffer or b"") for t in clean_up(model).model.main.tensors) <= 1 << 25


def test_long_chains_are_merged_in_time() -> None:
    """Thousands of operators take a pass, not a pass for each."""
    x = random_model(0, (transpose_and_back, reshape_and_back, dead_end), 1000)
    assert len(clean_up(x).model.main.ops) < 600
