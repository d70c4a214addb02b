"""Tables of comma-separated values, and every error by its message."""

from __future__ import annotations

from pathlib import Path

import pytest
from data.loading import PICTURE, VECTOR, refusal

from edgeq.data import LoadOptions, load_samples


class TestCsv:
    def written(self, tmp_path: Path, text: str) -> str:
        (tmp_path / "t.csv").write_text(text)
        return str(tmp_path / "t.csv")

    def test_header_and_label_column_are_found(self, tmp_path: Path) -> None:
        samples = load_samples(
            self.written(tmp_path, "a,b,label,c,d\n1,2,7,3,4\n5,6,8,7,8.5\n\n"), VECTOR
        )
        assert samples.x.tolist() == [[1, 2, 3, 4], [5, 6, 7, 8.5]]
        assert samples.y is not None
        assert samples.y.tolist() == [7, 8]

    def test_names_as_labels_semicolons_and_groups(self, tmp_path: Path) -> None:
        text = "y;group;a;b;c;d\ndog;1;1;2;3;4\ncat;2;1;2;3;4\n"
        samples = load_samples(self.written(tmp_path, text), VECTOR)
        assert samples.y is not None
        assert samples.group is not None
        assert (samples.y.tolist(), samples.classes, samples.group.tolist()) == (
            [1, 0],
            ("cat", "dog"),
            [1, 2],
        )

    def test_label_column_by_number(self, tmp_path: Path) -> None:
        source = self.written(tmp_path, "1,2,3,4,9\n")
        samples = load_samples(source, VECTOR, LoadOptions(label_column="-1"))
        assert samples.y is not None
        assert (samples.x.tolist(), samples.y.tolist()) == ([[1, 2, 3, 4]], [9])

    def test_rows_follow_the_inputs_order(self, tmp_path: Path) -> None:
        samples = load_samples(self.written(tmp_path, "1,2,3,4,5,6\n"), PICTURE)
        assert samples.x[0, :, :, 0].tolist() == [[1, 2, 3], [4, 5, 6]]

    def test_index_and_time_columns_are_left_out_where_they_are_too_many(
        self, tmp_path: Path
    ) -> None:
        samples = load_samples(self.written(tmp_path, "Time,a,b,c,d\n09:00,1,2,3,4\n"), VECTOR)
        assert (samples.x.tolist(), samples.choices) == ([[1, 2, 3, 4]], "Time left out")
        samples = load_samples(self.written(tmp_path, "time,a,b,c\n9,1,2,3\n"), VECTOR)
        assert (samples.x.tolist(), samples.choices) == ([[9, 1, 2, 3]], "")

    def test_groups_may_be_text(self, tmp_path: Path) -> None:
        samples = load_samples(
            self.written(tmp_path, "a,b,c,d,group\n1,2,3,4,bob\n1,2,3,4,ann\n"), VECTOR
        )
        assert samples.group is not None
        assert samples.group.tolist() == [1, 0]

    @pytest.mark.parametrize(
        ("text", "label", "said"),
        [
            ("", None, "it is empty"),
            ("a,b,c,d\n", None, "no samples below its header"),
            ("1,2,3,4,5\n", None, "line 1 — it has 5 columns; input 'features' [1, 4] takes 4"),
            ("1,2,3,4\n1,2,x,4\n", None, "line 2 — 'x' is not a number"),
            ("1,2,3,4\n1,2,3\x00,4\n", None, "line 2 — '3\\x00' is not a number"),
            ("a;b;c;d\n1;2;3;4\n1;2;3,5;4\n", None, "line 3 — '3,5' has a decimal comma"),
            ("1,2,3,4\n1,2,,4\n", None, "line 2 — the cell of column 2 (from 0) is empty"),
            ("1,2,3,4\n1,2,3\n", None, "line 2 — it has 3 columns, the rows before 4"),
            ("1,2,3,4,nan\n", "4", "1 labels are NaN"),
            ("1,2,3,4,1e400\n", "4", "1 labels are NaN, infinite"),
            ("1,2,3,4,a\n1,2,3,4,\n", "4", "the label '' of sample 1"),
            ("1,2,3,nan\n", None, "NaN"),
            ("1,2,3,4\n", "speed", "label column 'speed' — it has 4 columns and no header"),
            ("a,b,c,d,e\n1,2,3,4,5\n", "f", "its columns are a, b, c, d, e"),
        ],
    )
    def test_refusals(self, tmp_path: Path, text: str, label: str | None, said: str) -> None:
        assert said in refusal(
            self.written(tmp_path, text), options=LoadOptions(label_column=label)
        )

    def test_bytes_that_are_no_text(self, tmp_path: Path) -> None:
        (tmp_path / "t.csv").write_bytes(b"\xff\xfe\x00\x01")
        refusal(str(tmp_path / "t.csv"))
