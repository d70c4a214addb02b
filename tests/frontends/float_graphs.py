"""Random float graphs whose operators have channels first, between kernels that have them last."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
from cleanup.graphs import ints

from edgeq.graph import AttributeValue, Graph, Model, Op, Tensor

FIRST, LAST = (0, 3, 1, 2), (0, 2, 3, 1)
POOL = {"padding": "SAME", "stride_h": 1, "stride_w": 1, "filter_height": 2, "filter_width": 2}


@dataclass
class Floats:
    """A float graph as it grows. at: the tensor that the next operator reads."""

    random: np.random.Generator
    tensors: list[Tensor] = field(default_factory=list)
    ops: list[Op] = field(default_factory=list)
    at: int = 0

    @property
    def shape(self) -> tuple[int, ...]:
        return self.tensors[self.at].shape

    def tensor(self, tensor: Tensor) -> int:
        self.tensors.append(tensor)
        return len(self.tensors) - 1

    def constant(self, *shape: int) -> int:
        values = self.random.normal(size=shape).astype("<f4")
        return self.tensor(
            Tensor(f"c{len(self.tensors)}", shape, "float32", buffer=values.tobytes())
        )

    def add(
        self,
        kind: str,
        shape: tuple[int, ...],
        *others: int,
        options: str = "",
        **attributes: AttributeValue,
    ) -> int:
        """The output of a new operator of `at` and others."""
        name = f"{kind.lower()}{len(self.tensors)}"
        y = self.tensor(Tensor(name, shape, "float32", shape_signature=shape))
        pairs = tuple(sorted(attributes.items()))
        self.ops.append(Op(kind, (self.at, *others), (y,), pairs, options_type=options))
        return y

    def turn(self, axes: tuple[int, ...]) -> None:
        shape = tuple(self.shape[axis] for axis in axes)
        self.at = self.add("TRANSPOSE", shape, self.tensor(ints("axes", *axes)))

    def reshape(self, *shape: int) -> None:
        by = self.tensor(ints("shape", *shape))
        self.at = self.add("RESHAPE", shape, by, options="ReshapeOptions", new_shape=shape)

    def pool(self) -> None:
        """A kernel of TFLite's, which has channels last."""
        self.at = self.add("MAX_POOL_2D", self.shape, options="Pool2DOptions", **POOL)

    def model(self, *outputs: int) -> Model:
        return Model((Graph(tuple(self.tensors), tuple(self.ops), (0,), outputs or (self.at,)),))


def started(seed: int, *shape: int) -> Floats:
    graph = Floats(np.random.default_rng(seed))
    graph.tensor(Tensor("x", shape, "float32"))
    return graph


def unary(g: Floats) -> None:
    g.at = g.add(str(g.random.choice(["RELU", "LOGISTIC", "TANH", "HARD_SWISH"])), g.shape)


def by_channel(g: Floats) -> None:
    """PyTorch's batch norm in one dimension: a constant [1, C, 1, 1], or of lower rank."""
    rank = int(g.random.integers(len(g.shape) - 1, len(g.shape) + 1))
    shape = (1, *g.shape[1:2], *(1,) * (len(g.shape) - 2))[-rank:]
    kind, options = [("MUL", "MulOptions"), ("ADD", "AddOptions"), ("SUB", "SubOptions")][
        int(g.random.integers(3))
    ]
    g.at = g.add(kind, g.shape, g.constant(*shape), options=options)


def residual(g: Floats) -> None:
    before = g.at
    unary(g)
    g.at = g.add("ADD", g.shape, before, options="AddOptions")


def gate(g: Floats) -> None:
    """Squeeze and excite: the mean of each channel, multiplied with the whole."""
    whole = g.at
    mean(g, keep=True)
    g.at = g.add("MUL", g.tensors[whole].shape, whole, options="MulOptions")


def mean(g: Floats, keep: bool) -> None:
    axes = tuple(range(2, len(g.shape)))
    shape = g.shape[:2] + ((1,) * len(axes) if keep else ())
    by = g.tensor(ints("axes", *axes))
    g.at = g.add("MEAN", shape, by, options="ReducerOptions", keep_dims=keep)


def padded(g: Floats) -> None:
    sides = [0, 0, 0, 0, *(int(n) for n in g.random.integers(0, 3, 2 * len(g.shape) - 4))]
    by = Tensor("sides", (len(g.shape), 2), "int32", buffer=np.array(sides, "<i4").tobytes())
    pairs = zip(sides[::2], sides[1::2], strict=True)
    shape = tuple(n + a + b for n, (a, b) in zip(g.shape, pairs, strict=True))
    g.at = g.add("PAD", shape, g.tensor(by), options="PadOptions")


def chomp(g: Floats) -> None:
    """The last of the time steps cut off, as causal convolutions do."""
    size = (*g.shape[:-1], max(g.shape[-1] - 1, 1))
    begin, to = g.tensor(ints("begin", *[0] * len(size))), g.tensor(ints("size", *size))
    g.at = g.add("SLICE", size, begin, to, options="SliceOptions")


def joined(g: Floats) -> None:
    before = g.at
    unary(g)
    axis = int(g.random.integers(1, len(g.shape)))
    shape = tuple(2 * n if k == axis else n for k, n in enumerate(g.shape))
    g.at = g.add("CONCATENATION", shape, before, options="ConcatenationOptions", axis=axis)


def flat_and_back(g: Floats) -> None:
    """A row in the middle, which no rule may look through."""
    shape = g.shape
    g.reshape(1, int(np.prod(shape)))
    unary(g)
    g.reshape(*shape)


STEPS = (unary, by_channel, residual, gate, padded, chomp, joined, flat_and_back)


def channels_first(seed: int, rows: int) -> Model:
    """Steps with channels first between pools. rows: of the image; 1 for a signal, whose row axis
    the steps do not have, as PyTorch's in one dimension.
    """
    g = started(seed, 1, rows, 6, 3)
    g.pool()
    for _ in range(2):
        g.turn(FIRST)
        if rows == 1:
            g.reshape(1, g.shape[1], g.shape[3])
        for _ in range(3):
            STEPS[int(g.random.integers(len(STEPS)))](g)
        if rows == 1:
            g.reshape(1, g.shape[1], 1, g.shape[2])
        g.turn(LAST)
        g.pool()
    if g.random.integers(2):
        return g.model()
    g.turn(FIRST)
    if g.random.integers(2):
        mean(g, keep=False)
    size = int(np.prod(g.shape))
    g.reshape(1, size)
    weights, none = g.constant(4, size), -1
    g.at = g.add("FULLY_CONNECTED", (1, 4), weights, none, options="FullyConnectedOptions")
    return g.model()
