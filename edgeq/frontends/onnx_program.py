"""The process in which ONNX models are converted by onnx2tf and computed by ONNX Runtime.

Files of its folder: `request.json` names the model; `convert` leaves `model.onnx`, `float.tflite`
and `facts.json`; `outputs` and `layers` take `samples.npz` and leave `outputs.npz`, or
`layers.npz`, `layers.tflite` and `layers.json`.
"""

from __future__ import annotations

import json
import shutil
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from edgeq.errors import EdgeqError, shown
from edgeq.frontends.commands import main, read_samples, write_outputs
from edgeq.frontends.onnx_file import read_onnx

Values = list[npt.NDArray[np.generic]]
_SILENT = frozenset(
    "Constant Dropout Expand Flatten Identity Reshape Shape Squeeze Unsqueeze".split()
)
"""Operators that compute nothing, so that none of them is the first to compute it otherwise."""
_OF_SHAPES = ("Shape", "Size")
"""Operators whose results are constants, since shapes are fixed."""
_PICTURES = "calibration_image_sample_data_20x128x128x3_float32.npy"
"""What onnx2tf takes to try three-channel models on, from its working folder or else a server."""


def convert(folder: Path) -> None:
    """The model for a batch of 1, whole in `model.onnx`, and its `float.tflite`."""
    import onnx

    model = read_onnx(Path(json.loads((folder / "request.json").read_text())["model"]))
    inputs = _fix_inputs(model)
    (folder / "model.onnx").write_bytes(model.SerializeToString())
    zeros = [np.zeros(x["shape"], x["dtype"]) for x in inputs]
    values = _run(folder / "model.onnx", zeros)
    names = [output.name for output in model.graph.output]
    outputs = [
        {"name": name, "shape": value.shape} for name, value in zip(names, values, strict=True)
    ]
    sizes = {name: value.size for name, value in zip(names, values, strict=True)}
    _to_tflite(onnx.load(folder / "model.onnx"), sizes, folder / "float.tflite")
    facts = {"inputs": inputs, "outputs": outputs, "framework": "ONNX Runtime"}
    (folder / "facts.json").write_text(json.dumps(facts))


def outputs(folder: Path) -> None:
    """Every output for samples, by ONNX Runtime, one sample at a time."""
    _compute(folder / "model.onnx", folder, folder / "outputs.npz")


def layers(folder: Path) -> None:
    """Every value that depends on an input, as an output of the model and of a .tflite."""
    import onnx

    model = onnx.load(folder / "model.onnx")
    inferred = onnx.shape_inference.infer_shapes(model)
    floats = {
        info.name
        for info in (*inferred.graph.value_info, *inferred.graph.output)
        if info.type.tensor_type.elem_type == onnx.TensorProto.FLOAT
    }
    known, read, places = {x.name for x in model.graph.input}, list[str](), list[str]()
    for node in model.graph.node:
        if known.intersection(node.input) and node.op_type not in _OF_SHAPES:
            known.update(node.output)
            for name in node.output if node.op_type not in _SILENT else ():
                if name in floats:
                    read.append(name)
                    places.append(f"node {shown(node.name or name)!r} ({shown(node.op_type)})")
    del model.graph.output[:]
    model.graph.output.extend(
        onnx.helper.make_tensor_value_info(name, onnx.TensorProto.FLOAT, None) for name in read
    )
    opened = folder / "opened.onnx"
    opened.write_bytes(model.SerializeToString())
    _compute(opened, folder, folder / "layers.npz")
    with np.load(folder / "layers.npz") as values:
        sizes = {name: values[f"y{k}"][0].size for k, name in enumerate(read)}
    _to_tflite(onnx.load(opened), sizes, folder / "layers.tflite")
    (folder / "layers.json").write_text(json.dumps(places))


def _compute(model: Path, folder: Path, to: Path) -> None:
    samples = read_samples(folder)
    session = _session(model)
    shapes = [tuple(x.shape) for x in session.get_inputs()]
    found = []
    for n in range(len(samples[0])):
        given = [x[n].reshape(shape) for x, shape in zip(samples, shapes, strict=True)]
        found.append(_fed(session, given))
    write_outputs(to, found)


def _run(model: Path, given: Values) -> Values:
    return _fed(_session(model), given)


def _session(model: Path) -> Any:
    import onnxruntime

    options = onnxruntime.SessionOptions()
    options.log_severity_level = 4
    return onnxruntime.InferenceSession(str(model), options, providers=["CPUExecutionProvider"])


def _fed(session: Any, given: Values) -> Values:
    names = [x.name for x in session.get_inputs()]
    values = session.run(None, dict(zip(names, given, strict=True)))
    if not all(isinstance(value, np.ndarray) for value in values):
        raise EdgeqError("", "an output is no tensor", "export it with tensors as outputs")
    return list(values)


def _fix_inputs(model: Any) -> list[dict[str, Any]]:
    """Sets open batch sizes to 1; name, shape and type of every input."""
    import onnx

    graph = model.graph
    constant = {tensor.name for tensor in graph.initializer}
    for x in [x for x in graph.input if x.name in constant]:
        graph.input.remove(x)
    del graph.value_info[:]
    for output in graph.output:
        output.type.tensor_type.ClearField("shape")
    found = []
    for x in graph.input:
        what = f"its input {shown(x.name)!r}"
        tensor = x.type.tensor_type
        dims = list(tensor.shape.dim)
        if not x.type.HasField("tensor_type") or not tensor.HasField("shape"):
            raise EdgeqError("", f"{what} has no shape", "export it with fixed shapes")
        for axis, dim in enumerate(dims):
            if axis == 0 and dim.dim_value < 1:
                dim.dim_value = 1
        shape = [int(dim.dim_value) for dim in dims]
        sizes = ", ".join(str(n) if n > 0 else "?" for n in shape)
        if min(shape, default=1) < 1:
            why = f"{what} is [{sizes}], and a microcontroller needs every size"
            raise EdgeqError("", why, "export it with fixed shapes, without dynamic axes")
        if shape[:1] != [1]:
            raise EdgeqError("", f"{what} is [{sizes}]", "export it with a batch of 1")
        dtype = np.dtype(onnx.helper.tensor_dtype_to_np_dtype(tensor.elem_type)).name
        if dtype not in ("float32", "int8", "uint8", "int16", "int32", "int64", "bool"):
            raise EdgeqError("", f"{what} is {dtype}", "export the model in float32")
        found.append({"name": x.name, "shape": shape, "dtype": dtype})
    return found


def _to_tflite(model: Any, sizes: Mapping[str, int], to: Path) -> None:
    """The .tflite of a model, its inputs `in_0`, `in_1` ... as they are and its outputs `out_0`,
    `out_1` ... as rows of all elements, whose order onnx2tf cannot change as it changes axes.

    sizes: of the outputs, by their names in the model.
    """
    import onnx
    import onnx2tf

    graph = model.graph
    given = [x.name for x in graph.input]
    for k, x in enumerate(graph.input):
        graph.node.insert(0, onnx.helper.make_node("Identity", [f"in_{k}"], [x.name]))
        x.name = f"in_{k}"
    kinds = [output.type.tensor_type.elem_type for output in graph.output]
    del graph.output[:]
    for k, ((name, size), kind) in enumerate(zip(sizes.items(), kinds, strict=True)):
        row = onnx.numpy_helper.from_array(np.array([1, size], np.int64), f"row_{k}")
        graph.initializer.append(row)
        graph.node.append(onnx.helper.make_node("Reshape", [name, row.name], [f"out_{k}"]))
        graph.output.append(onnx.helper.make_tensor_value_info(f"out_{k}", kind, [1, size]))
    work = to.parent / "onnx2tf"
    work.mkdir(exist_ok=True)
    (work / "model.onnx").write_bytes(model.SerializeToString())
    pictures = np.random.default_rng(0).uniform(0, 1, (20, 128, 128, 3)).astype(np.float32)
    np.save(to.parent / _PICTURES, pictures)
    onnx2tf.convert(
        input_onnx_file_path=str(work / "model.onnx"),
        output_folder_path=str(work / "saved"),
        keep_shape_absolutely_input_names=[f"in_{k}" for k in range(len(given))],
        non_verbose=True,
    )
    shutil.copyfile(work / "saved" / "model_float32.tflite", to)


if __name__ == "__main__":
    main({"convert": convert, "outputs": outputs, "layers": layers})
