"""`edgeq verify`: a model's C on every target asked for, every tensor against the simulator."""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from edgeq.codegen.native import DEFAULT, NativeEngine, NativeOptions, render_native
from edgeq.errors import DoesNotFitError, EdgeqError, shown
from edgeq.graph import Model, read_tflite
from edgeq.opkit.contract import Values
from edgeq.ops import count_macs
from edgeq.simulate.execute import check_inputs, execute, random_inputs
from edgeq.verify.compare import Comparison, check_same_tensors, compare, sample_bytes, written_tensors
from edgeq.verify.host import build_host, host_code_bytes, run_binary, write_sources
from edgeq.verify.result import LayerResult, TargetResult, VerifyResult
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

CHUNK_BYTES = 32 << 20  # of reports held at a time
ENGINES = ("native", "tflm")
MEND = "mend the files of that folder, or leave it out"  # what to do about kernels of the user's
Progress = Callable[[str, int], None]  # target, samples done since the last call


@dataclass(frozen=True)
class Settings:
    """How targets are built and run. compiler: None for each target's first installed one. optimization: the
    compiler's level; native: options of the generated C.
    """

    compiler: str | None = None
    optimization: str = "-O2"
    native: NativeOptions = DEFAULT
    sanitize: bool = True
    emulated_samples: int = 5
    progress: Progress | None = None


@dataclass(frozen=True)
class Job:
    """The model, its C and the samples: what all targets have in common. inputs: quantized, [samples, *shape] each."""

    model: Model
    engine: NativeEngine
    inputs: tuple[Values, ...]

    def expected(self, part: slice) -> dict[int, Values]:
        """The simulator's values of every tensor that targets report, from the model as it was read."""
        keep = tuple({written.tensor for written in written_tensors(self.engine.program)})
        return execute(self.model.main, [x[part] for x in self.inputs], keep)

    def check(self, got: Sequence[Values], part: slice) -> Comparison:
        """Compares what a target reported for some samples."""
        return compare(self.engine.program, self.expected(part), got, part.start)

    def parts(self, limit: int | None = None) -> list[slice]:
        """All samples, or the first `limit`, in pieces whose reports fit into CHUNK_BYTES."""
        samples = len(self.inputs[0]) if limit is None else min(limit, len(self.inputs[0]))
        size = max(1, CHUNK_BYTES // max(sample_bytes(self.engine.program), 1))
        return [slice(at, min(at + size, samples)) for at in range(0, samples, size)]


def verify(model: Model | str | Path, *, targets: Sequence[str] = ("host",), engine: str = "native",
           inputs: Sequence[Values] | None = None, samples: int | None = None, seed: int = 0, name: str | None = None,
           labels: tuple[str, ...] = (), settings: Settings | None = None,
           strict: bool = False) -> VerifyResult:  # fmt: skip
    """Builds and runs the generated C on targets and compares every byte of every tensor with the simulator.

    model: as `read_tflite` gives it, or the path of a .tflite file. targets: names from `targets.TARGETS`, or `all`.
    engine: `native`, or `tflm`, which runs on the host as TFLM's own interpreter from PyPI. inputs: quantized, one
    array [samples, *shape] for each input of the model; without them `samples` (8) random ones. samples: the most to
    run. strict: raise MissingToolError where a target's tool is missing instead of reporting `unavailable`.
    Raises EdgeqError for unknown names and inputs that do not fit, UnsupportedError for layers that edgeq lacks.
    """
    rows, chosen = select_targets(tuple(targets)), settings or Settings()
    check_level(chosen.optimization)
    if engine not in ENGINES:
        raise EdgeqError(f"unknown engine {engine!r}", f"the engines are {', '.join(ENGINES)}", "name one of them")
    stem = name or (Path(model).stem if not isinstance(model, Model) else "model")
    loaded = model if isinstance(model, Model) else read_tflite(Path(model))
    given = random_inputs(loaded.main, samples or 8, seed) if inputs is None else inputs
    job = prepare(loaded, render_native(loaded, stem, labels, chosen.native), given, samples)
    return VerifyResult(tuple(verify_target(job, row, engine, chosen, strict) for row in rows))


def prepare(model: Model, engine: NativeEngine, given: Sequence[Values], samples: int | None = None) -> Job:
    """The job of all targets. Raises EdgeqError where inputs or the engine's tensors are not the model's."""
    check_same_tensors(model.main, engine.program)
    check_inputs(model.main, given)
    return Job(model, engine, tuple(x[:samples] for x in given))


def verify_target(job: Job, target: Target, engine: str = "native", settings: Settings = Settings(),
                  strict: bool = False) -> TargetResult:  # fmt: skip
    """One target's result; what goes wrong on it becomes its status.

    Raises MissingToolError if strict, CompilerOptionError for a level that the compiler does not take, EdgeqError where
    it refuses kernels of the user's.
    """
    kernels = settings.native.kernels
    try:
        return (_run_tflm if engine == "tflm" else RUNNERS[target.runner])(job, target, settings)
    except MissingToolError as error:
        if strict:
            raise
        return TargetResult(target.name, "unavailable", str(error))
    except CompilerOptionError:
        raise
    except CompileError as error:
        if kernels is not None:
            raise EdgeqError(f"--kernels {shown(kernels)}: {error.what}", error.why, MEND) from error
        return TargetResult(target.name, "failed", str(error))
    except FirmwareError as error:
        mine = (
            error if kernels is None else EdgeqError(f"with --kernels {shown(kernels)}, {error.what}", error.why, MEND)
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
        binary = build_host(folder, compiler.name, settings.sanitize, settings.optimization)
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
        toolchain=f"{compiler_version(compiler.name)} {settings.optimization}{sanitizers}",
        layers=_layers(job, None),
    )


def _run_emulated(job: Job, target: Target, settings: Settings) -> TargetResult:
    from edgeq.verify.emulated import Core, version
    from edgeq.verify.image import build_image

    compiler, emulator = choose_compiler(target, settings.compiler), version(target)
    image = build_image(job.engine, compiler, settings.optimization, target.memory)
    core, total, runs = Core(target, image, job.engine), Comparison(), []
    for part in job.parts(settings.emulated_samples):
        runs.append(core.run([x[part] for x in job.inputs]))
        total += job.check(runs[-1].values, part)
        _tell(settings, target, part)
    stack = max(run.stack_bytes for run in runs)
    return TargetResult(
        target.name,
        **_compared(total),
        instructions_per_inference=_mean([n for run in runs for n in run.instructions]),
        cycles_per_inference=_mean([n for run in runs for n in run.cycles]),
        code_bytes=image.flash_bytes - job.engine.model_bytes,
        model_bytes=job.engine.model_bytes,
        arena_bytes=job.engine.arena_bytes,
        ram_bytes=job.engine.arena_bytes + stack + image.static_bytes,
        stack_bytes=stack,
        toolchain=f"{compiler_version(compiler.name)} {' '.join(compiler.level(settings.optimization))}, {emulator}",
        layers=_layers(job, [row for run in runs for row in run.layers]),
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


RUNNERS = {"host": _run_host, "emulator": _run_emulated, "qemu": _run_emulated, "simavr": _run_emulated}


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


def _layers(job: Job, instructions: Sequence[Sequence[int]] | None) -> tuple[LayerResult, ...]:
    """The layers with the mean of their instructions; instructions: [samples][layers]."""
    steps = job.engine.program.steps
    means = [None] * len(steps) if instructions is None else [round(m) for m in np.mean(instructions, axis=0).tolist()]
    return tuple(
        LayerResult(k, step.node.kind, step.node.name, mean, count_macs(step.node))
        for k, (step, mean) in enumerate(zip(steps, means, strict=True))
    )
