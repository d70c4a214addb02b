"""Loop nests of broadcasts against NumPy's own, and the overlap claims against bytes really moved."""

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st
from ops.pairs import pair

from edgeq.graph import Tensor
from edgeq.opkit.elementwise import broadcast_parameters, loops, on_pairs, stretch
from edgeq.opkit.node import Node
from edgeq.ops import bind

SHAPE_PAIRS = st.lists(
    st.tuples(st.integers(1, 3), st.sampled_from(["both", "a", "b"])), min_size=0, max_size=6
).map(
    lambda axes: (
        tuple(n if who != "b" else 1 for n, who in axes),
        tuple(n if who != "a" else 1 for n, who in axes),
    )
)


def walk(node: Node) -> list[tuple[int, int]]:
    """The pairs of positions that the C loop nest visits, in its order (elementwise.h)."""
    p = broadcast_parameters(node)
    table: list[list[int]] = [] if p["loops"] is None else np.asarray(p["loops"]).tolist()
    index, a, b, visited = [0] * len(table), 0, 0, list[tuple[int, int]]()
    while True:
        steps = range(int(p["run"]))
        visited += [(a + i * int(p["a_step"]), b + i * int(p["b_step"])) for i in steps]
        for k, (count, a_next, b_next) in enumerate(table):
            index[k] += 1
            if index[k] < count:
                a, b = a + a_next, b + b_next
                break
            index[k] = 0
        else:
            return visited


@settings(max_examples=200, deadline=None)
@given(SHAPE_PAIRS)
def test_the_loop_nest_visits_what_numpy_broadcasts(
    shapes: tuple[tuple[int, ...], tuple[int, ...]],
) -> None:
    a, b = shapes
    (node,) = bind(pair("MUL", a, b).main)
    positions = np.broadcast_arrays(
        np.arange(np.prod(a)).reshape(a), np.arange(np.prod(b)).reshape(b)
    )
    assert walk(node) == list(zip(*(p.ravel().tolist() for p in positions), strict=True))


def test_axes_that_broadcast_alike_are_one_loop() -> None:
    assert len(loops((1, 8, 8, 16), (1, 8, 8, 16))) == 1
    assert len(loops((1, 8, 8, 16), (1,))) == 1
    assert len(loops((1, 8, 8, 16), (16,))) == 2
    assert len(loops((4, 8, 8, 1), (1, 1, 1, 16))) == 2
    assert len(loops((2, 1, 2, 1, 2, 1), (1, 2, 1, 2, 1, 2))) == 6
    assert loops((3, 0), (1,)) == loops((0,), (1,))


@settings(max_examples=100, deadline=None)
@given(
    st.integers(1, 9),
    st.sampled_from(
        [
            ("int8", "int16"),
            ("int8", "float32"),
            ("int16", "int8"),
            ("float32", "uint8"),
            ("int16", "int16"),
        ]
    ),
)
def test_a_stretch_is_the_least_at_which_nothing_unread_is_overwritten(
    elements: int, dtypes: tuple[str, str]
) -> None:
    x, y = (Tensor(name, (elements,), dtype) for name, dtype in zip("xy", dtypes, strict=True))
    distance = stretch(x, y)
    assert distance is not None
    sizes = (np.dtype(x.dtype).itemsize, np.dtype(y.dtype).itemsize)
    assert survives(elements, *sizes, distance)
    assert elements == 1 or not survives(elements, *sizes, distance - 1)


def survives(elements: int, x_size: int, y_size: int, distance: int) -> bool:
    """Whether element i of x is whole when it is read, y starting `distance` bytes below x."""
    x_at, y_at = max(distance, 0), max(-distance, 0)
    memory = np.full(20 * elements + 20, -1)
    memory[x_at : x_at + elements * x_size] = np.repeat(np.arange(elements), x_size)
    for i in range(elements):
        if np.any(memory[x_at + i * x_size : x_at + (i + 1) * x_size] != i):
            return False
        memory[y_at + i * y_size : y_at + (i + 1) * y_size] = -2
    return True


def test_types_that_c_takes_to_be_apart_share_no_byte() -> None:
    assert stretch(Tensor("x", (4,), "int16"), Tensor("y", (4,), "int32")) is None
    assert stretch(Tensor("x", (4,), "int16"), Tensor("y", (4,), "float32")) is None


def difference(a: np.ndarray, b: np.ndarray) -> np.ndarray:  # type: ignore[type-arg]
    return np.clip(a - b, -128, 127)


def test_tables_of_pairs_tell_the_operands_apart() -> None:
    a, b = np.int8([[-128], [0], [127]]), np.int8([[-1, 100]])
    np.testing.assert_array_equal(on_pairs(difference, a, b), [[-127, -128], [1, -100], [127, 27]])
