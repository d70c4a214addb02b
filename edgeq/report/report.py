"""`edgeq report`: one page, complete in itself, of what a model is, computes, takes and costs."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

from edgeq.cleanup import clean_up
from edgeq.data import Samples, quantized_inputs
from edgeq.errors import EdgeqError
from edgeq.files import check_output, write_whole
from edgeq.fit.fit import fit
from edgeq.fit.result import BoardFit, FitResult
from edgeq.graph import Model, ModelSource, as_model, stem_of, write_tflite
from edgeq.html import result_html
from edgeq.opkit.node import Values
from edgeq.report import gather
from edgeq.report.contents import Contents
from edgeq.report.render import render_page
from edgeq.simulate.execute import random_inputs
from edgeq.simulate.result import SimulateResult
from edgeq.simulate.simulate import simulate
from edgeq.verify.job import Settings
from edgeq.verify.result import TargetResult
from edgeq.verify.run import verify

DEFAULT_BOARD = "nucleo-l4r5zi"
"""Whose layers are shown in cycles unless a board is named: the one that hardware was compared with."""
ORACLES = ("tflite-runtime", "tflm")
COMPARED = 32  # samples of which every tensor is compared with interpreters
VERIFIED = 4  # samples that the C computes on this machine

Progress = Callable[[str, int, int], None]


@dataclass(frozen=True)
class ReportResult:
    """Where the page is. contents: what it says."""

    output: str
    contents: Contents

    def to_json(self) -> dict[str, Any]:
        """The result as `--json` prints it."""
        return {"output": self.output}

    _repr_html_ = result_html


def report(
    model: ModelSource,
    output: str | Path,
    samples: Samples | None = None,
    *,
    reference: Model | None = None,
    board: str | None = None,
    data: str = "",
    name: str | None = None,
    commands: Sequence[str] = (),
    progress: Progress | None = None,
) -> ReportResult:
    """Writes a page of HTML that needs nothing else: no script, no font, no byte from the network.

    model: as `read_tflite` gives it, or the path or bytes of a .tflite file.
    output: the .html file to write, whole or not at all.
    samples: real values with labels, for accuracy and the confusion matrix; without them the model
        is simulated on random inputs.
    reference: the float model, for signal over error by layer; needs samples.
    board: whose core and flash layers are timed on; the Nucleo-L4R5ZI by default.
    data, name: what the samples and the model are called.
    commands: command lines that compute the figures again, for the end of the page.
    progress: told (what, how far, of how much).

    Raises EdgeqError for unknown boards, a reference without samples, and models that cannot be
    simulated or compiled.
    """
    if reference is not None and samples is None:
        raise EdgeqError("--reference", "a float model needs real data", "give --data")
    check_output(Path(output), ".html", (model,))
    loaded, stem = as_model(model), name or stem_of(model)
    clean = clean_up(loaded).model
    found = _simulated(loaded, samples, progress)
    boards = fit(loaded, sort="latency", name=stem, progress=progress)
    shown = _shown_board(boards, loaded, stem, board)
    host = verify(loaded, samples=VERIFIED, name=stem, settings=Settings()).targets
    contents = Contents(
        _version(),
        gather.model_facts(clean, stem, _size(model, loaded), boards),
        gather.accuracy(data or "random inputs", found),
        gather.layer_errors(clean, reference, samples) if reference and samples else (),
        gather.memory(clean.main),
        gather.times(shown),
        boards,
        (*host, *_runs(boards)),
        tuple(commands),
    )
    write_whole(Path(output), render_page(contents).encode())
    return ReportResult(str(output), contents)


def _simulated(model: Model, samples: Samples | None, progress: Progress | None) -> SimulateResult:
    """Accuracy on all samples, and every tensor of some compared with interpreters."""
    graph = clean_up(model).model.main
    if samples is None:
        inputs: Sequence[Values] = random_inputs(graph, COMPARED, 0)
        return simulate(model, inputs=inputs, oracles=ORACLES, progress=progress)
    inputs = quantized_inputs(graph, samples.take(COMPARED).inputs)
    scored = simulate(model, samples, progress=progress)
    compared = simulate(model, inputs=inputs, oracles=ORACLES, progress=progress)
    return replace(scored, oracles=compared.oracles, xnnpack=compared.xnnpack)


def _shown_board(boards: FitResult, model: Model, name: str, wanted: str | None) -> BoardFit:
    """The board whose layers are shown; one that is named is run by itself, with its own flash."""
    if wanted is not None:
        return fit(model, boards=[wanted], name=name).boards[0]
    return next(board for board in boards.boards if board.name == DEFAULT_BOARD)


def _runs(boards: FitResult) -> list[TargetResult]:
    """Every core that executed the model, once."""
    runs = {board.run.name: board.run for board in boards.boards if board.run is not None}
    return [runs[name] for name in sorted(runs)]


def _size(source: ModelSource, model: Model) -> int:
    """Bytes of the .tflite file."""
    if isinstance(source, bytes):
        return len(source)
    return len(write_tflite(model)) if isinstance(source, Model) else Path(source).stat().st_size


def _version() -> str:
    try:
        return version("edgeq")
    except PackageNotFoundError:
        return "unknown"
