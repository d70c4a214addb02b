"""Folders of images, and every error by its message."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from data.loading import COLOUR, VECTOR, refusal
from PIL import Image

from edgeq.data import ImageOptions, InputSpec, LoadOptions, load_samples


class TestImages:
    OPTIONS = LoadOptions(ImageOptions(resize="nearest", scaling="0..255"))

    def folder(self, tmp_path: Path, **files: tuple[int, int, int]) -> str:
        for name, colour in files.items():
            path = tmp_path / "set" / f"{name.replace('__', '/')}.png"
            path.parent.mkdir(parents=True, exist_ok=True)
            Image.new("RGB", (2, 2), colour).save(path)
        return str(tmp_path / "set")

    def test_subfolders_are_classes_and_come_in_turns(self, tmp_path: Path) -> None:
        source = self.folder(tmp_path, dog__a=(1, 2, 3), cat__b=(4, 5, 6), cat__c=(7, 8, 9))
        samples = load_samples(source, COLOUR, self.OPTIONS)
        assert samples.y is not None
        assert (samples.classes, samples.y.tolist()) == (("cat", "dog"), [0, 1, 0])
        assert samples.x[:, 0, 0].tolist() == [[4, 5, 6], [1, 2, 3], [7, 8, 9]]

    @pytest.mark.parametrize(
        ("scaling", "expected"), [("0..255", [0, 51, 255]), ("0..1", [0, 0.2, 1])]
    )
    def test_scaling_is_as_stated(
        self, tmp_path: Path, scaling: str, expected: list[float]
    ) -> None:
        source = self.folder(tmp_path, a=(0, 51, 255))
        samples = load_samples(source, COLOUR, LoadOptions(ImageOptions(scaling=scaling)))
        assert samples.x[0, 0, 0].tolist() == pytest.approx(expected)
        assert samples.y is None
        assert samples.note == f"pixels scaled to {scaling}, resize not needed"

    def test_converted_colours_are_reported(self, tmp_path: Path) -> None:
        source = self.folder(tmp_path, a=(0, 51, 255))
        samples = load_samples(source, (InputSpec("grey", (1, 4, 4, 1)),), self.OPTIONS)
        assert samples.note.endswith("resize nearest, colours converted from RGB to L")

    def test_minus_one_to_one_and_grey(self, tmp_path: Path) -> None:
        specs = (InputSpec("grey", (1, 4, 4, 1)),)
        options = LoadOptions(ImageOptions("bilinear", "-1..1"))
        samples = load_samples(
            self.folder(tmp_path, a=(255, 255, 255), b=(0, 0, 0)), specs, options
        )
        assert samples.x.shape == (2, 4, 4, 1)
        assert samples.x[:, 0, 0, 0].tolist() == [1, -1]

    def test_choices_are_never_guessed(self, tmp_path: Path) -> None:
        source = self.folder(tmp_path, a=(0, 0, 0))
        assert "scaling not given" in refusal(source, COLOUR)
        assert "image scaling 0-1" in refusal(
            source, COLOUR, LoadOptions(ImageOptions(scaling="0-1"))
        )
        unstated = refusal(
            source, (InputSpec("i", (1, 8, 9, 3)),), LoadOptions(ImageOptions(scaling="0..1"))
        )
        assert "it is 2 x 2, the model takes 9 x 8, and no resize is given" in unstated
        assert "image resize cubic" in refusal(
            source, COLOUR, LoadOptions(ImageOptions("cubic", "0..1"))
        )

    def test_refusals(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        source = self.folder(tmp_path, a=(0, 0, 0))
        assert "not [1, height, width" in refusal(source, VECTOR, self.OPTIONS)
        (tmp_path / "set" / "broken.png").write_bytes(b"\x89PNG\r\n\x1a\n\x00\x00")
        assert "image set/broken.png — it cannot be read" in refusal(source, COLOUR, self.OPTIONS)
        (tmp_path / "set" / "broken.png").unlink()
        Image.fromarray(np.full((2, 2), 40000, np.uint16)).save(tmp_path / "set" / "deep.png")
        assert "more than 8 bits" in refusal(source, COLOUR, self.OPTIONS)
        (tmp_path / "set" / "deep.png").unlink()
        monkeypatch.setattr(Image, "MAX_IMAGE_PIXELS", 3)
        assert "too large" in refusal(source, COLOUR, self.OPTIONS)
        (tmp_path / "none").mkdir()
        assert "it holds no images" in refusal(str(tmp_path / "none"), COLOUR, self.OPTIONS)
        self.folder(tmp_path, cat__b=(4, 5, 6))
        assert "next to class folders" in refusal(source, COLOUR, self.OPTIONS)
