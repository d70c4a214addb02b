"""GELU becomes operators that TFLM has, and its values stay."""

from math import erf, sqrt

import numpy as np

from edgeq.graph import Graph, Model, Op, Tensor
from edgeq.quantize.gelu import with_sigmoids
from edgeq.quantize.real_chains import real_chains
from edgeq.simulate.execute import execute

X = np.linspace(-8, 8, 1001).astype(np.float32).reshape(1, 1, 1001)


def model() -> Model:
    tensors = tuple(Tensor(name, (1, 1001), "float32") for name in "xy")
    return Model((Graph(tensors, (Op("GELU", (0,), (1,)),), (0,), (1,)),))


def test_values_differ_by_less_than_a_fiftieth_of_a_step() -> None:
    computed = execute(with_sigmoids(model()).main, [X])[1].ravel()
    exact = [v / 2 * (1 + erf(v / sqrt(2))) for v in X.ravel().astype(float)]
    assert 1e-4 < np.abs(computed - exact).max() < 5e-4


def test_all_of_it_is_one_chain_of_reals() -> None:
    graph = with_sigmoids(model()).main
    (chain,) = real_chains(graph)
    assert len(chain.ops) == len(graph.ops) == 6
    assert (chain.x, chain.y) == (0, 1)


def test_integers_stay() -> None:
    integer = tuple(Tensor(name, (1, 3), "int8") for name in "xy")
    given = Model((Graph(integer, (Op("GELU", (0,), (1,)),), (0,), (1,)),))
    assert [op.kind for op in with_sigmoids(given).main.ops] == ["GELU"]
