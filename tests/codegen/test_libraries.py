"""`--kernels` with a vendor's library: what projects say of it, and where it cannot be brought along."""

from __future__ import annotations

from pathlib import Path

import pytest
import yaml
from ops.test_conv_2d import convolution

from edgeq.codegen.generate import generate
from edgeq.codegen.native import NativeOptions, native_options
from edgeq.errors import EdgeqError
from edgeq.opkit.libraries import ESP_NN, LIBRARIES

MODEL = convolution((1, 8, 8, 16), (8, 3, 3, 16))


def options(kernels: str | None) -> NativeOptions:
    return native_options("default", Path(kernels) if kernels else None, False, False, None)


def test_the_option_names_a_library_or_a_folder() -> None:
    assert options("esp-nn") == NativeOptions(library=ESP_NN)
    assert options("my-nn") == NativeOptions(kernels=Path("my-nn"))
    assert options("here/esp-nn") == NativeOptions(kernels=Path("here/esp-nn"))
    assert options(None) == NativeOptions()
    assert all(name == library.name for name, library in LIBRARIES.items())


@pytest.mark.parametrize(
    ("framework", "manifest"),
    [
        ("espidf", "main/idf_component.yml"),
        ("espidf-component", "edgeq_net/idf_component.yml"),
    ],
)
def test_esp_idf_fetches_the_version_that_was_compared(
    framework: str, manifest: str, tmp_path: Path
) -> None:
    for kernels, version in (("esp-nn", ESP_NN.version), (None, None)):
        folder = tmp_path / str(kernels)
        chosen = options(kernels)
        generate(MODEL, folder, framework=framework, name="net", options=chosen)
        file = folder / manifest
        said = yaml.safe_load(file.read_text()) if file.exists() else {}
        assert said.get("dependencies", {}).get("espressif/esp-nn") == version
        assert any("<esp_nn.h>" in f.read_text() for f in folder.rglob("*.h")) is bool(kernels)


def test_a_framework_that_cannot_bring_it_along_says_which_can(tmp_path: Path) -> None:
    with pytest.raises(EdgeqError, match="its projects do not bring ESP-NN along — choose espidf"):
        generate(
            MODEL, tmp_path, framework="arduino", board="uno-r4-wifi", options=options("esp-nn")
        )
