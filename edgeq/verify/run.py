"""`edgeq verify`: a model's C on every target asked for, every tensor against the simulator."""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import numpy as np

from edgeq.cleanup import cleaned
from edgeq.codegen.native import render_native
from edgeq.codegen.tflm import check_no_options
from edgeq.cycles import Cycles
from edgeq.errors import DoesNotFitError, EdgeqError, shown
from edgeq.graph import ModelSource, stem_of
from edgeq.simulate.execute import random_inputs
from edgeq.simulate.inputs import Inputs, as_inputs
from edgeq.verify.compare import Comparison
from edgeq.verify.emulated import Core
from edgeq.verify.emulated_run import Waits
from edgeq.verify.emulators import EMULATORS
from edgeq.verify.host import build_host, host_code_bytes, run_binary, write_sources
from edgeq.verify.image import build_image
from edgeq.verify.job import UNCHANGED, Job, Settings, prepare
from edgeq.verify.library import check_tree
from edgeq.verify.open_loops import step_notes
from edgeq.verify.result import FlashWaits, LayerResult, TargetResult, VerifyResult
from edgeq.verify.targets import Target, select_targets
from edgeq.verify.toolchain import (
    CompileError,
    CompilerOptionError,
    FirmwareError,
    MissingToolError,
    check_level,
    choose_compiler,
    compiler_version,
)

MEND = "mend the files of that folder, or leave it out"  # what to do about kernels of the user's


def verify(
    model: ModelSource,
    *,
    targets: Sequence[str] = ("host",),
    engine: str = "native",
    inputs: Inputs | None = None,
    samples: int | None = None,
    seed: int = 0,
    name: str | None = None,
    labels: tuple[str, ...] = (),
    settings: Settings | None = None,
    strict: bool = False,
) -> VerifyResult:
    """Builds and runs the generated C on targets and compares every byte of every tensor with the
    simulator.

    model: as `read_tflite` gives it, or the path or bytes of a .tflite file.
    targets: names from `targets.TARGETS`, or `all`.
    engine: `native`, or `tflm`, which runs on the host as TFLM's own interpreter from PyPI.
    inputs: for each of the model's inputs an array [samples, *shape]: integers as they are, or real
        numbers, which are quantized with the input's own scale; without them `samples` (8) random
        ones by `seed`.
    samples: the most to run.
    name: prefix of the generated names; the file's by default.
    strict: raise MissingToolError where a target's tool is missing instead of reporting
        `unavailable`.

    Raises EdgeqError for unknown names and inputs that do not fit, UnsupportedError for layers that
    edgeq lacks.
    """
    rows, chosen = select_targets(tuple(targets)), settings or UNCHANGED
    check_level(chosen.optimization)
    check_tree(chosen.native.library)
    if engine not in ENGINES:
        raise EdgeqError(
            f"unknown engine {engine!r}",
            f"the engines are {', '.join(ENGINES)}",
            "name one of them",
        )
    if engine == "tflm":
        check_no_options(chosen.native)
    stem, loaded = name or stem_of(model), cleaned(model)
    given = (
        random_inputs(loaded.main, samples or 8, seed)
        if inputs is None
        else as_inputs(loaded.main, inputs)
    )
    job = prepare(loaded, render_native(loaded, stem, labels, chosen.native), given, samples)
    return VerifyResult(tuple(verify_target(job, row, engine, chosen, strict) for row in rows))


def verify_target(
    job: Job,
    target: Target,
    engine: str = "native",
    settings: Settings = UNCHANGED,
    strict: bool = False,
) -> TargetResult:
    """One target's result; what goes wrong on it becomes its status.

    Raises MissingToolError if strict, CompilerOptionError for a level that the compiler does not
    take, EdgeqError where it refuses kernels of the user's.
    """
    kernels = settings.native.kernels
    try:
        return ENGINES[engine][target.runner](job, target, settings)
    except MissingToolError as error:
        if strict:
            raise
        return TargetResult(target.name, "unavailable", str(error))
    except CompilerOptionError:
        raise
    except CompileError as error:
        if kernels is not None:
            raise EdgeqError(
                f"--kernels {shown(kernels)}: {error.what}", error.why, MEND
            ) from error
        return TargetResult(target.name, "failed", str(error))
    except FirmwareError as error:
        mine = (
            error
            if kernels is None
            else EdgeqError(f"with --kernels {shown(kernels)}, {error.what}", error.why, MEND)
        )
        return TargetResult(target.name, "failed", str(mine))
    except EdgeqError as error:
        skip = isinstance(error, DoesNotFitError) and not strict
        return TargetResult(target.name, "unavailable" if skip else "failed", str(error))


def _run_host(job: Job, target: Target, settings: Settings) -> TargetResult:
    compiler = choose_compiler(target, settings.compiler)
    total = Comparison()
    with tempfile.TemporaryDirectory(prefix="edgeq-") as name, ThreadPoolExecutor(1) as beside:
        folder = Path(name)
        write_sources(job.engine, folder)
        code_bytes = beside.submit(host_code_bytes, job.engine, folder, compiler)
        binary = build_host(
            folder,
            compiler.name,
            settings.sanitize,
            settings.optimization,
            library=job.engine.context["library"],
        )
        for part in job.parts():
            total += job.check(run_binary(binary, job.engine, [x[part] for x in job.inputs]), part)
            _tell(settings, target, part)
    sanitizers = ", address and undefined behaviour sanitizers" if settings.sanitize else ""
    return TargetResult(
        target.name,
        **_compared(total),
        code_bytes=code_bytes.result(),
        model_bytes=job.engine.model_bytes,
        arena_bytes=job.engine.arena_bytes,
        state_bytes=job.engine.state_bytes,
        toolchain=f"{compiler_version(compiler.name)} {settings.optimization}{sanitizers}",
        layers=_layers(job, None),
    )


def _run_emulated(job: Job, target: Target, settings: Settings) -> TargetResult:
    compiler, emulator = (
        choose_compiler(target, settings.compiler),
        EMULATORS[target.runner].version(target),
    )
    image = build_image(job.engine, compiler, settings.optimization, target.memory)
    core = Core(target, image, job.engine, timed=settings.timed)
    total, runs = Comparison(), []
    for part in job.parts(settings.emulated_samples):
        runs.append(core.run([x[part] for x in job.inputs]))
        total += job.check(runs[-1].values, part)
        _tell(settings, target, part)
    stack = max(run.stack_bytes for run in runs)
    instructions = [row for run in runs for row in run.layers]
    return TargetResult(
        target.name,
        **_compared(total),
        instructions_per_inference=_mean([n for run in runs for n in run.instructions]),
        cycles_per_inference=_mean([n for run in runs for n in run.cycles]),
        code_bytes=image.flash_bytes - job.engine.model_bytes,
        model_bytes=job.engine.model_bytes,
        arena_bytes=job.engine.arena_bytes,
        state_bytes=job.engine.state_bytes,
        ram_bytes=job.engine.arena_bytes + job.engine.state_bytes + stack + image.static_bytes,
        stack_bytes=stack,
        toolchain=f"{compiler_version(compiler.name)} {' '.join(compiler.level(settings.optimization))}, {emulator}",
        layers=_layers(
            job,
            instructions,
            [row for run in runs for row in run.layer_cycles],
        ),
        notes=step_notes(job, total.samples, instructions),
        cycle_causes=_mean_causes([causes for run in runs for causes in run.causes]),
        fewer_cycles=_mean([n for run in runs for n in run.fewer]) or 0,
        more_cycles=_mean([n for run in runs for n in run.more]) or 0,
        flash_waits=_mean_waits([row for run in runs for row in run.waits]),
        timed_as=None if settings.timed is None else settings.timed.core,
    )


def _mean(counts: Sequence[int | None]) -> int | None:
    """The mean of the samples' counts, None where they are unknown."""
    known = [n for n in counts if n is not None]
    return round(np.mean(known)) if known else None


def _run_tflm(job: Job, target: Target, settings: Settings) -> TargetResult:
    from edgeq.verify.tflm import verify_tflm

    def tell(samples: int) -> None:
        if settings.progress is not None:
            settings.progress(target.name, samples)

    return verify_tflm(job.model, target, job.inputs, tell)


Run = Callable[[Job, Target, Settings], TargetResult]

RUNNERS: Mapping[str, Run] = {
    "host": _run_host,
    **dict.fromkeys(EMULATORS, _run_emulated),
}
"""`Target.runner` -> what runs the native engine there."""

ENGINES: Mapping[str, Mapping[str, Run]] = {
    "native": RUNNERS,
    "tflm": dict.fromkeys(RUNNERS, _run_tflm),
}
"""Engine -> `Target.runner` -> what runs the engine there."""


def _tell(settings: Settings, target: Target, part: slice) -> None:
    if settings.progress is not None:
        settings.progress(target.name, part.stop - part.start)


def _compared(total: Comparison) -> dict[str, Any]:
    return {
        "status": "different" if total.bytes_different else "ok",
        "samples": total.samples,
        "bytes_compared": total.bytes_compared,
        "bytes_different": total.bytes_different,
        "first_difference": total.first,
    }


def _mean_causes(samples: Sequence[Cycles]) -> dict[str, int]:
    """The mean of the samples' cycles by cause, the largest first; empty where they are not known."""
    added = sum(samples, Cycles())
    return {cause: round(cycles / len(samples)) for cause, cycles in added.most_common()}


def _mean_waits(samples: Sequence[Sequence[Waits]]) -> tuple[FlashWaits, ...]:
    """The means of the samples' waits for each flash."""
    return tuple(
        FlashWaits(
            _mean_causes([waits.causes for waits in flash]),
            tuple(round(np.mean(layer)) for layer in zip(*(w.layers for w in flash), strict=True)),
        )
        for flash in zip(*samples, strict=True)
    )


def _layers(
    job: Job,
    instructions: Sequence[Sequence[int]] | None,
    cycles: Sequence[Sequence[int]] | None = None,
) -> tuple[LayerResult, ...]:
    """The layers with the means of their instructions and cycles, both [samples][layers]."""
    program, steps = job.engine.program, job.engine.program.steps
    counted, timed = _means(instructions, len(steps)), _means(cycles, len(steps))
    return tuple(
        LayerResult(
            k,
            step.node.kind,
            step.node.name,
            counted[k],
            step.macs,
            timed[k],
            program.part_of(step),
        )
        for k, step in enumerate(steps)
    )


def _means(counts: Sequence[Sequence[int]] | None, layers: int) -> list[int | None]:
    """The mean instruction count of each layer over the samples; None for every layer where the
    target counts none. counts: [samples][layers].
    """
    if counts is None or not np.any(counts):
        return [None] * layers
    return [round(mean) for mean in np.mean(counts, axis=0).tolist()]
