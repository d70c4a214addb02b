"""Finished trials survive an interruption and are not used by other searches."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from edgeq.data import Samples
from edgeq.errors import EdgeqError
from edgeq.tune.score import measure
from edgeq.tune.search_space import key, space_of
from edgeq.tune.trial import Outcome
from edgeq.tune.trial_store import FORMAT, append, hash_of, read_state, state_path

IDENTITY = {"model": "a1", "calibration data": "b2", "seed": "0"}
FIRST, SECOND = space_of({"scheme": ("int8",)}).choices()[:2]
FAILED = Outcome("failed", 0.5, "layer 3 — cannot be — so it is")


def finished() -> Outcome:
    outputs = np.random.default_rng(0).uniform(size=(7, 3)).astype(np.float32)
    return Outcome(
        "ok",
        1.25,
        "",
        measure("agreement", Samples((outputs,)), outputs, outputs[::-1]),
        1000,
        "c3",
        b"...",
    )


def test_figures_come_back_exactly(tmp_path: Path) -> None:
    path, outcome = tmp_path / "state.jsonl", finished()
    append(path, IDENTITY, FIRST, outcome)
    append(path, IDENTITY, SECOND, FAILED)
    found = read_state(path, IDENTITY)
    assert list(found) == [key(FIRST), key(SECOND)]
    back = found[key(FIRST)]
    assert back.score is not None
    assert outcome.score is not None
    assert back.score.to_json() == outcome.score.to_json()
    np.testing.assert_array_equal(back.score.errors, outcome.score.errors)
    np.testing.assert_array_equal(back.score.parts, outcome.score.parts)
    assert (back.status, back.seconds, back.size, back.sha256, back.content) == (
        "ok",
        1.25,
        1000,
        "c3",
        b"",
    )
    assert vars(found[key(SECOND)]) == vars(FAILED)


@pytest.mark.parametrize("cut", [1, 20, 200])
def test_a_line_that_was_cut_off_counts_as_never_written(tmp_path: Path, cut: int) -> None:
    path = tmp_path / "state.jsonl"
    append(path, IDENTITY, FIRST, FAILED)
    append(path, IDENTITY, SECOND, finished())
    path.write_bytes(path.read_bytes()[:-cut])
    assert list(read_state(path, IDENTITY)) == [key(FIRST)]
    append(path, IDENTITY, SECOND, FAILED)
    assert list(read_state(path, IDENTITY)) == [key(FIRST), key(SECOND)]


def test_another_search_is_refused_naming_what_changed(tmp_path: Path) -> None:
    path = tmp_path / "state.jsonl"
    append(path, IDENTITY, FIRST, FAILED)
    with pytest.raises(EdgeqError, match=r"another search: model, seed changed"):
        read_state(path, IDENTITY | {"model": "z9", "seed": "1"})


HEADER = json.dumps({"format": FORMAT, **IDENTITY})


@pytest.mark.parametrize(
    "content",
    [
        "",
        HEADER,
        "no JSON\n",
        "[1, 2]\n",
        "{}\n",
        '{"format": "edgeq tune, 0"}\n',
        HEADER + '\n{"choice": {}}\n',
    ],
)
def test_other_files_are_refused(tmp_path: Path, content: str) -> None:
    path = tmp_path / "state.jsonl"
    path.write_text(content)
    with pytest.raises(EdgeqError, match="no file of finished trials"):
        read_state(path, IDENTITY)


def test_a_folder_gets_a_file_for_each_search(tmp_path: Path) -> None:
    paths = {
        state_path(tmp_path, "kws", identity) for identity in (IDENTITY, IDENTITY | {"seed": "1"})
    }
    assert len(paths) == 2
    assert all(path.parent == tmp_path and path.name.startswith("kws.tune-") for path in paths)
    assert state_path(tmp_path / "own.jsonl", "kws", IDENTITY) == tmp_path / "own.jsonl"


def test_data_differ_by_values_shape_type_and_labels() -> None:
    x = np.arange(12, dtype=np.float32)
    sets = [
        Samples((x,)),
        Samples((x.reshape(6, 2),)),
        Samples((x.astype(np.int32),)),
        Samples((x,), x.astype(np.int64)),
        Samples((x,), group=x.astype(np.int64)),
        Samples((x + 1,)),
    ]
    assert len({hash_of(samples) for samples in sets}) == len(sets)
    assert hash_of(Samples((x,))) == hash_of(Samples((x.copy(),), origin="elsewhere"))
