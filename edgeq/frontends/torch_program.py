"""The process in which PyTorch's exported programs are computed, and converted by litert-torch.

Files of its folder: `request.json` names the model; `convert` leaves `model.pt2`, `float.tflite`
and `facts.json`; `outputs` and `layers` take `samples.npz` and leave `outputs.npz`, or
`layers.npz`, `layers.tflite` and `layers.json`.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from edgeq.errors import EdgeqError, shown
from edgeq.frontends.commands import main, read_samples, write_outputs
from edgeq.frontends.exported_archive import copy_archive
from edgeq.frontends.exported_graph import FIXED

Values = list[npt.NDArray[np.generic]]
_SILENT = ("view", "reshape", "flatten", "unsqueeze", "squeeze", "permute", "transpose", "expand")
"""Operators that compute nothing, so that none of them is the first to compute it otherwise."""


def convert(folder: Path) -> None:
    """The checked copy `model.pt2` of the model, and its `float.tflite`."""
    source = Path(json.loads((folder / "request.json").read_text())["model"])
    modules = copy_archive(source, folder / "model.pt2")
    program = _loaded(folder)
    _name_layers(program, modules)
    inputs = _inputs(program)
    zeros = _tensors([np.zeros(x["shape"], x["dtype"]) for x in inputs])
    module = program.module()
    shapes = [value.shape for value in _flat(module(*zeros))]
    _to_tflite(module, zeros, folder / "float.tflite")
    outputs = [{"name": f"output_{k}", "shape": shape} for k, shape in enumerate(shapes)]
    facts = {"inputs": inputs, "outputs": outputs, "framework": "PyTorch", "modules": modules}
    (folder / "facts.json").write_text(json.dumps(facts))


def outputs(folder: Path) -> None:
    """Every output for samples, by PyTorch, one sample at a time."""
    program = _loaded(folder)
    _compute(program.module(), _inputs(program), folder, folder / "outputs.npz")


def layers(folder: Path) -> None:
    """Every value that depends on an input, as an output of the model and of a .tflite."""
    import torch

    modules = json.loads((folder / "facts.json").read_text())["modules"]
    program = _loaded(folder)
    inputs, module = _inputs(program), program.module()
    known, read = set[Any](), list[Any]()
    for node in module.graph.nodes:
        if node.op == "placeholder" or known.intersection(node.all_input_nodes):
            known.add(node)
            value = node.meta.get("val")
            if node.op == "call_function" and isinstance(value, torch.Tensor):
                silent = str(node.target).split(".")[1] in _SILENT
                if value.dtype == torch.float32 and not silent:
                    read.append(node)
        if node.op == "output":
            node.args = (tuple(read),)
    module.graph.set_codegen(torch.fx.graph.CodeGen())
    module.recompile()
    _compute(module, inputs, folder, folder / "layers.npz")
    zeros = _tensors([np.zeros(x["shape"], x["dtype"]) for x in inputs])
    _to_tflite(module, zeros, folder / "layers.tflite")
    places = [_place(node, modules) for node in read]
    (folder / "layers.json").write_text(json.dumps(places))


def _name_layers(program: Any, modules: Mapping[str, str]) -> None:
    """Names the nodes' tensors of the .tflite by their modules: litert-torch takes what stands for
    the type of the whole model.
    """
    for node in program.graph.nodes:
        if node.op == "call_function":
            module = modules.get(node.name, node.name)
            node.meta["nn_module_stack"] = {"L__self__": ("", module)}


def _place(node: Any, modules: dict[str, str]) -> str:
    """A node by the module that it belongs to, where there is one."""
    text = f"node {shown(node.name)!r} ({shown(node.target)})"
    return f"layer {shown(modules[node.name])!r}, {text}" if node.name in modules else text


def _loaded(folder: Path) -> Any:
    import torch

    torch.set_grad_enabled(False)
    return torch.export.load(folder / "model.pt2")


def _inputs(program: Any) -> list[dict[str, Any]]:
    """Name, shape and type of every input. EdgeqError for those that the device cannot take."""
    import torch

    arguments, keywords = program.call_spec.in_spec.unflatten(
        [None] * program.call_spec.in_spec.num_leaves
    )
    if keywords or any(argument is not None for argument in arguments):
        why = "it takes keywords, or tensors in lists"
        raise EdgeqError("", why, "export a model whose arguments are tensors")
    values = {n.name: n.meta["val"] for n in program.graph.nodes if n.op == "placeholder"}
    found = []
    for name in program.graph_signature.user_inputs:
        what = f"its input {shown(name)!r}"
        value = values.get(name)
        if not isinstance(value, torch.Tensor):
            raise EdgeqError("", f"{what} is no tensor", "export a model of tensors")
        shape = [int(n) for n in value.shape]
        if shape[:1] != [1]:
            raise EdgeqError("", f"{what} is {shape}", FIXED)
        dtype = str(value.dtype).removeprefix("torch.")
        if dtype not in ("float32", "int8", "uint8", "int16", "int32", "int64", "bool"):
            raise EdgeqError("", f"{what} is {dtype}", "export the model in float32")
        found.append({"name": name, "shape": shape, "dtype": dtype})
    return found


def _tensors(values: Values) -> tuple[Any, ...]:
    import torch

    return tuple(torch.from_numpy(np.ascontiguousarray(value)) for value in values)


def _flat(result: Any) -> Values:
    """The tensors of a result, in PyTorch's order."""
    import torch

    found = torch.utils._pytree.tree_leaves(result)
    if not all(isinstance(value, torch.Tensor) for value in found):
        raise EdgeqError("", "an output is no tensor", "export a model of tensors")
    return [value.detach().numpy() for value in found]


def _compute(
    module: Callable[..., Any], inputs: list[dict[str, Any]], folder: Path, to: Path
) -> None:
    samples = read_samples(folder)
    found = []
    for n in range(len(samples[0])):
        given = [x[n].reshape(spec["shape"]) for x, spec in zip(samples, inputs, strict=True)]
        found.append(_flat(module(*_tensors(given))))
    write_outputs(to, found)


def _to_tflite(module: Any, zeros: tuple[Any, ...], to: Path) -> None:
    import litert_torch

    litert_torch.convert(module, zeros).export(str(to))


if __name__ == "__main__":
    main({"convert": convert, "outputs": outputs, "layers": layers})
