"""The shared models on emulated cores: every byte of every tensor."""

from pathlib import Path

import pytest
from verify.tools import needed

from edgeq.verify import Settings, find_target, verify

pytestmark = pytest.mark.slow
SMALL, LARGE = ("cortex-m0", "cortex-m4", "rv32imc"), ("cortex-m4",)


@pytest.mark.parametrize(
    ("name", "targets", "samples"),
    [
        ("ad01_int8", SMALL, 3),
        ("kws_ref_model", SMALL, 2),
        ("kws_ref_model", ("cortex-m55", "xtensa-lx106"), 1),
        ("pretrainedResnet_quant", LARGE, 2),
        ("vww_96_int8", LARGE, 2),
    ],
)
def test_no_byte_differs(
    shared_models: Path, name: str, targets: tuple[str, ...], samples: int
) -> None:
    for target in targets:
        needed(find_target(target))
    settings = Settings(emulated_samples=samples)
    result = verify(
        shared_models / f"{name}.tflite",
        targets=targets,
        samples=samples,
        settings=settings,
        strict=True,
    )
    for found in result.targets:
        assert (found.status, found.bytes_different, found.first_difference) == ("ok", 0, None), (
            found
        )
        assert found.samples == samples
        assert all(layer.instructions is not None for layer in found.layers)
