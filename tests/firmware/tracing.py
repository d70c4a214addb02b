"""What a kernel on an emulated core reads and writes, in its order, and the overlaps that this
allows.
"""

from __future__ import annotations

import ctypes
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import cache, partial
from itertools import pairwise
from pathlib import Path
from typing import NamedTuple

import numpy as np
import numpy.typing as npt
from ops.cases import merge
from verify.tools import needed

from edgeq.codegen.native import NativeEngine
from edgeq.graph import Model
from edgeq.opkit.kernel_call import KernelCall
from edgeq.simulate.execute import execute, random_inputs
from edgeq.verify.compare import written_tensors
from edgeq.verify.emulated import Core
from edgeq.verify.image import build_image
from edgeq.verify.targets import find_target
from edgeq.verify.toolchain import compile_c

Times = npt.NDArray[np.int64]
Spans = list[tuple[int, int]]  # places in the arena and sizes, bytes
NEVER = 1 << 62


@dataclass(frozen=True)
class Accesses:
    """What one layer did to the arena, in its order: places in the arena, sizes in bytes, writes or
    reads.
    """

    places: Times
    sizes: Times
    written: npt.NDArray[np.bool_]

    def stray(self, readable: Spans, writable: Spans) -> bool:
        """Whether a byte was touched that is neither to be read nor to be written."""
        return bool(
            np.any(
                ~_within(self.places, self.sizes, writable)
                & (self.written | ~_within(self.places, self.sizes, readable))
            )
        )

    def last_reads(self, start: int, nbytes: int) -> Times:
        """For each byte of a buffer the number of the last access that read it; -1: none."""
        return self._times(start, nbytes, ~self.written, np.maximum, -1)

    def first_writes(self, start: int, nbytes: int) -> Times:
        """For each byte of a buffer the number of the first access that wrote it."""
        return self._times(start, nbytes, self.written, np.minimum, NEVER)

    def _times(
        self, start: int, nbytes: int, which: npt.NDArray[np.bool_], keep: np.ufunc, none: int
    ) -> Times:
        found = np.full(nbytes, none)
        for byte in range(int(self.sizes.max(initial=0))):
            at = self.places + byte - start
            numbers = np.flatnonzero(which & (self.sizes > byte) & (at >= 0) & (at < nbytes))
            keep.at(found, at[numbers], numbers)
        return found


def _within(places: Times, sizes: Times, spans: Spans) -> npt.NDArray[np.bool_]:
    inside = np.zeros(len(places), bool)
    for start, nbytes in spans:
        inside |= (places >= start) & (places + sizes <= start + nbytes)
    return inside


@dataclass(frozen=True)
class Overlap:
    """The in-place offset that a kernel states for an input, or None, beside the order in which it
    read and wrote their bytes.
    """

    layer: str
    function: str
    offset: int | None
    exact: bool
    reads: Times  # last read of each byte of the input
    writes: Times  # first write of each byte of the output

    @property
    def least(self) -> int:
        """The least offset of the output below the input from which on no byte is overwritten that
        is still to be read.
        """
        latest = latest_writes(self.reads, self.writes)
        return int(
            np.max(latest - np.arange(len(self.reads)) + 1, initial=-NEVER, where=latest >= 0)
        )

    @property
    def safe(self) -> bool:
        """Whether the kernel reads every byte before it overwrites it wherever its offset lets the
        output lie.
        """
        if self.offset is None:
            return True
        return self.safe_at(self.offset) if self.exact else self.offset >= self.least

    def safe_at(self, distance: int) -> bool:
        """Whether the output may start just so many bytes below the input: byte i of it lies on
        byte i + distance.
        """
        i = np.arange(max(0, -distance), min(len(self.reads), len(self.writes) - distance))
        return bool(np.all(self.reads[i] < self.writes[i + distance]))


def latest_writes(reads: Times, writes: Times) -> Times:
    """For each byte read the highest byte of the output that is written before; -1 where there is
    none.
    """
    order = np.argsort(writes, kind="stable")
    highest = np.concatenate([[-1], np.maximum.accumulate(order)]) if len(order) else np.array([-1])
    return np.asarray(highest[np.searchsorted(writes[order], reads)])


def apart(models: Mapping[str, Model]) -> Model:
    """All models in one, their inputs among its outputs: everything lives to the end, so nothing
    shares a byte.
    """
    model = merge(models)
    graph = model.main
    return Model((replace(graph, outputs=(*graph.outputs, *graph.inputs)),))


class Build(NamedTuple):
    """A core, and the compiler and optimization of the code that it runs."""

    target: str
    compiler: str
    optimization: str


BUILDS = (
    Build("cortex-m3", "zig", "-Os"),  # portable C
    Build("cortex-m4", "zig", "-Os"),  # the kernels for the DSP extension
    Build("cortex-m0", "zig", "-Os"),
    Build("rv32imc", "riscv64-unknown-elf-gcc", "-O2"),
    Build("cortex-m3", "arm-none-eabi-gcc", "-O2"),
    Build("cortex-m4", "arm-none-eabi-gcc", "-O2"),
)
"""Every core that has inner loops of its own. Clang for size alone: for speed it makes two loops of
one, and takes that with its reads ahead of its writes where the buffers do not overlap, which says
nothing of where they do."""


class Noted(ctypes.Structure):
    """`edgeq_accesses` of accesses.c."""

    _fields_ = (
        ("first", ctypes.c_uint64),
        ("last", ctypes.c_uint64),
        ("used", ctypes.c_uint64),
        ("room", ctypes.c_uint64),
        ("accesses", ctypes.POINTER(ctypes.c_uint64)),
    )

    def columns(self) -> tuple[Times, Times, Times]:
        """Addresses, sizes and kinds of all accesses, in their order; they are forgotten here."""
        if not self.used:
            return (np.zeros(0, np.int64),) * 3
        rows = np.ctypeslib.as_array(self.accesses, (self.used, 3)).astype(np.int64)
        noting().edgeq_forget(ctypes.byref(self))
        return rows[:, 0], rows[:, 1], rows[:, 2]


@cache
def noting() -> ctypes.CDLL:
    """accesses.c, built and loaded."""
    source = Path(__file__).with_name("accesses.c")
    with tempfile.TemporaryDirectory() as name:
        options = ["-O2", "-shared", "-fPIC", str(source), "-o", "accesses.so"]
        compile_c("gcc", options, Path(name))
        return ctypes.CDLL(str(Path(name) / "accesses.so"))


def trace(engine: NativeEngine, model: Model, build: Build) -> list[Accesses]:
    """The accesses of each layer to the arena in one inference on random inputs; none is
    fused.
    """
    layers, recorded = zip(*trace_firings(engine, model, build), strict=True)
    assert layers == tuple(range(len(engine.program.steps)))
    return list(recorded)


def trace_firings(engine: NativeEngine, model: Model, build: Build) -> list[tuple[int, Accesses]]:
    """Each layer that ends, or ends a firing, in their order, with its accesses to the arena.

    Alignment is checked too, since that keeps Unicorn from going on with a Thumb IT block behind
    its end where accesses are watched; every byte is compared, so that what was traced is what the
    code does.
    """
    row = find_target(build.target)
    image = build_image(engine, needed(row, build.compiler), build.optimization)
    core, ends, layers = Core(row, image, engine, check_alignment=True), [0], list[int]()
    machine, unicorn, start = core.machine, core.machine._unicorn, core._arena
    noted = Noted(start, start + engine.arena_bytes - 1)

    def end(layer: int) -> None:
        ends.append(noted.used)
        layers.append(layer)

    for k in range(len(engine.program.steps)):
        for value in image.elf.symbols_of(f"edgeq_layer_end_{k}_"):
            machine.on_address(value & ~1, partial(end, k))
    accesses = unicorn.UC_HOOK_MEM_READ | unicorn.UC_HOOK_MEM_WRITE
    note = ctypes.cast(noting().edgeq_note_access, ctypes.c_void_p)
    machine._hook(accesses, note, ctypes.c_void_p(ctypes.addressof(noted)))
    inputs = random_inputs(model.main, 1)
    traced = zip(written_tensors(engine.program), core.run(inputs).values, strict=True)
    right = execute(model.main, inputs, [part.tensor for part in written_tensors(engine.program)])
    for part, values in traced:  # as bytes, since NaN is not equal to itself
        assert values.tobytes() == right[part.tensor].tobytes(), part
    places, sizes, kinds = noted.columns()
    columns = places - start, sizes, kinds == unicorn.UC_MEM_WRITE
    parts = (Accesses(*(column[a:b] for column in columns)) for a, b in pairwise(ends))
    return list(zip(layers, parts, strict=True))


def strays(engine: NativeEngine, recorded: list[Accesses]) -> list[str]:
    """Layers that touch a byte of the arena which is neither their input's, nor their output's, nor
    their scratch.
    """
    found = []
    for k, (step, accesses) in enumerate(zip(engine.program.steps, recorded, strict=True)):
        spans = {
            t: (engine.plan.offsets[t], engine.program.graph.tensors[t].nbytes)
            for t in (*step.reads, *step.writes)
        }
        writable = [spans[t] for t in step.writes]
        if step.scratch_bytes:
            writable.append((engine.plan.scratch[k], step.scratch_bytes))
        if accesses.stray([spans[t] for t in step.reads], writable):
            found.append(step.node.name)
    return found


def overlaps(engine: NativeEngine, recorded: list[Accesses]) -> list[Overlap]:
    """Every computed input of every kernel call."""
    graph, offsets, found = engine.program.graph, engine.plan.offsets, []
    for step, accesses in zip(engine.program.steps, recorded, strict=True):
        if not isinstance(call := step.call, KernelCall):
            continue
        y, inputs = step.writes[0], graph.ops[step.node.index].inputs
        writes = accesses.first_writes(offsets[y], graph.tensors[y].nbytes)
        for t, offset in zip(
            (inputs[position] for position in call.inputs), call.overlap, strict=True
        ):
            if t in offsets:
                reads = accesses.last_reads(offsets[t], graph.tensors[t].nbytes)
                found.append(
                    Overlap(step.node.name, call.function, offset, call.exact, reads, writes)
                )
    return found
