"""From the options --data, --random and --limit to what simulate and verify take."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from edgeq.errors import EdgeqError

if TYPE_CHECKING:
    from edgeq.data import LoadOptions, Samples
    from edgeq.graph import Model
    from edgeq.opkit.node import Values


@dataclass(frozen=True)
class Source:
    """What samples a command works on: real ones, or so many random ones. limit: of them, the most
    that are used.
    """

    data: str | None
    random: int | None
    seed: int
    limit: int | None
    options: LoadOptions

    def load(self, model: Model) -> tuple[Samples | None, list[Values] | None]:
        """Real samples, or random quantized inputs. EdgeqError unless exactly one of the two was
        asked for.
        """
        from edgeq.cleanup import with_known_values
        from edgeq.data import input_specs, load_samples
        from edgeq.opkit.legal import check_computable
        from edgeq.simulate.execute import random_inputs

        if (self.data is None) == (self.random is None):
            what = "no data" if self.data is None else "two sources of data"
            raise EdgeqError(what, "the command needs one", "give either --data FILE or --random N")
        graph = with_known_values(model).main
        check_computable(graph)
        if self.random is not None:
            count = min(self.random, self.limit or self.random)
            return None, random_inputs(graph, count, self.seed)
        assert self.data is not None
        return load_samples(self.data, input_specs(model), self.options).take(self.limit), None

    def quantized(self, model: Model) -> list[Values]:
        """The samples as the model's integer inputs, [samples, *shape] each."""
        from edgeq.data import quantized_inputs

        samples, inputs = self.load(model)
        return inputs or [] if samples is None else quantized_inputs(model.main, samples.inputs)


def read_labels(path: Path | None) -> tuple[str, ...]:
    """The class names of a text file, one a line; none without a file."""
    from edgeq.files import read_names

    return () if path is None else read_names(path, "labels")
