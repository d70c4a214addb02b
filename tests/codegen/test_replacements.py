"""`--kernels`: a file of the user's stands in for a kernel, and verify says whether it computes the
same bytes.
"""

from pathlib import Path

import pytest
from ops.harness import quantized, single_op

from edgeq.codegen.native import NativeOptions
from edgeq.errors import EdgeqError
from edgeq.graph import Model
from edgeq.resources import resource_folder
from edgeq.verify import Settings, verify

LOOKUP = resource_folder("firmware_templates") / "native" / "activation" / "lookup.c"


@pytest.fixture
def tanh() -> Model:
    return single_op("TANH", [quantized("x", (1, 32), 0.03)], quantized("y", (1, 32), 1 / 128))


def verified(model: Model, kernels: Path) -> str:
    (target,) = verify(
        model, samples=8, settings=Settings(native=NativeOptions(kernels=kernels))
    ).targets
    return target.status


def test_a_replacement_is_used_and_held_to_the_bytes(tanh: Model, tmp_path: Path) -> None:
    original = LOOKUP.read_text()
    (tmp_path / "lookup.c").write_text(original + "\n/* mine */\n")
    assert verified(tanh, tmp_path) == "ok"
    wrong = """#include "edgeq_native.h"
typedef struct { int32_t elements; const EDGEQ_FLASH int8_t *table; } edgeq_lookup_s8_params;
EDGEQ_KERNEL void edgeq_lookup_s8(const EDGEQ_FLASH edgeq_lookup_s8_params *p, const int8_t *x, int8_t *y) {
  for (int32_t i = 0; i < p->elements; ++i) { y[i] = x[i]; }
}
"""
    (tmp_path / "lookup.c").write_text(wrong)
    assert verified(tanh, tmp_path) == "different"


def test_a_file_named_like_a_function_stands_in_for_that_function_alone(
    tanh: Model, tmp_path: Path
) -> None:
    original = LOOKUP.read_text()
    (tmp_path / "lookup_s8.c").write_text(original.replace("table[(uint8_t)x[0]]", "x[0]"))
    assert verified(tanh, tmp_path) == "different"


def test_a_folder_without_a_kernel_of_the_model_is_refused(tanh: Model, tmp_path: Path) -> None:
    (tmp_path / "lookups.c").write_text("")
    with pytest.raises(
        EdgeqError,
        match=r"none of the files that the model uses: activation/lookup\.c, common/choose\.h",
    ):
        verified(tanh, tmp_path)


def test_a_replacement_that_does_not_compile_is_named_with_the_compilers_first_error(
    tanh: Model, tmp_path: Path
) -> None:
    original = LOOKUP.read_text()
    (tmp_path / "lookup.c").write_text(original + "\nint \x1b[2J;\n")
    line = len(original.splitlines()) + 2
    with pytest.raises(EdgeqError) as caught:
        verified(tanh, tmp_path)
    assert caught.value.what.startswith(f"--kernels {tmp_path}: the generated C does not compile")
    assert f"lookup.c:{line}:" in caught.value.why
    assert "bug of edgeq" not in str(caught.value)
    assert str(caught.value).isprintable()


def test_a_replacement_that_faults_is_not_called_a_bug_of_edgeq(
    tanh: Model, tmp_path: Path
) -> None:
    original = LOOKUP.read_text()
    (tmp_path / "lookup.c").write_text(original.replace("y[0] =", "y[100000000] ="))
    (target,) = verify(
        tanh, samples=2, settings=Settings(native=NativeOptions(kernels=tmp_path))
    ).targets
    assert target.status == "failed"
    assert f"with --kernels {tmp_path}" in str(target.reason)
    assert "bug of edgeq" not in str(target.reason)


def test_a_replacement_that_is_no_text_or_no_file_is_refused(tanh: Model, tmp_path: Path) -> None:
    (tmp_path / "lookup.c").write_bytes(b"\xff\xfe")
    with pytest.raises(EdgeqError, match="it is no text"):
        verified(tanh, tmp_path)
    (tmp_path / "lookup.c").unlink()
    (tmp_path / "lookup.c").mkdir()
    with pytest.raises(EdgeqError, match="it is a folder"):
        verified(tanh, tmp_path)
