"""Float models with a loop, for tests: made without TensorFlow."""

from __future__ import annotations

import numpy as np
from ops.harness import constant
from ops.loops import add, less_than, number, while_op

from edgeq.data import Samples
from edgeq.graph import Graph, Model, Op, Tensor

STEPS, FEATURES, UNITS = 7, 5, 6
FC = (
    ("asymmetric_quantize_inputs", False),
    ("fused_activation_function", "NONE"),
    ("keep_num_dims", False),
    ("weights_format", "DEFAULT"),
)


def real(name: str, *shape: int) -> Tensor:
    return Tensor(name, shape, "float32")


DENSE = "FullyConnectedOptions"
JOIN = (("axis", 0), ("fused_activation_function", "NONE"))


def recurrent(
    tanh: bool = True, lists: bool = False, seed: int = 0, features: int = FEATURES
) -> Model:
    """h = tanh(W x[i] + U h + b), or half of the sum without tanh, for i = 0 to STEPS - 1.

    lists: gives all h as well, [STEPS, 1, UNITS].
    """
    carried = [number("i"), real("h", 1, UNITS), real("x", STEPS, 1, features)]
    carried += [real("all", STEPS, 1, UNITS)] if lists else []
    tensors, ops = _cell(carried, tanh, seed, features)
    n = len(carried)
    outputs = [n + 1, n + 9, 2]
    if lists:
        more, collect = _collect(len(tensors), n + 9)
        tensors, ops = [*tensors, *more], [*ops, *collect]
        outputs.append(len(tensors) - 1)
    body = Graph(tuple(tensors), tuple(ops), tuple(range(n)), tuple(outputs), "body")
    return _around(carried, body, lists, features)


def _cell(
    carried: list[Tensor], tanh: bool, seed: int, features: int
) -> tuple[list[Tensor], list[Op]]:
    """The tensors of the loop's body, carried ones first, and the operators of one step."""
    random = np.random.default_rng(seed)
    weights = [random.normal(0, 0.4, (UNITS, k)).astype(np.float32) for k in (features, UNITS)]
    bias = random.normal(0, 0.2, UNITS).astype(np.float32)
    n = len(carried)
    tensors = [
        *carried,
        number("one", 1),
        number("i+1"),
        real("x[i]", 1, features),
        constant("W", weights[0]),
        constant("b", bias),
        real("Wx", 1, UNITS),
        constant("U", weights[1]),
        real("Uh", 1, UNITS),
        real("sum", 1, UNITS),
        real("h+", 1, UNITS),
        constant("half", np.full((1, UNITS), 0.5, np.float32)),
    ]
    axis = (("axis", 0), ("batch_dims", 0))
    last = Op("TANH", (n + 8,), (n + 9,))
    if not tanh:
        last = Op("MUL", (n + 8, n + 10), (n + 9,), FC[1:2], options_type="MulOptions")
    return tensors, [
        add(0, n, n + 1),
        Op("GATHER", (2, 0), (n + 2,), axis, options_type="GatherOptions"),
        Op("FULLY_CONNECTED", (n + 2, n + 3, n + 4), (n + 5,), FC, options_type=DENSE),
        Op("FULLY_CONNECTED", (1, n + 6, -1), (n + 7,), FC, options_type=DENSE),
        add(n + 5, n + 7, n + 8),
        last,
    ]


def _collect(k: int, state: int) -> tuple[list[Tensor], list[Op]]:
    """Tensors, from index k on, and operators that write the state of step i to row i of tensor 3."""
    tensors = [
        constant("row", np.array([1, 1, UNITS], np.int32)),
        real("element", 1, 1, UNITS),
        constant("vector", np.array([1], np.int32)),
        Tensor("at", (1,), "int32"),
        constant("zeros", np.zeros(2, np.int32)),
        Tensor("start", (3,), "int32"),
        real("all+", STEPS, 1, UNITS),
    ]
    return tensors, [
        Op("RESHAPE", (state, k), (k + 1,), options_type="ReshapeOptions"),
        Op("RESHAPE", (0, k + 2), (k + 3,), options_type="ReshapeOptions"),
        Op("CONCATENATION", (k + 3, k + 4), (k + 5,), JOIN, options_type="ConcatenationOptions"),
        Op("DYNAMIC_UPDATE_SLICE", (3, k + 1, k + 5), (k + 6,)),
    ]


def _around(carried: list[Tensor], body: Graph, lists: bool, features: int) -> Model:
    """A model of one WHILE loop with a given body: its inputs, the initial values, its outputs."""
    outer = [
        real("input", STEPS, 1, features),
        number("zero", 0),
        constant("start", np.zeros((1, UNITS), np.float32)),
        number("i end"),
        real("output", 1, UNITS),
        real("x end", STEPS, 1, features),
    ]
    given, made, graph_outputs = [1, 2, 0], [3, 4, 5], [4]
    if lists:
        outer += [
            constant("empty", np.zeros((STEPS, 1, UNITS), np.float32)),
            real("outputs", STEPS, 1, UNITS),
        ]
        given, made, graph_outputs = [*given, 6], [*made, 7], [4, 7]
    loop = while_op(given, made, less_than(STEPS, carried), body)
    return Model((Graph(tuple(outer), (loop,), (0,), tuple(graph_outputs)),))


def waves(count: int = 60, seed: int = 1) -> Samples:
    random = np.random.default_rng(seed)
    time = np.arange(STEPS)[None, :, None, None] / STEPS
    phase = random.random((count, 1, 1, FEATURES))
    return Samples((np.sin(2 * np.pi * (time + phase)).astype(np.float32),))


def settling(factor: float = 0.6, threshold: float = 0.2) -> Model:
    """h = h * factor, from the input on, while its largest element is above a threshold; and how many
    steps that takes, int32.
    """
    carried = (number("n"), real("h", 1, UNITS))
    cond = Graph(
        (
            *carried,
            constant("axes", np.array([0, 1], np.int32)),
            real("largest"),
            constant("threshold", np.array(threshold, np.float32)),
            Tensor("more", (), "bool"),
        ),
        (
            Op("REDUCE_MAX", (1, 2), (3,), (("keep_dims", False),), options_type="ReducerOptions"),
            Op("GREATER", (3, 4), (5,), options_type="GreaterOptions"),
        ),
        (0, 1),
        (5,),
        "cond",
    )
    body = Graph(
        (
            *carried,
            number("one", 1),
            number("n+1"),
            constant("factor", np.array([factor], np.float32)),
            real("h+", 1, UNITS),
        ),
        (
            add(0, 2, 3),
            Op("MUL", (1, 4), (5,), FC[1:2], options_type="MulOptions"),
        ),
        (0, 1),
        (3, 5),
        "body",
    )
    outer = (real("x", 1, UNITS), number("zero", 0), number("steps"), real("y", 1, UNITS))
    loop = while_op((1, 0), (2, 3), cond, body)
    return Model((Graph(outer, (loop,), (0,), (2, 3)),))


def amplitudes(count: int = 60, seed: int = 1) -> Samples:
    """Samples of `settling`, from those that take no step to those that take several."""
    random = np.random.default_rng(seed)
    largest = random.uniform(0.05, 1, (count, 1, 1))
    return Samples(((random.uniform(-1, 1, (count, 1, UNITS)) * largest).astype(np.float32),))
