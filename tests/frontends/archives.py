"""Archives as torch.export.save of PyTorch 2.13 writes them, made by hand: no PyTorch needed."""

from __future__ import annotations

import json
import zipfile
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

Json = dict[str, Any]
Change = Callable[[Json], object]


def tensor(*sizes: int) -> Json:
    return {
        "dtype": 7,
        "sizes": [{"as_int": n} for n in sizes],
        "requires_grad": False,
        "device": {"type": "cpu", "index": None},
        "strides": [{"as_int": 1} for _ in sizes],
        "storage_offset": {"as_int": 0},
        "layout": 7,
    }


def leaf() -> Json:
    return {"type": None, "context": None, "children_spec": []}


def many(kind: str, *children: Json, context: object = None) -> Json:
    return {"type": kind, "context": json.dumps(context), "children_spec": list(children)}


def spec(tree: Json) -> str:
    return json.dumps([1, tree])


def node(target: str, name: str = "linear", **arguments: Json) -> Json:
    return {
        "target": target,
        "inputs": [{"name": key, "arg": arg, "kind": 1} for key, arg in arguments.items()],
        "outputs": [{"as_tensor": {"name": name}}],
        "metadata": {"nn_module_stack": "L__self__,,Net;L__self___fc,fc,torch.nn.Linear"},
        "is_hop_single_tensor_return": None,
        "name": name,
    }


def document() -> Json:
    """y = x @ w of one layer."""
    given = {"input": {"as_tensor": {"name": "x"}}, "weight": {"as_tensor": {"name": "p_w"}}}
    arguments = many(
        "builtins.tuple", many("builtins.tuple", leaf()), many("builtins.dict", context=[])
    )
    call = {
        "inputs": [],
        "outputs": [],
        "in_spec": spec(arguments),
        "out_spec": spec(leaf()),
        "forward_arg_names": ["x"],
    }
    parameter = {"arg": {"name": "p_w"}, "parameter_name": "fc.weight"}
    output = {"user_output": {"arg": {"as_tensor": {"name": "linear"}}}}
    return {
        "graph_module": {
            "graph": {
                "inputs": [{"as_tensor": {"name": "p_w"}}, {"as_tensor": {"name": "x"}}],
                "outputs": [{"as_tensor": {"name": "linear"}}],
                "nodes": [node("torch.ops.aten.linear.default", **given)],
                "tensor_values": {"p_w": tensor(2, 3), "x": tensor(1, 3), "linear": tensor(1, 2)},
                "sym_int_values": {},
                "sym_bool_values": {},
                "is_single_tensor_return": False,
                "custom_obj_values": {},
                "sym_float_values": {},
            },
            "signature": {
                "input_specs": [
                    {"parameter": parameter},
                    {"user_input": {"arg": {"as_tensor": {"name": "x"}}}},
                ],
                "output_specs": [output],
            },
            "module_call_graph": [
                {"fqn": "", "signature": call},
                {"fqn": "fc", "signature": None},
            ],
            "metadata": {},
            "treespec_namedtuple_fields": {},
        },
        "opset_version": {"aten": 10},
        "range_constraints": {},
        "schema_version": {"major": 8, "minor": 20},
        "verifiers": ["TRAINING"],
        "torch_version": "2.13.0+cpu",
        "guards_code": [],
    }


def weights() -> Json:
    entry = {
        "path_name": "weight_0",
        "is_param": True,
        "use_pickle": False,
        "tensor_meta": tensor(2, 3),
    }
    return {"config": {"fc.weight": entry}}


def archive(
    path: Path,
    graph: Change = lambda _: None,
    table: Change = lambda _: None,
    files: Mapping[str, bytes] | None = None,
    left_out: tuple[str, ...] = (),
) -> Path:
    """An archive. graph, table: change the graph and the table of weights in place. files: more of
    them. left_out: those that it lacks.
    """
    changed, entries = document(), weights()
    graph(changed)
    table(entries)
    members = {
        "models/model.json": json.dumps(changed).encode(),
        "data/weights/model_weights_config.json": json.dumps(entries).encode(),
        "data/weights/weight_0": bytes(24),
        "data/constants/model_constants_config.json": b'{"config": {}}',
        "data/sample_inputs/model.pt": b"\x80\x02.",
        "archive_format": b"pt2",
        "archive_version": b"0",
        **(files or {}),
    }
    with zipfile.ZipFile(path, "w") as made:
        for name, content in members.items():
            if name not in left_out:
                made.writestr(f"net/{name}", content)
    return path
