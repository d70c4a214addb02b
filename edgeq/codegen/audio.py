"""The audio front end beside a model's engine: C that takes samples and fills the model's input."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from edgeq.cleanup import cleaned
from edgeq.codegen.engine import Engine, EngineModel, NamedModel
from edgeq.codegen.names import c_rows
from edgeq.codegen.native import DEFAULT, native_engine
from edgeq.codegen.ports import Port
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


def with_audio(engine: Engine, front_ends: Sequence[FrontEnd | None]) -> Engine:
    """The engine with the front end of each model that has one: its files, of which a program includes
    `<prefix>_audio.h`, and the bytes that it takes.

    Raises EdgeqError for models whose input is no window of features.
    """
    for i, front_end in enumerate(front_ends):
        if front_end is not None:
            engine = _with_front_end(engine, i, front_end)
    return engine


def _with_front_end(engine: Engine, index: int, front_end: FrontEnd) -> Engine:
    """The engine with a front end for the model of that index."""
    p, model = front_end.parameters, engine.models[index]
    prefix = model.prefix
    port = _window(model, p.channels)
    name = f"{prefix[:_LONGEST_PREFIX]}_frontend"
    made = native_engine([NamedModel(cleaned(micro_graph(p)), name)], name, None, DEFAULT)
    if f"{made.prefix}.h" in engine.files:
        why = f"its front end would be called {made.prefix}, which another part is"
        raise EdgeqError(f"name {prefix}", why, "give another name")
    quantized = levels(front_end, port) if port.scale is not None else None
    files = _files(model, made.prefix, front_end, port, quantized)
    tables = 2 * p.window + (2 * len(quantized.edges) if quantized is not None else 0)
    ram = made.ram_bytes + port.nbytes + 2 * p.window + _FIXED_BYTES
    header = f"{prefix}_audio.h"
    heard = replace(
        model,
        state_bytes=model.state_bytes + ram,
        model_bytes=model.model_bytes + made.model_bytes + tables,
        text=f"{model.text}{made.models[0].text}{files[header]}",
    )
    return replace(
        engine,
        models=(*engine.models[:index], heard, *engine.models[index + 1 :]),
        files={**engine.files, **made.files, **files},
        model_bytes=engine.model_bytes + made.model_bytes + tables,
        flash_bytes=engine.flash_bytes + made.flash_bytes + tables + _CODE_BYTES,
        headers=(*engine.headers, header, f"{made.prefix}.h"),
    )


def _files(
    model: EngineModel, frontend: str, front_end: FrontEnd, port: Port, quantized: Levels | None
) -> dict[str, str]:
    """`<prefix>_audio.h` and `.c`. frontend: the prefix of the engine that computes what follows the
    window; port: the model's input; quantized: how features become its elements, None of floats.
    """
    p, prefix = front_end.parameters, model.prefix
    edges = None if quantized is None else quantized.edges
    context = {
        **model.context,
        "parameters": p,
        "feature_scale": front_end.scale,
        "frontend": frontend,
        "FRONTEND": frontend.upper(),
        "frames": port.elements // p.channels,
        "ctype": port.ctype,
        "window_rows": c_rows(window_function(p.window)),
        "least": None if quantized is None else quantized.least,
        "edge_rows": [] if edges is None else c_rows(edges),
        "edges": 0 if edges is None else len(edges),
    }
    return {
        f"{prefix}_audio.{kind}": render(f"common/audio.{kind}.j2", context) for kind in ("h", "c")
    }


def _window(model: EngineModel, channels: int) -> Port:
    """The model's one input. Raises EdgeqError where it holds no whole frames."""
    ports: list[Port] = model.context["inputs"]
    if len(ports) != 1 or model.context["fed"]:
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
