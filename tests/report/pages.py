"""Pages of small models with names that try to become markup, for the tests of reports."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from verify.graphs import small_model

from edgeq.cleanup import clean_up
from edgeq.data import Samples
from edgeq.fit import fit
from edgeq.graph import Model
from edgeq.report import gather
from edgeq.report.contents import Contents, LayerError
from edgeq.report.render import render_page
from edgeq.simulate.simulate import simulate
from edgeq.verify.result import LayerResult, TargetResult

HOSTILE = (
    "</script><script>alert(1)</script>",
    "</title></style><img src=x onerror=alert(1)>",
    "\x1b[31m\x00\x07\u202eevil\u2066\u200b",
    "\"'><svg onload=alert(1)>",
    "{{ 7 * 7 }}{% raw %}&lt;&amp;",
    "]]></svg><!--",
    "W" * 300,
)


def named(names: tuple[str, ...]) -> Model:
    """The small model whose tensors and classes are called so, in turn."""
    model = small_model()
    graph = model.main
    tensors = [replace(t, name=f"{names[k % len(names)]}{k}") for k, t in enumerate(graph.tensors)]
    labels = [f"{names[k % len(names)]}{k}" for k in range(7)]
    return Model((replace(graph, tensors=tuple(tensors)),)).with_labels(labels)


def contents(names: tuple[str, ...]) -> Contents:
    """All sections of a report: with confusion, error by layer, layers in cycles, boards that fit and
    one that does not.
    """
    model, rng = named(names), np.random.default_rng(0)
    clean = clean_up(model).model
    samples = Samples((rng.normal(0, 2, (40, 6, 5, 3)).astype(np.float32),), np.arange(40) % 7)
    boards = fit(model, boards=["esp32-devkitc", "nano-esp32"], max_energy_mj=0.025, name=names[0])
    layers = tuple(
        LayerResult(k, op.kind, clean.main.tensors[op.outputs[0]].name, 50, 10, 80)
        for k, op in enumerate(clean.main.ops)
    )
    run = TargetResult(
        "cortex-m4",
        "ok",
        samples=1,
        instructions_per_inference=150,
        cycles_per_inference=240,
        toolchain=names[0],
        layers=layers,
        cycle_causes={"load": 200, "flash, data": 40},
    )
    error = LayerError(0, "CONV_2D", names[0], 31.4, 40.0, 0.5, 0.6)
    return Contents(
        "0.0",
        gather.model_facts(clean, names[0], 1234, boards),
        gather.accuracy(names[1 % len(names)], simulate(model, samples)),
        (error,),
        gather.memory(clean.main),
        gather.times(replace(boards.boards[0], run=run)),
        boards,
        (run,),
        (f"edgeq simulate '{names[0]}'",),
    )


def hostile_page() -> str:
    return render_page(contents(HOSTILE))
