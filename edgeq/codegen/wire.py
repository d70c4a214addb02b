"""The sources by which a project serves its model over the wire, as docs/wire.md describes it."""

from __future__ import annotations

import zlib
from collections.abc import Iterable, Sequence
from dataclasses import replace

from edgeq.codegen.engine import Engine
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
    if models > 1:
        why = "a program serves one model"
        raise EdgeqError(f"--wire with {models} models", why, "generate a project for each")
    if selftest:
        why = "over the wire any vectors come, and nothing is checked at boot"
        raise EdgeqError("--wire and --selftest", why, "give one of them")
    if sensor is not None:
        why = "a program has its inputs from the one or the other"
        raise EdgeqError("--wire and --sensor", why, "give one of them")


def with_wire(engine: Engine, trace: bool) -> Engine:
    """The engine of one model with frames, server, and what ties them to the model, and the RAM that
    they take beside the stack. trace: whether its code calls the server behind each layer.

    Raises EdgeqError for a model with too many inputs and outputs.
    """
    (model,) = engine.models
    context, prefix = model.context, model.prefix
    ports = [*context["inputs"], *context["outputs"]]
    if len(ports) > MOST_PORTS:
        why = f"it has {len(ports)} inputs and outputs, the wire takes {MOST_PORTS}"
        raise EdgeqError("--wire", why, "join some of them in the model")
    layers: Sequence[Layer] = context["layers"] if trace else ()
    more = {
        "layers": len(layers),
        "program": program_digest(layers),
        "hash_bytes": [f"0x{byte:02X}" for byte in bytes.fromhex(context["hash"])],
        "port_bytes": [_port_bytes(port) for port in ports],
    }
    tied = {
        f"{prefix}_wire.{end}": render(f"wire/model_wire.{end}.j2", {**context, **more})
        for end in ("c", "h")
    }
    state_bytes = model.state_bytes + SERVER_BYTES + LAYER_BYTES * len(layers)
    return replace(
        engine,
        models=(replace(model, state_bytes=state_bytes),),
        files={**engine.files, **_plain_files(), **tied},
        headers=(*engine.headers, f"{prefix}_wire.h", "edgeq_wire_server.h", "edgeq_wire.h"),
    )


def _plain_files() -> dict[str, str]:
    """The files that are the same for every model, with their licence."""
    licence = render("common/licence/block.j2", {})
    folder = resource_folder("firmware_templates") / "wire"
    return {path.name: licence + path.read_text() for path in sorted(folder.glob("*.[ch]"))}


def program_digest(layers: Iterable[Layer]) -> int:
    """32 bits that name layers, their order and the bytes that each writes."""
    text = "\n".join(f"{layer.title} {layer.shapes} {layer.written_bytes}" for layer in layers)
    return zlib.crc32(text.encode())


def _port_bytes(port: Port) -> int:
    """Of an input that is made of real values, those of the values."""
    return port.elements * 4 if port.affine else port.nbytes
