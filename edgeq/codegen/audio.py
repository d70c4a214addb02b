"""The audio front end beside a model's engine: C that takes samples and fills the model's input."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from edgeq.cleanup import cleaned
from edgeq.codegen.engine import Engine, Port
from edgeq.codegen.names import c_rows
from edgeq.codegen.native import DEFAULT, native_engine
from edgeq.codegen.templates import render
from edgeq.errors import EdgeqError
from edgeq.features import FrontEnd, micro_graph
from edgeq.features.tables import window_function
from edgeq.fixedpoint import quantize_reals
from edgeq.opkit.node import Values

_FEATURES = 1 << 16
_LONGEST_PREFIX = 38  # so that the front end's own is one, too
_FIXED_BYTES = 16  # of the struct, beside its arrays
_CODE_BYTES = 600


@dataclass(frozen=True)
class Levels:
    """How features become elements of an integer input: `least`, and one more for each of `edges`
    (uint16, rising) that a feature reaches.
    """

    least: int
    edges: Values


def levels(front_end: FrontEnd, port: Port) -> Levels:
    """Of all features, what the input's quantization makes of feature * scale in float32."""
    reals = np.arange(_FEATURES, dtype=np.float32) * np.float32(front_end.scale)
    assert port.scale is not None
    assert port.zero_point is not None
    q = quantize_reals(reals, port.scale, port.zero_point, port.dtype).astype(np.int64)
    edges = np.searchsorted(q, np.arange(int(q[0]) + 1, int(q[-1]) + 1))
    return Levels(int(q[0]), edges.astype(np.uint16))


def with_audio(engine: Engine, front_end: FrontEnd) -> Engine:
    """The engine with the files of the front end, `<prefix>_audio.h` to include, and with the bytes
    that it takes.

    Raises EdgeqError for models whose input is no window of features.
    """
    p, prefix = front_end.parameters, engine.prefix
    port = _window(engine, p.channels)
    made = native_engine(
        cleaned(micro_graph(p)), f"{prefix[:_LONGEST_PREFIX]}_frontend", (), None, DEFAULT
    )
    if made.prefix == prefix:
        why = "the front end beside it would be called like it"
        raise EdgeqError(f"name {prefix}", why, "give another --name")
    quantized = levels(front_end, port) if port.scale is not None else None
    edges = None if quantized is None else quantized.edges
    context = {
        **engine.context,
        "parameters": p,
        "feature_scale": front_end.scale,
        "frontend": made.prefix,
        "FRONTEND": made.prefix.upper(),
        "frames": port.elements // p.channels,
        "ctype": port.ctype,
        "window_rows": c_rows(window_function(p.window)),
        "least": None if quantized is None else quantized.least,
        "edge_rows": [] if edges is None else c_rows(edges),
        "edges": 0 if edges is None else len(edges),
    }
    files = {
        f"{prefix}_audio.h": render("common/audio.h.j2", context),
        f"{prefix}_audio.c": render("common/audio.c.j2", context),
    }
    tables = 2 * p.window + 2 * context["edges"]
    ram = made.ram_bytes + port.nbytes + 2 * p.window + _FIXED_BYTES
    return replace(
        engine,
        files={**engine.files, **made.files, **files},
        model_bytes=engine.model_bytes + made.model_bytes + tables,
        flash_bytes=engine.flash_bytes + made.flash_bytes + tables + _CODE_BYTES,
        context={**engine.context, "audio_headers": [f"{prefix}_audio.h", f"{made.prefix}.h"]},
        state_bytes=engine.state_bytes + ram,
    )


def _window(engine: Engine, channels: int) -> Port:
    """The model's one input. Raises EdgeqError where it holds no whole frames."""
    ports: list[Port] = engine.context["inputs"]
    if len(ports) != 1 or engine.context.get("fed"):
        why = (
            "it fills one whole input" if len(ports) == 1 else f"the model has {len(ports)} inputs"
        )
        raise EdgeqError("the audio front end", why, "give --features none")
    port = ports[0]
    what = f'the audio front end for input "{port.name}"'
    if port.elements % channels or not port.elements:
        why = f"it has {port.elements} elements, a frame {channels}"
        raise EdgeqError(what, why, "give --features none, or data of other channels to convert")
    if port.dtype not in ("int8", "uint8", "float32") or port.affine:
        why = f"it is {'scaled inside of the model' if port.affine else port.dtype}"
        raise EdgeqError(what, why, "convert the model to int8, or give --features none")
    if port.dtype != "float32" and port.scale is None:
        raise EdgeqError(what, "it has no scale", "convert the model with calibration data")
    return port
