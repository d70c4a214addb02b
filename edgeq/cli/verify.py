"""`edgeq verify`: the generated C on this machine, on emulated cores, or on a board, byte by byte."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from edgeq.cli import completion
from edgeq.cli.groups import with_groups
from edgeq.cli.native_choices import (
    DEFAULT_CODE,
    DEFAULT_MEMORY,
    CodeChoices,
    MemoryChoices,
    native_options,
)
from edgeq.cli.options import (
    Baud,
    Data,
    Debug,
    Json,
    Limit,
    ModelPath,
    Optimization,
    Quiet,
    Random,
    Seed,
)
from edgeq.cli.reading import UNSTATED, Reading
from edgeq.errors import EdgeqError

if TYPE_CHECKING:
    from edgeq.cli.inputs import Source
    from edgeq.cli.show import Progress
    from edgeq.codegen.native import NativeOptions
    from edgeq.graph import Model
    from edgeq.verify import Settings, VerifyResult

RANDOM = 8  # samples where the command names no data

Targets = Annotated[
    list[str],
    typer.Option(
        "--target",
        help="host, cortex-m4, ... or all; may be repeated.",
        autocompletion=completion.targets,
    ),
]
Engine = Annotated[
    str,
    typer.Option(
        "--engine",
        help="native, or tflm (its interpreter from PyPI).",
        autocompletion=completion.engines,
    ),
]
Port = Annotated[
    str | None,
    typer.Option(
        "--port",
        help="A board with firmware of `generate --wire` or --selftest: a serial port or its URL.",
    ),
]
Layers = Annotated[
    bool,
    typer.Option("--layers", help="Of a board with --wire: check and time every layer, too."),
]
Tensors = Annotated[
    bool,
    typer.Option("--tensors", help="Of such a board: have every layer's output sent, too."),
]
Timeout = Annotated[
    float, typer.Option("--timeout", min=1, help="Seconds to wait for an answer of --port.")
]
Compiler = Annotated[str | None, typer.Option("--compiler", help="gcc, clang, zig, ...")]
Emulated = Annotated[
    int, typer.Option("--emulated-samples", min=1, help="Samples to run on emulated cores.")
]


@with_groups
def verify(
    model: ModelPath,
    target: Targets = [],
    engine: Engine = "native",
    data: Data = None,
    random: Random = None,
    port: Port = None,
    timeout: Timeout = 60.0,
    layers: Layers = False,
    tensors: Tensors = False,
    baud: Baud = 115200,
    limit: Limit = None,
    compiler: Compiler = None,
    optimization: Optimization = "-O2",
    code: CodeChoices = DEFAULT_CODE,
    memory: MemoryChoices = DEFAULT_MEMORY,
    emulated_samples: Emulated = 5,
    seed: Seed = 0,
    reading: Reading = UNSTATED,
    json: Json = False,
    quiet: Quiet = False,
    debug: Debug = False,
) -> None:
    """Compare every byte of the generated C with the simulator. It is built and run on this machine, on
    emulated cores or on a board; instructions and memory are counted.
    """
    from edgeq.cli.inputs import Source
    from edgeq.cli.show import print_json, progress_bar
    from edgeq.cli.verify_tables import show
    from edgeq.verify import Settings

    source = Source(data, random, seed, limit, reading.options([data]))
    native = native_options(code, memory)
    if port is not None:
        if target:
            raise EdgeqError(
                "--port and --target", "a run verifies one or the other", "give one, then the other"
            )
        traced = native if layers or tensors else None
        with progress_bar(not (json or quiet)) as progress:
            result = _board(model, port, baud, timeout, source, traced, tensors, quiet, progress)
    elif layers or tensors:
        option = "--tensors" if tensors else "--layers"
        raise EdgeqError(f"{option} without --port", "targets check every layer", "leave it out")
    else:
        settings = Settings(compiler, optimization, native, emulated_samples=emulated_samples)
        with progress_bar(not (json or quiet)) as progress:
            result = _targets(model, target, engine, settings, source, progress)
    if json:
        print_json(result)
    else:
        show(result)
    raise typer.Exit(0 if result.ok else 1)


def _targets(
    model: Path,
    target: list[str],
    engine: str,
    settings: Settings,
    source: Source,
    progress: Progress | None,
) -> VerifyResult:
    """The model on every target asked for, on the samples of the source or a few random ones."""
    from edgeq.cli.show import added_up
    from edgeq.graph import read_tflite
    from edgeq.verify import verify as run

    loaded = read_tflite(model)
    given = replace(source, random=source.random or (None if source.data else RANDOM)).quantized(
        loaded
    )
    total = len(given[0]) if given else 0
    told = added_up(
        progress, lambda name: total if name == "host" else min(total, settings.emulated_samples)
    )
    return run(
        loaded,
        targets=target or ["host"],
        engine=engine,
        inputs=given,
        name=model.stem,
        settings=replace(settings, progress=told),
        strict="all" not in target,
    )


def _board(
    model: Path,
    port: str,
    baud: int,
    timeout: float,
    source: Source,
    layers: NativeOptions | None,
    tensors: bool,
    quiet: bool,
    progress: Progress | None,
) -> VerifyResult:
    """What a board computes of the samples if its firmware takes them, a few random ones by default;
    else the report of its self-test, of this model and of the vectors that the command names.
    """
    from edgeq.cleanup import cleaned
    from edgeq.cli.show import added_up, say
    from edgeq.codegen.model_hash import model_hash
    from edgeq.data import by_names, quantized_inputs
    from edgeq.verify import Feed, VerifyResult, Wanted, verify_port

    loaded = cleaned(model)
    wanted = Wanted(model_hash(loaded), _vectors(loaded, source))
    random = source.random or (None if source.data else RANDOM)
    samples, inputs = replace(source, random=random).load(loaded)
    if samples is not None and samples.sorted_names:
        samples = by_names(samples, loaded.labels)
    given = inputs or []
    if samples is not None:
        given = quantized_inputs(loaded.main, samples.inputs)
    told = added_up(progress, lambda _: len(given[0]) if given else 1)
    feed = Feed(loaded, given, samples, layers, tensors, lambda more: told(port, more))
    show = None if quiet or progress is not None else say
    return VerifyResult(
        (verify_port(port, wanted, feed=feed, baudrate=baud, timeout=timeout, show=show),)
    )


def _vectors(loaded: Model, source: Source) -> dict[int, str] | None:
    """count -> digest of the self-test vectors that were asked for; None if any will do.

    `--random N` is `generate --selftest N`; `--data` is the first of the samples, as many as the
    board has or, with `--limit N`, as `generate --selftest N` takes. More than a self-test can have
    are those of no board.
    """
    from edgeq.codegen.selftest import MAX_VECTORS, vector_digests

    if source.data is None and source.random is None:
        return None
    if max(source.random or 0, source.limit or 0) > MAX_VECTORS:
        return {}
    given = replace(source, limit=source.limit or MAX_VECTORS).quantized(loaded)
    total = len(given[0])
    return vector_digests(
        loaded, given, [total] if source.limit or source.random else range(1, total + 1)
    )
