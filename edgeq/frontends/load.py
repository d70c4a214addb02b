"""Which file is read by which front end, and which files are refused because they carry code."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from edgeq.errors import EdgeqError
from edgeq.frontends.foreign_model import ForeignModel, foreign_model
from edgeq.frontends.process import require


@dataclass(frozen=True)
class FrontEnd:
    """title: of the format. extra: of edgeq's, that brings its packages. program: run in a process
    of its own.
    """

    title: str
    extra: str
    packages: tuple[str, ...]
    program: str


FRONT_ENDS: Mapping[str, FrontEnd] = {
    ".onnx": FrontEnd("ONNX", "onnx", ("onnx2tf", "onnxruntime"), "edgeq.frontends.onnx_program"),
    ".pt2": FrontEnd(
        "exported programs of PyTorch",
        "torch",
        ("torch", "litert_torch"),
        "edgeq.frontends.torch_program",
    ),
}
PICKLES = (".pt", ".pth", ".ckpt", ".pkl", ".pickle")
"""Files that PyTorch loads by running what they say."""


def load_foreign(path: Path) -> ForeignModel | None:
    """The model of a file by the front end of its suffix; None for other suffixes.

    Raises EdgeqError for pickles, with pip's command where the front end's packages are not
    installed, and for what the front end cannot read or convert.
    """
    if path.suffix in PICKLES:
        why = f"{path.suffix} is a Python pickle, which runs code as it is read"
        remedy = (
            "in your own program: torch.export.save(torch.export.export(model.eval(), "
            f"(example,)), {path.stem + '.pt2'!r}), then convert that"
        )
        raise EdgeqError(f"model {path.name}", why, remedy)
    front_end = FRONT_ENDS.get(path.suffix)
    if front_end is None:
        return None
    require(front_end.packages, front_end.title, front_end.extra)
    return foreign_model(front_end.program, path)
