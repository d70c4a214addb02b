"""Access to the TFLite interpreter: tflite-runtime or ai-edge-litert, whichever is installed."""

from __future__ import annotations

import importlib
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from edgeq.errors import EdgeqError, UnsupportedError
from edgeq.quiet import quiet_output

PACKAGES = ("tflite_runtime", "ai_edge_litert")
Progress = Callable[[int], None]  # called with the number of samples done


def interpreter_module() -> tuple[str, Any]:
    """The installed package's name and its `interpreter` module. Raises EdgeqError if neither
    package is installed.
    """
    for package in PACKAGES:
        try:
            return package.replace("_", "-"), importlib.import_module(f"{package}.interpreter")
        except ImportError:
            continue
    raise EdgeqError(
        "no TFLite interpreter",
        "neither tflite-runtime nor ai-edge-litert can be imported",
        "pip install tflite-runtime (Python up to 3.11 on Linux) or pip install ai-edge-litert",
    )


def reference_interpreter(model: bytes, preserve_all: bool = True) -> Any:
    """An allocated `Interpreter` with the reference kernels (`BUILTIN_REF`) and one thread.

    model: a .tflite file that `edgeq.graph.read_tflite` accepts; the C++ interpreter crashes on
        truncated files.
    preserve_all: keep every intermediate tensor readable.

    Raises UnsupportedError with the interpreter's reason if it refuses the model.
    """
    return _interpreter(model, "BUILTIN_REF", preserve_all)


def float_interpreter(model: bytes) -> Any:
    """An allocated `Interpreter` for float models, with TFLite's optimized kernels and no delegate;
    only outputs are readable.

    It is several times faster than the reference kernels and sums in another order. The XNNPACK
    delegate is not used because it gives zeros for "same" padding with a stride larger than the
    kernel.

    model: a .tflite file that `edgeq.graph.read_tflite` accepts.

    Raises UnsupportedError with the interpreter's reason if it refuses the model.
    """
    return _interpreter(model, "BUILTIN_WITHOUT_DEFAULT_DELEGATES", preserve_all=False)


def delegated_interpreter(model: bytes) -> Any:
    """An allocated `Interpreter` with TFLite's defaults, including the XNNPACK delegate: fast, but
    not bit-exact.
    """
    return _interpreter(model, "AUTO", preserve_all=False)


def _interpreter(model: bytes, kernels: str, preserve_all: bool) -> Any:
    package, module = interpreter_module()
    with quiet_output():
        try:
            interpreter = module.Interpreter(
                model_content=model,
                num_threads=1,
                experimental_op_resolver_type=getattr(module.OpResolverType, kernels),
                experimental_preserve_all_tensors=preserve_all,
            )
            interpreter.allocate_tensors()
        except (ValueError, RuntimeError) as error:
            raise UnsupportedError(
                f"{package} cannot load the model", str(error), "use another oracle"
            ) from error
    return interpreter


def run_samples(
    interpreter: Any,
    inputs: Sequence[npt.NDArray[np.generic]],
    tensors: Sequence[int] | None = None,
    progress: Progress | None = None,
) -> list[npt.NDArray[np.generic]]:
    """Runs samples one at a time, because an interpreter holds a batch of 1; returns one array [n,
    *shape without the batch axis] per tensor.

    inputs: one array [n, ...] per model input, in order, of the input's dtype.
    tensors: indices to read (any tensor if `preserve_all` was set); the model's outputs if None.

    Raises EdgeqError if an array does not fit its input.
    """
    details = interpreter.get_input_details()
    _check(details, inputs)
    kept = (
        [d["index"] for d in interpreter.get_output_details()] if tensors is None else list(tensors)
    )
    count = len(inputs[0])
    results: list[npt.NDArray[np.generic]] = []
    for sample in range(count):
        for detail, array in zip(details, inputs, strict=True):
            interpreter.set_tensor(detail["index"], array[sample].reshape(detail["shape"]))
        interpreter.invoke()
        for position, index in enumerate(kept):
            value = interpreter.get_tensor(index)
            if sample == 0:
                results.append(np.empty((count, *_without_batch(value.shape)), value.dtype))
            results[position][sample] = value.reshape(results[position].shape[1:])
        if progress is not None:
            progress(sample + 1)
    return results


def _without_batch(shape: tuple[int, ...]) -> tuple[int, ...]:
    return shape[1:] if shape[:1] == (1,) else shape


def _check(details: Sequence[Any], inputs: Sequence[npt.NDArray[np.generic]]) -> None:
    if len(details) != len(inputs):
        raise EdgeqError(
            f"{len(inputs)} input arrays",
            f"the model has {len(details)} inputs",
            "give one for each",
        )
    for detail, array in zip(details, inputs, strict=True):
        name, shape, dtype = (
            detail["name"],
            tuple(map(int, detail["shape"])),
            np.dtype(detail["dtype"]),
        )
        if not len(array) or array.dtype != dtype or array[0].size != int(np.prod(shape)):
            raise EdgeqError(
                f"input {name!r}",
                f"it takes {dtype} {shape}, the data is {array.dtype} {array.shape}",
                "give [samples, *shape without the batch axis]",
            )
