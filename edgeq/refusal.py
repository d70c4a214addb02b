"""The error for operators that edgeq does not compute: each once, where it is, and what to change in Keras.

The remedy is the same for every command, as it is the model that has to change: then it is converted again.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from edgeq.errors import UnsupportedError
from edgeq.graph import Graph, Op
from edgeq.graph.rules import brief

NAMED_LAYERS, NAMED_KINDS = 3, 6  # how many an error lists


@dataclass(frozen=True)
class Advice:
    """layers: what in Keras becomes the operator. instead: what to write in its place."""

    layers: str
    instead: str


_RECURRENT = Advice("LSTM, GRU and SimpleRNN", "build the layer with unroll=True and a fixed number of steps")
_COMPARISON = Advice('"selu", Masking and comparisons', 'take "elu", and leave masks out: apply them in your program')
_ELEMENTS = Advice("functions of tensors", "compute it in your program, before the model or after it")
_ACTIVATION = Advice('"softplus", "exponential", "selu" and "mish"', 'take "elu" or "relu"')
_RESIZE = Advice("UpSampling2D and Resizing", "repeat pixels by Concatenate and Reshape, or resize before the model")
_REDUCE = Advice("GlobalMaxPooling and max or min over axes", "take MaxPooling2D with the whole map as its window")
_CLIP = Advice("Maximum, Minimum and clip", "take ReLU, or ReLU(max_value=6)")
_BLOCKS = Advice("convolutions with dilation_rate, or blocks of pixels", "take strides or larger kernels, undilated")
_INDICES = Advice(
    "Embedding and gathering by index", "look the rows up in your program, and give the model the vectors"
)
_CONV_3D = Advice("Conv3D and Conv3DTranspose", "fold one axis into the channels, and take Conv2D")
_NORMALIZATION = Advice(
    "LayerNormalization, GroupNormalization and squares", "take BatchNormalization, or Multiply()([x, x])"
)
_STATE = Advice(
    "layers with state or tables, such as StringLookup", "keep the state in your program, as in- and output"
)

ADVICE: Mapping[str, Advice] = {
    "WHILE": _RECURRENT,
    "UNIDIRECTIONAL_SEQUENCE_LSTM": _RECURRENT,
    "BIDIRECTIONAL_SEQUENCE_LSTM": _RECURRENT,
    "UNIDIRECTIONAL_SEQUENCE_RNN": _RECURRENT,
    "BIDIRECTIONAL_SEQUENCE_RNN": _RECURRENT,
    "LSTM": _RECURRENT,
    "RNN": _RECURRENT,
    "IF": Advice("cond", "compute both branches, and decide in your program"),
    "CALL_ONCE": _STATE,
    "VAR_HANDLE": _STATE,
    "READ_VARIABLE": _STATE,
    "ASSIGN_VARIABLE": _STATE,
    "HASHTABLE": _STATE,
    "HASHTABLE_FIND": _STATE,
    "HASHTABLE_LOOKUP": _STATE,
    "GELU": Advice('activation="gelu"', 'take "relu" or "hard_silu"'),
    "BATCH_MATMUL": Advice(
        "Attention, MultiHeadAttention, Dot and einsum", "multiply by constants alone: Dense, Conv1D"
    ),
    "TRANSPOSE_CONV": Advice(
        "Conv2DTranspose and Conv1DTranspose", "repeat pixels by Concatenate and Reshape, then Conv2D"
    ),
    "RESIZE_BILINEAR": _RESIZE,
    "RESIZE_NEAREST_NEIGHBOR": _RESIZE,
    "DEPTH_TO_SPACE": Advice("depth_to_space", "take Reshape and Permute"),
    "SPACE_TO_DEPTH": Advice("space_to_depth", "take Reshape and Permute"),
    "SPACE_TO_BATCH_ND": _BLOCKS,
    "BATCH_TO_SPACE_ND": _BLOCKS,
    "REDUCE_MAX": _REDUCE,
    "REDUCE_MIN": _REDUCE,
    "SUM": Advice("sum over axes", "take the mean, and scale the next layer's weights"),
    "MAXIMUM": _CLIP,
    "MINIMUM": _CLIP,
    "NEG": Advice("negation", "take Rescaling(-1.0)"),
    "DIV": Advice("division", "multiply by the reciprocal if the divisor is constant, or divide in your program"),
    "ADD_N": Advice("add_n", "take Add, two at a time"),
    "SQUARE": _NORMALIZATION,
    "SQUARED_DIFFERENCE": _NORMALIZATION,
    "SQRT": _NORMALIZATION,
    "L2_NORMALIZATION": Advice("UnitNormalization", "normalize in your program"),
    "LOCAL_RESPONSE_NORMALIZATION": Advice("local_response_normalization", "take BatchNormalization"),
    "MIRROR_PAD": Advice('padding with "reflect" or "symmetric"', "take ZeroPadding2D"),
    "BROADCAST_TO": Advice("RepeatVector and broadcast_to", "leave it out before Add and Multiply, which broadcast"),
    "TILE": Advice("UpSampling2D, RepeatVector and tile", "take Concatenate of copies, and Reshape"),
    "GATHER": _INDICES,
    "GATHER_ND": _INDICES,
    "EMBEDDING_LOOKUP": _INDICES,
    "ONE_HOT": Advice("one_hot and CategoryEncoding", "give the model the one-hot vector"),
    "CAST": Advice("inputs of integers, and cast", "give the model real numbers, and cast in your program"),
    "ARG_MAX": Advice("argmax", "end the model before it: the largest output is found in your program"),
    "ARG_MIN": Advice("argmin", "end the model before it: the least output is found in your program"),
    "TOPK_V2": Advice("top_k", "end the model before it: sort in your program"),
    "CONV_3D": _CONV_3D,
    "CONV_3D_TRANSPOSE": _CONV_3D,
    "REVERSE_V2": Advice("Bidirectional and flip", "give the model a second input that is reversed"),
    "CUMSUM": Advice("cumsum", "sum up in your program"),
    "RFFT2D": Advice("rfft and STFT", "compute the spectrum in your program"),
    "COMPLEX_ABS": Advice("the absolute value of a spectrum", "compute the spectrum in your program"),
    "EXP": _ACTIVATION,
    "LOG": _ACTIVATION,
    **dict.fromkeys(("SIN", "COS", "POW", "ATAN2", "CEIL", "FLOOR", "ROUND", "SIGN"), _ELEMENTS),
    **dict.fromkeys(("EQUAL", "NOT_EQUAL", "LESS", "LESS_EQUAL", "GREATER", "GREATER_EQUAL"), _COMPARISON),
    **dict.fromkeys(
        ("LOGICAL_AND", "LOGICAL_OR", "LOGICAL_NOT", "REDUCE_ANY", "SELECT", "SELECT_V2", "WHERE"), _COMPARISON
    ),
}
"""TFLite operator -> where it comes from and what to write instead; `advice_on` knows the others."""

_CUSTOM = {
    "Signal": Advice(
        "an audio front end in the model", "compute the features in your program, with the same front end"
    ),
    "Flex": Advice("TensorFlow operators without a TFLite form", "replace the layer, or compute it in your program"),
}
"""Custom operator, by how its name begins, as `ADVICE`."""

_OTHER = Advice("", "replace the layer, or compute it in your program")


def advice_on(op: Op) -> Advice:
    """What to change where an operator cannot be computed."""
    if op.kind == "CUSTOM":
        return next((advice for start, advice in _CUSTOM.items() if op.custom_code.startswith(start)), _OTHER)
    return ADVICE.get(op.kind, _OTHER)


def refuse(graph: Graph, ops: Iterable[Op], why: str) -> UnsupportedError:
    """The error for operators of a graph: each kind once, with how often and in which layers it is, and the remedy."""
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
    """The Keras layer in TensorFlow's name of an output, `model/layer/Op;...`, quoted and short.

    An output of the model has none: TensorFlow calls it after the function that the model became.
    """
    name = graph.tensors[op.outputs[0]].name.split(";")[0] if op.outputs else ""
    return "at the model's output" if "PartitionedCall" in name else brief(name)


def _name(op: Op) -> str:
    """The operator's name; one from the file is quoted unless it is a plain word."""
    if op.kind != "CUSTOM":
        return op.kind
    return op.custom_code if re.fullmatch(r"[A-Za-z0-9_.]{1,60}", op.custom_code) else brief(op.custom_code)


def _where(graph: Graph, ops: list[Op]) -> str:
    names = list(dict.fromkeys(layer_name(graph, op) for op in ops))
    listed = ", ".join(names[:NAMED_LAYERS]) + (", ..." if len(names) > NAMED_LAYERS else "")
    return f"layer {listed}" if len(ops) == 1 else f"{len(ops)} times, layers {listed}"


def _remedy(names: list[str], advice: Advice) -> str:
    listed = " and ".join(_cut(names))
    return f"{listed}, of {advice.layers}: {advice.instead}" if advice.layers else f"{listed}: {advice.instead}"


def _cut(items: list[str]) -> list[str]:
    return items if len(items) <= NAMED_KINDS else [*items[:NAMED_KINDS], f"{len(items) - NAMED_KINDS} more"]
