"""`generate`: a firmware project for a framework and a board, complete, reproducible, checked to fit."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

from edgeq.boards import Board, find_board, fits
from edgeq.codegen.engine import Engine
from edgeq.codegen.framework import FRAMEWORKS, Layout, load_layout, render_project, written_once
from edgeq.codegen.manifest import MANIFEST
from edgeq.codegen.names import c_identifier
from edgeq.codegen.native import DEFAULT, NativeOptions, native_engine
from edgeq.codegen.project_folder import write_project
from edgeq.codegen.selftest import MAX_VECTORS, Vectors, make_vectors, render_selftest
from edgeq.codegen.tflm import tflm_engine
from edgeq.errors import DoesNotFitError, EdgeqError
from edgeq.graph import Model
from edgeq.opkit.contract import Values

RenderEngine = Callable[[Model, str, tuple[str, ...], "Board | None", NativeOptions], Engine]

ENGINES: Mapping[str, RenderEngine] = {"native": native_engine, "tflm": tflm_engine}
LARGEST_ARRAY = {"avr": 32_767}  # bytes of one object, by core, where its compiler has a limit below the flash
MAX_LABEL = 40  # characters of a label that the firmware prints


@dataclass(frozen=True)
class GenerateResult:
    """What was written. flash_bytes: constants and an estimate of the engine's code; arena_bytes: exact.

    files: of the project, relative to `output`. kept: those that stay as their user made them -> where the new text
    is, None if it has not changed. removed: files of an earlier run that the project no longer has. left: such files
    that stay because they were edited.
    """

    output: str
    files: tuple[str, ...]
    engine: str
    framework: str
    board: str | None
    name: str
    flash_bytes: int
    model_bytes: int
    arena_bytes: int
    selftest: int
    kept: Mapping[str, str | None]
    removed: tuple[str, ...]
    left: tuple[str, ...]
    warnings: tuple[str, ...]

    def to_json(self) -> dict[str, Any]:
        return asdict(self)


def generate(model: Model, output: Path, *, framework: str, board: str | None = None, engine: str = "native",
             name: str = "model", labels: Sequence[str] = (), selftest: int = 0,
             inputs: Sequence[Values] | None = None,
             options: NativeOptions = DEFAULT, overwrite: bool = False) -> GenerateResult:  # fmt: skip
    """Writes a project into the folder `output` (whole or not at all), and renews one that is there.

    Only files that still are what an earlier run wrote are replaced or removed. One that was edited is kept, and its
    new text goes beside it; overwrite: is replaced, unless it is written for its user to edit, as `main.c` is.

    labels: one for each element of the first output, or two of a single one, of which the second is its; the model's
    own by default, cut to MAX_LABEL characters. selftest: how many input vectors with the expected output bytes to put
    in, taken from the quantized `inputs` [samples, *shape], or random. options: of the native engine.
    Raises DoesNotFitError, with by how much, where the board cannot hold the model; EdgeqError for unknown names;
    UnsupportedError where the engine cannot run the model.
    """
    layout = load_layout(framework)
    chosen = _board(board, layout, engine)
    labels = _output_labels(tuple(labels) or model.labels, model)
    _check_options(model, engine, labels, selftest)
    rendered = ENGINES[engine](model, name, tuple(label[:MAX_LABEL] for label in labels), chosen, options)
    vectors = make_vectors(model, selftest, inputs) if selftest else None
    flash_bytes = rendered.flash_bytes + (vectors.nbytes if vectors else 0)
    if chosen is not None:
        _check_fit(chosen, framework, rendered, flash_bytes)
        _check_arrays(chosen, rendered, vectors)
    count = vectors.count if vectors else 0
    sources = {**rendered.files, **(render_selftest(rendered, vectors) if vectors or layout.yours else {})}
    context = {
        **rendered.context,
        "engine": engine,
        "board": chosen,
        "target": chosen.framework(framework) if chosen else None,
        "selftest": count,
    }
    files = render_project(layout, context, sources)
    facts = {
        "name": rendered.prefix, "model_hash": rendered.context["hash"], "engine": engine, "framework": framework,
        "board": chosen.name if chosen else None, "arena_bytes": rendered.arena_bytes,
        "model_bytes": rendered.model_bytes, "selftest": count,
    }  # fmt: skip
    renewal = write_project(output, files, facts, written_once(layout, rendered.prefix), overwrite)
    return GenerateResult(
        str(output), tuple(sorted([*files, MANIFEST])), engine, framework, chosen.name if chosen else None,
        rendered.prefix, flash_bytes, rendered.model_bytes, rendered.arena_bytes, count, renewal.kept,
        renewal.removals, renewal.left, _warnings(model),
    )  # fmt: skip


def _board(name: str | None, layout: Layout, engine: str) -> Board | None:
    """The board, which must know the framework, and TFLM if that is the engine, with the framework's TFLM kernels."""
    kernels = layout.tflm_kernels if engine == "tflm" else None
    if name is None:
        if layout.board_required:
            raise EdgeqError(
                f"framework {layout.name}", "its build files name a board", "give --board; `edgeq boards` lists them"
            )
        if kernels is not None:
            raise EdgeqError(f"engine tflm with {layout.name}", f"how much memory {kernels} takes depends on the core",
                             "give --board; `edgeq boards`")  # fmt: skip
        return None
    board = find_board(name)
    board.framework(layout.name)
    if engine == "tflm" and board.tflm_kernels is None:
        raise EdgeqError(f"engine tflm on {board.name}", "TFLM does not run on this board", "use --engine native")
    return board if kernels is None else replace(board, tflm_kernels=kernels)


def _output_labels(labels: Sequence[str], model: Model) -> Sequence[str]:
    """The label of each output: a single one that tells two classes apart is the chance of the second."""
    single = model.main.tensors[model.main.outputs[0]].size == 1
    return labels[1:] if single and len(labels) == 2 else labels


def _check_options(model: Model, engine: str, labels: Sequence[str], selftest: int) -> None:
    if engine not in ENGINES:
        raise EdgeqError(f"engine {engine!r}", "it is not known", f"choose one of {', '.join(ENGINES)}")
    if not 0 <= selftest <= MAX_VECTORS:
        raise EdgeqError(f"{selftest} self-test vectors", f"0 to {MAX_VECTORS} are possible", "give another number")
    classes = model.main.tensors[model.main.outputs[0]].size
    if labels and len(labels) != classes:
        raise EdgeqError(f"{len(labels)} labels", f"the model's first output has {classes} elements",
                         "give one label for each, in their order")  # fmt: skip


def _check_fit(board: Board, framework: str, engine: Engine, flash_bytes: int) -> None:
    fit = fits(board, flash_bytes, engine.arena_bytes, framework)
    if not fit.fits:
        raise DoesNotFitError(
            f"{engine.prefix} does not fit {board.title}", fit.why, "choose a larger board or a smaller model"
        )


def _check_arrays(board: Board, engine: Engine, vectors: Vectors | None) -> None:
    limit = LARGEST_ARRAY.get(board.core)
    sizes = {array.note: array.nbytes for array in engine.context.get("arrays", ())}
    if vectors is not None:
        sizes |= {f"self-test vectors {i}": v.nbytes for i, v in enumerate((*vectors.inputs, *vectors.outputs))}
    for what, nbytes in sizes.items():
        if limit is not None and nbytes > limit:
            raise DoesNotFitError(
                f"{engine.prefix} does not fit {board.title}",
                f"{what} takes {nbytes} bytes, {nbytes - limit} more than the {limit} that an array can have there",
                "choose a larger board, smaller layers or fewer self-test vectors",
            )


def _warnings(model: Model) -> tuple[str, ...]:
    """What runs, but is most likely not what was meant."""
    tensors = [tensor for graph in model.graphs for tensor in graph.tensors]
    if any(tensor.quantization for tensor in tensors) or not any(tensor.dtype == "float32" for tensor in tensors):
        return ()
    return ("the model computes in float32: `edgeq convert MODEL -o int8.tflite --calibration DATA` makes it integer, "
            "about four times smaller and faster",)  # fmt: skip


def model_name(path: Path) -> str:
    """The name that a model file suggests: its stem as a C identifier."""
    return c_identifier(path.stem)


__all__ = ["ENGINES", "FRAMEWORKS", "GenerateResult", "generate", "model_name"]
