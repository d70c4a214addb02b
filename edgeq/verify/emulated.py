"""A target that is an emulated core: samples in, every tensor and all counts out."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import partial

import numpy as np

from edgeq.boards import FlashTiming
from edgeq.codegen.native import NativeEngine
from edgeq.cycles import Cycles
from edgeq.opkit.node import Values
from edgeq.verify.compare import split_bytes
from edgeq.verify.emulators import EMULATORS, EmulatedMachine
from edgeq.verify.image import Image
from edgeq.verify.memory import GUARD_BYTES, PAINT
from edgeq.verify.targets import Target
from edgeq.verify.toolchain import FirmwareError

GUARD = bytes([0x5A]) * GUARD_BYTES


@dataclass(frozen=True)
class Run:
    """What one core did. instructions: of each sample; layers: [samples][layers]; stack_bytes: the
    most of all.

    cycles: of each sample, None where the emulator does not know them. causes: of each sample, its
    cycles by cause; layer_cycles: [samples][layers]; both empty where they are not told apart.
    """

    values: list[Values]
    instructions: list[int]
    layers: list[list[int]]
    stack_bytes: int
    cycles: list[int | None]
    causes: list[Cycles] = field(default_factory=list)
    layer_cycles: list[list[int]] = field(default_factory=list)


@dataclass
class Trace:
    """What one inference has reported so far. Layers that run row by row report their tensor in
    pieces.
    """

    data: list[list[bytes]]  # of each layer
    instructions: list[int]  # of each layer
    cycles: list[int]  # of each layer, where they are computed
    causes: Cycles = field(default_factory=Cycles)  # cycles by cause
    at: int = 0  # instructions executed when a layer last ended
    inputs: list[bytes] = field(default_factory=list)  # those made of real values
    outputs: list[bytes] = field(default_factory=list)


class Core:
    """The engine on one core, ready for samples. Raises FirmwareError where init refuses the arena."""

    def __init__(
        self,
        target: Target,
        image: Image,
        engine: NativeEngine,
        check_alignment: bool = False,
        flash: FlashTiming | None = None,
    ) -> None:
        opened = EMULATORS[target.runner].open(target, image, check_alignment, flash)
        self._engine: NativeEngine = engine
        self.machine: EmulatedMachine = opened
        symbol = image.elf.symbol
        self._guards = symbol("edgeq_memory")
        self._arena, self._model = self._guards + GUARD_BYTES, symbol("edgeq_model")
        self._arena_bytes = int(engine.context["arena_bytes"])
        self._invoke = symbol(f"{image.prefix}_invoke")
        self._real = {
            f.position: symbol(f"edgeq_real{f.position}") for f in engine.program.input_affines
        }
        self._set_inputs = symbol("edgeq_set_inputs") if self._real else None
        self._trace = self._new_trace()
        self._hook_layers(image)
        self._call(symbol(f"{image.prefix}_init"), self._model, self._arena, self._arena_bytes)
        self._stack = self.machine.stack_used()

    def _hook_layers(self, image: Image) -> None:
        ends: dict[int, list[int]] = {}
        for layer in range(len(self._engine.program.steps)):
            ends.setdefault(
                self.machine.code_address(image.elf.symbol(f"edgeq_layer_end_{layer}")), []
            ).append(layer)
        for address, layers in ends.items():
            self.machine.on_address(address, partial(self._end_layers, address, layers))

    def _new_trace(self) -> Trace:
        layers = range(len(self._engine.program.steps))
        return Trace([[] for _ in layers], [0 for _ in layers], [0 for _ in layers])

    def _end_layers(self, address: int, layers: Sequence[int]) -> None:
        trace, executed = self._trace, self.machine.instructions_at(address)
        for layer in layers:
            if trace.data[layer] and self._engine.program.schedule.pipeline_of(layer) is None:
                continue  # the next layer's loop begins where this one ended
            trace.data[layer] += self._written(layer, len(trace.data[layer]))
            trace.instructions[layer] += executed - trace.at
            trace.at = executed
            trace.cycles[layer] += self._lap()

    def _lap(self) -> int:
        """Cycles since the last lap, 0 where they are not computed."""
        causes = self.machine.lap() or Cycles()
        self._trace.causes.update(causes)
        return causes.total()

    def _written(self, layer: int, firings: int) -> list[bytes]:
        """What a layer has just written: its tensors, or the rows of a firing behind so many."""
        program = self._engine.program
        writes, pipeline = program.steps[layer].writes, program.schedule.pipeline_of(layer)
        if pipeline is None:
            return [self._tensor(t) for t in writes]
        lines = pipeline.line_buffers[writes[0]]
        rows, height = (
            pipeline.kernels[layer - pipeline.first].rows,
            program.graph.tensors[writes[0]].shape[1],
        )
        first = firings * rows
        at = self._engine.plan.offsets[writes[0]] + lines.line(first) * lines.row_bytes
        return [self.machine.read(self._arena + at, min(rows, height - first) * lines.row_bytes)]

    def _tensor(self, t: int) -> bytes:
        return self.machine.read(
            self._arena + self._engine.plan.offsets[t], self._engine.program.graph.tensors[t].nbytes
        )

    def _call(self, function: int, *arguments: int) -> None:
        if status := self.machine.call(function, *arguments):
            raise FirmwareError("the generated C refuses to run", f"status {status}")

    def run(self, inputs: Sequence[Values]) -> Run:
        """Runs samples. inputs: for each of the model's inputs [samples, *shape].

        Raises FirmwareError where it faults.
        """
        samples = len(inputs[0]) if inputs else 1
        data, instructions, layers, cycles = (
            list[bytes](),
            list[int](),
            list[list[int]](),
            list[int | None](),
        )
        causes, layer_cycles = list[Cycles](), list[list[int]]()
        for i in range(samples):
            trace = self._infer([np.ascontiguousarray(x[i]).tobytes() for x in inputs])
            data += [
                *trace.inputs,
                *(part for parts in trace.data for part in parts),
                *trace.outputs,
            ]
            instructions.append(self.machine.instructions)
            cycles.append(trace.causes.total() or self.machine.cycles)
            layers.append(trace.instructions)
            causes.append(trace.causes)
            layer_cycles.append(trace.cycles)
        values = split_bytes(self._engine.program, b"".join(data), samples)
        return Run(values, instructions, layers, self._stack, cycles, causes, layer_cycles)

    def _infer(self, sample: Sequence[bytes]) -> Trace:
        graph, self._trace = self._engine.program.graph, self._new_trace()
        self.machine.write(self._guards, GUARD + bytes([PAINT]) * self._arena_bytes + GUARD)
        for position, (t, data) in enumerate(zip(graph.inputs, sample, strict=True)):
            self.machine.write(
                self._real.get(position, self._arena + self._engine.plan.offsets[t]), data
            )
        self._make_inputs()
        self.machine.lap()  # what came before is no part of the inference
        self._call(self._invoke, self._model)
        self._lap()
        self._stack = max(self._stack, self.machine.stack_used())
        self._check_guards()
        self._trace.outputs += [self._tensor(t) for t in graph.outputs]
        return self._trace

    def _make_inputs(self) -> None:
        """Calls the helpers that make inputs of real values; their use of the stack counts, their
        time does not.
        """
        if self._set_inputs is None:
            return
        self._call(self._set_inputs, self._model)
        self._stack = max(self._stack, self.machine.stack_used())
        self._trace.inputs += [
            self._tensor(input_affine.output) for input_affine in self._engine.program.input_affines
        ]

    def _check_guards(self) -> None:
        below = self.machine.read(self._guards, GUARD_BYTES)
        above = self.machine.read(self._arena + self._arena_bytes, GUARD_BYTES)
        if (below, above) != (GUARD, GUARD):
            side = "below" if below != GUARD else "above"
            raise FirmwareError(f"the generated C writes {side} its arena", "a guard changed")
