"""The table of targets, and how people name them."""

import pytest

from edgeq.codegen import engines
from edgeq.errors import EdgeqError
from edgeq.verify.machine import ISAS
from edgeq.verify.qemu_boards import BOARDS
from edgeq.verify.run import ENGINES, RUNNERS
from edgeq.verify.targets import TARGETS, find_target, select_targets


def test_names_are_unique_and_every_row_can_be_run() -> None:
    assert len({target.name for target in TARGETS}) == len(TARGETS)
    for target in TARGETS:
        assert target.runner in RUNNERS
        assert target.compilers
        assert (
            target.machine
            in {"host": {""}, "emulator": ISAS, "qemu": BOARDS, "simavr": {"atmega2560"}}[
                target.runner
            ]
        )


def test_every_engine_that_is_generated_can_be_verified_on_every_kind_of_target() -> None:
    assert set(ENGINES) == set(engines.ENGINES)
    assert all(set(runs) == set(RUNNERS) for runs in ENGINES.values())


def test_all_stands_for_every_target_and_nothing_runs_twice() -> None:
    assert select_targets(("all",)) == TARGETS
    assert [t.name for t in select_targets(("cortex-m4", "host", "cortex-m4"))] == [
        "cortex-m4",
        "host",
    ]


def test_an_unknown_name_is_answered_with_the_nearest() -> None:
    with pytest.raises(EdgeqError, match=r"unknown target 'cortex-m5'.*did you mean cortex-m\d"):
        find_target("cortex-m5")
