"""The front end of a model as data sets and models carry it: JSON in bytes."""

from __future__ import annotations

import json
import math
from dataclasses import dataclass, field, fields

from edgeq.errors import EdgeqError
from edgeq.features.parameters import MicroParameters

SCALE = 0.0390625  # what pymicro-features multiplies the integers by
MAX_BYTES = 1 << 14  # of the JSON; the parameters take 400
KIND = "micro"


@dataclass(frozen=True)
class FrontEnd:
    """What features a model takes: those of the micro-frontend with `parameters`, times `scale`."""

    parameters: MicroParameters = field(default_factory=MicroParameters)
    scale: float = SCALE

    def to_json(self) -> dict[str, str | float]:
        """Kind, scale, and the parameters by their names."""
        return {"kind": KIND, "scale": self.scale, **self.parameters.to_json()}

    def to_bytes(self) -> bytes:
        """`to_json` as text."""
        return json.dumps(self.to_json()).encode()


def front_end(content: bytes, origin: str) -> FrontEnd:
    """The front end of its JSON. origin: where that is from, for messages.

    Raises EdgeqError for what is no front end that edgeq computes.
    """
    try:
        given = json.loads(content[:MAX_BYTES].decode())
    except (ValueError, RecursionError) as error:
        raise _unknown(origin, "it is no JSON") from error
    if not isinstance(given, dict) or given.pop("kind", None) != KIND:
        raise _unknown(origin, f"its kind is not {KIND}")
    scale = given.pop("scale", None)
    types = {each.name: type(each.default) for each in fields(MicroParameters)}
    if given.keys() != types.keys():
        raise _unknown(origin, "it has not the parameters of the micro-frontend")
    for name, value in given.items():
        if type(value) is not types[name] and not (types[name] is float and type(value) is int):
            raise _unknown(origin, f"its {name} is no {types[name].__name__}")
    if type(scale) is not float or not math.isfinite(scale) or scale <= 0:
        raise _unknown(origin, "its scale is no number above 0")
    return FrontEnd(MicroParameters(**given), scale)


def _unknown(origin: str, why: str) -> EdgeqError:
    remedy = "make the data again: edgeq data features"
    return EdgeqError(f"the audio front end of {origin}", why, remedy)
