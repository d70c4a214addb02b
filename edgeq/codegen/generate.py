"""`generate`: a firmware project for a framework and a board, complete, reproducible, checked to
fit.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from edgeq.boards import Board
from edgeq.cleanup import cleaned
from edgeq.codegen.audio import with_audio
from edgeq.codegen.board_fit import check_arrays, check_fit, needs_psram
from edgeq.codegen.engine import Engine
from edgeq.codegen.engines import ENGINES
from edgeq.codegen.framework import render_project, written_once
from edgeq.codegen.generate_inputs import (
    audio_front_end,
    check_options,
    output_labels,
    project_board,
)
from edgeq.codegen.generate_result import GenerateResult
from edgeq.codegen.manifest import MANIFEST
from edgeq.codegen.names import c_identifier
from edgeq.codegen.native import DEFAULT, NativeOptions
from edgeq.codegen.project_folder import write_project
from edgeq.codegen.selftest import Vectors, make_vectors, render_selftest
from edgeq.codegen.stream import AS_IT_IS, MILLIHERTZ, Sampling, Stream, make_stream, render_stream
from edgeq.frameworks import Layout, load_layout
from edgeq.graph import Model, ModelSource, stem_of
from edgeq.sensors import Needs, Sensor, load_sensor, sensor_needs
from edgeq.simulate.inputs import Inputs, as_inputs

MAX_LABEL = 40  # characters of a label that the firmware prints


def generate(
    model: ModelSource,
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
    overwrite: bool = False,
    sensor: str | None = None,
    sampling: Sampling = AS_IT_IS,
    features: str | None = None,
) -> GenerateResult:
    """Writes a project into the folder `output` (whole or not at all), and renews one that is
    there.

    Only files that still are what an earlier run wrote are replaced or removed. One that was edited
    is kept, and its new text goes beside it.

    model: as `read_tflite` gives it, or the path or bytes of a .tflite file.
    framework: a folder of `firmware_templates/` with a layout. board: a name that `edgeq boards`
        lists; needed where the framework's build files name one.
    name: prefix of the generated names; the file's by default.
    labels: one for each element of the first output, or two of a single one, of which the second is
        its; the model's own by default, cut to MAX_LABEL characters.
    selftest: how many input vectors with the expected output bytes to put in, the first of `inputs`,
        or random ones.
    inputs: for each of the model's inputs an array [samples, *shape]: integers as they are, or real
        numbers, which are quantized with the input's own scale.
    options: of the native engine.
    features: `micro` for firmware that makes the model's input of sound, `none`, or None for what
        the model's metadata say.
    overwrite: replaces edited files too, unless they are written for the user to edit, as `main.c`.
    sensor: what the program reads its windows from, a folder of `firmware_templates/sensors/`;
        None: it fills the inputs with constants. sampling: of the sensor.

    Raises DoesNotFitError, with by how much, where the board cannot hold the model; EdgeqError for
    unknown names and inputs that do not fit; UnsupportedError where the engine cannot run the model.
    """
    layout = load_layout(framework)
    target = project_board(board, layout, engine)
    stem, model = name or c_identifier(stem_of(model)), cleaned(model)
    labels = output_labels(tuple(labels) or model.labels, model)
    check_options(model, labels, selftest)
    given = None if inputs is None else as_inputs(model.main, inputs)
    short = tuple(label[:MAX_LABEL] for label in labels)
    rendered = ENGINES[engine].render(model, stem, short, target, options)
    heard = audio_front_end(model, features)
    if heard is not None:
        rendered = with_audio(rendered, heard)
    vectors = make_vectors(model, selftest, given) if selftest else None
    flash_bytes = rendered.flash_bytes + (vectors.nbytes if vectors else 0)
    source = None if sensor is None else _source(model, sensor, layout, target, rendered, sampling)
    if target is not None:
        more = 0 if source is None else source.stream.ram_bytes
        with_stream = replace(rendered, state_bytes=rendered.state_bytes + more)
        check_fit(target, framework, with_stream, flash_bytes)
        check_arrays(target, rendered, vectors)
    files = _files(layout, engine, target, rendered, vectors, source)
    count = vectors.count if vectors else 0
    facts = _facts(framework, engine, target, rendered, count, source)
    once = written_once(layout, rendered.prefix)
    renewal = write_project(Path(output), files, facts, once, overwrite)
    return GenerateResult(
        str(output),
        tuple(sorted([*files, MANIFEST])),
        engine,
        framework,
        target.name if target else None,
        rendered.prefix,
        flash_bytes,
        rendered.model_bytes,
        rendered.arena_bytes,
        count,
        renewal.kept,
        renewal.removals,
        renewal.left,
        (*_warnings(model), *_placed(target, framework, rendered)),
        rendered.state_bytes,
    )


@dataclass(frozen=True)
class _Source:
    """Where a program has the model's windows from. program: its kind."""

    sensor: Sensor
    stream: Stream
    program: str
    needs: Needs

    @property
    def context(self) -> dict[str, Any]:
        """What templates see."""
        return {
            "sensor": self.sensor,
            "stream": self.stream.facts,
            "program": self.program,
            "needs": self.needs,
        }

    @property
    def facts(self) -> dict[str, Any]:
        """What the manifest says."""
        return {
            "name": self.sensor.name,
            "rate_hz": self.stream.rate_mhz / MILLIHERTZ,
            "window": self.stream.rows,
            "channels": self.stream.channels,
            "hop": self.stream.hop,
        }


def _source(
    model: Model, name: str, layout: Layout, board: Board | None, engine: Engine, sampling: Sampling
) -> _Source:
    sensor = load_sensor(name)
    program, needs = sensor_needs(sensor, layout, board)
    return _Source(sensor, make_stream(model, engine, sensor, sampling), program, needs)


def _files(
    layout: Layout,
    engine: str,
    board: Board | None,
    rendered: Engine,
    vectors: Vectors | None,
    source: _Source | None,
) -> dict[str, bytes]:
    """The files of the project, but for its manifest: relative path -> content."""
    tested = vectors is not None or layout.yours
    sources = {**rendered.files, **(render_selftest(rendered, vectors) if tested else {})}
    if source is not None:
        sources |= render_stream(rendered, source.stream, source.sensor)
    entry = board.framework(layout.name) if board is not None else None
    context = {
        **rendered.context,
        "audio_headers": rendered.context.get("audio_headers", []),
        "engine": ENGINES[engine],
        "board": board,
        "target": entry.facts if entry is not None else None,
        "selftest": vectors.count if vectors else 0,
        "in_psram": needs_psram(board, layout.name, rendered),
        **(source.context if source is not None else {}),
    }
    return render_project(layout, context, sources)


def _facts(
    framework: str,
    engine: str,
    board: Board | None,
    rendered: Engine,
    selftest: int,
    source: _Source | None,
) -> dict[str, Any]:
    """What the manifest says about the project beside its files."""
    return {
        "name": rendered.prefix,
        "model_hash": rendered.context["hash"],
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
