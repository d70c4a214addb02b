"""From the options of the command line to those of the native engine."""

from pathlib import Path

import pytest

from edgeq.cli.native_choices import CodeChoices, MemoryChoices, native_options
from edgeq.codegen.native import NativeOptions
from edgeq.opkit.libraries import ESP_NN, LIBRARIES


@pytest.mark.parametrize(
    ("kernels", "options"),
    [
        (Path("esp-nn"), NativeOptions(library=ESP_NN)),
        (Path("my-nn"), NativeOptions(kernels=Path("my-nn"))),
        (Path("here/esp-nn"), NativeOptions(kernels=Path("here/esp-nn"))),
        (None, NativeOptions()),
    ],
)
def test_kernels_are_a_library_or_a_folder(kernels: Path | None, options: NativeOptions) -> None:
    assert native_options(CodeChoices(kernels=kernels)) == options


def test_libraries_are_found_by_their_names() -> None:
    assert all(name == library.name for name, library in LIBRARIES.items())


def test_every_other_option_is_told() -> None:
    code = CodeChoices(optimize="size", keep_dead_channels=True)
    memory = MemoryChoices(feed_rows=True, max_ram=9, max_extra_macs=0.5)
    assert native_options(code, memory) == NativeOptions(
        optimize="size", keep_dead_channels=True, feed_rows=True, max_ram=9, max_extra_macs=0.5
    )
