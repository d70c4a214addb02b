"""A float model as its own framework computes it, with which every file made of it is compared."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
import numpy.typing as npt

from edgeq.convert.augmentation import without_augmentation
from edgeq.convert.backend import imported, quietly, tensorflow
from edgeq.convert.frozen_layers import layer_tensors, place_of
from edgeq.convert.kept_variables import (
    Initial,
    frozen_but,
    refuse_types,
    with_kept_variables,
    written_variables,
)
from edgeq.convert.keras_model import Callee
from edgeq.convert.lstm_layers import as_markers, lstm_layers, stateful_layers, with_lstm
from edgeq.convert.replace_operators import with_known_operators
from edgeq.convert.saved_states import with_states
from edgeq.convert.single_precision import with_single_precision
from edgeq.convert.time_limit import in_time
from edgeq.data import Samples
from edgeq.frontends import LayerValues, Outputs
from edgeq.graph import Model, Signature, read_tflite, write_tflite
from edgeq.trainable.serialization import input_name

SECONDS_A_SAMPLE = 10
CUSTOM = "CUSTOM"


def _nothing() -> None:
    """What a model without state does to start anew."""


@dataclass(frozen=True, eq=False)
class Source:
    """TensorFlow's function of a Keras model or SavedModel for a batch of 1.

    framework: its name for messages. function: concrete, of Keras on the model's own variables.
    frozen: the same with the variables as constants, without operators that others can stand for
    where TFLite has no form of them. converted: what TFLite's converter gets where that is another
    function (`lstm_layers`). inputs, outputs: their names, in the model's order. layers: names of
    the Keras layers, nested ones too. restart: gives states their initial values.
    kept: variables that `converted` writes. left_out: scopes of augmentation in a SavedModel's graph
    that are not computed. handles: of variables, which `function` takes behind its inputs.
    """

    framework: str
    function: Any
    frozen: Any
    inputs: tuple[str, ...]
    outputs: tuple[str, ...]
    layers: frozenset[str] = frozenset()
    converted: Any = None
    restart: Callable[[], None] = _nothing
    kept: Initial = field(default_factory=dict)
    left_out: tuple[str, ...] = ()
    handles: tuple[Any, ...] = ()

    def __call__(self, samples: Samples) -> Outputs:
        """Every output, [samples, *shape without the batch axis], computed one sample at a time as
        on the device; the samples of a model with state are steps of one sequence.

        Raises EdgeqError where it fails, or takes longer than `SECONDS_A_SAMPLE`: a loop of the
        graph may never end.
        """
        tf = tensorflow()
        shapes = [tuple(t.shape) for t in self.function.inputs[: len(samples.inputs)]]

        def run() -> Outputs:
            found = []
            self.restart()
            with in_time(self.function, SECONDS_A_SAMPLE) as compute:
                for n in range(samples.count):
                    given = [
                        tf.constant(x[n].reshape(s))
                        for x, s in zip(samples.inputs, shapes, strict=True)
                    ]
                    made = compute(*given, *self.handles)
                    found.append([np.asarray(y) for y in tf.nest.flatten(made)])
            self.restart()
            return [_stacked(values) for values in zip(*found, strict=True)]

        return quietly("the float model", "give samples that it can compute", run)

    def layer_values(self, samples: Samples) -> LayerValues:
        """What every node of the frozen graph gives, and the graph converted again with all of them
        as outputs. Raises what TensorFlow raises where it cannot convert that.
        """
        tensors = layer_tensors(self.frozen)
        readable = opened(self, tensors)
        places = [place_of(tensor.op, self.layers) for tensor in tensors]
        content = float_tflite_of(readable)
        return LayerValues(places, readable(samples), content, samples.inputs)


def source_of(callee: Callee) -> Source:
    """Traces a loaded model for a batch of 1. Raises what TensorFlow raises for a model that it
    cannot trace.
    """
    tf = tensorflow()
    specs = [
        tf.TensorSpec(spec.shape, spec.dtype, name=input_name(spec.name)) for spec in callee.inputs
    ]

    def call(*tensors: Any) -> Any:
        return tf.nest.flatten(callee.call(*tensors))

    function = tf.function(call, autograph=False).get_concrete_function(*specs)
    states = None if callee.assigning is None else with_states(callee.assigning, specs)
    if states is not None:
        return _of_states(callee, *states)
    written = function
    if lstm_layers(callee.keras):
        with as_markers():
            written = tf.function(call, autograph=False).get_concrete_function(*specs)
    kept = {} if callee.keras is None else written_variables(written)
    converted = None
    if kept or written is not function:
        frozen = frozen_but(written, kept) if kept else _frozen(written)
        converted = with_known_operators(frozen if kept else with_single_precision(frozen))
    stateful = bool(kept or stateful_layers(callee.keras))  # whose assignments freezing would break
    frozen = converted if stateful and converted is not None else _frozen(function)
    single = frozen if stateful else with_single_precision(frozen)
    if single is not frozen:
        frozen = function = single
    frozen, left_out = (frozen, ()) if callee.keras else without_augmentation(frozen)
    live = (
        frozen if callee.keras is None else function
    )  # the functions of a SavedModel's graph are known to it alone
    layers = [] if callee.keras is None else callee.keras._flatten_layers()
    _reset(callee.keras)
    restart, initial = _restarting(kept)

    def restart_all() -> None:
        _reset(callee.keras)
        restart()

    return Source(
        callee.framework,
        live,
        with_known_operators(frozen),
        tuple(spec.name for spec in callee.inputs),
        _names(callee.outputs, function),
        frozenset(layer.name for layer in layers),
        converted,
        restart_all,
        initial,
        left_out,
    )


def _of_states(callee: Callee, function: Any, states: Mapping[str, Any]) -> Source:
    """The source of a SavedModel's function with its states as last inputs."""
    restart, initial = _restarting(states)
    known = with_known_operators(function)
    return Source(
        callee.framework,
        function,
        known,
        tuple(spec.name for spec in callee.inputs),
        _names(callee.outputs, function),
        converted=known,
        restart=restart,
        kept=initial,
        handles=tuple(variable.handle for variable in states.values()),
    )


def _restarting(variables: Mapping[str, Any]) -> tuple[Callable[[], None], Initial]:
    """What gives variables the values that they have now, and these by the variables' names."""
    refuse_types(variables)
    initial = {name: variable.numpy() for name, variable in variables.items()}

    def restart() -> None:
        for name, variable in variables.items():
            variable.assign(initial[name])

    return restart, initial


def _names(names: tuple[str, ...], function: Any) -> tuple[str, ...]:
    """The names of a function's outputs, numbered where the model has none."""
    if len(names) != len(function.outputs) or len(set(names)) != len(names):
        return tuple(f"output_{k}" for k in range(len(function.outputs)))
    return names


def _reset(model: Any) -> None:
    for layer in stateful_layers(model):
        layer.reset_state()


def opened(source: Source, tensors: Sequence[Any]) -> Source:
    """The source with tensors of its frozen graph as outputs, `output_0` and so on, in place of its
    own.
    """
    tf = tensorflow()
    inner = source.frozen.prune(source.frozen.inputs, list(tensors))
    specs = [
        tf.TensorSpec(t.shape, t.dtype, name=n)
        for t, n in zip(inner.inputs, source.inputs, strict=True)
    ]
    function = tf.function(lambda *given: inner(*given), autograph=False).get_concrete_function(
        *specs
    )
    names = tuple(f"output_{k}" for k in range(len(tensors)))
    frozen = _frozen(function)
    return replace(source, function=function, frozen=frozen, converted=None, outputs=names, kept={})


def _frozen(function: Any) -> Any:
    constants = imported("tensorflow.python.framework.convert_to_constants")
    return constants.convert_variables_to_constants_v2(function)


def _stacked(values: tuple[npt.NDArray[np.generic], ...]) -> npt.NDArray[np.generic]:
    return np.stack([y[0] if y.shape[:1] == (1,) else y for y in values])


def float_tflite_of(source: Source) -> bytes:
    """The .tflite of a source, its inputs and outputs in the source's order and under its names.

    TensorFlow's converter changes the order. Its signature knows which is which; of functions that
    it cannot save as a SavedModel, such as those with a gradient of their own, it writes none, and
    tensors have the graph's names. Raises what TensorFlow raises, or ValueError, where it cannot convert.
    """
    tf = tensorflow()
    converted = source.frozen if source.converted is None else source.converted
    converter = tf.lite.TFLiteConverter.from_concrete_functions([converted], tf.Module())
    converter.experimental_enable_resource_variables = bool(source.kept)
    converter.allow_custom_ops = source.converted is not None
    model = read_tflite(bytes(converter.convert()))
    model = with_lstm(_named(with_kept_variables(model, source.kept), source, converted))
    custom = {op.custom_code for graph in model.graphs for op in graph.ops if op.kind == CUSTOM}
    if custom:  # of operators that TFLite has no form of
        raise ValueError(", ".join(f"tf.{name}" for name in sorted(custom)))
    return write_tflite(model)


def _named(model: Model, source: Source, converted: Any) -> Model:
    by_signature = bool(model.signatures)
    fed, given = _from_signature(model) if by_signature else _from_graph(model, source, converted)
    read = tuple((name, fed[name]) for name in source.inputs)
    made = tuple(zip(source.outputs, given, strict=True))
    graph = replace(model.main, inputs=tuple(t for _, t in read), outputs=tuple(t for _, t in made))
    signature = Signature("serving_default", read, made)
    return replace(model, graphs=(graph, *model.graphs[1:]), signatures=(signature,))


def _from_signature(model: Model) -> tuple[Mapping[str, int], list[int]]:
    """Input name -> tensor, and the outputs in the function's order."""
    signature = model.signatures[0]
    outputs = dict(signature.outputs)
    return dict(signature.inputs), [outputs[f"output_{k}"] for k in range(len(outputs))]


def _from_graph(
    model: Model, source: Source, converted: Any
) -> tuple[Mapping[str, int], list[int]]:
    """As `_from_signature`, by the names of the converted function's graph."""
    named = {model.main.tensors[t].name: t for t in (*model.main.inputs, *model.main.outputs)}
    given = converted.inputs
    fed = {name: named[tensor.op.name] for name, tensor in zip(source.inputs, given, strict=True)}
    return fed, [named[tensor.op.name] for tensor in converted.outputs]
