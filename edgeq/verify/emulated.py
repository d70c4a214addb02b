"""A target that is an emulated core: samples in, every tensor and all counts out."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial

import numpy as np

from edgeq.codegen.layer_data import FedInput
from edgeq.codegen.native import NativeEngine
from edgeq.cycles import Cycles, Spent
from edgeq.opkit.node import Values
from edgeq.verify.compare import split_bytes
from edgeq.verify.emulated_run import Run, Trace, Waits
from edgeq.verify.emulators import EMULATORS, EmulatedMachine
from edgeq.verify.image import Image, rows_together
from edgeq.verify.memory import GUARD_BYTES, PAINT
from edgeq.verify.targets import Target
from edgeq.verify.timed import Timed
from edgeq.verify.toolchain import FirmwareError

GUARD = bytes([0x5A]) * GUARD_BYTES


class Core:
    """The engine on one core, ready for samples. Raises FirmwareError where init refuses the arena."""

    def __init__(
        self,
        target: Target,
        image: Image,
        engine: NativeEngine,
        check_alignment: bool = False,
        timed: Timed | None = None,
    ) -> None:
        opened = EMULATORS[target.runner].open(target, image, check_alignment, timed)
        self._engine: NativeEngine = engine
        self.machine: EmulatedMachine = opened
        symbol = image.elf.symbol
        self._guards = symbol("edgeq_memory")
        self._arena, self._model = self._guards + GUARD_BYTES, symbol("edgeq_model")
        self._arena_bytes = int(engine.context["arena_bytes"])
        self._fed: FedInput | None = engine.context["fed"]
        self._functions = {
            name: symbol(f"{image.prefix}_{name}")
            for name in (("invoke",) if self._fed is None else ("feed_begin", "feed_rows"))
        }
        self._rows = 0 if self._fed is None else symbol("edgeq_fed_rows")
        self._together = rows_together(engine, target.memory)
        self._real = {
            f.position: symbol(f"edgeq_real{f.position}") for f in engine.program.input_affines
        }
        self._set_inputs = symbol("edgeq_set_inputs") if self._real else None
        self._flashes = 0 if timed is None else len(timed.flashes)
        self._trace = self._new_trace()
        self._hook_layers(image)
        self._call(symbol(f"{image.prefix}_init"), self._model, self._arena, self._arena_bytes)
        self._stack = self.machine.stack_used()

    def _hook_layers(self, image: Image) -> None:
        ends: dict[int, list[int]] = {}
        for layer in range(len(self._engine.program.steps)):
            for value in image.elf.symbols_of(f"edgeq_layer_end_{layer}_"):
                ends.setdefault(self.machine.code_address(value), []).append(layer)
        for address, layers in ends.items():
            self.machine.on_address(address, partial(self._end_layers, address, layers))

    def _new_trace(self) -> Trace:
        layers = range(len(self._engine.program.steps))
        waits = [Waits(Cycles(), [0 for _ in layers]) for _ in range(self._flashes)]
        return Trace([[] for _ in layers], [0 for _ in layers], [0 for _ in layers], waits=waits)

    def _end_layers(self, address: int, layers: Sequence[int]) -> None:
        trace, executed = self._trace, self.machine.instructions_at(address)
        for layer in layers:
            if trace.data[layer] and self._engine.program.schedule.pipeline_of(layer) is None:
                continue  # the next layer's loop begins where this one ended
            trace.data[layer] += self._written(layer, len(trace.data[layer]))
            trace.instructions[layer] += executed - trace.at
            trace.at = executed
            trace.cycles[layer] += self._lap(layer)

    def _lap(self, layer: int | None = None) -> int:
        """Cycles since the last lap, 0 where they are not computed. layer: that which they belong to."""
        spent, trace = self.machine.lap() or Spent(), self._trace
        trace.causes.update(spent.causes)
        trace.fewer += spent.fewer
        trace.more += spent.more
        for waits, cycles in zip(trace.waits, spent.waits, strict=False):
            waits.causes.update(cycles)
            if layer is not None:
                waits.layers[layer] += cycles.total()
        return spent.causes.total()

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
        at = self._engine.plan.offsets[writes[0]] + lines.line(first) * lines.step
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
        fewer, more, waits = list[int](), list[int](), list[list[Waits]]()
        for i in range(samples):
            sample = [np.ascontiguousarray(x[i]).tobytes() for x in inputs]
            trace = self._infer(sample) if self._fed is None else self._feed(sample[0], i)
            data += [
                *trace.inputs,
                *(part for parts in trace.data for part in parts),
                *trace.outputs,
            ]
            instructions.append(trace.executed)
            cycles.append(trace.causes.total() or trace.spent)
            layers.append(trace.instructions)
            causes.append(trace.causes)
            fewer.append(trace.fewer)
            more.append(trace.more)
            waits.append(trace.waits)
            layer_cycles.append(trace.cycles)
        values = split_bytes(self._engine.program, b"".join(data), samples)
        return Run(
            values,
            instructions,
            layers,
            self._stack,
            cycles,
            causes,
            layer_cycles,
            fewer,
            more,
            waits,
        )

    def _infer(self, sample: Sequence[bytes]) -> Trace:
        graph, self._trace = self._engine.program.graph, self._new_trace()
        self.machine.write(self._guards, GUARD + bytes([PAINT]) * self._arena_bytes + GUARD)
        for position, (t, data) in enumerate(zip(graph.inputs, sample, strict=True)):
            self.machine.write(
                self._real.get(position, self._arena + self._engine.plan.offsets[t]), data
            )
        self._make_inputs()
        self.machine.lap()  # what came before is no part of the inference
        if status := self._measured(self._functions["invoke"], self._model):
            raise FirmwareError("the generated C refuses to run", f"status {status}")
        self._end_sample()
        return self._trace

    def _feed(self, sample: bytes, number: int) -> Trace:
        """Feeds the rows of a sample, some of them in vain before that."""
        assert self._fed is not None
        random = np.random.default_rng(number)
        self.machine.write(self._guards, GUARD + bytes([PAINT]) * self._arena_bytes + GUARD)
        for rows in (int(random.integers(self._fed.rows_in_all)), self._fed.rows_in_all):
            self._trace = self._new_trace()
            self.machine.call(self._functions["feed_begin"], self._model)
            self.machine.lap()
            self._feed_rows(sample, rows, random)
        self._end_sample()
        return self._trace

    def _feed_rows(self, sample: bytes, rows: int, random: np.random.Generator) -> None:
        """Feeds the first rows of a sample: 1 to 4 at a time, or as many as go together."""
        assert self._fed is not None
        done, most = 0, self._together if random.integers(2) else min(4, self._together)
        while done < rows:
            size = self._fed.row_bytes
            at = done % self._fed.rows  # of a pass
            count = most if most > 4 else int(random.integers(1, most + 1))
            count = min(rows - done, self._fed.rows - at, count)
            self.machine.write(self._rows, sample[at * size : (at + count) * size])
            done += count
            missing = self._measured(self._functions["feed_rows"], self._model, self._rows, count)
            left = self._fed.rows_in_all - done
            if missing % 256 != left % 256:  # an AVR's result has 8 bits
                why = f"{missing} rows are missing after {done}, not {left}"
                raise FirmwareError("the generated C loses count of rows", why)

    def _measured(self, function: int, *arguments: int) -> int:
        """Calls a function of the engine, which is a part of the inference."""
        trace = self._trace
        trace.at = 0
        result = self.machine.call(function, *arguments)
        self._lap()
        trace.executed += self.machine.instructions
        if self.machine.cycles is not None:
            trace.spent = (trace.spent or 0) + self.machine.cycles
        self._stack = max(self._stack, self.machine.stack_used())
        return result

    def _end_sample(self) -> None:
        """Checks the guards and reads the outputs."""
        self._check_guards()
        self._trace.outputs += [self._tensor(t) for t in self._engine.program.graph.outputs]

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
