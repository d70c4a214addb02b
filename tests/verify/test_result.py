"""Results as JSON: the keys that CLI.md promises, plain values, statuses added up."""

import json

import pytest

from edgeq.verify.result import Difference, LayerResult, Status, TargetResult, VerifyResult

PROMISED = {
    "name",
    "status",
    "samples",
    "bytes_compared",
    "bytes_different",
    "instructions_per_inference",
    "code_bytes",
    "model_bytes",
    "arena_bytes",
    "ram_bytes",
    "toolchain",
    "layers",
}


def test_json_has_the_promised_keys_and_plain_values() -> None:
    difference = Difference(3, "ADD", "sum", 0, (0, 2, 1), 5, 6)
    layers = (
        LayerResult(0, "CONV_2D", "conv", 1200, 300),
        LayerResult(1, "RESHAPE", "flat", None, None),
    )
    result = VerifyResult(
        (TargetResult("host", "different", first_difference=difference, layers=layers),)
    )

    (target,) = json.loads(json.dumps(result.to_json()))["targets"]

    assert target.keys() >= PROMISED
    assert target["first_difference"] == {
        "layer": 3,
        "op": "ADD",
        "tensor": "sum",
        "sample": 0,
        "index": [0, 2, 1],
        "got": 5,
        "expected": 6,
    }
    assert target["layers"][1] == {
        "index": 1,
        "op": "RESHAPE",
        "name": "flat",
        "instructions": None,
        "macs": None,
        "cycles": None,
        "part_of": None,
        "microseconds": None,
        "by_rows": None,
        "bytes_compared": None,
        "bytes_different": None,
    }


@pytest.mark.parametrize(
    ("statuses", "ok", "skipped"),
    [
        (("ok",), True, 0),
        (("ok", "unavailable"), True, 1),
        (("unavailable",), False, 1),
        (("ok", "different"), False, 0),
        (("ok", "failed"), False, 0),
        ((), False, 0),
    ],
)
def test_all_is_well_if_something_ran_and_nothing_differed(
    statuses: tuple[Status, ...], ok: bool, skipped: int
) -> None:
    result = VerifyResult(tuple(TargetResult("host", status) for status in statuses))
    assert (result.ok, result.skipped) == (ok, skipped)
