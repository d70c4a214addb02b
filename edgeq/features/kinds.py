"""The kinds of front end that edgeq computes."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Protocol, TypeAlias

from edgeq.errors import EdgeqError
from edgeq.features.mfcc import MfccFrontend
from edgeq.features.mfcc_parameters import MfccParameters
from edgeq.features.micro import MicroFrontend
from edgeq.features.parameters import MicroParameters
from edgeq.opkit.node import Values

Parameters: TypeAlias = MicroParameters | MfccParameters


class Stream(Protocol):
    """A stream of samples and the features of its frames."""

    def reset(self) -> None:
        """Forgets what came before."""

    def push(self, samples: Values) -> Values:
        """samples int16 [n] -> features [frames that these complete, channels]."""


@dataclass(frozen=True)
class Kind:
    """parameters: what makes them, by names. stream: what computes features by parameters. scaled:
    whether features are integers, which a scale makes real.
    """

    parameters: Callable[..., Parameters]
    stream: Callable[[Any], Stream]
    scaled: bool


KINDS: Mapping[str, Kind] = {
    "micro": Kind(MicroParameters, MicroFrontend, scaled=True),
    "mfcc": Kind(MfccParameters, MfccFrontend, scaled=False),
}


def kind_parameters(name: str, given: Mapping[str, float]) -> Parameters:
    """The parameters of the kind of that name, those that are not given as it has them by default.

    Raises EdgeqError for other names, for parameters that the kind does not have, and for values that
    it cannot compute with.
    """
    if name not in KINDS:
        raise EdgeqError(f"--kind {name}", "it is not known", f"choose {' or '.join(KINDS)}")
    known = KINDS[name].parameters().to_json()
    for each in given.keys() - known.keys():
        why = f"features of {name} have no such parameter"
        raise EdgeqError(f"--{each.replace('_', '-')}", why, "leave it out, or give another --kind")
    return KINDS[name].parameters(**given)
