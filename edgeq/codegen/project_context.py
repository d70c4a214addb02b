"""What the templates of a framework's project show."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from edgeq.boards import Board
from edgeq.codegen.board_fit import needs_psram
from edgeq.codegen.engine import Engine
from edgeq.codegen.engines import EngineRow
from edgeq.codegen.sensor_source import SensorSource
from edgeq.frameworks import Layout
from edgeq.sensors import Needs

NO_SENSOR: Mapping[str, Any] = {"sensor": None, "needs": Needs()}
"""What templates see where the program reads no sensor."""


def project_context(
    layout: Layout,
    engine: EngineRow,
    board: Board | None,
    rendered: Engine,
    selftest: int,
    source: SensorSource | None = None,
    wire: bool = False,
) -> dict[str, Any]:
    """What templates find, by name. models: what they show of each model; selftest: how many vectors
    each has; headers: what a program may include; wire: whether it serves its model over the wire.
    """
    models = [model.context for model in rendered.models]
    alone = len(models) == 1
    entry = board.framework(layout.name) if board is not None else None
    return {
        "engine": engine,
        "board": board,
        "target": entry.facts if entry is not None else None,
        "in_psram": needs_psram(board, layout.name, rendered),
        "selftest": selftest,
        "wire": wire,
        "library": rendered.library,
        "models": models,
        "headers": [*_model_headers(rendered), *rendered.headers],
        "the_model": "the model" if alone else "each model",
        "of_each": "" if alone else " of each model",
        "fills": enumerated([f"`{model['fill']}()`" for model in models]),
        "hashes": ", ".join(model["hash"] for model in models),
        "prefix": rendered.prefix,
        "PREFIX": rendered.prefix.upper(),
        "title": models[0]["title"] if alone else rendered.prefix,
        "apart": rendered.apart,
        "arena_bytes": models[0]["arena_bytes"] if alone else rendered.arena_bytes,
        "arenas_apart_bytes": rendered.arenas_apart_bytes,
        "state_bytes": rendered.state_bytes,
        "model_bytes": rendered.model_bytes,
        **(NO_SENSOR if source is None else source.context),
    }


def _model_headers(engine: Engine) -> Iterator[str]:
    """The headers of models and self-tests, of the whole project first."""
    for prefix in dict.fromkeys((engine.prefix, *(model.prefix for model in engine.models))):
        yield f"{prefix}.h"
        yield f"{prefix}_selftest.h"


def enumerated(items: Sequence[str]) -> str:
    """Items in a sentence.

    >>> enumerated(["a"]), enumerated(["a", "b", "c"])
    ('a', 'a, b and c')
    """
    *first, last = items
    return f"{', '.join(first)} and {last}" if first else last
