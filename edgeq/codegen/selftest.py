"""Self-test vectors: inputs with the output bytes that the simulator says, checked by the firmware at boot."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from edgeq.codegen.engine import Engine
from edgeq.codegen.names import C_TYPES, c_rows
from edgeq.codegen.templates import render
from edgeq.graph import Model
from edgeq.opkit.contract import Values
from edgeq.simulate.execute import execute, random_inputs


@dataclass(frozen=True)
class Vectors:
    """inputs and outputs: one array [count, *shape] for each of the model's."""

    inputs: tuple[Values, ...]
    outputs: tuple[Values, ...]

    @property
    def count(self) -> int:
        return len(self.inputs[0])

    @property
    def nbytes(self) -> int:
        return sum(values.nbytes for values in (*self.inputs, *self.outputs))


def make_vectors(model: Model, count: int, inputs: Sequence[Values] | None = None) -> Vectors:
    """`count` vectors from the first samples of `inputs`, or seeded random ones."""
    chosen = random_inputs(model.main, count) if inputs is None else [x[:count] for x in inputs]
    values = execute(model.main, chosen)
    return Vectors(tuple(chosen), tuple(values[t] for t in model.main.outputs))


def render_selftest(engine: Engine, vectors: Vectors) -> dict[str, str]:
    """`<prefix>_selftest.h` and `.c`: `int <prefix>_selftest(<prefix>_t *model)` counts the vectors that differ."""
    context = {**engine.context, "count": vectors.count,
               "vector_inputs": [_rows(x) for x in vectors.inputs],
               "vector_outputs": [_rows(y) for y in vectors.outputs]}  # fmt: skip
    return {
        f"{engine.prefix}_selftest.h": render("common/selftest.h.j2", context),
        f"{engine.prefix}_selftest.c": render("common/selftest.c.j2", context),
    }


def _rows(values: Values) -> dict[str, object]:
    """A vector set as the template shows it: its C type and, per vector, wrapped literals."""
    flat = np.ascontiguousarray(values).reshape(len(values), -1)
    return {"ctype": C_TYPES[flat.dtype.name], "length": flat.shape[1], "vectors": [c_rows(row) for row in flat]}
