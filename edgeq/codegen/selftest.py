"""Self-test vectors: inputs with the output bytes that the simulator says, checked by the firmware
at boot.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np

from edgeq.codegen.engine import EngineModel
from edgeq.codegen.names import C_TYPES, c_rows
from edgeq.codegen.templates import render
from edgeq.graph import Model
from edgeq.opkit.node import Values
from edgeq.simulate.execute import execute, random_inputs

MAX_VECTORS = 64  # more only cost flash


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

    @property
    def digest(self) -> str:
        """16 hex digits that name the vectors: SHA-256 of all inputs and outputs, little-endian."""
        total = hashlib.sha256()
        for values in (*self.inputs, *self.outputs):
            total.update(np.ascontiguousarray(values, values.dtype.newbyteorder("<")).tobytes())
        return total.hexdigest()[:16]


def make_vectors(model: Model, count: int, inputs: Sequence[Values] | None = None) -> Vectors:
    """`count` vectors from the first samples of `inputs`, or seeded random ones."""
    chosen = random_inputs(model.main, count) if inputs is None else [x[:count] for x in inputs]
    values = execute(model.main, chosen)
    return Vectors(tuple(chosen), tuple(values[t] for t in model.main.outputs))


def vector_digests(model: Model, inputs: Sequence[Values], counts: Iterable[int]) -> dict[int, str]:
    """Count of self-test vectors -> their digest, for each of `counts` that `inputs` has samples
    for; the vectors are the first samples, as `make_vectors` makes them.
    """
    vectors = make_vectors(model, MAX_VECTORS, inputs)
    return {
        count: Vectors(
            tuple(x[:count] for x in vectors.inputs), tuple(y[:count] for y in vectors.outputs)
        ).digest
        for count in counts
        if count <= vectors.count
    }


def render_selftest(model: EngineModel, vectors: Vectors | None) -> dict[str, str]:
    """`<prefix>_selftest.h`, and `<prefix>_selftest.c` if there are vectors: the functions that run
    and report them.

    Without vectors the functions do nothing, so that a program which calls them builds either way.
    """
    context = {**model.context, "count": vectors.count if vectors else 0}
    files = {f"{model.prefix}_selftest.h": render("common/selftest.h.j2", context)}
    if vectors is None:
        return files
    context |= {
        "vector_inputs": [_rows(x) for x in vectors.inputs],
        "vector_outputs": [_rows(y) for y in vectors.outputs],
        "digest": vectors.digest,
    }
    return files | {f"{model.prefix}_selftest.c": render("common/selftest.c.j2", context)}


def _rows(values: Values) -> dict[str, object]:
    """A vector set as the template shows it: its C type and, per vector, wrapped literals."""
    flat = np.ascontiguousarray(values).reshape(len(values), -1)
    return {
        "ctype": C_TYPES[flat.dtype.name],
        "length": flat.shape[1],
        "vectors": [c_rows(row) for row in flat],
    }
