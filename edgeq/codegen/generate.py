"""`generate`: a firmware project for a framework and a board, complete, reproducible, checked to
fit.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from itertools import zip_longest
from pathlib import Path
from typing import Any

from edgeq.boards import Board
from edgeq.codegen.audio import with_audio
from edgeq.codegen.board_fit import check_arrays, check_fit, needs_psram
from edgeq.codegen.engine import Engine
from edgeq.codegen.engines import ENGINES
from edgeq.codegen.framework import render_project, written_once
from edgeq.codegen.generate_inputs import (
    FirmwareModel,
    audio_front_ends,
    check_library,
    check_passes,
    check_together,
    given_models,
    project_board,
    project_name,
    ready_model,
    vectors_of_each,
)
from edgeq.codegen.generate_result import GenerateResult, ModelMemory
from edgeq.codegen.manifest import MANIFEST
from edgeq.codegen.names import c_identifier
from edgeq.codegen.native import DEFAULT, NativeOptions
from edgeq.codegen.project_context import project_context
from edgeq.codegen.project_folder import write_project
from edgeq.codegen.sampling import AS_IT_IS, Sampling
from edgeq.codegen.selftest import Vectors, make_vectors, render_selftest
from edgeq.codegen.sensor_source import SensorSource, sensor_source, with_stream
from edgeq.codegen.several import check_names, together_files
from edgeq.codegen.wire import check_wire, with_wire
from edgeq.frameworks import Layout, load_layout
from edgeq.graph import Model, ModelSource
from edgeq.simulate.inputs import Inputs


def generate(
    model: ModelSource | list[FirmwareModel] | tuple[FirmwareModel, ...],
    output: str | Path,
    *,
    framework: str,
    board: str | None = None,
    engine: str = "native",
    name: str | None = None,
    labels: Sequence[str] = (),
    selftest: int = 0,
    inputs: Inputs | None = None,
    options: NativeOptions = DEFAULT,
    apart: bool = False,
    features: str | None = None,
    sensor: str | None = None,
    sampling: Sampling = AS_IT_IS,
    overwrite: bool = False,
    wire: bool = False,
) -> GenerateResult:
    """Writes a project into the folder `output` (whole or not at all), and renews one that is
    there.

    Only files that still are what an earlier run wrote are replaced or removed. One that was edited
    is kept, and its new text goes beside it.

    model: as `read_tflite` gives it, or the path or bytes of a .tflite file; or several models, which
        the firmware runs in turn, each with its own name, labels and inputs.
    framework: a folder of `firmware_templates/` with a layout. board: a name that `edgeq boards`
        lists; needed where the framework's build files name one.
    name: prefix of the generated names; the file's by default. Of several models it is the project's,
        by default that of the folder.
    labels: one for each element of the first output, or two of a single one, of which the second is
        its; the model's own by default, cut to MAX_LABEL characters.
    selftest: how many input vectors with the expected output bytes to put in for each model, the
        first of `inputs`, or random ones.
    inputs: for each of the model's inputs an array [samples, *shape]: integers as they are, or real
        numbers, which are quantized with the input's own scale.
    options: of the native engine, for every model.
    apart: whether each of several models has an arena of its own; otherwise they share one, which
        takes the RAM of the largest.
    features: `micro` for firmware that makes every model's input of sound, `none`, or None for what
        the models' metadata say.
    sensor: what the program reads the windows of its one model from, a folder of
        `firmware_templates/sensors/`; None: it fills the inputs with constants. sampling: of the sensor.
    overwrite: replaces edited files too, unless they are written for the user to edit, as `main.c`.
    wire: whether the program serves its one model to `verify --port`, in place of a demonstration.

    Raises DoesNotFitError, with by how much, where the board cannot hold the models; EdgeqError for
    unknown names, names that meet, and inputs that do not fit; UnsupportedError where the engine cannot
    run a model.
    """
    given = given_models(model, name, labels, inputs)
    layout = load_layout(framework)
    target = project_board(board, layout, engine)
    check_together(given, engine, options, apart, sensor)
    check_library(layout, options.library)
    check_passes(options, sensor, wire)
    if wire:
        check_wire(layout, len(given), selftest, sensor)
        options = replace(options, trace=not ENGINES[engine].tflm_library)
    ready = [ready_model(one, selftest) for one in given]
    models = [one.named for one in ready]
    stem = models[0].name if len(models) == 1 else project_name(name, Path(output))
    rendered = ENGINES[engine].render(models, stem, target, options)
    front_ends = audio_front_ends([one.model for one in models], features)
    rendered = replace(with_audio(rendered, front_ends), apart=apart)
    source = None
    if sensor is not None:
        source = sensor_source(
            sensor, sampling, models[0].model, front_ends[0], rendered, layout, target
        )
        rendered = with_stream(rendered, source)
    if wire:
        rendered = with_wire(rendered, options.trace)
    check_names(rendered)
    vectors = [make_vectors(one.named.model, selftest, one.inputs) for one in ready if selftest]
    count = vectors_of_each(vectors)
    flash_bytes = rendered.flash_bytes + sum(one.nbytes for one in vectors)
    if target is not None:
        check_fit(target, framework, rendered, flash_bytes)
        check_arrays(target, rendered, vectors)
    files = _files(layout, engine, target, rendered, vectors, source, wire)
    facts = {**_facts(framework, engine, target, rendered, count, source), "wire": wire}
    once = written_once(layout, rendered.prefix)
    renewal = write_project(Path(output), files, facts, once, overwrite)
    warnings = [warning for one in models for warning in _warnings(one.model)]
    return GenerateResult(
        output=str(output),
        files=tuple(sorted([*files, MANIFEST])),
        engine=engine,
        framework=framework,
        board=target.name if target else None,
        name=rendered.prefix,
        flash_bytes=flash_bytes,
        model_bytes=rendered.model_bytes,
        arena_bytes=rendered.arena_bytes,
        selftest=count,
        kept=renewal.kept,
        removed=renewal.removals,
        left=renewal.left,
        warnings=(*dict.fromkeys(warnings), *_placed(target, framework, rendered)),
        state_bytes=rendered.state_bytes,
        arenas_apart_bytes=rendered.arenas_apart_bytes,
        models=_memory(rendered),
    )


def _memory(rendered: Engine) -> tuple[ModelMemory, ...]:
    """What each model takes."""
    return tuple(
        ModelMemory(one.prefix, one.arena_bytes, one.state_bytes, one.model_bytes)
        for one in rendered.models
    )


def _files(
    layout: Layout,
    engine: str,
    board: Board | None,
    rendered: Engine,
    vectors: Sequence[Vectors],
    source: SensorSource | None,
    wire: bool,
) -> dict[str, bytes]:
    """The files of the project, but for its manifest: relative path -> content."""
    tested = bool(vectors or layout.yours)
    sources = {**rendered.files, **together_files(rendered, tested)}
    for model, one in zip_longest(rendered.models, vectors):
        sources |= render_selftest(model, one) if tested else {}
    count = vectors_of_each(vectors)
    context = project_context(layout, ENGINES[engine], board, rendered, count, source, wire)
    return render_project(layout, context, sources)


def _facts(
    framework: str,
    engine: str,
    board: Board | None,
    rendered: Engine,
    selftest: int,
    source: SensorSource | None,
) -> dict[str, Any]:
    """What the manifest says about the project beside its files."""
    return {
        "name": rendered.prefix,
        "models": {one.prefix: one.context["hash"] for one in rendered.models},
        "engine": engine,
        "framework": framework,
        "board": board.name if board else None,
        "arena_bytes": rendered.arena_bytes,
        "model_bytes": rendered.model_bytes,
        "selftest": selftest,
        **({"sensor": source.facts} if source is not None else {}),
    }


def _warnings(model: Model) -> tuple[str, ...]:
    """What runs, but is most likely not what was meant."""
    tensors = [tensor for graph in model.graphs for tensor in graph.tensors]
    if any(tensor.quantization for tensor in tensors) or not any(
        tensor.dtype == "float32" for tensor in tensors
    ):
        return ()
    return (
        "the model computes in float32: `edgeq convert MODEL -o int8.tflite --calibration DATA` makes it integer, "
        "about four times smaller and faster",
    )


def _placed(board: Board | None, framework: str, rendered: Engine) -> tuple[str, ...]:
    """That the arena lies in PSRAM, if it does."""
    if not needs_psram(board, framework, rendered):
        return ()
    return (
        f"the arena takes {rendered.arena_bytes} bytes, more than the internal RAM leaves: the project's "
        "configuration places it in PSRAM, which is slower",
    )


def model_name(path: Path) -> str:
    """The name that a model file suggests: its stem as a C identifier."""
    return c_identifier(path.stem)
