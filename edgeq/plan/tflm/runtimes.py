"""The builds of TFLM whose arenas can be predicted, and the cores they run on."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from edgeq.plan.tflm.chirale import CHIRALE
from edgeq.plan.tflm.kernel import Kernel
from edgeq.plan.tflm.kernels import CMSIS_NN, ESP_NN, REFERENCE


@dataclass(frozen=True)
class Core:
    """simd: the instructions that a kernel's scratch depends on.

    wide_enums: an enumeration takes four bytes, as everywhere but in the Arm EABI, where it takes
    one.
    """

    simd: str
    wide_enums: bool = False


CORES: Mapping[str, Core] = {
    "generic32": Core("none"),
    "cortex-m0": Core("none"),
    "cortex-m0plus": Core("none"),
    "cortex-m3": Core("none"),
    "cortex-m4": Core("dsp"),
    "cortex-m4f": Core("dsp"),
    "cortex-m7": Core("dsp"),
    "cortex-m33": Core("dsp"),
    "cortex-m33f": Core("dsp"),
    "cortex-m55": Core("mve"),
    "cortex-m85": Core("mve"),
    "xtensa-lx6": Core("none", True),
    "xtensa-lx7": Core("s3", True),
    "xtensa-lx7-scalar": Core("none", True),
    "rv32imc": Core("none", True),
    "rv32imac": Core("none", True),
    "rv32imafc": Core("none", True),
    "hazard3": Core("none", True),
}
"""By the names that boards use for their core; `generic32` is laid out as an Arm without SIMD."""


@dataclass(frozen=True)
class Runtime:
    """A build of TFLM: its kernels and `sizeof` of the records that differ between builds.

    node: NodeAndRegistration. tensor: TfLiteTensor with narrow and with wide enumerations.
    wide_options: the builtin data (bytes, four-byte aligned) of those operators where wide
    enumerations change it.
    """

    kernels: Mapping[str, Kernel]
    node: int
    tensor: tuple[int, int]
    wide_options: Mapping[str, int]

    def tensor_bytes(self, core: Core) -> int:
        return self.tensor[core.wide_enums]

    def options(self, kind: str, core: Core) -> tuple[int, int]:
        """Bytes and alignment of the operator's builtin data."""
        kernel = self.kernels[kind]
        if core.wide_enums and kind in self.wide_options:
            return self.wide_options[kind], 4
        return kernel.options, kernel.alignment


_WIDE_OPTIONS = {
    **dict.fromkeys(("ADD", "SUB", "CAST"), 8),
    **dict.fromkeys(
        ("MUL", "DIV", "ARG_MAX", "ARG_MIN", "L2_NORMALIZATION", "MIRROR_PAD", "SHAPE"), 4
    ),
    "FULLY_CONNECTED": 16,
    "SVDF": 12,
    "TRANSPOSE_CONV": 20,
}

RUNTIMES: Mapping[str, Runtime] = {
    "reference": Runtime(REFERENCE, 32, (32, 40), _WIDE_OPTIONS),
    "cmsis-nn": Runtime(CMSIS_NN, 32, (32, 40), _WIDE_OPTIONS),
    "esp-nn": Runtime(ESP_NN, 32, (32, 40), _WIDE_OPTIONS),
    "chirale": Runtime(CHIRALE, 44, (64, 64), _WIDE_OPTIONS | {"FULLY_CONNECTED": 12}),
}
"""Arduino builds Chirale_TensorFLowLite without TF_LITE_STATIC_MEMORY, so its records are larger.
"""
