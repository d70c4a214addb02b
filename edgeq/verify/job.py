"""What all targets of a verification have in common: the model, its C, the samples, the settings."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from edgeq.codegen.native import DEFAULT, NativeEngine, NativeOptions
from edgeq.graph import Model
from edgeq.opkit.node import Values
from edgeq.simulate.execute import execute
from edgeq.simulate.inputs import check_inputs
from edgeq.verify.compare import (
    Comparison,
    check_same_tensors,
    compare,
    sample_bytes,
    written_tensors,
)
from edgeq.verify.timed import Timed

CHUNK_BYTES = 32 << 20  # of reports held at a time
Progress = Callable[[str, int], None]  # target, samples done since the last call


@dataclass(frozen=True)
class Settings:
    """How targets are built and run. compiler: None for each target's first installed one.
    optimization: the compiler's level; native: options of the generated C. timed: by what cycles
    are computed on emulated cores; None where they are not wanted.
    """

    compiler: str | None = None
    optimization: str = "-O2"
    native: NativeOptions = DEFAULT
    sanitize: bool = True
    emulated_samples: int = 5
    progress: Progress | None = None
    timed: Timed | None = None


UNCHANGED = Settings()
"""Every setting at its default."""


@dataclass(frozen=True)
class Job:
    """The model, its C and the samples: what all targets have in common. inputs: quantized,
    [samples, *shape] each.
    """

    model: Model
    engine: NativeEngine
    inputs: tuple[Values, ...]

    def expected(self, part: slice) -> dict[int, Values]:
        """The simulator's values of every tensor that targets report, from the model as it was
        read; of a tensor that lost channels, of those that stay; of a block of channels, these of the
        whole tensor.
        """
        program, live = self.engine.program, self.engine.live
        found = {written.tensor for written in written_tensors(program)}
        whole = {t: program.blocks[t].tensor if t in program.blocks else t for t in found}
        keep = tuple(set(whole.values()))
        values = execute(self.model.main, [x[part] for x in self.inputs], keep)
        values = {t: live.part(t, of) for t, of in values.items()}
        return {
            t: program.blocks[t].part(values[of]) if t in program.blocks else values[of]
            for t, of in whole.items()
        }

    def check(self, got: Sequence[Values], part: slice) -> Comparison:
        """Compares what a target reported for some samples."""
        return compare(self.engine.program, self.expected(part), got, part.start)

    def parts(self, limit: int | None = None) -> list[slice]:
        """All samples, or the first `limit`, in pieces whose reports fit into CHUNK_BYTES; of a model
        with state, whose samples are the steps of one sequence, in one.
        """
        samples = len(self.inputs[0]) if limit is None else min(limit, len(self.inputs[0]))
        size = max(1, CHUNK_BYTES // max(sample_bytes(self.engine.program), 1))
        if self.engine.state_bytes:
            return [slice(0, samples)]
        return [slice(at, min(at + size, samples)) for at in range(0, samples, size)]


def prepare(
    model: Model, engine: NativeEngine, given: Sequence[Values], samples: int | None = None
) -> Job:
    """The job of all targets. Raises EdgeqError where inputs or the engine's tensors are not the
    model's.
    """
    check_same_tensors(model.main, engine.program, engine.live)
    check_inputs(model.main, given)
    return Job(model, engine, tuple(x[:samples] for x in given))
