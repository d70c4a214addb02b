"""`.keras` and legacy `.h5` files -> a callable on tensors and the model's inputs."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from edgeq.convert.backend import brief, imported
from edgeq.convert.untrusted import keras_config, keras_version, refuse_code
from edgeq.data import InputSpec
from edgeq.errors import EdgeqError
from edgeq.quiet import quiet_output

SEED = "seed_generator_state"  # what keras.random.SeedGenerator calls its variable


@dataclass(frozen=True)
class Callee:
    """A loaded float model: `call` takes one tensor for each of `inputs` and gives one tensor or a
    structure of them.

    outputs: their names, in the order of `tf.nest.flatten`; empty where the model has none. keep:
    what must stay alive
    while it is called. keras: the Keras model, if it is one. framework: the name, for messages, of
    what computes it.
    """

    call: Callable[..., Any]
    inputs: tuple[InputSpec, ...]
    outputs: tuple[str, ...] = ()
    keep: object = None
    keras: Any = None
    framework: str = "Keras"
    assigning: Callable[..., Any] | None = None


def load_keras(path: Path, custom: Mapping[str, object]) -> Callee:
    """The model of a .keras or .h5 file, loaded in safe mode and without its training set-up.

    A .h5 that Keras 3 cannot load is tried with tf_keras. Raises EdgeqError for files with code
    (`refuse_code`), layers that nobody defined, and inputs whose shape is open in more than the
    batch axis.
    """
    keras = imported("keras")
    from edgeq.trainable import build  # noqa: F401  registers the layers of quantization-aware models

    registered = keras.saving.get_custom_objects()
    refuse_code(keras_config(path), {*custom, *registered}, path.name)
    failure = ""
    for package in ("keras", "tf_keras") if keras_version(path).startswith("2") else ("keras",):
        try:
            loaded = imported(package)
            with quiet_output():
                model = loaded.models.load_model(
                    path, custom_objects=dict(custom), compile=False, safe_mode=True
                )
        except Exception as error:
            failure = f"{package} cannot load it: {brief(error)}"
            continue
        return keras_callee(model, path.name)
    remedy = "name the modules of its own layers with --custom, or save it again with Keras 3"
    raise EdgeqError(f"model {path.name}", failure, remedy)


def keras_callee(model: Any, name: str = "") -> Callee:
    """A Keras model in memory, of either package. Raises EdgeqError for other things, and for open
    input shapes.
    """
    if not callable(model) or not hasattr(model, "layers"):
        remedy = "give a path, or a Sequential or functional Keras model"
        raise EdgeqError(f"model of type {type(model).__name__}", "it is no Keras model", remedy)
    return Callee(
        _call(model), _inputs(model, name or str(model.name)), _output_names(model), keras=model
    )


def _call(model: Any) -> Callable[..., Any]:
    """A function of the model's tensors that leaves the seeds of its random numbers as they are.

    Keras 3 counts seeds up in layers of augmentation even where these pass their input on. An
    assignment to a variable that nothing reads keeps TensorFlow from freezing the function.
    """

    def call(*tensors: Any) -> Any:
        keras = imported("keras")
        if not isinstance(model, keras.Model):  # of tf_keras
            return model(_nested(model, tensors), training=False)
        with keras.StatelessScope() as scope:
            result = model(_nested(model, tensors), training=False)
        for variable in (*model.non_trainable_variables, *_kept_states(model)):
            value = scope.get_current_value(variable)
            if value is not None and variable.name != SEED:
                variable.assign(value)
        return result

    return call


def _kept_states(model: Any) -> Iterator[Any]:
    """What stateful recurrent layers keep from one call to the next; Keras 3 does not count it among
    a model's variables.
    """
    for layer in model._flatten_layers():
        if getattr(layer, "stateful", False):
            yield from imported("keras").tree.flatten(layer.states)


def _nested(model: Any, tensors: Sequence[Any]) -> Any:
    """The inputs as the model was built: alone, by name, or as a list."""
    structure = getattr(model, "_inputs_struct", None)
    if isinstance(structure, dict):
        position = {id(x): i for i, x in enumerate(model.inputs)}
        return {key: tensors[position[id(x)]] for key, x in structure.items()}
    return tensors[0] if len(tensors) == 1 else list(tensors)


def _output_names(model: Any) -> tuple[str, ...]:
    """The keys of a dictionary of outputs, or the names that people gave to the layers that make
    them.

    An output of a layer that Keras named by itself is `output_0` and so on, as in `model.export`.
    """
    structure = getattr(model, "_outputs_struct", getattr(model, "_nested_outputs", None))
    tensors = list(model.outputs)
    if isinstance(structure, dict):
        keys = {id(tensor): str(key) for key, tensor in structure.items()}
        return tuple(keys.get(id(tensor), f"output_{k}") for k, tensor in enumerate(tensors))
    layers = {layer.name: layer for layer in model.layers}
    names = list(getattr(model, "output_names", None) or [model.layers[-1].name])
    return tuple(_given_name(layers.get(name)) or f"output_{k}" for k, name in enumerate(names))


def _given_name(layer: Any) -> str:
    """A layer's name, empty where it is what Keras makes of the class: Conv2D, conv2d, conv2d_1."""
    made = re.sub(r"\W|_", "", type(layer).__name__).lower()
    own = re.sub(r"_\d+$", "", str(getattr(layer, "name", ""))).replace("_", "").lower()
    return "" if own == made else str(getattr(layer, "name", ""))


def _inputs(model: Any, name: str) -> tuple[InputSpec, ...]:
    inputs = getattr(model, "inputs", None)
    if not inputs:
        why = "it has no fixed inputs (a subclassed or unbuilt model)"
        raise EdgeqError(
            f"model {name}", why, "rebuild it with keras.Input, or export a SavedModel"
        )
    return tuple(
        input_spec(
            x.name.split(":")[0], tuple(x.shape), str(getattr(x.dtype, "name", x.dtype)), name
        )
        for x in inputs
    )


def input_spec(name: str, shape: Sequence[int | None], dtype: str, model: str) -> InputSpec:
    """An input with a batch of 1. Raises EdgeqError if another axis is open or the type has no
    TFLite form.
    """
    fixed = (1, *shape[1:]) if shape else ()
    if any(size is None for size in fixed):
        shown = ", ".join("?" if size is None else str(size) for size in shape)
        why = f"its shape is [{shown}], and a microcontroller needs every size"
        raise EdgeqError(
            f"model {model}: input {name!r}", why, "rebuild the model with a fixed input shape"
        )
    if dtype.startswith(("float", "bfloat")):
        dtype = "float32"
    if dtype == "string":
        remedy = "look words up in your program, and give the model their numbers"
        raise EdgeqError(f"model {model}: input {name!r}", "it is text", remedy)
    if dtype not in ("float32", "int8", "uint8", "int16", "int32", "int64", "bool"):
        raise EdgeqError(
            f"model {model}: input {name!r}", f"it is of type {dtype}", "feed numbers to the model"
        )
    return InputSpec(name, tuple(int(size) for size in fixed if size is not None), dtype)
