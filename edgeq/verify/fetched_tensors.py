"""The tensors that came back from a board, byte for byte against the simulator's."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from edgeq.codegen.native import NativeEngine
from edgeq.graph import DTYPES
from edgeq.opkit.node import Values
from edgeq.verify.compare import Comparison, compare_layer
from edgeq.wire import LayerBytes


class FetchedTensors:
    """What each layer wrote, sample by sample. came: of the sample that is running. compared: of each
    layer, over all samples that were compared.
    """

    def __init__(self, engine: NativeEngine) -> None:
        self._program = engine.program
        self.came = LayerBytes([layer.written_bytes for layer in engine.context["layers"]])
        self._kept: list[list[bytes]] = []
        self.compared = [Comparison()] * len(self._program.steps)

    def keep(self) -> None:
        """Takes over what has come of a sample."""
        self._kept.append([self.came.of(k) for k in range(len(self._program.steps))])

    def compare(self, expected: Mapping[int, Values], start: int) -> None:
        """Compares the samples that were kept since the last call. expected: tensor index -> the
        simulator's values of these samples, [samples, *shape]. start: number of the first.
        """
        kept, self._kept = self._kept, []
        for k, step in enumerate(self._program.steps):
            got = self._tensors(step.writes, [sample[k] for sample in kept])
            self.compared[k] += compare_layer(self._program, k, expected, got, start)

    def _tensors(self, writes: Sequence[int], samples: Sequence[bytes]) -> list[Values]:
        """The tensors that lie one behind the other in what a layer wrote, each [samples, *shape]."""
        arrays, at = list[Values](), 0
        for tensor in (self._program.graph.tensors[t] for t in writes):
            parts = [np.frombuffer(data, np.uint8, tensor.nbytes, at) for data in samples]
            values = np.stack(parts).view(DTYPES[tensor.dtype])
            arrays.append(values.reshape(len(samples), *tensor.shape))
            at += tensor.nbytes
        return arrays

    def with_outputs(self, outputs: Comparison) -> Comparison:
        """The comparison of all layers and of the model's outputs, as the application reads them. The
        first difference is that of the first sample, and of its first layer.
        """
        parts = (*self.compared, outputs)
        found = [part.first for part in parts if part.first is not None]
        return Comparison(
            outputs.samples,
            sum(part.bytes_compared for part in parts),
            sum(part.bytes_different for part in parts),
            min(found, key=lambda first: first.sample, default=None),
        )
