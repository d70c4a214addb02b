"""The process in which an oracle runs; the other side of `oracle_process`.

It reads requests from standard input and answers on the original standard output; what the C++
libraries print goes to a temporary file. A request is `load` (answer: `loaded` or `refused`) or
`samples` (answer: tensors for each sample, or `failed`). Requests are served in a process forked
from this one, which has imported the library: where C++ ends it, the answer is `ended`, and the
next one is forked in milliseconds.
"""

from __future__ import annotations

import contextlib
import faulthandler
import os
import signal
import tempfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import IO, Any

import numpy as np

from edgeq.errors import EdgeqError, UnsupportedError
from edgeq.quiet import quiet_output
from edgeq.runtime import delegated_interpreter, interpreter_module, reference_interpreter
from edgeq.simulate.messages import Array, receive, send

HAS_ALARMS = hasattr(signal, "setitimer")  # not on Windows

TIMED_OUT = -signal.SIGALRM if HAS_ALARMS else 1
"""Exit status of a process that exceeded its time limit, or minus the signal that ended it; nothing
else ends it so.
"""

BROKEN = 2
"""Exit status of a forked process that ended by an exception outside of the library."""

RunSample = Callable[[Sequence[Array]], list[Array]]
"""Inputs of one sample -> the requested tensors."""


@dataclass(frozen=True)
class Streams:
    """requests, answers: to and from the process that asks. sink: for what C++ prints."""

    requests: IO[bytes]
    answers: IO[bytes]
    sink: IO[bytes]


def serve() -> None:
    """Answers requests until standard input ends."""
    streams = _own_streams()
    _leave_no_core_file()
    if HAS_ALARMS:
        signal.signal(signal.SIGALRM, signal.SIG_DFL)  # which ends the process
    with contextlib.suppress(EOFError, BrokenPipeError):
        while True:
            request, arrays = receive(streams.requests)
            if not hasattr(os, "fork"):  # Windows: the process itself ends with the library
                _serve(request, arrays, streams)
            with contextlib.suppress(Exception):  # raised again, and answered, as the model loads
                RUNTIMES[request["load"]]()
            if status := _serve_in_fork(request, arrays, streams):
                send(streams.answers, {"ended": status})
            else:
                return


def _serve_in_fork(request: Mapping[str, Any], arrays: Sequence[Array], streams: Streams) -> int:
    """Serves in a forked process: its exit status, or minus the number of the signal that ended it."""
    pid = os.fork()
    if pid:
        return os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])
    status = BROKEN
    try:
        with contextlib.suppress(EOFError, BrokenPipeError):
            _serve(request, arrays, streams)
        status = 0
    finally:
        os._exit(status)


def _serve(request: Mapping[str, Any], arrays: Sequence[Array], streams: Streams) -> None:
    """Answers this request and those after it. Raises EOFError when there are no more."""
    run: RunSample | None = None
    while True:
        if "load" in request:
            run = None  # frees the previous model
            run = _load(request, arrays, streams)
        elif run is not None:
            _run(run, request, arrays, streams)
        request, arrays = receive(streams.requests)


def _own_streams() -> Streams:
    """Copies of descriptors 0 and 1. Afterwards descriptors 1 and 2 write to the sink."""
    requests, answers = os.fdopen(os.dup(0), "rb"), os.fdopen(os.dup(1), "wb")
    sink = tempfile.TemporaryFile()  # noqa: SIM115 - for as long as the process lives
    for descriptor in (1, 2):
        os.dup2(sink.fileno(), descriptor)
    return Streams(requests, answers, sink)


def _leave_no_core_file() -> None:
    with contextlib.suppress(ImportError):  # not on Windows
        import resource

        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


@contextlib.contextmanager
def _within(seconds: float, sink: IO[bytes]) -> Iterator[None]:
    """Ends the process as `TIMED_OUT` says if the block takes longer, even inside C++."""
    if HAS_ALARMS:
        signal.setitimer(signal.ITIMER_REAL, seconds)
    else:  # by a thread, which takes longer to start than most samples take
        faulthandler.dump_traceback_later(seconds, exit=True, file=sink.fileno())
    try:
        yield
    finally:
        if HAS_ALARMS:
            signal.setitimer(signal.ITIMER_REAL, 0)
        else:
            faulthandler.cancel_dump_traceback_later()


def _load(
    request: Mapping[str, Any], arrays: Sequence[Array], streams: Streams
) -> RunSample | None:
    answers = streams.answers
    try:
        with _within(request["seconds"], streams.sink):
            run = LOADERS[request["load"]](
                arrays[0].tobytes(), request["tensors"], request["arena_bytes"]
            )
    except EdgeqError as error:
        send(answers, {"refused": [error.what, error.why, error.remedy]})
        return None
    except Exception as error:  # any exception of the library while it loads a model
        send(
            answers,
            {
                "refused": [
                    f"{request['load']} cannot load the model",
                    str(error),
                    "use another oracle",
                ]
            },
        )
        return None
    send(answers, {"loaded": request["load"]})
    return run


def _run(
    run: RunSample,
    request: Mapping[str, Any],
    inputs: Sequence[Array],
    streams: Streams,
) -> None:
    answers = streams.answers
    for sample in range(request["samples"]):
        try:
            with _within(request["seconds"], streams.sink):
                tensors = run([x[sample] for x in inputs])
        except Exception as error:  # RuntimeError of `invoke`, or any other of the library
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
    """Loads a model into TFLite's reference kernels (`BUILTIN_REF`); all tensors are readable.

    Raises UnsupportedError if the interpreter refuses the model.
    """
    return _tflite(reference_interpreter(content), tensors)


def xnnpack(content: bytes, tensors: Sequence[int], _: int) -> RunSample:
    """Loads a model into the default interpreter with the XNNPACK delegate; only outputs are
    readable.
    """
    return _tflite(delegated_interpreter(content), tensors)


def tflm(content: bytes, tensors: Sequence[int], arena_bytes: int) -> RunSample:
    """Loads a model into TFLM from PyPI; all tensors are readable.

    Raises UnsupportedError if TFLM lacks an operator, EdgeqError if it is not installed.
    """
    runtime = tflm_runtime()
    with quiet_output() as said:
        try:
            interpreter = runtime.Interpreter.from_bytes(
                content,
                arena_size=arena_bytes,
                intrepreter_config=runtime.InterpreterConfig.kPreserveAllTensors,
            )
        except Exception as error:
            reason = said().strip().splitlines()[-1:] or [str(error)]
            raise UnsupportedError(
                "TFLM cannot load the model", reason[0], "use another oracle"
            ) from error

    def run(sample: Sequence[Array]) -> list[Array]:
        for position, x in enumerate(sample):
            interpreter.set_input(x, position)
        interpreter.invoke()
        return [np.asarray(interpreter.GetTensor(t, 0)["tensor_data"]) for t in tensors]

    return run


def tflm_runtime() -> Any:
    """The module of TFLM's Python interpreter. Raises EdgeqError if it is not installed."""
    try:
        from tflite_micro.python.tflite_micro import runtime
    except ImportError as error:
        raise EdgeqError(
            "oracle tflm", "tflite-micro is not installed", 'pip install "edgeq[tflm]"'
        ) from error
    return runtime


RUNTIMES: Mapping[str, Callable[[], Any]] = {
    "tflite-runtime": interpreter_module,
    "xnnpack": interpreter_module,
    "tflm": tflm_runtime,
}
"""What imports the library of each loader."""

LOADERS: Mapping[str, Callable[[bytes, Sequence[int], int], RunSample]] = {
    "tflite-runtime": tflite_runtime,
    "xnnpack": xnnpack,
    "tflm": tflm,
}
