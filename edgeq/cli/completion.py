"""The names that a shell offers after an option. Each function is called when Tab is pressed, not
before, and imports what lists the names.

Paths and data are left to the shell, which completes files where edgeq offers nothing.
"""

from __future__ import annotations


def boards() -> list[str]:
    """The names of the boards; no board's file is read."""
    from edgeq.boards import board_names

    return board_names()


def frameworks() -> list[str]:
    """The frameworks of `edgeq generate`."""
    from edgeq.frameworks import FRAMEWORKS

    return list(FRAMEWORKS)


def sensors() -> list[str]:
    """The sensors that a project's program can read."""
    from edgeq.sensors import SENSORS

    return list(SENSORS)


def engines() -> list[str]:
    """The engines that compute a model on a device."""
    from edgeq.codegen.engines import ENGINES

    return list(ENGINES)


def targets() -> list[str]:
    """The cores of `edgeq verify`, this machine, and `all` of them."""
    from edgeq.verify.targets import BY_NAME

    return [*BY_NAME, "all"]


def emulated_targets() -> list[str]:
    """The emulated cores of `edgeq bench`, and `all` of them."""
    from edgeq.verify.targets import TARGETS

    return [*(target.name for target in TARGETS if target.runner != "host"), "all"]


def code_sizes() -> list[str]:
    """What native code can be optimized for."""
    from edgeq.codegen.native import OPTIMIZE

    return list(OPTIMIZE)


def optimization_levels() -> list[str]:
    """Levels that GCC and Clang both take."""
    return ["-O0", "-O1", "-O2", "-O3", "-Os"]


def schemes() -> list[str]:
    """The schemes of quantization."""
    from edgeq.quantize.schemes import SCHEMES

    return list(SCHEMES)


def calibrators() -> list[str]:
    """How the ranges of activations are found."""
    from edgeq.quantize.options import CALIBRATORS

    return list(CALIBRATORS)


def roundings() -> list[str]:
    """How weights are rounded."""
    from edgeq.quantize.options import ROUNDINGS

    return list(ROUNDINGS)


def importances() -> list[str]:
    """What a weight counts while a codebook is chosen."""
    from edgeq.quantize.options import IMPORTANCES

    return list(IMPORTANCES)


def quantizers() -> list[str]:
    """The quantizers of `edgeq convert`."""
    from edgeq.convert.options import QUANTIZERS

    return list(QUANTIZERS)


def outputs() -> list[str]:
    """Whether parts that a model joins at its end are one output."""
    from edgeq.convert.options import OUTPUTS

    return list(OUTPUTS)


def runtimes() -> list[str]:
    """Runtimes that take less than TFLite does."""
    from edgeq.quantize.schemes import RUNTIMES

    return list(RUNTIMES)


def oracles() -> list[str]:
    """The interpreters that the simulator is compared with, `all` of them, or `none`."""
    from edgeq.simulate.oracles import ORACLES

    return [*ORACLES, "all", "none"]


def metrics() -> list[str]:
    """What is computed of outputs and labels."""
    from edgeq.metrics.scoring import METRICS

    return list(METRICS)


def search_metrics() -> list[str]:
    """What `edgeq tune` judges by, labels or not."""
    from edgeq.tune.score import METRICS

    return list(METRICS)


def orders() -> list[str]:
    """The orders of the boards of `edgeq fit`."""
    from edgeq.fit.fit import SORTS

    return list(SORTS)


def resizing() -> list[str]:
    """How images are brought to the size of a model's input."""
    from edgeq.data.images import RESIZE

    return list(RESIZE)


def scalings() -> list[str]:
    """The ranges that images can have."""
    from edgeq.data.images import SCALING

    return list(SCALING)
