"""Cases in the reference interpreters."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator, Sequence

import numpy as np

from differential.case import Case
from differential.outcome import DIFFERS, EQUAL, FAILED, KNOWN, REFUSED, Outcome
from edgeq.cleanup import clean_up
from edgeq.errors import EdgeqError
from edgeq.graph import Model, expanded, write_tflite
from edgeq.opkit.floats import with_one_nan
from edgeq.opkit.node import Values
from edgeq.ops import bind
from edgeq.simulate.compare import compare_with
from edgeq.simulate.difference_bounds import indices_inside
from edgeq.simulate.interpreter import interpreter_of
from edgeq.simulate.known_differences import KNOWN_DIFFERENCES
from edgeq.simulate.oracle_process import Job, OracleFailedError, run_in_process
from edgeq.simulate.oracles import ORACLES, with_int8_weights
from edgeq.simulate.unsafe_layers import check_safe

SECONDS = 20
ARENA_BYTES = 1 << 20
OWN_CHECKS = ("SIGABRT", "SIGFPE")  # an assertion, and a division by zero
OUTSIDE = "it reads outside of its input where an index is"
CRASHES = ("it crashed", "it did not answer", "it ended")


def interpreted(name: str, case: Case) -> Outcome:
    """The outcome of a case in one of `ORACLES`.

    The outputs are compared first. Where they differ every tensor of the model that ran is, layer
    by layer, by `edgeq.simulate.compare`, which knows what interpreters are known to compute
    otherwise.
    """
    try:
        ran, got = _outputs(name, case)
    except OracleFailedError as error:
        crashed = error.why.startswith(CRASHES) and not error.why.endswith(OWN_CHECKS)
        if crashed and _indexes_outside(case):
            return Outcome(name, REFUSED, f"{OUTSIDE}, and {error.why}")
        return Outcome(name, FAILED if crashed else REFUSED, error.why)
    except EdgeqError as error:
        return Outcome(name, REFUSED, error.why)
    outputs = case.model.main.outputs
    if all(same(case.expected[t], y) for t, y in zip(outputs, got, strict=True)):
        return Outcome(name, EQUAL, elements=sum(case.expected[t].size for t in outputs))
    return _explained(name, ran, case.inputs)


def _indexes_outside(case: Case) -> bool:
    """Whether a layer of the model has an index out of bounds in a sample."""
    graph = case.model.main
    had = {**dict(zip(graph.inputs, case.inputs, strict=True)), **case.expected}
    constants = {t: tensor.array[None] for t, tensor in enumerate(graph.tensors) if tensor.constant}
    for node in case.nodes:
        values = [{**had, **constants}.get(t) for t in graph.ops[node.index].inputs]
        if not indices_inside(node, values, len(case.inputs[0]) if case.inputs else 1).all():
            return True
    return False


def same(expected: Values, got: Values) -> bool:
    """Whether two arrays of as many elements have the same bytes, in the type of the first; every
    NaN is as good as another.
    """
    return expected.size == got.size and (
        with_one_nan(expected).tobytes() == with_one_nan(got.astype(expected.dtype)).tobytes()
    )


def _outputs(name: str, case: Case) -> tuple[Model, list[Values]]:
    """The first that the interpreter runs of the model, that with int4 weights as int8, and the
    model after clean-up; and its outputs, [samples, ...] each. Raises what the first one raises.
    """
    model = case.model
    try:
        check_safe(case.nodes, interpreter_of(name))
        return model, _run(name, case.expanded_file, model.main.outputs, case.inputs)
    except EdgeqError:
        for other in _variants(model):
            with contextlib.suppress(EdgeqError):
                check_safe(bind(other.main), interpreter_of(name))
                content = write_tflite(expanded(other))
                return other, _run(name, content, other.main.outputs, case.inputs)
        raise


def _variants(model: Model) -> Iterator[Model]:
    clean = clean_up(model).model
    plain = with_int8_weights(model)
    if plain is not None:
        yield plain
    if clean is not model:
        yield clean


def _run(
    name: str, content: bytes, outputs: tuple[int, ...], inputs: Sequence[Values]
) -> list[Values]:
    job = Job(name, content, outputs, SECONDS, ARENA_BYTES)
    samples = list(run_in_process(job, inputs))
    return [np.stack([sample[k] for sample in samples]) for k in range(len(outputs))]


def _explained(name: str, model: Model, inputs: Sequence[Values]) -> Outcome:
    said = compare_with(ORACLES[name], model, inputs, by=interpreter_of(name))
    if said.status != "ok":
        return Outcome(name, DIFFERS, f"outputs differ, and then it {said.status}: {said.reason}")
    if said.known and said.explained:
        return Outcome(name, KNOWN, said.known[0].reason)
    if not said.bytes_different and (reason := _reason(name, model)):
        return Outcome(name, KNOWN, f"when run again: {reason}")
    first = said.first_difference
    where = (
        "its outputs alone"
        if first is None
        else (
            f'tensor "{first.tensor}", sample {first.sample}, element {first.element}: '
            f"{first.expected} is expected, it has {first.got}"
        )
    )
    return Outcome(name, DIFFERS, f"{said.bytes_different} bytes differ, first {where}")


def _reason(name: str, model: Model) -> str:
    """Why a layer of the model may differ, by the table; empty where none may."""
    by, nodes = interpreter_of(name), bind(model.main)
    entries = (e for e in KNOWN_DIFFERENCES if any(e.holds(node, by) for node in nodes))
    return next((entry.reason for entry in entries), "")
