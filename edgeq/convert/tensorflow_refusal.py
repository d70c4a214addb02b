"""The error for what TensorFlow's converter refuses: which operators have no TFLite form, in which
layers, and what to change in Keras.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from edgeq.convert.backend import brief
from edgeq.errors import EdgeqError, UnsupportedError, shown

NAMED = 8  # operators that an error lists
LAYERS = 3  # layers of one operator

_WORDS = "look words and categories up in your program, and give the model their numbers"
_SPECTRUM = "compute the spectrum in your program, or with the layer STFTSpectrogram"
_BITS = "compute bits in your program; of truth values take keras.ops.logical_and and its like"
_VOLUME = "enlarge with UpSampling3D and take Conv3D, or fold one axis into the channels"
_POOLS = "pool two axes at a time, with Reshape and a layer of two dimensions"
_IMAGES = "transform images in your program, before the model"
_CURVE = "compute it in your program, or take a function such as tanh or sigmoid"
_OTHER = "replace the layers that use them, or compute them outside the model"

ADVICE: Mapping[str, str] = {
    **dict.fromkeys(("AsString", "LookupTableFindV2", "SparseCross"), _WORDS),
    **dict.fromkeys(("StringToHashBucketFast", "StringSplitV2", "StaticRegexReplace"), _WORDS),
    **dict.fromkeys(("Complex", "FFT", "IFFT", "RFFT", "IRFFT"), _SPECTRUM),
    **dict.fromkeys(("BitwiseAnd", "BitwiseOr", "BitwiseXor", "Invert", "LeftShift"), _BITS),
    **dict.fromkeys(("Conv3D", "Conv3DBackpropInputV2"), _VOLUME),
    **dict.fromkeys(("MaxPool3D", "AvgPool3D"), _POOLS),
    **dict.fromkeys(("ImageProjectiveTransformV3", "RGBToHSV", "HSVToRGB"), _IMAGES),
    "Erfinv": _CURVE,
    "DenseBincount": "give keras.ops.one_hot, and sum it or take its maximum",
    "MatrixDiagPartV3": "take one diagonal at a time, with keras.ops.diagonal",
}
"""TensorFlow operator -> what to write in Keras instead."""


def refusal_of(error: Exception, graph: Any, name: str) -> EdgeqError:
    """The error in one line.

    error: what TensorFlow raised. graph: the graph that was converted; None where tracing failed.
    name: of the model.
    """
    named = sorted(set(re.findall(r"\btf\.(?!lite\b)([A-Z]\w+)", str(error))))
    if graph is None or not named:
        why = f"TensorFlow cannot convert it: {brief(error)}"
        return EdgeqError(f"model {name}", why, "simplify the model")
    found = ", ".join(f"{op}{_places(graph, op)}" for op in named[:NAMED])
    why = f"TFLite has no form of {found}"
    if any(op.startswith(("Random", "StatelessRandom")) for op in named):
        remedy = "convert the .keras file, or export the model without its layers of augmentation"
        return UnsupportedError(
            f"model {name}", f"{why}: it draws random numbers at inference", remedy
        )
    remedies = dict.fromkeys(ADVICE.get(op, _OTHER) for op in named)
    return UnsupportedError(f"model {name}", why, "; ".join(remedies))


def _places(graph: Any, kind: str) -> str:
    """The layers of an operator in brackets, by their nodes `functional_1/layer/Node`."""
    names = [] if graph is None else [op.name for op in graph.get_operations() if op.type == kind]
    layers = list(dict.fromkeys("/".join(name.split("/")[:-1]) or name for name in names))
    listed = ", ".join(repr(shown(layer)) for layer in layers[:LAYERS])
    more = ", ..." if len(layers) > LAYERS else ""
    return f" (layer {listed}{more})" if layers else ""
