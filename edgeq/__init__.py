"""edgeq: Keras models become microcontroller firmware whose every output byte is known in advance.

    edgeq.convert("kws.keras", "calibration.npz", "kws.tflite", scheme="int8")
    edgeq.simulate("kws.tflite", inputs=inputs)    # every byte the device will compute
    edgeq.generate("kws.tflite", "firmware", framework="arduino", board="nano-33-ble")
    edgeq.verify("kws.tflite", inputs=inputs, targets=["host", "cortex-m4"])

Each is imported when it is first used, so that `import edgeq` is cheap; `help(edgeq.convert)` and
its like explain them.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

from edgeq.errors import DoesNotFitError, EdgeqError, ModelError, UnsupportedError

if TYPE_CHECKING:
    from edgeq.codegen.generate import generate as generate
    from edgeq.codegen.generate_inputs import FirmwareModel as FirmwareModel
    from edgeq.codegen.sampling import Sampling as Sampling
    from edgeq.convert.convert import convert as convert
    from edgeq.convert.options import ConvertOptions as ConvertOptions
    from edgeq.data import load_samples as load_samples
    from edgeq.explain.explain import explain as explain
    from edgeq.fit.fit import fit as fit
    from edgeq.flash.flash import flash as flash
    from edgeq.graph import read_tflite as read_tflite
    from edgeq.graph import write_tflite as write_tflite
    from edgeq.inspection import inspect as inspect
    from edgeq.qat.qat import qat as qat
    from edgeq.qat.quantize_aware import quantize_aware as quantize_aware
    from edgeq.recording import record as record
    from edgeq.report.report import report as report
    from edgeq.simulate.simulate import simulate as simulate
    from edgeq.tune.tune import tune as tune
    from edgeq.verify.bench import bench as bench
    from edgeq.verify.run import verify as verify
    from edgeq.wire.monitor import monitor as monitor

_PACKAGES = (
    "convert",
    "explain",
    "fit",
    "flash",
    "qat",
    "report",
    "simulate",
    "tune",
    "verify",
)  # packages that are also functions
_MODULES = {
    "ConvertOptions": "edgeq.convert",
    "FirmwareModel": "edgeq.codegen.generate_inputs",
    "Sampling": "edgeq.codegen.sampling",
    "bench": "edgeq.verify.bench",
    "generate": "edgeq.codegen.generate",
    "inspect": "edgeq.inspection",
    "load_samples": "edgeq.data",
    "monitor": "edgeq.wire.monitor",
    "quantize_aware": "edgeq.qat.quantize_aware",
    "read_tflite": "edgeq.graph",
    "record": "edgeq.recording",
    "write_tflite": "edgeq.graph",
}

__all__ = [
    "ConvertOptions",
    "DoesNotFitError",
    "EdgeqError",
    "FirmwareModel",
    "ModelError",
    "Sampling",
    "UnsupportedError",
    "bench",
    "convert",
    "explain",
    "fit",
    "flash",
    "generate",
    "inspect",
    "load_samples",
    "monitor",
    "qat",
    "quantize_aware",
    "read_tflite",
    "record",
    "report",
    "simulate",
    "tune",
    "verify",
    "write_tflite",
]


def __getattr__(name: str) -> Any:
    if name in _PACKAGES:
        return import_module(f"edgeq.{name}")
    if name in _MODULES:
        return getattr(import_module(_MODULES[name]), name)
    raise AttributeError(f"module 'edgeq' has no attribute {name!r}")


def __dir__() -> list[str]:
    """Names with those that are not imported yet, for `help` and for completion."""
    return sorted({*globals(), *__all__})
