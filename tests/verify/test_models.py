"""The shared models on emulated cores: every byte of every tensor."""

from pathlib import Path

import pytest

from edgeq.verify import Settings, verify

pytestmark = pytest.mark.slow
SMALL, LARGE = ("cortex-m0", "cortex-m4", "rv32imc"), ("cortex-m4",)


@pytest.mark.parametrize(
    ("name", "targets", "samples"),
    [
        ("ad01_int8", SMALL, 3),
        ("kws_ref_model", SMALL, 2),
        ("pretrainedResnet_quant", LARGE, 2),
        ("vww_96_int8", LARGE, 2),
    ],
)
def test_no_byte_differs(shared_models: Path, name: str, targets: tuple[str, ...], samples: int) -> None:
    settings = Settings(emulated_samples=samples)
    result = verify(shared_models / f"{name}.tflite", targets=targets, samples=samples, settings=settings, strict=True)
    for target in result.targets:
        assert (target.status, target.bytes_different, target.first_difference) == ("ok", 0, None), target
        assert target.samples == samples
        assert all(layer.instructions is not None for layer in target.layers)
