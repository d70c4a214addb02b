"""The process in which oracles run: C++ libraries that may refuse a model, fail, crash or never end.

It reads requests from its standard input and answers on what was its standard output; whatever the libraries print
goes to a file of its own. `process` is the other side. A request holds `load` (answered by `loaded` or `refused`) or
`samples` (answered sample by sample by the tensors, or by `failed`).
"""

from __future__ import annotations

import contextlib
import faulthandler
import os
import tempfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import IO, Any

import numpy as np

from edgeq.errors import EdgeqError, UnsupportedError
from edgeq.quiet import quiet_output
from edgeq.runtime import delegated_interpreter, reference_interpreter
from edgeq.simulate.frames import Array, receive, send

TIMED_OUT = 1
"""The exit status of a process that took longer than it was given, which nothing else here ends with."""

RunSample = Callable[[Sequence[Array]], list[Array]]
"""The arrays of a sample's inputs -> those of the tensors that were asked for."""


def serve() -> None:
    """Answers requests until there are no more."""
    requests, answers, sink = _own_streams()
    _leave_no_core_file()
    run: RunSample | None = None
    with contextlib.suppress(EOFError, BrokenPipeError):
        while True:
            request, arrays = receive(requests)
            if "load" in request:
                run = None  # the memory of the model before
                run = _load(request, arrays, answers, sink)
            elif run is not None:
                _run(run, request, arrays, answers, sink)


def _own_streams() -> tuple[IO[bytes], IO[bytes], IO[bytes]]:
    """Requests, answers, and the file that takes what is printed: descriptors 1 and 2 are no longer the answers."""
    requests, answers = os.fdopen(os.dup(0), "rb"), os.fdopen(os.dup(1), "wb")
    sink = tempfile.TemporaryFile()  # noqa: SIM115 - for as long as the process lives
    for descriptor in (1, 2):
        os.dup2(sink.fileno(), descriptor)
    return requests, answers, sink


def _leave_no_core_file() -> None:
    with contextlib.suppress(ImportError):  # not on Windows
        import resource

        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


@contextlib.contextmanager
def _within(seconds: float, sink: IO[bytes]) -> Iterator[None]:
    """Ends the process by status `TIMED_OUT` if the block takes longer, even inside of C++."""
    faulthandler.dump_traceback_later(seconds, exit=True, file=sink.fileno())
    try:
        yield
    finally:
        faulthandler.cancel_dump_traceback_later()


def _load(request: Mapping[str, Any], arrays: Sequence[Array], answers: IO[bytes], sink: IO[bytes]) -> RunSample | None:
    try:
        with _within(request["seconds"], sink):
            run = LOADERS[request["load"]](arrays[0].tobytes(), request["tensors"], request["arena_bytes"])
    except EdgeqError as error:
        send(answers, {"refused": [error.what, error.why, error.remedy]})
        return None
    except Exception as error:  # whatever a foreign library throws while it looks at the model
        send(answers, {"refused": [f"{request['load']} cannot load the model", str(error), "use another oracle"]})
        return None
    send(answers, {"loaded": request["load"]})
    return run


def _run(run: RunSample, request: Mapping[str, Any], inputs: Sequence[Array], answers: IO[bytes],
         sink: IO[bytes]) -> None:  # fmt: skip
    for sample in range(request["samples"]):
        try:
            with _within(request["seconds"], sink):
                tensors = run([x[sample] for x in inputs])
        except Exception as error:  # RuntimeError of `invoke`, and whatever else comes from there
            send(answers, {"failed": str(error) or type(error).__name__})
            return
        send(answers, {}, tensors)


def _tflite(interpreter: Any, tensors: Sequence[int]) -> RunSample:
    indices = [detail["index"] for detail in interpreter.get_input_details()]

    def run(sample: Sequence[Array]) -> list[Array]:
        for index, x in zip(indices, sample, strict=True):
            interpreter.set_tensor(index, x)
        interpreter.invoke()
        return [interpreter.get_tensor(t) for t in tensors]

    return run


def tflite_runtime(content: bytes, tensors: Sequence[int], _: int) -> RunSample:
    """TFLite's reference kernels (`BUILTIN_REF`) with all tensors kept. UnsupportedError where it refuses the model."""
    return _tflite(reference_interpreter(content), tensors)


def xnnpack(content: bytes, tensors: Sequence[int], _: int) -> RunSample:
    """The default interpreter, which runs the XNNPACK delegate; only outputs are readable."""
    return _tflite(delegated_interpreter(content), tensors)


def tflm(content: bytes, tensors: Sequence[int], arena_bytes: int) -> RunSample:
    """TFLM from PyPI with all tensors kept. UnsupportedError where it lacks an operator, EdgeqError without it."""
    runtime = tflm_runtime()
    with quiet_output() as said:
        try:
            interpreter = runtime.Interpreter.from_bytes(
                content, arena_size=arena_bytes, intrepreter_config=runtime.InterpreterConfig.kPreserveAllTensors
            )
        except Exception as error:
            reason = said().strip().splitlines()[-1:] or [str(error)]
            raise UnsupportedError("TFLM cannot load the model", reason[0], "use another oracle") from error

    def run(sample: Sequence[Array]) -> list[Array]:
        for position, x in enumerate(sample):
            interpreter.set_input(x, position)
        interpreter.invoke()
        return [np.asarray(interpreter.GetTensor(t, 0)["tensor_data"]) for t in tensors]

    return run


def tflm_runtime() -> Any:
    """The module of TFLM's Python interpreter. Raises EdgeqError where it is not installed."""
    try:
        from tflite_micro.python.tflite_micro import runtime
    except ImportError as error:
        raise EdgeqError("oracle tflm", "tflite-micro is not installed", 'pip install "edgeq[tflm]"') from error
    return runtime


LOADERS: Mapping[str, Callable[[bytes, Sequence[int], int], RunSample]] = {
    "tflite-runtime": tflite_runtime,
    "xnnpack": xnnpack,
    "tflm": tflm,
}
