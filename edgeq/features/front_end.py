"""The front end of a model as data sets and models carry it: JSON in bytes."""

from __future__ import annotations

import json
import math
from dataclasses import dataclass, field, fields

from edgeq.errors import EdgeqError
from edgeq.features.kinds import KINDS, Parameters, Stream
from edgeq.features.parameters import MicroParameters
from edgeq.plain_json import parse_json

MAX_BYTES = 1 << 14  # of the JSON; the parameters take 400


@dataclass(frozen=True)
class FrontEnd:
    """What features a model takes: those that the kind of `parameters` computes, times `scale`.

    own_scale: another scale than that of the kind.
    """

    parameters: Parameters = field(default_factory=MicroParameters)
    own_scale: float | None = None

    @property
    def scale(self) -> float:
        """What features are multiplied by."""
        return self.parameters.feature_scale if self.own_scale is None else self.own_scale

    def stream(self) -> Stream:
        """What computes the features, before any sample."""
        return KINDS[self.parameters.kind].stream(self.parameters)

    def to_json(self) -> dict[str, str | float]:
        """Kind, scale, and the parameters by their names."""
        return {"kind": self.parameters.kind, "scale": self.scale, **self.parameters.to_json()}

    def to_bytes(self) -> bytes:
        """`to_json` as text."""
        return json.dumps(self.to_json()).encode()


def front_end(content: bytes, origin: str) -> FrontEnd:
    """The front end of its JSON. origin: where that is from, for messages.

    Raises EdgeqError for what is no front end that edgeq computes.
    """
    try:
        given = parse_json(content[:MAX_BYTES])
    except (ValueError, RecursionError) as error:
        raise _unknown(origin, "it is no JSON") from error
    kind = given.pop("kind", None) if isinstance(given, dict) else None
    if not isinstance(kind, str) or kind not in KINDS:
        raise _unknown(origin, f"its kind is not {' or '.join(KINDS)}")
    scale, made = given.pop("scale", None), KINDS[kind].parameters
    types = {each.name: type(each.default) for each in fields(made())}
    if given.keys() != types.keys():
        raise _unknown(origin, f"it has not the parameters of {kind}")
    for name, value in given.items():
        if type(value) is not types[name] and not (types[name] is float and type(value) is int):
            raise _unknown(origin, f"its {name} is no {types[name].__name__}")
    if type(scale) is not float or not math.isfinite(scale) or scale <= 0:
        raise _unknown(origin, "its scale is no number above 0")
    if not KINDS[kind].scaled and scale != 1:
        raise _unknown(origin, f"its scale is {scale:g}, features of {kind} have none but 1")
    return FrontEnd(made(**given), scale)


def _unknown(origin: str, why: str) -> EdgeqError:
    remedy = "make the data again: edgeq data features"
    return EdgeqError(f"the audio front end of {origin}", why, remedy)
