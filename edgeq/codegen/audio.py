"""The audio front end beside a model's engine: C that takes samples and fills the model's input."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from edgeq.cleanup import cleaned
from edgeq.codegen.audio_kinds import MAKERS, KindOfC
from edgeq.codegen.engine import Engine, EngineModel, NamedModel
from edgeq.codegen.native import DEFAULT, native_engine
from edgeq.codegen.ports import Port
from edgeq.codegen.templates import render
from edgeq.errors import EdgeqError
from edgeq.features import FrontEnd, Parameters

_LONGEST_PREFIX = 38  # so that the front end's own is one, too
_FIXED_BYTES = 16  # of the struct, beside its arrays


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
    kind = MAKERS[p.kind](front_end, port)
    name = f"{prefix[:_LONGEST_PREFIX]}_frontend"
    made = native_engine([NamedModel(cleaned(kind.graph), name)], name, None, DEFAULT)
    if f"{made.prefix}.h" in engine.files:
        why = f"its front end would be called {made.prefix}, which another part is"
        raise EdgeqError(f"name {prefix}", why, "give another name")
    files = _files(model, made.prefix, p, port, kind)
    ram = made.ram_bytes + port.nbytes + 2 * p.window + _FIXED_BYTES
    header = f"{prefix}_audio.h"
    heard = replace(
        model,
        state_bytes=model.state_bytes + ram,
        model_bytes=model.model_bytes + made.model_bytes + kind.table_bytes,
        text=f"{model.text}{made.models[0].text}{files[header]}",
    )
    return replace(
        engine,
        models=(*engine.models[:index], heard, *engine.models[index + 1 :]),
        files={**engine.files, **made.files, **files},
        model_bytes=engine.model_bytes + made.model_bytes + kind.table_bytes,
        flash_bytes=engine.flash_bytes + made.flash_bytes + kind.table_bytes + kind.code_bytes,
        headers=(*engine.headers, header, f"{made.prefix}.h"),
    )


def _files(
    model: EngineModel, frontend: str, p: Parameters, port: Port, kind: KindOfC
) -> dict[str, str]:
    """`<prefix>_audio.h` and `.c`. frontend: the prefix of the engine that computes the kind's graph;
    port: the model's input.
    """
    context = {
        **model.context,
        **kind.context,
        "parameters": p,
        "kind": kind.template,
        "frontend": frontend,
        "FRONTEND": frontend.upper(),
        "frames": port.elements // p.channels,
        "ctype": port.ctype,
    }
    return {
        f"{model.prefix}_audio.{ending}": render(f"common/audio.{ending}.j2", context)
        for ending in ("h", "c")
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
