"""The graph of an exported program: what it says is checked, text by text, before PyTorch reads it.

PyTorch looks functions up by the graph's names, and evaluates text of it: symbolic sizes, guards,
names in the code that it writes. So every text must be on a list, or of a form that is no code.
"""

from __future__ import annotations

import re
from math import prod
from typing import Any

from edgeq.errors import EdgeqError, listed, shown
from edgeq.plain_json import parse_json

MAX_ELEMENTS = 1 << 27  # of one tensor; the largest that a microcontroller holds are a thousandth
AGAIN = "save it again by torch.export.save of PyTorch 2.8 or newer"
FIXED = "export it with fixed shapes and a batch of 1, without dynamic_shapes"
FILE = re.compile(r"(weight|tensor)_\d+")
"""The files of weights that are no pickles."""
Json = dict[str, Any]

_TARGET = re.compile(r"torch\.ops\.aten\._?[a-z]\w*\.[A-Za-z]\w*|_operator\.getitem")
_NAME = re.compile(r"[A-Za-z_]\w*")
_PATH = re.compile(r"[\w-]+(\.[\w-]+)*")
_WORDS = frozenset(
    "none tanh floor trunc constant reflect replicate circular mean sum Infinity -Infinity NaN".split()
)
"""Text that operators of inference take as an argument; names of files are none of it."""
_CODE = {
    "as_graph": "it has control flow (torch.cond, while_loop or another with graphs of its own)",
    "as_custom_obj": "it has objects of its own classes",
    "as_operator": "it passes functions to operators",
    "expr_str": "a size of it is open",
}
"""Keys that lead to code or to text that is evaluated, and what is said of them."""
_FREE_NAMES = frozenset({"tensor_values", "config"})


def modules_of(graph: Json) -> dict[str, str]:
    """Node -> the path of its innermost module in PyTorch's model."""
    found = {}
    for node in graph["graph_module"]["graph"]["nodes"]:
        stack = str(node["metadata"].get("nn_module_stack", "")).split(";")[-1].split(",")
        if len(stack) > 1 and stack[1]:
            found[str(node.get("name"))] = stack[1]
    return found


def clean(document: Json) -> None:
    """Leaves out of the graph what is not needed to compute it, in place."""
    module = document["graph_module"]
    for node in module["graph"]["nodes"]:
        node["metadata"] = {}
    changed = _changed_buffers(module)
    if changed:
        why = f"it changes {listed(sorted(map(shown, changed)), 2)} as it runs"
        raise EdgeqError("", why, "call model.eval() before torch.export.export, and keep no state")
    if document["range_constraints"]:
        raise EdgeqError("", _CODE["expr_str"], FIXED)
    entry = module["module_call_graph"][0]
    module["module_call_graph"] = [{"fqn": "", "signature": _plain_call(entry["signature"])}]
    module["metadata"], module["treespec_namedtuple_fields"] = {}, {}
    document.update(guards_code=[], verifiers=["ATEN"], torch_version="")


def _changed_buffers(module: Json) -> set[str]:
    """The buffers that the graph gives new values, as batch norm does in training."""
    specs = module["signature"]["input_specs"]
    buffers = {
        s["buffer"]["arg"]["name"]: s["buffer"]["buffer_name"] for s in specs if "buffer" in s
    }
    given = [spec for spec in module["signature"]["output_specs"] if "user_output" not in spec]
    changed = {
        str(value.get("buffer_name", kind)) for spec in given for kind, value in spec.items()
    }
    for node in module["graph"]["nodes"]:
        name = node["inputs"][0]["arg"].get("as_tensor", {}).get("name") if node["inputs"] else None
        if name in buffers and str(node["target"]).split(".")[-2].endswith("_"):
            changed.add(str(buffers[name]))
    return changed


def _plain_call(signature: Json) -> Json:
    """The call of the model, whose arguments and results are tensors, tuples, lists or dictionaries."""
    for key in ("in_spec", "out_spec"):
        pending = [parse_json(signature[key])[1]]
        while pending:
            spec = pending.pop()
            names = parse_json(spec["context"] or "null")
            plain = names is None or all(_NAME.fullmatch(name) for name in names)
            if spec["type"] not in (None, *(f"builtins.{t}" for t in ("tuple", "list", "dict"))):
                plain = False
            if not plain:
                why = f"it takes or gives a {shown(spec['type'])}"
                raise EdgeqError("", why, "export a model of tensors, tuples and lists")
            pending += spec["children_spec"]
    return {**signature, "inputs": [], "outputs": []}


def check(document: Json) -> None:
    """Raises EdgeqError for text that is not of the form that its key asks for, and for large tensors."""
    pending: list[tuple[str, object]] = [("", document)]
    while pending:
        key, value = pending.pop()
        if key in _CODE and value is not None:
            raise EdgeqError("", _CODE[key], FIXED if key == "expr_str" else "leave them out of it")
        if isinstance(value, dict):
            _check_keys(key, value)
            pending += value.items()
            if "sizes" in value and "strides" in value:
                _check_size(value["sizes"])
        elif isinstance(value, list):
            pending += [(key, item) for item in value]
        elif isinstance(value, str) and not _allowed(key, value):
            what = "operator" if key == "target" else f"{key} of"
            why = f"its {what} {shown(value)!r} is none that is taken from a file"
            raise EdgeqError("", why, "export it by torch.export, of PyTorch's own layers")


def _check_keys(key: str, value: Json) -> None:
    for name in value:
        if not _PATH.fullmatch(name):
            what = "tensor" if key in _FREE_NAMES else "field"
            raise EdgeqError("", f"its {what} {shown(name)!r} is no name", AGAIN)


def _check_size(sizes: list[Json]) -> None:
    elements = prod(max(int(n["as_int"]), 1) for n in sizes if "as_int" in n)
    if elements > MAX_ELEMENTS:
        why = f"it has a tensor of {elements:,} elements, at most {MAX_ELEMENTS:,}"
        raise EdgeqError("", why, "make the tensor smaller, then export the model again")


def _allowed(key: str, value: str) -> bool:
    if key == "target":
        return _TARGET.fullmatch(value) is not None
    if key == "type":  # of a device
        return value == "cpu"
    if key in ("in_spec", "out_spec"):  # by `_plain_call`
        return True
    if key in ("as_string", "as_strings", "as_float", "as_floats"):
        return value in _WORDS
    if key in ("parameter_name", "buffer_name", "tensor_constant_name", "fqn"):
        return value == "" or _PATH.fullmatch(value) is not None
    if key == "path_name":
        return FILE.fullmatch(value) is not None
    if key in ("verifiers", "torch_version"):  # by `clean`
        return True
    return value == "" or _NAME.fullmatch(value) is not None
