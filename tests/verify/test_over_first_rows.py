"""Firmware that writes rows over the first row that their layer reads: every byte, and a fault that is
caught.
"""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from plan.networks import separable
from plan.test_in_place import fused
from verify.graphs import changed
from verify.test_feed import different
from verify.tools import needed

from edgeq.cleanup import cleaned
from edgeq.codegen.native import NativeOptions, render_program
from edgeq.errors import EdgeqError
from edgeq.verify.job import Settings
from edgeq.verify.run import verify
from edgeq.verify.targets import find_target

MOST_BYTES = 1_500  # which single rows keep to
pytestmark = pytest.mark.slow


@pytest.mark.parametrize("seed", [0, 7])
def test_random_networks_give_every_byte(seed: int, tmp_path: Path) -> None:
    engine = render_program(separable(seed), fused(separable(seed))[0], "net")
    assert different(engine, separable(seed), tmp_path) == 0


def test_no_byte_differs_where_vectors_are_wide() -> None:
    needed(find_target("cortex-m55"))
    settings = Settings(native=NativeOptions(feed_rows=True, max_ram=MOST_BYTES))
    (found,) = verify(
        cleaned(separable(6)), targets=["cortex-m55"], samples=1, settings=settings
    ).targets
    assert (found.status, found.bytes_different) == ("ok", 0), found
    assert (found.arena_bytes or 0) <= MOST_BYTES


def test_a_line_off_in_the_firmware_is_caught(tmp_path: Path) -> None:
    engine = render_program(separable(6), fused(separable(6))[0], "net")
    (text,) = (text for text in engine.files.values() if "edgeq_line_of(row[" in text)
    turned = re.findall(r"edgeq_line_of\(row\[\d+\](?: \* \d)? \+ \d+, \d\)", text)
    assert turned
    faulty = changed(engine, turned[0], re.sub(r"\+ (\d+)", r"+ \1 + 1", turned[0]))
    try:
        found = different(faulty, separable(6), tmp_path) > 0
    except EdgeqError:  # sanitizers saw it
        found = True
    assert found
