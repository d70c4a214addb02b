"""Which boards hold a model, how long an inference takes there, at what energy, and why not."""

from edgeq.callable_package import make_callable
from edgeq.fit.fit import fit
from edgeq.fit.result import BoardFit, FitResult, RegionUse
from edgeq.verify.latency import Latency

__all__ = ["BoardFit", "FitResult", "Latency", "RegionUse", "fit"]

make_callable(__name__, "fit")
