"""Unsupported operators are reported once, with their layers and the remedy in Keras."""

from __future__ import annotations

import pytest
from ops.harness import quantized

from edgeq.errors import UnsupportedError
from edgeq.graph import Graph, Op
from edgeq.graph.schema import enum_names
from edgeq.ops import bind, supported
from edgeq.unsupported import ADVICE, refuse


def graph(*ops: tuple[str, str]) -> Graph:
    """A graph of operators of the given kinds and output names."""
    tensors = (quantized("x", (1, 3)), *(quantized(name, (1, 3)) for _, name in ops))
    return Graph(
        tensors, tuple(Op(kind, (0,), (k + 1,)) for k, (kind, _) in enumerate(ops)), (0,), (1,)
    )


def test_each_kind_is_named_once_with_how_often_and_where() -> None:
    made = graph(
        ("REDUCE_PROD", "net/dense/Prod"),
        ("RELU", "r"),
        *(("REDUCE_PROD", f"block_{k}/Prod;fused") for k in range(11)),
        ("BIDIRECTIONAL_SEQUENCE_RNN", "net/rnn"),
    )
    with pytest.raises(UnsupportedError) as caught:
        bind(made)
    assert caught.value.what == (
        "unsupported operators: REDUCE_PROD (12 times, layers 'net/dense/Prod', 'block_0/Prod', 'block_1/Prod', ...), "
        "BIDIRECTIONAL_SEQUENCE_RNN (layer 'net/rnn')"
    )
    assert caught.value.remedy == (
        "REDUCE_PROD, of prod: convert the Keras model itself, of which edgeq makes products; "
        "BIDIRECTIONAL_SEQUENCE_RNN, of LSTM, "
        "GRU and SimpleRNN: build the layer with unroll=True and a fixed number of steps; then convert the model again"
    )
    said = str(caught.value)
    assert not any(f" {kind}," in said for kind in supported())
    assert "--engine" not in said


def test_advice_that_several_operators_share_is_given_once() -> None:
    made = graph(("ATAN2", "a"), ("REDUCE_PROD", "b"), ("SIGN", "c"))
    refused = refuse(made, made.ops, "")
    assert refused.remedy == (
        "ATAN2 and SIGN, of functions of tensors: compute it in your program, before the model or after "
        "it; REDUCE_PROD, of prod: convert the Keras model itself, of which edgeq makes products; then convert the "
        "model again"
    )


def test_an_operator_without_advice_gets_a_remedy_all_the_same() -> None:
    refused = refuse(graph(("DILATE", "")), graph(("DILATE", "")).ops, "why")
    assert refused.what == "unsupported operators: DILATE (layer '')"
    assert (
        refused.remedy
        == "DILATE: replace the layer, or compute it in your program; then convert the model again"
    )


def test_many_kinds_and_long_names_stay_short() -> None:
    kinds = [kind for kind in ADVICE if kind not in supported()]
    made = graph(*((kind, "n" * 100_000) for kind in kinds))
    said = str(refuse(made, made.ops, "why"))
    assert f"{len(kinds) - 6} more" in said
    assert len(said) < 2500


@pytest.mark.parametrize(
    ("code", "name", "remedy"),
    [
        ("FlexErf", "FlexErf", "replace the layer"),
        ("\x1b[2J\nevil", r"'\x1b[2J\nevil'", "replace the layer"),
        ("", "''", "replace the layer"),
        ("TFLM_DECODE", "TFLM_DECODE", "give the file from before compression"),
        ("ethos-u", "'ethos-u'", "give the file from before Vela"),
    ],
)
def test_custom_operators_are_told_by_their_name(code: str, name: str, remedy: str) -> None:
    made = graph(("CUSTOM", "y"))
    refused = refuse(made, [Op("CUSTOM", (0,), (1,), custom_code=code)], "why")
    assert f"unsupported operators: {name} (layer 'y')" == refused.what
    assert remedy in refused.remedy


def test_advice_is_on_operators_of_tflite() -> None:
    assert set(ADVICE) <= set(enum_names("BuiltinOperator").values())
