"""One case of the sweep: built, converted, simulated, compared with interpreters, Keras and C."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
from differential import case as differential
from differential.compiled import Lowered, lowered, run_compiled
from differential.outcome import EQUAL
from keras_sweep.case import Case, model_of, samples_of

from edgeq.cleanup import cleaned
from edgeq.convert.convert import convert
from edgeq.convert.options import ConvertOptions
from edgeq.convert.to_float import FloatModel, load_float
from edgeq.data import Samples, quantized_inputs
from edgeq.errors import EdgeqError, UnsupportedError
from edgeq.graph import Model, read_tflite
from edgeq.quiet import quiet_output
from edgeq.simulate.compare import Comparison
from edgeq.simulate.simulate import simulate

COMPARED = 4  # samples, with interpreters and C
INTERPRETERS = {"tflm": "TFLM", "tflite-runtime": "TFLite"}
Values = npt.NDArray[Any]


@dataclass(frozen=True)
class Outcome:
    """What became of a case.

    error: why convert refuses it; None where it does not. operators: of the int8 file, in the order
    of their names. types: of activations in which it converts and is exact. exact: interpreters
    that give the simulator's bytes, apart from known differences, and C, which `wrong_in_c`
    compares. wrong: what differs. nearness: of the int8 output to Keras's, dB, or the percentage of
    equal integers. simulated: the int8 model with every tensor of a few samples, as simulated.
    """

    error: EdgeqError | None = None
    operators: tuple[str, ...] = ()
    types: tuple[str, ...] = ()
    exact: tuple[str, ...] = ()
    wrong: tuple[str, ...] = ()
    nearness: float = float("nan")
    simulated: differential.Case | None = None


def try_case(keras: Any, case: Case, wide: bool = True) -> Outcome:
    """The outcome of a case in int8.

    wide: whether int16 activations are tried too.
    """
    with quiet_output():
        model = model_of(keras, case)
    samples = Samples(samples_of(case))
    try:
        loaded = load_float(model)
        made = _converted(loaded, samples, "int8")
        truth = loaded.outputs(samples)
    except EdgeqError as error:
        return Outcome(error)
    operators = tuple(sorted({op.kind for graph in made.graphs for op in graph.ops}))
    exact, wrong, output = _compared(made, samples)
    if case.interpreted and not exact and not wrong:
        wrong = ("no interpreter runs it",)
    types = ("int8",) if case.dtype == "float32" else (case.dtype,)
    if wide and case.dtype == "float32" and _runs_wide(loaded, samples):
        types += ("int16",)
    near = nearness(truth, output)
    return Outcome(None, operators, types, (*exact, "C"), wrong, near, _simulated(made, samples))


def _runs_wide(loaded: FloatModel, samples: Samples) -> bool:
    """Whether the model converts with int16 activations, and interpreters agree."""
    try:
        exact, wrong, _ = _compared(_converted(loaded, samples, "int16x8"), samples)
    except UnsupportedError:
        return False
    return bool(exact) and not wrong


def _converted(loaded: FloatModel, samples: Samples, scheme: str) -> Model:
    options = ConvertOptions(
        calibrator="min-max", rounding="nearest", fill_ranges=False, scheme=scheme
    )
    return read_tflite(convert(loaded, samples, options=options).model)


def _compared(made: Model, samples: Samples) -> tuple[tuple[str, ...], tuple[str, ...], Values]:
    """Interpreters with equal bytes, those with others, and the real output of all samples."""
    few = samples.part(slice(0, COMPARED))
    found = simulate(made, few, oracles=tuple(INTERPRETERS)).oracles
    ran = {INTERPRETERS[name]: said for name, said in found.items() if said.status == "ok"}
    exact = tuple(name for name, said in ran.items() if _agrees(said))
    wrong = tuple(name for name, said in ran.items() if not _agrees(said))
    return (
        exact,
        wrong,
        simulate(made, samples).outputs,
    )


def _agrees(said: Comparison) -> bool:
    return said.explained


def _simulated(made: Model, samples: Samples) -> differential.Case:
    model = cleaned(made)
    inputs = quantized_inputs(model.main, [x[:COMPARED] for x in samples.inputs])
    return differential.make_case(model, inputs)


def wrong_in_c(outcomes: Mapping[str, Outcome]) -> dict[str, str]:
    """Name -> how the generated C of a case, under sanitizers, differs from its simulated tensors.

    All cases are one program but those with loops or branches, so that each kernel is compiled
    once, at the level that compiles soonest.
    """
    wrong, ready = dict[str, str](), dict[str, Lowered]()
    for name, outcome in outcomes.items():
        if outcome.simulated is not None:
            made = lowered(outcome.simulated)
            if isinstance(made, Lowered):
                ready[name] = made
            else:
                wrong[name] = f"C: {made.why}"
    judged = zip(ready, run_compiled(list(ready.values()), level="-Og"), strict=True)
    return wrong | {name: f"C: {said.why}" for name, said in judged if said.status != EQUAL}


def nearness(truth: Values, output: Values) -> float:
    """dB of the truth's spread between samples over the error; of integers the percentage that is
    equal.
    """
    want, got = np.asarray(truth, np.float64), np.asarray(output, np.float64).reshape(truth.shape)
    if np.array_equal(want, np.round(want)):
        return float(100 * np.mean(want == np.round(got)))
    error = float(np.mean((want - got) ** 2))
    return float(10 * np.log10(np.mean((want - want.mean(0)) ** 2) / max(error, 1e-30)))


def classes(keras: Any) -> dict[str, Sequence[str]]:
    """Name of every class of keras.layers -> its other names there. A class goes by its own name
    where keras.layers has it, else by the first.
    """
    named: dict[type, list[str]] = {}
    for name in dir(keras.layers):
        value = getattr(keras.layers, name)
        if isinstance(value, type) and issubclass(value, keras.layers.Layer):
            named.setdefault(value, []).append(name)
    found = dict[str, Sequence[str]]()
    for value, names in named.items():
        own = value.__name__ if value.__name__ in names else names[0]
        found[own] = tuple(name for name in names if name != own)
    return found
