"""From the options --data, --random and --limit to what simulate and verify take."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from edgeq.errors import EdgeqError

if TYPE_CHECKING:
    from edgeq.data import LoadOptions, Samples
    from edgeq.graph import Model
    from edgeq.opkit.contract import Values


def load_options(resize: str | None, scaling: str | None, label_column: str | None, columns: str | None,
                 window: int | None, hop: int | None, labels: Path | None = None) -> LoadOptions:  # fmt: skip
    """The reading options that the command line stated."""
    from edgeq.data import ImageOptions, LoadOptions

    named = tuple(filter(None, map(str.strip, (columns or "").split(","))))
    return LoadOptions(ImageOptions(resize, scaling), label_column, classes=read_labels(labels), window=window, hop=hop,
                       columns=named)  # fmt: skip


def samples_or_random(model: Model, data: str | None, random: int | None, seed: int, limit: int | None,
                      options: LoadOptions) -> tuple[Samples | None, list[Values] | None]:  # fmt: skip
    """Real samples, or random quantized inputs; exactly one of the two options must be given."""
    from edgeq.data import input_specs, load_samples
    from edgeq.opkit.legal import check_computable
    from edgeq.simulate.execute import random_inputs

    if (data is None) == (random is None):
        raise EdgeqError("no data" if data is None else "two sources of data", "the command needs one",
                         "give either --data FILE or --random N")  # fmt: skip
    check_computable(model.main)
    if random is not None:
        return None, random_inputs(model.main, min(random, limit or random), seed)
    assert data is not None
    return load_samples(data, input_specs(model), options).take(limit), None


def read_labels(path: Path | None) -> tuple[str, ...]:
    """The class names of a text file, one a line; none without a file."""
    from edgeq.files import read_names

    return () if path is None else read_names(path, "labels")
