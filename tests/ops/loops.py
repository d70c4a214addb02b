"""Models with WHILE and IF, for tests."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from ops.harness import constant, quantized

from edgeq.graph import Graph, Model, Op, Tensor

ADD = (("fused_activation_function", "NONE"), ("pot_scale_int16", True))
BODY, COND = "body_subgraph_index", "cond_subgraph_index"
THEN, ELSE = "then_subgraph_index", "else_subgraph_index"


def add(a: int, b: int, y: int) -> Op:
    return Op("ADD", (a, b), (y,), ADD, options_type="AddOptions")


def number(name: str, value: int | None = None) -> Tensor:
    """An int32 scalar, constant if a value is given."""
    if value is None:
        return Tensor(name, (), "int32")
    return constant(name, np.array(value, np.int32))


def flag(name: str) -> Tensor:
    return Tensor(name, (), "bool")


def less_than(limit: int, shapes: Sequence[Tensor]) -> Graph:
    """The condition that the first carried value is below a limit."""
    n = len(shapes)
    tensors = (*shapes, number("limit", limit), flag("more"))
    op = Op("LESS", (0, n), (n + 1,), options_type="LessOptions")
    return Graph(tensors, (op,), tuple(range(n)), (n + 1,), "cond")


def while_op(inputs: Sequence[int], outputs: Sequence[int], cond: Graph, body: Graph) -> Op:
    regions = ((BODY, body), (COND, cond))
    return Op("WHILE", tuple(inputs), tuple(outputs), options_type="WhileOptions", regions=regions)


def if_op(inputs: Sequence[int], outputs: Sequence[int], then: Graph, otherwise: Graph) -> Op:
    regions = ((ELSE, otherwise), (THEN, then))
    return Op("IF", tuple(inputs), tuple(outputs), options_type="IfOptions", regions=regions)


def counted_loop(steps: int = 5) -> Model:
    """y = x added to a state so many times, the state carried in int8."""
    state, x = quantized("state", (1, 6), 0.1, 3), quantized("x", (1, 6), 0.05, -4)
    carried = (number("i"), state, x)
    body = Graph(
        (*carried, number("one", 1), number("i+1"), quantized("sum", (1, 6), 0.1, 3)),
        (add(0, 3, 4), add(1, 2, 5)),
        (0, 1, 2),
        (4, 5, 2),
        "body",
    )
    tensors = (
        quantized("x", (1, 6), 0.05, -4),
        number("zero", 0),
        constant("start", np.full((1, 6), 3, np.int8), 0.1, zero_point=3),
        number("i end"),
        quantized("y", (1, 6), 0.1, 3),
        quantized("x end", (1, 6), 0.05, -4),
    )
    loop = while_op((1, 2, 0), (3, 4, 5), less_than(steps, carried), body)
    return Model((Graph(tensors, (loop,), (0,), (4,)),))


def swapping_loop(steps: int = 7) -> Model:
    """Two carried values change places at each step, one of them doubled on the way."""
    a, b = quantized("a", (1, 5), 0.1), quantized("b", (1, 5), 0.1)
    carried = (number("i"), a, b)
    body = Graph(
        (*carried, number("one", 1), number("i+1"), quantized("twice", (1, 5), 0.1)),
        (add(0, 3, 4), add(1, 1, 5)),
        (0, 1, 2),
        (4, 2, 5),
        "body",
    )
    tensors = (a, b, number("zero", 0), number("end"), a, b)
    loop = while_op((2, 0, 1), (3, 4, 5), less_than(steps, carried), body)
    return Model((Graph(tensors, (loop,), (0, 1), (4, 5)),))


def searching_loop() -> Model:
    """Adds y to x while x is below a limit: how many steps that takes depends on the data."""
    x, y = quantized("x", (1,), 0.1), quantized("y", (1,), 0.1)
    cond = Graph(
        (x, y, constant("limit", np.array([90], np.int8), 0.1), Tensor("more", (1,), "bool")),
        (Op("LESS", (0, 2), (3,), options_type="LessOptions"),),
        (0, 1),
        (3,),
        "cond",
    )
    body = Graph(
        (
            x,
            y,
            constant("step", np.array([7], np.int8), 0.1),
            quantized("z", (1,), 0.1),
            quantized("w", (1,), 0.1),
        ),
        (add(0, 2, 3), add(1, 3, 4)),
        (0, 1),
        (3, 4),
        "body",
    )
    tensors = (x, y, quantized("x end", (1,), 0.1), quantized("y end", (1,), 0.1))
    loop = while_op((0, 1), (2, 3), cond, body)
    return Model((Graph(tensors, (loop,), (0, 1), (2, 3)),))


def endless_loop() -> Model:
    """A condition that holds for ever."""
    model = counted_loop()
    op = model.main.ops[0]
    cond = dict(op.regions)[COND]
    always = Graph(
        (*cond.tensors[:3], constant("more", np.array(True))), (), (0, 1, 2), (3,), "cond"
    )
    loop = while_op(op.inputs, op.outputs, always, dict(op.regions)[BODY])
    graph = model.main
    return Model((Graph(graph.tensors, (loop,), graph.inputs, graph.outputs),))


def branching() -> Model:
    """y = x + x where the flag is set, else x as it is; and a second output."""
    x, y = quantized("x", (1, 6), 0.1), quantized("y", (1, 6), 0.1)
    then = Graph((x, y), (add(0, 0, 1),), (0,), (1, 0), "then")
    seven = constant("seven", np.full((1, 6), 7, np.int8), 0.1)
    otherwise = Graph((x, seven), (), (0,), (0, 1), "else")
    tensors = (flag("which"), x, y, quantized("z", (1, 6), 0.1))
    op = if_op((0, 1), (2, 3), then, otherwise)
    return Model((Graph(tensors, (op,), (0, 1), (2, 3)),))


def nested_loops() -> Model:
    """A loop in a loop, which counts to the step of the outer one: a number that changes."""
    state = quantized("state", (1, 4), 0.1)
    inner_carried = (number("j"), number("i"), state)
    inner_cond = Graph(
        (*inner_carried, flag("more")),
        (Op("LESS", (0, 1), (3,), options_type="LessOptions"),),
        (0, 1, 2),
        (3,),
        "inner cond",
    )
    three = constant("three", np.full((1, 4), 3, np.int8), 0.1)
    inner_body = Graph(
        (*inner_carried, number("one", 1), number("j+1"), three, quantized("sum", (1, 4), 0.1)),
        (add(0, 3, 4), add(2, 5, 6)),
        (0, 1, 2),
        (4, 1, 6),
        "inner body",
    )
    carried = (number("i"), state)
    body = Graph(
        (
            *carried,
            number("zero", 0),
            number("j end"),
            number("i end"),
            quantized("state end", (1, 4), 0.1),
            number("one", 1),
            number("i+1"),
        ),
        (while_op((2, 0, 1), (3, 4, 5), inner_cond, inner_body), add(0, 6, 7)),
        (0, 1),
        (7, 5),
        "body",
    )
    tensors = (state, number("zero", 0), number("end"), quantized("y", (1, 4), 0.1))
    loop = while_op((1, 0), (2, 3), less_than(4, carried), body)
    return Model((Graph(tensors, (loop,), (0,), (3,)),))
