"""`--kernels` with a vendor's library: what projects say of it, and where it cannot be brought along."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import pytest
import yaml
from ops.test_conv_2d import convolution

from edgeq.codegen.generate import generate
from edgeq.codegen.native import NativeOptions
from edgeq.errors import EdgeqError
from edgeq.opkit.libraries import ESP_NN, LIBRARIES

VENDORS = Path(__file__).resolve().parent.parent / "vendors"
MODEL = convolution((1, 8, 8, 16), (8, 3, 3, 16))


def options(kernels: str | None) -> NativeOptions:
    return NativeOptions(library=LIBRARIES.get(str(kernels)))


@pytest.mark.slow
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


@pytest.mark.slow
def test_cmake_builds_with_the_librarys_tree(tmp_path: Path) -> None:
    """A tree with the interface of CMSIS-NN and its build file's target."""
    tree = tmp_path / "cmsis-nn"
    shutil.copytree(VENDORS / "cmsis-nn", tree)
    (tree / "CMakeLists.txt").write_text(
        "add_library(cmsis-nn STATIC Source/Reference/arm_reference_s8.c)\n"
        "target_include_directories(cmsis-nn PUBLIC Include)\n"
        "target_link_libraries(cmsis-nn PUBLIC m)\n"
    )
    project = tmp_path / "project"
    generate(MODEL, project, framework="cmake", name="net", options=options("cmsis-nn"), selftest=2)
    configure = ["cmake", "-S", str(project), "-B", str(tmp_path / "build")]
    refused = subprocess.run(configure, capture_output=True, text=True, check=False)
    assert refused.returncode
    assert "Give -DCMSIS_NN_ROOT" in refused.stderr
    subprocess.run([*configure, f"-DCMSIS_NN_ROOT={tree}"], capture_output=True, check=True)
    subprocess.run(["cmake", "--build", str(tmp_path / "build")], capture_output=True, check=True)
    assert (tmp_path / "build" / "net_demo").is_file()


@pytest.mark.slow
def test_a_pack_requires_the_component(tmp_path: Path) -> None:
    generate(MODEL, tmp_path, framework="cmsis-pack", name="net", options=options("cmsis-nn"))
    (pdsc,) = tmp_path.rglob("*.pdsc")
    assert '<require Cclass="CMSIS" Cgroup="NN Lib"/>' in pdsc.read_text()
    assert 'condition="CMSIS-NN"' in pdsc.read_text()
    assert "ARM::CMSIS:NN Lib" in next(tmp_path.rglob("*.cproject.yml")).read_text()
    assert "ARM::CMSIS-NN@>=7.0.0" in next(tmp_path.rglob("*.csolution.yml")).read_text()
