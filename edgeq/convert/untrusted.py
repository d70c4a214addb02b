"""Keras files are looked at before Keras opens them: one can carry code, name foreign code, or
unpack without end.
"""

from __future__ import annotations

import io
import re
import zipfile
from collections.abc import Collection, Iterator, Mapping
from pathlib import Path
from typing import Any

from edgeq.convert.backend import brief, imported
from edgeq.errors import EdgeqError
from edgeq.plain_json import parse_json

MAX_UNPACKED = 2 << 30  # bytes of a .keras archive
MAX_CONFIG = 64 << 20
RATIO = 200  # unpacked to packed size; Keras stores weights uncompressed
OWN_MODULES = frozenset({"builtins", "keras", "tf_keras"})
NO_LAYERS = frozenset(
    {"config", "datasets", "export", "saving", "utils"}
)  # their functions download, write, import
CALLING = frozenset(
    {"ClassMethod", "InstanceMethod"}
)  # tf_keras layers that call attributes by name
HARMLESS = re.compile(
    r"((math|nn|linalg|image|signal|__operators__|compat\.v1\.(math|nn|linalg|image))\.)*\w+"
)
RUNNING = frozenset(
    {"py_function", "numpy_function", "py_func", "load_library", "load_op_library", "function"}
)
MARSHALLED = re.compile(
    r"(4w|Yw)[A-Za-z0-9+/=\s]{64,}$"
)  # base64 of a code object: 0xe3 or "c", then counts
REWRITE = "rewrite it as a keras.layers.Layer subclass and name its module with --custom"
Node = Mapping[str, object]


def keras_config(path: Path) -> Node:
    """The architecture of a .keras or .h5 file, as plain values, read without Keras.

    Raises EdgeqError for archives that unpack to far more than they hold, weights without a model,
    and files that are neither format.
    """
    try:
        text = _zipped(path) if path.suffix == ".keras" else _hdf5(path)
        config = parse_json(text)
    except EdgeqError:
        raise
    except Exception as error:
        remedy = f"save the model again as {path.suffix}"
        raise EdgeqError(
            f"model {path.name}", f"it cannot be read: {brief(error)}", remedy
        ) from error
    if not isinstance(config, dict):
        raise EdgeqError(
            f"model {path.name}", "its architecture is no JSON object", "save the whole model again"
        )
    return config


def keras_version(path: Path) -> str:
    """The Keras version that a .h5 says it was saved with, "2" if it does not say; "3" for .keras."""
    if path.suffix == ".keras":
        return "3"
    with imported("h5py").File(path, "r") as file:
        version = file.attrs.get("keras_version", b"2")
    return version.decode(errors="replace") if isinstance(version, bytes) else str(version)


def refuse_code(config: Node, custom: Collection[str], name: str) -> None:
    """Refuses an architecture that carries code or names code which is neither Keras's own nor in
    `custom`.

    Lambda layers hold marshalled Python; .keras configurations may name any module to import;
    tf_keras's operator layers may name any TensorFlow function. Nested models are searched too;
    `name` is the file, for the message.
    """
    for node, layer in _nodes(config):
        reason = _reason(node, custom)
        if reason:
            raise EdgeqError(f"model {name}: layer {layer!r}", *reason)


def _reason(node: Node, custom: Collection[str]) -> tuple[str, str] | None:
    kind, config = str(node.get("class_name", "")), node.get("config")
    module, registered = node.get("module"), str(node.get("registered_name") or kind)
    inner = config if isinstance(config, Mapping) else {}
    if kind == "__lambda__" or any(map(_is_code, node.values())):
        return "it carries Python code (a lambda), which is not taken from a file", REWRITE
    if kind == "Lambda" and not _named_function(inner.get("function"), custom):
        return "a Lambda layer runs Python code, which is not taken from a file", REWRITE
    if kind in CALLING:
        return f"{kind} calls functions by name", REWRITE
    function = str(inner.get("function", ""))
    if kind == "TFOpLambda" and (
        not HARMLESS.fullmatch(function) or function.split(".")[-1] in RUNNING
    ):
        return f"it calls tf.{function}", REWRITE
    own = registered.split(">")[-1]
    known = {kind, registered, own} & set(custom)
    path = module.split(".") if isinstance(module, str) else ["keras"]
    foreign = path[0] not in OWN_MODULES or not NO_LAYERS.isdisjoint(path)
    if (foreign or ">" in registered) and not known:
        return (
            f"its class {registered} is not a layer of Keras's own",
            f"name the module that defines {own} with --custom",
        )
    return None


def _is_code(value: object) -> bool:
    """Marshalled Python in base64, as Keras writes a lambda, alone or first in a list."""
    first = value[0] if isinstance(value, list) and value else value
    return isinstance(first, str) and MARSHALLED.match(first) is not None


def _named_function(function: object, custom: Collection[str]) -> bool:
    """Whether a Lambda layer only names a function, and the user gave that function."""
    if isinstance(function, Mapping):
        function = function.get("config") if function.get("class_name") == "function" else None
    return isinstance(function, str) and function in custom


def _nodes(config: Node) -> Iterator[tuple[Node, str]]:
    """Every JSON object with the name of the layer around it; compile_config is never loaded, so
    left out.
    """
    pending: list[tuple[object, str]] = [(config, "model")]
    while pending:
        value, layer = pending.pop()
        if isinstance(value, Mapping):
            inner = value.get("config")
            named = inner.get("name") if isinstance(inner, Mapping) else None
            layer = str(named or layer)
            yield value, layer
            pending += [(child, layer) for key, child in value.items() if key != "compile_config"]
        elif isinstance(value, list):
            pending += [(child, layer) for child in value]


def _zipped(path: Path) -> bytes:
    with zipfile.ZipFile(path) as archive:
        members = archive.infolist()
        unpacked = sum(member.file_size for member in members)
        if unpacked > max(min(MAX_UNPACKED, RATIO * path.stat().st_size), 1 << 20):
            why = f"{path.stat().st_size} bytes unpack to {unpacked}"
            raise EdgeqError(f"model {path.name}", why, "save the model again with Keras")
        if archive.getinfo("config.json").file_size > MAX_CONFIG:
            raise EdgeqError(
                f"model {path.name}", f"its config.json is over {MAX_CONFIG} bytes", "save it again"
            )
        for member in members:
            if member.filename.endswith(".h5"):
                with imported("h5py").File(io.BytesIO(archive.read(member)), "r") as file:
                    refuse_outside(file, member.file_size, path.name)
        return archive.read("config.json")


def refuse_outside(file: Any, size: int, name: str) -> None:
    """Refuses an open HDF5 file whose data lie in other files, or claim far more than its `size` in
    bytes.

    Looks at every link without following those that lead outside. Raises EdgeqError with the place
    in the file.
    """
    h5py = imported("h5py")
    claimed, seen = 0, set()
    pending: list[Any] = [file]
    while pending:
        group = pending.pop()
        for key in group:
            link, place = group.get(key, getlink=True), f"{group.name.rstrip('/')}/{key}"
            if isinstance(link, h5py.ExternalLink):
                raise _outside(name, place, f"a link into the file {link.filename!r}")
            item = group.get(key)
            if isinstance(item, h5py.Dataset):
                if item.external or item.is_virtual:
                    raise _outside(name, place, "data kept in other files")
                claimed += item.nbytes
            address = None if item is None else h5py.h5o.get_info(item.id).addr
            if isinstance(item, h5py.Group) and address not in seen:
                seen.add(address)
                pending.append(item)
    if claimed > max(min(MAX_UNPACKED, RATIO * size), 1 << 20):
        raise EdgeqError(
            f"model {name}",
            f"{size} bytes of HDF5 unpack to {claimed}",
            "save the model again with Keras",
        )


def _outside(name: str, place: str, what: str) -> EdgeqError:
    return EdgeqError(
        f"model {name}: {place!r}",
        f"it is {what}, which are not read",
        "save the whole model in one file",
    )


def _hdf5(path: Path) -> bytes | str:
    with imported("h5py").File(path, "r") as file:
        refuse_outside(file, path.stat().st_size, path.name)
        text = file.attrs.get("model_config")
    if text is None:
        raise EdgeqError(
            f"model {path.name}", "it holds weights without a model", "save it with model.save()"
        )
    return text if isinstance(text, (bytes, str)) else bytes(text)
