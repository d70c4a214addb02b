"""`--kernels`: a file of the user's stands in for a kernel, and verify says whether it computes the same bytes."""

from pathlib import Path

import pytest
from ops.harness import quantized, single_op

from edgeq.codegen.native import NativeOptions
from edgeq.errors import EdgeqError
from edgeq.graph import Model
from edgeq.resources import resource_folder
from edgeq.verify import Settings, verify


@pytest.fixture
def tanh() -> Model:
    return single_op("TANH", [quantized("x", (1, 32), 0.03)], quantized("y", (1, 32), 1 / 128))


def verified(model: Model, kernels: Path) -> str:
    (target,) = verify(model, samples=8, settings=Settings(native=NativeOptions(kernels=kernels))).targets
    return target.status


def test_a_replacement_is_used_and_held_to_the_bytes(tanh: Model, tmp_path: Path) -> None:
    original = (resource_folder("firmware_templates") / "native" / "lookup.c").read_text()
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


def test_a_folder_without_a_kernel_of_the_model_is_refused(tanh: Model, tmp_path: Path) -> None:
    (tmp_path / "lookups.c").write_text("")
    with pytest.raises(
        EdgeqError, match=r"none of the files that the model uses: choose\.h, edgeq_native\.h, lookup\.c, products\.h"
    ):
        verified(tanh, tmp_path)
