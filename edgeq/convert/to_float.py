"""Any float model -> float .tflite with a static batch of 1 and no operators that compute shapes."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from edgeq.cleanup import clean_up
from edgeq.convert.computed_weights import without_computed_weights
from edgeq.convert.custom import load_custom
from edgeq.convert.fidelity import Fidelity, check_fidelity
from edgeq.convert.keras_model import Callee, keras_callee, load_keras
from edgeq.convert.merged_axes import with_merged_axes
from edgeq.convert.saved_model import load_saved_model
from edgeq.convert.source import float_tflite_of, source_of
from edgeq.convert.static_shapes import make_static
from edgeq.convert.tensorflow_refusal import refusal_of
from edgeq.data import Samples
from edgeq.errors import EdgeqError, shown
from edgeq.files import read_bytes
from edgeq.frontends import Layout, Reference, load_foreign
from edgeq.graph import Model, read_tflite, write_tflite
from edgeq.quantize.quantization_state import QuantizationState
from edgeq.quiet import quiet_output
from edgeq.runtime import float_interpreter, run_samples

FORMATS = ".keras, .h5, .tflite, .onnx, .pt2 or a SavedModel folder"


@dataclass(frozen=True, eq=False)
class FloatModel:
    """A float .tflite; the Keras model and the source that it came from, if any; and how it was
    trained for integers.

    name: for messages. layouts: how the data of inputs is arranged, of models with channels first.
    """

    content: bytes
    keras: Any = None
    quantizing: QuantizationState | None = None
    source: Reference | None = None
    name: str = ""
    layouts: tuple[Layout, ...] = ()

    def outputs(self, samples: Samples) -> npt.NDArray[np.float32]:
        """First output [n, ...]: of the model itself where there is a source, else of the .tflite."""
        if self.source is not None:
            return self.source(samples)[0].astype(np.float32)
        return run_samples(float_interpreter(self.content), samples.inputs)[0].astype(np.float32)

    def check(self, samples: Samples) -> Fidelity | None:
        """How far the .tflite is from its source (`check_fidelity`, with its errors); None without
        a source.
        """
        return (
            None
            if self.source is None
            else check_fidelity(self.source, self.content, samples, self.name)
        )


def to_float_tflite(path: Path, custom: Sequence[str] = ()) -> bytes:
    """The float .tflite of a model file: see `load_float`."""
    return load_float(path, custom).content


def load_float(model: Any, custom: Sequence[str] = ()) -> FloatModel:
    """The float .tflite of a .keras, .h5, SavedModel, .onnx, .pt2 or float .tflite; batch norm
    folded, activations fused.

    model: a path, or a Keras model. Of one from `quantize_aware`, the trained weights without fake
    quantization. A FloatModel is given back.
    custom: modules or .py files that define the model's own Keras layers. Raises EdgeqError, in one
    line, for files that are missing, broken, carry code, are quantized already, or that TFLite
    cannot express.
    """
    if isinstance(model, FloatModel):
        return model
    if not isinstance(model, (str, Path)):
        return _of_keras(keras_callee(model), str(getattr(model, "name", "")))
    path = Path(model)
    if not path.exists():
        raise EdgeqError(f"model {path}", "there is no such file or folder", f"give {FORMATS}")
    objects = load_custom(custom)
    if path.is_dir():
        return _converted(load_saved_model(path), path.name)
    if path.suffix in (".keras", ".h5", ".hdf5"):
        return _of_keras(load_keras(path, objects), path.name)
    if path.suffix == ".tflite":
        return _finished(read_bytes(path, "model"), path.name)
    foreign = load_foreign(path)
    if foreign is not None:
        made = _finished(foreign.content, path.name)
        return replace(made, source=foreign, layouts=foreign.layouts)
    raise EdgeqError(
        f"model {path.name}",
        f"{path.suffix or 'a file without suffix'} is not read",
        f"give {FORMATS}",
    )


def _of_keras(callee: Callee, name: str) -> FloatModel:
    from edgeq.trainable.restore import is_trainable, restore

    refuse_not_finite(_weights(callee.keras), name)
    if is_trainable(callee.keras):
        quantizing = restore(callee.keras)
        return FloatModel(write_tflite(quantizing.model), callee.keras, quantizing, name=name)
    return _converted(callee, name)


def _finished(content: bytes, name: str) -> FloatModel:
    model = read_tflite(content)
    _refuse_quantized(model, name)
    constants = (t for t in model.main.tensors if t.constant and t.dtype == "float32")
    refuse_not_finite(((t.name, t.array) for t in constants), name)
    static = with_merged_axes(without_computed_weights(make_static(clean_up(model).model)))
    _refuse_constant_outputs(static, name)
    return FloatModel(content if static == model else write_tflite(static), name=name)


def _converted(callee: Callee, name: str) -> FloatModel:
    source = None
    try:
        with quiet_output():
            source = source_of(callee)
            content = float_tflite_of(source)
    except EdgeqError:
        raise
    except Exception as error:
        graph = None if source is None else source.frozen.graph
        raise refusal_of(error, graph, name) from error
    return replace(_finished(content, name), keras=callee.keras, source=source)


def _weights(model: Any) -> Iterator[tuple[str, npt.NDArray[np.generic]]]:
    """Keras's weights by their paths, as `dense_1/kernel`."""
    for weight in model.weights:
        yield str(getattr(weight, "path", weight.name)), np.asarray(weight)


def refuse_not_finite(weights: Iterable[tuple[str, npt.NDArray[np.generic]]], name: str) -> None:
    """Raises EdgeqError that names the first of the weights, name and value, with NaN or infinite
    elements.
    """
    for weight, values in weights:
        wrong = 0 if values.dtype.kind != "f" else int(np.count_nonzero(~np.isfinite(values)))
        if wrong:
            why = f"{wrong} of {values.size} values of its weight {weight!r} are NaN or infinite"
            raise EdgeqError(
                f"model {name}",
                why,
                "train it again, with a smaller learning rate or clipped gradients",
            )


def _refuse_constant_outputs(model: Model, name: str) -> None:
    """Raises EdgeqError for an output that no sample changes, and so none calibrates."""
    named = {t: given for signature in model.signatures[:1] for given, t in signature.outputs}
    for t in model.main.outputs:
        if model.main.tensors[t].constant:
            given = shown(named.get(t, model.main.tensors[t].name))
            why = "it has the same values whatever the inputs are"
            remedy = "leave it out of the model, and keep these values in your program"
            raise EdgeqError(f"model {name}: output {given!r}", why, remedy)


def _refuse_quantized(model: Model, name: str) -> None:
    graph = model.main
    for index in graph.inputs:
        if graph.tensors[index].quantization is not None:
            why = f"its input {graph.tensors[index].name!r} is {graph.tensors[index].dtype} already"
            raise EdgeqError(
                f"model {name}", why, "give the float model; a quantized one needs no conversion"
            )
    produced: Mapping[int, Any] = {index: op for op in graph.ops for index in op.outputs}
    for op in graph.ops:
        weights = [
            t
            for t in op.inputs
            if t >= 0 and t not in produced and graph.tensors[t].quantization is not None
        ]
        if weights and op.kind != "DEQUANTIZE":
            why = f"the weights {graph.tensors[weights[0]].name!r} of {op.kind} are quantized (dynamic range)"
            raise EdgeqError(f"model {name}", why, "convert it to .tflite without optimizations")
