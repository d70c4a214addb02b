"""A model with state on every target: all steps of a sequence, every tensor."""

import pytest
from ops.streaming import ring_buffer
from ops.test_svdf import svdf

from edgeq.graph import Model
from edgeq.verify.run import verify
from edgeq.verify.targets import TARGETS


@pytest.mark.slow
@pytest.mark.parametrize("target", [target.name for target in TARGETS])
@pytest.mark.parametrize(
    ("model", "state_bytes"), [(ring_buffer(), 12), (svdf(), 48), (svdf(state="int8"), 24)]
)
def test_no_byte_differs_in_any_step(target: str, model: Model, state_bytes: int) -> None:
    (found,) = verify(model, targets=[target], samples=9).targets
    if found.status == "unavailable":
        pytest.skip(found.reason)
    assert (found.status, found.bytes_different) == ("ok", 0), found
    assert found.state_bytes == state_bytes
