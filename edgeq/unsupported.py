"""The error for unsupported operators: each kind once, where it occurs, and what to change in
Keras.

All commands give the same remedy, because the model has to be changed and converted again.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from edgeq.errors import UnsupportedError
from edgeq.graph import Graph, Op
from edgeq.graph.rule import brief

NAMED_LAYERS, NAMED_KINDS = 3, 6  # how many an error lists


@dataclass(frozen=True)
class Advice:
    """What to do about an operator.

    layers: the Keras layers that are converted to it.
    instead: what to use instead.
    """

    layers: str
    instead: str


_RECURRENT = Advice(
    "LSTM, GRU and SimpleRNN", "build the layer with unroll=True and a fixed number of steps"
)
_ELEMENTS = Advice(
    "functions of tensors", "compute it in your program, before the model or after it"
)
_SPECTRUM = Advice(
    "rfft, stft and spectra", "compute the spectrum in your program, or with STFTSpectrogram"
)
_BITS = Advice(
    "bitwise functions", "compute bits in your program; of truth values take logical_and"
)
_OPEN_SIZES = Advice(
    "nonzero, unique and where with one argument",
    "give values of a fixed size: multiply by a mask, or choose in your program",
)
_SCATTER = Advice(
    "scatter and sums by segment", "multiply by a constant matrix of zeros and ones, with matmul"
)
_RANDOM = Advice("random numbers", "draw them in your program, as an input of the model")
_BOXES = Advice(
    "non_max_suppression", "end the model with boxes and scores, and choose in your program"
)
_DIAGONAL = Advice("diag and eye", "multiply by a constant mask")
_STATE = Advice(
    "layers with state or tables, such as StringLookup",
    "keep the state in your program, as in- and output",
)

ADVICE: Mapping[str, Advice] = {
    "BIDIRECTIONAL_SEQUENCE_LSTM": _RECURRENT,
    "UNIDIRECTIONAL_SEQUENCE_RNN": _RECURRENT,
    "BIDIRECTIONAL_SEQUENCE_RNN": _RECURRENT,
    "LSTM": _RECURRENT,
    "RNN": _RECURRENT,
    "CALL_ONCE": _STATE,
    "VAR_HANDLE": _STATE,
    "HASHTABLE": _STATE,
    "HASHTABLE_FIND": _STATE,
    "HASHTABLE_LOOKUP": _STATE,
    "LOCAL_RESPONSE_NORMALIZATION": Advice(
        "local_response_normalization", "take BatchNormalization"
    ),
    "BUCKETIZE": Advice(
        "Discretization", "convert the Keras model itself, of which edgeq makes comparisons"
    ),
    "CONV_3D": Advice("Conv3D", "convert the Keras model itself, of which edgeq makes CONV_2D"),
    "CONV_3D_TRANSPOSE": Advice(
        "Conv3DTranspose",
        "enlarge with UpSampling3D and take Conv3D, or fold one axis into the channels",
    ),
    **dict.fromkeys(("RFFT2D", "COMPLEX_ABS", "REAL", "IMAG"), _SPECTRUM),
    **dict.fromkeys(("BITCAST", "BITWISE_XOR", "RIGHT_SHIFT"), _BITS),
    **dict.fromkeys(("SCATTER_ND", "SEGMENT_SUM"), _SCATTER),
    "UNSORTED_SEGMENT_SUM": Advice(
        "segment_sum", "convert the Keras model itself, of which edgeq makes a product of matrices"
    ),
    **dict.fromkeys(("RANDOM_UNIFORM", "RANDOM_STANDARD_NORMAL", "MULTINOMIAL"), _RANDOM),
    **dict.fromkeys(("NON_MAX_SUPPRESSION_V4", "NON_MAX_SUPPRESSION_V5"), _BOXES),
    **dict.fromkeys(("MATRIX_DIAG", "MATRIX_SET_DIAG"), _DIAGONAL),
    "REDUCE_PROD": Advice("prod", "convert the Keras model itself, of which edgeq makes products"),
    "UNIQUE": _OPEN_SIZES,
    **dict.fromkeys(("ATAN2", "SIGN"), _ELEMENTS),
    "WHERE": _OPEN_SIZES,
}
"""TFLite operator -> where it comes from and what to write instead; `advice_on` knows the others.
"""

CUSTOM_ADVICE: Mapping[str, Advice] = {
    "TFLM_DECODE": Advice(
        "TFLM's compression tool, decoded where it decodes constants by tables, pruning or Huffman codes",
        "give the file from before compression; edgeq packs weights itself (int4, codebook)",
    ),
    "ethos-u": Advice("Vela, which compiles for Arm's Ethos-U", "give the file from before Vela"),
    "Flex": Advice(
        "TensorFlow operators without a TFLite form",
        "replace the layer, or compute it in your program",
    ),
}
"""Prefix of a custom operator's name -> advice."""

_OTHER = Advice("", "replace the layer, or compute it in your program")


def advice_on(op: Op) -> Advice:
    """The advice for an unsupported operator."""
    if op.kind == "CUSTOM":
        return next(
            (advice for start, advice in CUSTOM_ADVICE.items() if op.custom_code.startswith(start)),
            _OTHER,
        )
    return ADVICE.get(op.kind, _OTHER)


def refuse(graph: Graph, ops: Iterable[Op], why: str) -> UnsupportedError:
    """The error for unsupported operators of a graph: each kind once, with its count, its layers
    and the remedy.
    """
    kinds: dict[str, list[Op]] = {}
    for op in ops:
        kinds.setdefault(_name(op), []).append(op)
    named = [f"{name} ({_where(graph, found)})" for name, found in kinds.items()]
    advised: dict[Advice, list[str]] = {}
    for name, found in kinds.items():
        advised.setdefault(advice_on(found[0]), []).append(name)
    remedies = [_remedy(names, advice) for advice, names in advised.items()]
    what = f"unsupported operators: {', '.join(_cut(named))}"
    return UnsupportedError(what, why, f"{'; '.join(_cut(remedies))}; then convert the model again")


def layer_name(graph: Graph, op: Op) -> str:
    """The Keras layer in the converter's name of an output, `model/layer/Op;...`, quoted and
    shortened.

    Outputs of the model are named after the function that the model became, not after a layer.
    """
    name = graph.tensors[op.outputs[0]].name.split(";")[0] if op.outputs else ""
    return "at the model's output" if "PartitionedCall" in name else brief(name)


def _name(op: Op) -> str:
    """The operator's name; the name of a custom operator is quoted unless it is a plain word."""
    if op.kind != "CUSTOM":
        return op.kind
    return (
        op.custom_code
        if re.fullmatch(r"[A-Za-z0-9_.]{1,60}", op.custom_code)
        else brief(op.custom_code)
    )


def _where(graph: Graph, ops: list[Op]) -> str:
    names = list(dict.fromkeys(layer_name(graph, op) for op in ops))
    listed = ", ".join(names[:NAMED_LAYERS]) + (", ..." if len(names) > NAMED_LAYERS else "")
    return f"layer {listed}" if len(ops) == 1 else f"{len(ops)} times, layers {listed}"


def _remedy(names: list[str], advice: Advice) -> str:
    listed = " and ".join(_cut(names))
    return (
        f"{listed}, of {advice.layers}: {advice.instead}"
        if advice.layers
        else f"{listed}: {advice.instead}"
    )


def _cut(items: list[str]) -> list[str]:
    return (
        items
        if len(items) <= NAMED_KINDS
        else [*items[:NAMED_KINDS], f"{len(items) - NAMED_KINDS} more"]
    )
