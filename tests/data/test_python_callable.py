"""Samples that a function of a module of the user's returns, and every error by its message."""

from __future__ import annotations

from pathlib import Path

import pytest
from data.loading import VECTOR, refusal

from edgeq.data import LoadOptions, load_samples

CODE = """
import numpy as np
def array(): return np.ones((3, 4))
def pair(): return np.ones((3, 4)), [0, 1, 2]
def mapping(): return {"x": np.ones((3, 4), "int8"), "scale": 2.0}
def singles():
    for i in range(3): yield np.full(4, i)
def batches():
    for i in range(3): yield np.full((2, 4), i), [i, i]
def mixed():
    yield np.zeros(4), 1
    yield np.zeros(4)
def nothing(): return iter(())
def number(): return 3
def fails(): return 1 / 0
def leaves(): raise SystemExit("bye")
def text(): return "hello"
def ragged(): return [[1, 2, 3, 4], [5, 6]]
def needs(argument): return argument
def endless():
    while True: yield np.zeros((1000, 4))
thing = 3
"""


class TestCallable:
    @pytest.fixture(autouse=True)
    def module(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        (tmp_path / "edgeq_test_source.py").write_text(CODE)
        monkeypatch.chdir(tmp_path)
        monkeypatch.syspath_prepend(str(tmp_path))

    @pytest.mark.parametrize(
        ("name", "shape", "y"),
        [
            ("array", (3, 4), None),
            ("pair", (3, 4), [0, 1, 2]),
            ("mapping", (3, 4), None),
            ("singles", (3, 4), None),
            ("batches", (6, 4), [0, 0, 1, 1, 2, 2]),
        ],
    )
    def test_what_it_may_return(
        self, name: str, shape: tuple[int, ...], y: list[int] | None
    ) -> None:
        samples = load_samples(f"edgeq_test_source:{name}", VECTOR)
        assert samples.x.shape == shape
        assert (None if samples.y is None else samples.y.tolist()) == y

    @pytest.mark.parametrize(
        ("name", "said"),
        [
            ("edgeq_test_source:mixed", "some of its items have labels"),
            ("edgeq_test_source:nothing", "it gave no samples"),
            ("edgeq_test_source:number", "it returned int"),
            (
                "edgeq_test_source:fails",
                "ZeroDivisionError: division by zero (edgeq_test_source.py line",
            ),
            ("edgeq_test_source:leaves", "SystemExit: bye"),
            ("edgeq_test_source:text", "it returned str — return an array"),
            ("edgeq_test_source:ragged", "source:ragged: x — it is no array: "),
            ("edgeq_test_source:ragged", "give all samples one shape"),
            (
                "edgeq_test_source:needs",
                "missing 1 required positional argument: 'argument' — mend the function",
            ),
            ("edgeq_test_source.py:array", "name the module, edgeq_test_source:array"),
            ("edgeq_test_source.py", "name its function: edgeq_test_source:FUNCTION"),
            ("edgeq_test_source:absent", "has no function 'absent'"),
            ("edgeq_test_source:thing", "has no function 'thing'"),
            ("edgeq_no_such_module:f", "there is no module 'edgeq_no_such_module'"),
        ],
    )
    def test_refusals(self, name: str, said: str) -> None:
        assert said in refusal(name)

    def test_an_endless_iterator_ends(self) -> None:
        options = LoadOptions(max_bytes=1 << 20)
        assert "more than 1048576 bytes" in refusal("edgeq_test_source:endless", options=options)
