"""Clean-up of branches and loops changes no byte of what stays."""

from dataclasses import replace

import numpy as np
import pytest
from ops.harness import constant, quantized
from ops.loops import (
    BODY,
    COND,
    add,
    branching,
    counted_loop,
    less_than,
    number,
    swapping_loop,
    while_op,
)

from edgeq.cleanup import clean_up
from edgeq.cleanup.carried_values import drop_carried_values
from edgeq.cleanup.last_results import move_last_results
from edgeq.cleanup.list_updates import update_lists
from edgeq.cleanup.region_constants import constants_into_regions
from edgeq.cleanup.single_steps import inline_single_steps
from edgeq.errors import EdgeqError
from edgeq.graph import Graph, Model, Op, Tensor
from edgeq.ops import bind
from edgeq.simulate.execute import execute, random_inputs

RESHAPE, STEPS, UNITS = "ReshapeOptions", 4, 6


def same_outputs(before: Graph, after: Graph) -> bool:
    x = random_inputs(before, 9)
    a, b = execute(before, x), execute(after, x)
    pairs = zip(before.outputs, after.outputs, strict=True)
    return all(np.array_equal(a[t], b[u]) for t, u in pairs)


def with_constant(model: Model, t: int) -> Graph:
    """The model's graph with a constant in place of an input."""
    graph, given = model.main, model.main.tensors[t]
    values = np.arange(given.size).reshape(given.shape).astype(given.dtype)
    tensors = list(graph.tensors)
    tensors[t] = replace(given, buffer=values.tobytes())
    return replace(graph, tensors=tuple(tensors), inputs=tuple(i for i in graph.inputs if i != t))


def filling_loop(joined: bool) -> Model:
    """A list whose element i is written at step i: as TensorFlow joins it of parts, or by RESHAPE
    alone to the list of one element that holds the last.
    """
    length = STEPS if joined else 1
    carried = (number("i"), quantized("list", (length, UNITS), 0.1), quantized("h", (UNITS,), 0.1))
    shape = constant("shape", np.array([1, UNITS], np.int32))
    tensors: list[Tensor] = [
        *carried,
        number("one", 1),
        number("i+1"),
        constant("unit", np.arange(UNITS, dtype=np.int8), 0.1),
        quantized("h+", (UNITS,), 0.1),
        shape,
        quantized("row", (1, UNITS), 0.1),
    ]
    ops = [
        add(0, 3, 4),
        add(2, 5, 6),
        Op("RESHAPE", (6, 7), (8,), (("new_shape", (1, UNITS)),), options_type=RESHAPE),
    ]
    filled = 8
    if joined:
        k, vector = len(tensors), constant("v", np.array([1], np.int32))
        tensors += [
            vector,
            Tensor("at", (1,), "int32"),
            constant("rest", np.array([-1], np.int32)),
            Tensor("size", (2,), "int32"),
            constant("origin", np.array([0, 0], np.int32)),
            replace(quantized("head", (1, UNITS), 0.1), shape_signature=(-1, UNITS)),
            Tensor("behind", (1,), "int32"),
            constant("zero", np.array([0], np.int32)),
            Tensor("start", (2,), "int32"),
            constant("all", np.array([-1, -1], np.int32)),
            replace(quantized("tail", (1, UNITS), 0.1), shape_signature=(-1, UNITS)),
            quantized("list+", (STEPS, UNITS), 0.1),
        ]
        join = (("axis", 0), ("fused_activation_function", "NONE"))
        options = "ConcatenationOptions"
        ops += [
            Op("RESHAPE", (0, k), (k + 1,), (("new_shape", (1,)),), options_type=RESHAPE),
            Op("CONCATENATION", (k + 1, k + 2), (k + 3,), join, options_type=options),
            Op("SLICE", (1, k + 4, k + 3), (k + 5,), options_type="SliceOptions"),
            Op("RESHAPE", (4, k), (k + 6,), (("new_shape", (1,)),), options_type=RESHAPE),
            Op("CONCATENATION", (k + 6, k + 7), (k + 8,), join, options_type=options),
            Op("SLICE", (1, k + 8, k + 9), (k + 10,), options_type="SliceOptions"),
            Op("CONCATENATION", (k + 5, 8, k + 10), (k + 11,), join, options_type=options),
        ]
        filled = k + 11
    body = Graph(tuple(tensors), tuple(ops), (0, 1, 2), (4, filled, 6), "body")
    outer = (
        quantized("h", (UNITS,), 0.1),
        number("zero", 0),
        constant("empty", np.zeros((length, UNITS), np.int8), 0.1),
        number("end"),
        quantized("list end", (length, UNITS), 0.1),
        quantized("h end", (UNITS,), 0.1),
    )
    loop = while_op((1, 2, 0), (3, 4, 5), less_than(STEPS, carried), body)
    return Model((Graph(outer, (loop,), (0,), (4,)),))


def test_what_stays_the_same_and_is_constant_is_inside() -> None:
    graph = with_constant(counted_loop(), 0)
    graph = replace(graph, outputs=(4,))
    after = constants_into_regions(graph)
    (loop,) = after.ops
    assert len(loop.inputs) == len(loop.outputs) == 2
    assert same_outputs(graph, after)


def test_a_branch_has_its_constants_inside() -> None:
    graph = with_constant(branching(), 1)
    after = constants_into_regions(graph)
    assert after.ops[0].inputs == (0,)
    assert same_outputs(graph, after)


def test_what_nothing_depends_on_is_not_carried() -> None:
    model = filling_loop(joined=False)
    graph = replace(model.main, outputs=(5,))
    after = drop_carried_values(graph)
    assert [len(region.inputs) for _, region in after.ops[0].regions] == [2, 2]
    assert same_outputs(graph, after)


def test_a_list_of_the_last_element_is_made_behind_the_loop() -> None:
    graph = filling_loop(joined=False).main
    after = move_last_results(graph)
    assert [op.kind for op in after.ops] == ["WHILE", "RESHAPE"]
    assert len(after.ops[0].inputs) == 2
    assert same_outputs(graph, after)


def test_a_loop_that_may_not_run_keeps_its_results() -> None:
    graph = filling_loop(joined=False).main
    (loop,) = graph.ops
    regions = dict(loop.regions)
    never = less_than(0, [regions[BODY].tensors[t] for t in regions[BODY].inputs])
    graph = replace(graph, ops=(while_op(loop.inputs, loop.outputs, never, regions[BODY]),))
    assert move_last_results(graph) == graph


def test_a_list_is_updated_in_its_place() -> None:
    model = filling_loop(joined=True)
    cleaned = clean_up(model)
    (loop,) = cleaned.model.main.ops
    kinds = [op.kind for op in dict(loop.regions)[BODY].ops]
    assert "DYNAMIC_UPDATE_SLICE" in kinds
    assert "SLICE" not in kinds
    (x,) = random_inputs(model.main, 3)
    got = execute(cleaned.model.main, [x])[cleaned.model.main.outputs[0]]
    rows = [x[:, None].astype(np.int64)]
    for _ in range(STEPS):
        rows.append(np.clip(rows[-1] + np.arange(UNITS), -128, 127))
    np.testing.assert_array_equal(got, np.concatenate(rows[1:], axis=1))


def opened(graph: Graph) -> Graph:
    """The graph with the sizes of its lists left open, as TensorFlow 2.3 writes them."""
    whole, behind = (1, 1), (-1, -1)
    left = {
        "list": (whole, behind),
        "list end": (whole, behind),
        "list+": ((1, UNITS), (-1, UNITS)),
    }
    tensors = [
        replace(t, shape=left[t.name][0], shape_signature=left[t.name][1]) if t.name in left else t
        for t in graph.tensors
    ]
    ops = [
        replace(op, regions=tuple((name, opened(region)) for name, region in op.regions))
        for op in graph.ops
    ]
    return replace(graph, tensors=tuple(tensors), ops=tuple(ops))


def test_a_list_of_open_sizes_is_settled_before_its_shape_is_asked_for() -> None:
    graph = opened(filling_loop(joined=True).main)
    (end,), count = graph.outputs, len(graph.tensors)
    seen = Tensor("seen", (2,), "int32"), replace(graph.tensors[end], name="same")
    ops = (
        *graph.ops,
        Op("SHAPE", (end,), (count,), (("out_type", "INT32"),), options_type="ShapeOptions"),
        Op("RESHAPE", (end, count), (count + 1,), options_type=RESHAPE),
    )
    model = Model((replace(graph, tensors=(*graph.tensors, *seen), ops=ops, outputs=(count + 1,)),))
    (x,) = random_inputs(model.main, 3)
    cleaned = clean_up(model).model.main
    assert cleaned.tensors[cleaned.outputs[0]].shape == (STEPS, UNITS)
    settled = clean_up(filling_loop(joined=True)).model.main
    want, got = (execute(g, [x])[g.outputs[0]] for g in (settled, cleaned))
    np.testing.assert_array_equal(want, got)


def test_other_joints_of_parts_stay() -> None:
    body = dict(filling_loop(joined=True).main.ops[0].regions)[BODY]
    reshapes = [k for k, op in enumerate(body.ops) if op.inputs[:1] == (4,)]
    assert len(reshapes) == 1  # of i + 1, where the part behind begins
    (k,) = reshapes
    from_here = replace(body.ops[k], inputs=(0, *body.ops[k].inputs[1:]))
    ops = (*body.ops[:k], from_here, *body.ops[k + 1 :])
    assert update_lists(body) != body
    assert update_lists(replace(body, ops=ops)) == replace(body, ops=ops)


def test_regions_are_cleaned_up_as_the_graph_is() -> None:
    cleaned = clean_up(filling_loop(joined=True)).model
    cond = dict(cleaned.main.ops[0].regions)[COND]
    assert all(t.shape_signature is None for t in cond.tensors)
    assert len(cond.tensors) == len({*cond.inputs, *(t for op in cond.ops for t in op.inputs)}) + 1


def test_a_loop_of_one_step_is_its_body() -> None:
    graph = counted_loop(1).main
    after = inline_single_steps(graph)
    assert [op.kind for op in after.ops] == ["ADD", "ADD"]
    assert same_outputs(graph, after)
    twice = counted_loop(2).main
    assert inline_single_steps(twice) == twice


def test_a_loop_of_one_step_that_hands_on_what_it_got_to_an_output_stays() -> None:
    graph = replace(counted_loop(1).main, outputs=(4, 5))
    assert inline_single_steps(graph) == graph
    given = replace(swapping_loop(1).main, outputs=(5,))
    assert [op.kind for op in inline_single_steps(given).ops] == ["ADD", "ADD"]
    assert same_outputs(given, inline_single_steps(given))


def with_scale(graph: Graph, t: int, scale: float) -> Graph:
    """The graph with another scale of a tensor."""
    tensors = list(graph.tensors)
    tensors[t] = replace(tensors[t], quantization=quantized("", (), scale).quantization)
    return replace(graph, tensors=tuple(tensors))


def test_a_body_of_other_scales_than_outside_stays_in_its_loop() -> None:
    """A loop copies the integers that it carries, by which its body computes in scales of its own."""
    usual = counted_loop(1).main
    assert [op.kind for op in clean_up(Model((usual,))).model.main.ops] == ["ADD"]
    for t in (0, 2, 4):
        graph = with_scale(usual, t, 0.3)
        clean = clean_up(Model((graph,))).model.main
        assert [op.kind for op in clean.ops] == ["WHILE"]
        assert same_outputs(graph, clean)


def test_what_a_loop_passes_on_keeps_its_scale() -> None:
    """The ABS behind the loop computes by the scale of the loop's output, not of its input."""
    loop = with_scale(counted_loop().main, 5, 0.3)
    y = quantized("magnitude", (1, 6), 0.3)
    absolute = Op("ABS", (5,), (6,))
    graph = replace(loop, tensors=(*loop.tensors, y), ops=(*loop.ops, absolute), outputs=(4, 6))
    assert same_outputs(graph, clean_up(Model((graph,))).model.main)
    constant_x = with_constant(Model((graph,)), 0)
    assert same_outputs(constant_x, clean_up(Model((constant_x,))).model.main)


@pytest.mark.parametrize("kind", ["ADD", "NON_MAX_SUPPRESSION_V4"])
def test_another_operator_with_the_subgraphs_of_a_loop_is_refused(kind: str) -> None:
    graph = counted_loop().main
    ops = tuple(replace(op, kind=kind) if op.regions else op for op in graph.ops)
    with pytest.raises(EdgeqError):
        bind(clean_up(Model((replace(graph, ops=ops),))).model.main)
