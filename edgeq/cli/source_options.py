"""The options of `edgeq generate` for where the firmware has the model's input from."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated

import typer

from edgeq.cli import completion
from edgeq.errors import EdgeqError

if TYPE_CHECKING:
    from edgeq.cli.reading import Reading
    from edgeq.codegen.sampling import Sampling


@dataclass(frozen=True)
class SourceOptions:
    """Each field is an option of its own name."""

    sensor: Annotated[
        str | None,
        typer.Option(
            help="What the program reads windows from: a name of docs/sensors.md.",
            autocompletion=completion.sensors,
        ),
    ] = None
    rate: Annotated[
        float | None, typer.Option(help="Time steps per second of --sensor; its own by default.")
    ] = None
    smooth: Annotated[int, typer.Option(help="Windows that scores are averaged over.")] = 1
    threshold: Annotated[
        float | None, typer.Option(help="Score below which no class is named.")
    ] = None
    features: Annotated[
        str | None,
        typer.Option(
            help="micro or mfcc: the firmware makes the input of sound; none; by default what `convert` wrote."
        ),
    ] = None

    def sampling(self, reading: Reading) -> Sampling:
        """How the sensor is sampled. reading: states window and hop. Raises EdgeqError for options of
        a sensor without one.
        """
        from edgeq.codegen.sampling import Sampling

        if self.sensor is None and (self.rate, self.smooth, self.threshold) != (None, 1, None):
            raise EdgeqError(
                "--rate, --smooth or --threshold",
                "they are options of --sensor",
                "give --sensor too",
            )
        return Sampling(self.rate, reading.window, reading.hop, self.smooth, self.threshold)


NO_SOURCE = SourceOptions()
