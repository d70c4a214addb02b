"""A model of another framework: its float .tflite, and the model itself to compare that with."""

from __future__ import annotations

import json
import re
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from math import prod
from pathlib import Path
from typing import Any

import numpy as np

from edgeq.cleanup import clean_up
from edgeq.data import InputSpec, Samples
from edgeq.data.arrays import fit
from edgeq.errors import EdgeqError
from edgeq.frontends.input_layout import Layout, arrange_inputs
from edgeq.frontends.process import run
from edgeq.frontends.reference import LayerValues, Outputs
from edgeq.frontends.tensor_names import with_distinct_names
from edgeq.graph import Model, Op, Signature, Tensor, read_tflite, write_tflite

SECONDS_A_SAMPLE = 10
STARTING = 120  # seconds that a process may take before its first sample


@dataclass(frozen=True, eq=False)
class ForeignModel:
    """What a front end's process made of a model, which it computes as well.

    framework: what computes it, for messages. content: its float .tflite, with inputs as `layouts`
    says. outputs: their names. module: of the process, which works with the files of `folder`.
    what: the model, for messages.
    """

    framework: str
    content: bytes = field(repr=False)
    layouts: tuple[Layout, ...]
    outputs: tuple[str, ...]
    module: str
    what: str
    folder: tempfile.TemporaryDirectory[str] = field(repr=False)

    def __call__(self, samples: Samples) -> Outputs:
        """Every output, [samples, *shape without the batch axis], computed one sample at a time as
        on the device.

        samples: as the .tflite takes them. Raises EdgeqError where that fails or takes too long.
        """
        self._run("outputs", samples)
        return self._arrays("outputs.npz")

    def layer_values(self, samples: Samples) -> LayerValues:
        """What every layer gives, by the model and as outputs of a .tflite made for this.

        samples: as the .tflite takes them. Raises EdgeqError where that cannot be made.
        """
        given = self._run("layers", samples)
        places = json.loads((self._path / "layers.json").read_text())
        opened = read_tflite((self._path / "layers.tflite").read_bytes())
        # What turns out to be constant is left out of the .tflite.
        kept = sorted(_number(name) for name, _ in opened.signatures[0].outputs)
        values = self._arrays("layers.npz")
        return LayerValues(
            [places[k] for k in kept],
            [values[k] for k in kept],
            write_tflite(in_order(opened)),
            given,
        )

    @property
    def _path(self) -> Path:
        return Path(self.folder.name)

    def _arrays(self, name: str) -> Outputs:
        with np.load(self._path / name, allow_pickle=False) as file:
            return [file[f"y{k}"] for k in range(len(file.files))]

    def _run(self, command: str, samples: Samples) -> Outputs:
        """Runs a command on samples; gives them with the axes that the model has. Raises EdgeqError
        for samples of another shape than the .tflite takes, such as the original model's.
        """
        origin = samples.origin or "the samples"
        given = [
            fit(x, InputSpec(layout.name, layout.shape, x.dtype.name), origin).transpose(
                layout.to_model
            )
            for x, layout in zip(samples.inputs, self.layouts, strict=True)
        ]
        arrays: dict[str, Any] = {f"x{k}": x for k, x in enumerate(given)}
        np.savez(self._path / "samples.npz", **arrays)
        seconds = STARTING + SECONDS_A_SAMPLE * samples.count
        run(self.module, command, self._path, self.what, seconds)
        return given


def foreign_model(module: str, path: Path) -> ForeignModel:
    """The model of a file, by the program of a front end. Raises EdgeqError in one line."""
    what = f"model {path.name}"
    folder = tempfile.TemporaryDirectory(prefix="edgeq-")
    place = Path(folder.name)
    (place / "request.json").write_text(json.dumps({"model": str(path.resolve())}))
    run(module, "convert", place, what)
    facts = json.loads((place / "facts.json").read_text())
    made = clean_up(read_tflite((place / "float.tflite").read_bytes())).model
    model, layouts = arrange_inputs(_named(in_order(made), facts, what))
    outputs = tuple(output["name"] for output in facts["outputs"])
    content = write_tflite(with_distinct_names(model))
    return ForeignModel(facts["framework"], content, layouts, outputs, module, what, folder)


def in_order(model: Model) -> Model:
    """The model with inputs and outputs in the order of the numbers at the ends of their names in
    its signature, which converters do not keep.
    """
    signature = model.signatures[0]
    inputs, outputs = _numbered(signature.inputs), _numbered(signature.outputs)
    graph = replace(model.main, inputs=inputs, outputs=outputs)
    return replace(model, graphs=(graph, *model.graphs[1:]), signatures=())


def _numbered(arguments: Sequence[tuple[str, int]]) -> tuple[int, ...]:
    return tuple(t for _, t in sorted(arguments, key=lambda argument: _number(argument[0])))


def _number(name: str) -> int:
    found = re.search(r"\d+$", name)
    return int(found.group()) if found else 0


def _named(model: Model, facts: Mapping[str, Any], what: str) -> Model:
    """The .tflite with the original's names, and outputs of its shapes.

    Raises EdgeqError where the converter left out an input, or made another type of one.
    """
    graph = model.main
    tensors, ops, outputs = list(graph.tensors), list(graph.ops), list[int]()
    if len(graph.inputs) != len(facts["inputs"]):
        why = f"{len(facts['inputs']) - len(graph.inputs)} of its inputs has no influence"
        raise EdgeqError(what, why, "leave it out of the model, then export it again")
    for t, given in zip(graph.inputs, facts["inputs"], strict=True):
        if (tensors[t].dtype, tensors[t].shape) != (given["dtype"], tuple(given["shape"])):
            why = f"input {given['name']!r} became {tensors[t].dtype} {list(tensors[t].shape)}"
            raise EdgeqError(what, why, "export the model in float32, with a batch of 1")
        tensors[t] = replace(tensors[t], name=given["name"], shape_signature=None)
    for t, given in zip(graph.outputs, facts["outputs"], strict=True):
        shape = tuple(given["shape"])
        if tensors[t].size != prod(shape):
            why = f"output {given['name']!r} became {list(tensors[t].shape)}"
            raise EdgeqError(what, why, "export the model with fixed shapes")
        outputs.append(len(tensors))
        target = np.array(shape, "<i4").tobytes()
        tensors += [
            replace(tensors[t], name=given["name"], shape=shape, shape_signature=None),
            Tensor(f"{given['name']}/shape", (len(shape),), "int32", buffer=target),
        ]
        new = (("new_shape", shape),)
        op = Op("RESHAPE", (t, outputs[-1] + 1), (outputs[-1],), new, options_type="ReshapeOptions")
        ops.append(op)
    signature = Signature(
        "serving_default",
        tuple((given["name"], t) for t, given in zip(graph.inputs, facts["inputs"], strict=True)),
        tuple((given["name"], t) for t, given in zip(outputs, facts["outputs"], strict=True)),
    )
    graph = replace(graph, tensors=tuple(tensors), ops=tuple(ops), outputs=tuple(outputs))
    return replace(model, graphs=(graph, *model.graphs[1:]), signatures=(signature,))
