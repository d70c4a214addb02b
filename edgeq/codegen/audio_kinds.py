"""What the C of each kind of front end is made of."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from edgeq.codegen.names import c_rows
from edgeq.codegen.ports import Port
from edgeq.features import FrontEnd, MfccParameters, MicroParameters, mfcc_graph, micro_graph
from edgeq.features.tables import window_function
from edgeq.fixedpoint import quantize_reals
from edgeq.graph import Model, Quantization, Tensor
from edgeq.opkit.node import Values

_FEATURES = 1 << 16


@dataclass(frozen=True)
class KindOfC:
    """graph: what computes a frame's features. template: of the C between samples, graph and the
    model's elements, in common/audio/. context: what it shows. table_bytes, code_bytes: of that C.
    """

    graph: Model
    template: str
    context: Mapping[str, Any]
    table_bytes: int
    code_bytes: int


@dataclass(frozen=True)
class Levels:
    """How features become elements of an integer input: `least`, and one more for each of `edges`
    (uint16, rising) that a feature reaches.
    """

    least: int
    edges: Values


def levels(scale: float, port: Port) -> Levels:
    """Of all features, what the input's quantization makes of feature * scale in float32."""
    reals = np.arange(_FEATURES, dtype=np.float32) * np.float32(scale)
    assert port.scale is not None
    assert port.zero_point is not None
    q = quantize_reals(reals, port.scale, port.zero_point, port.dtype).astype(np.int64)
    edges = np.searchsorted(q, np.arange(int(q[0]) + 1, int(q[-1]) + 1))
    return Levels(int(q[0]), edges.astype(np.uint16))


def _micro(front_end: FrontEnd, port: Port) -> KindOfC:
    """Integers, which a table of levels makes the input's."""
    p = front_end.parameters
    assert isinstance(p, MicroParameters)
    quantized = None if port.scale is None else levels(front_end.scale, port)
    edges = np.zeros(0, np.uint16) if quantized is None else quantized.edges
    context = {
        "feature_scale": front_end.scale,
        "log": p.log,
        "window_rows": c_rows(window_function(p.window)),
        "least": None if quantized is None else quantized.least,
        "edge_rows": c_rows(edges),
        "edges": len(edges),
    }
    return KindOfC(micro_graph(p), "micro", context, 2 * (p.window + len(edges)), code_bytes=600)


def _mfcc(front_end: FrontEnd, port: Port) -> KindOfC:
    """Reals, which the graph itself quantizes for the input."""
    p = front_end.parameters
    assert isinstance(p, MfccParameters)
    output = None
    if port.scale is not None:
        assert port.zero_point is not None
        quantization = Quantization((port.scale,), (port.zero_point,))
        output = Tensor("quantized", (1, p.coefficients), port.dtype, quantization)
    return KindOfC(mfcc_graph(p, output), "mfcc", {}, 0, code_bytes=300)


MAKERS: Mapping[str, Callable[[FrontEnd, Port], KindOfC]] = {"micro": _micro, "mfcc": _mfcc}
"""By the names of `edgeq.features.KINDS`."""
