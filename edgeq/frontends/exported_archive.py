"""The archive of an exported program (`torch.export.save`), copied without what PyTorch would run.

`torch.export.load` unpickles samples and custom objects, loads compiled code, looks functions up by
name, and evaluates text: symbolic sizes, guards, names in the code that it writes. The copy has the
graph and plain weights alone, every text of them on a list or of a form that is no code.
"""

from __future__ import annotations

import json
import re
import zipfile
from collections.abc import Mapping
from math import prod
from pathlib import Path
from typing import Any

from edgeq.errors import EdgeqError, listed, shown
from edgeq.files import MAX_MODEL_BYTES

MAX_GRAPH = 64 << 20  # bytes of the graph's JSON
MAX_ELEMENTS = 1 << 27  # of one tensor; the largest that a microcontroller holds are a thousandth
AGAIN = "save it again by torch.export.save of PyTorch 2.8 or newer"
FIXED = "export it with fixed shapes and a batch of 1, without dynamic_shapes"

_MODEL, _WEIGHTS, _CONSTANTS = "models/model.json", "data/weights/", "data/constants/"
_TABLES = {
    _WEIGHTS: f"{_WEIGHTS}model_weights_config.json",
    _CONSTANTS: f"{_CONSTANTS}model_constants_config.json",
}
_TARGET = re.compile(r"torch\.ops\.aten\.[a-z]\w*\.\w+|_operator\.getitem")
_NAME = re.compile(r"[A-Za-z_]\w*")
_PATH = re.compile(r"[A-Za-z_]\w*(\.\w+)*")
_FILE = re.compile(r"(weight|tensor)_\d+")
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
Json = dict[str, Any]


def copy_archive(source: Path, to: Path) -> dict[str, str]:
    """Writes a safe copy of an archive; for each node the path of its module, as `features.0.conv`.

    Raises EdgeqError for files of another kind or of older PyTorch, for what is too large, and for
    everything that is not on the lists of this module.
    """
    try:
        with zipfile.ZipFile(source) as archive:
            members = _members(archive)
            graph = _json(members.get(_MODEL), archive)
            tables = {place: _json(members.get(name), archive) for place, name in _TABLES.items()}
            modules = _modules(graph)
            files = {
                f"{place}{name}": archive.read(_present(members, f"{place}{name}"))
                for place, table in tables.items()
                for name in sorted(_payloads(table))
            }
    except (zipfile.BadZipFile, UnicodeDecodeError, ValueError, RecursionError) as error:
        raise EdgeqError("", "it is no exported program", AGAIN) from error
    _clean(graph)
    for checked in (graph, *tables.values()):
        _check(checked)
    texts = {_MODEL: graph} | {_TABLES[place]: table for place, table in tables.items()}
    fixed = {
        "archive_format": b"pt2",
        "archive_version": b"0",
        "byteorder": b"little",
        ".data/version": b"6",
        "data/sample_inputs/model.pt": b"",
    }
    with zipfile.ZipFile(to, "w") as copy:
        for name, content in (
            *fixed.items(),
            *((name, json.dumps(text).encode()) for name, text in texts.items()),
            *files.items(),
        ):
            copy.writestr(f"model/{name}", content)
    return modules


def _members(archive: zipfile.ZipFile) -> dict[str, zipfile.ZipInfo]:
    """The files of the archive without its first folder. EdgeqError where they unpack to too much."""
    total = sum(member.file_size for member in archive.infolist())
    if total > MAX_MODEL_BYTES:
        why = f"it unpacks to {total:,} bytes, at most {MAX_MODEL_BYTES:,} are read"
        raise EdgeqError("", why, "make the model smaller")
    members = {m.filename.partition("/")[2]: m for m in archive.infolist()}
    if any(name.startswith("data/aotinductor/") for name in members):
        why = "it holds compiled code, which is not taken from a file"
        raise EdgeqError("", why, "save the exported program itself by torch.export.save")
    if _MODEL not in members:
        raise EdgeqError("", "it holds no exported program of the name 'model'", AGAIN)
    return members


def _present(members: Mapping[str, zipfile.ZipInfo], name: str) -> zipfile.ZipInfo:
    if name not in members:
        raise EdgeqError("", f"its {shown(name)} is missing", AGAIN)
    return members[name]


def _json(member: zipfile.ZipInfo | None, archive: zipfile.ZipFile) -> Json:
    if member is None:
        raise EdgeqError("", "its weights are saved in an older form, as Python pickles", AGAIN)
    if member.file_size > MAX_GRAPH:
        raise EdgeqError("", f"its graph has over {MAX_GRAPH:,} bytes", "make the model smaller")
    found = json.loads(archive.read(member))
    if not isinstance(found, dict):
        raise ValueError("no JSON object")
    return found


def _payloads(table: Json) -> set[str]:
    """The files of a table of weights. EdgeqError for those that are unpickled."""
    files = set()
    for entry in table["config"].values():
        if entry.get("use_pickle") or not _FILE.fullmatch(entry["path_name"]):
            why = "some of its weights are Python pickles, which run code"
            raise EdgeqError("", why, "export plain tensors alone")
        files.add(entry["path_name"])
    return files


def _modules(graph: Json) -> dict[str, str]:
    """Node -> the path of its innermost module in PyTorch's model."""
    found = {}
    for node in graph["graph_module"]["graph"]["nodes"]:
        stack = str(node["metadata"].get("nn_module_stack", "")).split(";")[-1].split(",")
        if len(stack) > 1 and stack[1]:
            found[str(node.get("name"))] = stack[1]
    return found


def _clean(document: Json) -> None:
    """Leaves out of the graph what is not needed to compute it, in place."""
    module = document["graph_module"]
    for node in module["graph"]["nodes"]:
        node["metadata"] = {}
    signature = module["signature"]
    changed = [spec for spec in signature["output_specs"] if set(spec) != {"user_output"}]
    if changed:
        why = f"it changes its own {listed(sorted({k for s in changed for k in s}), 2)} as it runs"
        raise EdgeqError("", why, "call model.eval() before torch.export.export, and keep no state")
    if document["range_constraints"]:
        raise EdgeqError("", _CODE["expr_str"], FIXED)
    entry = module["module_call_graph"][0]
    module["module_call_graph"] = [{"fqn": "", "signature": _plain_call(entry["signature"])}]
    module["metadata"], module["treespec_namedtuple_fields"] = {}, {}
    document.update(guards_code=[], verifiers=["ATEN"], torch_version="")


def _plain_call(signature: Json) -> Json:
    """The call of the model, whose arguments and results are tensors, tuples, lists or dictionaries."""
    for key in ("in_spec", "out_spec"):
        pending = [json.loads(signature[key])[1]]
        while pending:
            spec = pending.pop()
            names = json.loads(spec["context"] or "null")
            plain = names is None or all(_NAME.fullmatch(name) for name in names)
            if spec["type"] not in (None, *(f"builtins.{t}" for t in ("tuple", "list", "dict"))):
                plain = False
            if not plain:
                why = f"it takes or gives a {shown(spec['type'])}"
                raise EdgeqError("", why, "export a model of tensors, tuples and lists")
            pending += spec["children_spec"]
    return {**signature, "inputs": [], "outputs": []}


def _check(document: Json) -> None:
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
        return _FILE.fullmatch(value) is not None
    if key in ("verifiers", "torch_version"):  # by `_clean`
        return True
    return _NAME.fullmatch(value) is not None
