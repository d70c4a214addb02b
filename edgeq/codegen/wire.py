"""The sources by which a project serves its model over the wire, as docs/wire.md describes it."""

from __future__ import annotations

import zlib
from collections.abc import Iterable, Sequence
from dataclasses import replace

from edgeq.codegen.engine import Engine, EngineModel
from edgeq.codegen.layer_data import Layer
from edgeq.codegen.ports import Port
from edgeq.codegen.templates import render
from edgeq.errors import EdgeqError
from edgeq.frameworks import FRAMEWORKS, Layout, load_layout
from edgeq.resources import resource_folder

MOST_PORTS = 48  # inputs and outputs whose sizes fit into a hello
SERVER_BYTES = 320  # of RAM, without the layers, whose times and CRCs take LAYER_BYTES each
LAYER_BYTES = 8


def check_wire(layout: Layout, models: int, selftest: int, sensor: str | None) -> None:
    """Raises EdgeqError for a framework whose projects have no server, for several models, and for a
    self-test or a sensor beside a server.
    """
    if not layout.wire:
        able = [name for name in FRAMEWORKS if load_layout(name).wire]
        why = f"its projects have no server of the wire; {', '.join(able)} can have one"
        raise EdgeqError(f"--wire with {layout.name}", why, "choose one of these")
    if selftest:
        why = "over the wire any vectors come, and nothing is checked at boot"
        raise EdgeqError("--wire and --selftest", why, "give one of them")
    if sensor is not None:
        why = "over the wire a computer feeds the model, and no sensor is read"
        raise EdgeqError(f"--wire and --sensor {sensor}", why, "give one of them")
    if models > 1:
        why = "a program serves one model over the wire"
        raise EdgeqError(f"--wire with {models} models", why, "generate a project for each")


def with_server(engine: Engine) -> Engine:
    """The engine of one model with the files of its server, and the RAM that it takes beside its stack.

    Raises EdgeqError for a model with too many inputs and outputs.
    """
    (alone,) = engine.models
    served_bytes = SERVER_BYTES + LAYER_BYTES * len(_traced(alone))
    return replace(
        engine,
        models=(replace(alone, state_bytes=alone.state_bytes + served_bytes),),
        files={**engine.files, **_render_server(alone)},
        headers=(*engine.headers, f"{alone.prefix}_wire.h"),
    )


def _render_server(engine: EngineModel) -> dict[str, str]:
    """Name -> text: frames and server, and what ties them to a model."""
    context, prefix = engine.context, engine.prefix
    ports = [*context["inputs"], *context["outputs"]]
    if len(ports) > MOST_PORTS:
        why = f"it has {len(ports)} inputs and outputs, the wire takes {MOST_PORTS}"
        raise EdgeqError("--wire", why, "join some of them in the model")
    layers = _traced(engine)
    more = {
        "layers": len(layers),
        "program": program_digest(layers),
        "hash_bytes": [f"0x{byte:02X}" for byte in bytes.fromhex(context["hash"])],
        "port_bytes": [_port_bytes(port) for port in ports],
    }
    licence = render("common/licence/block.j2", {})
    folder = resource_folder("firmware_templates") / "wire"
    plain = {path.name: licence + path.read_text() for path in sorted(folder.glob("*.[ch]"))}
    tied = {
        f"{prefix}_wire.{end}": render(f"wire/model_wire.{end}.j2", {**context, **more})
        for end in ("c", "h")
    }
    return {**plain, **tied}


def _traced(engine: EngineModel) -> Sequence[Layer]:
    """The layers that the model's code can trace."""
    layers: Sequence[Layer] = engine.context["layers"] if engine.context.get("trace") else ()
    return layers


def program_digest(layers: Iterable[Layer]) -> int:
    """32 bits that name layers, their order and the bytes that each writes."""
    text = "\n".join(f"{layer.title} {layer.shapes} {layer.output_bytes}" for layer in layers)
    return zlib.crc32(text.encode())


def _port_bytes(port: Port) -> int:
    """Of an input that is made of real values, those of the values."""
    return port.elements * 4 if port.affine else port.nbytes
