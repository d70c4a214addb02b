"""Evidence: the generated C on the host, on emulated cores and on boards, every byte against the
simulator.
"""

from edgeq.callable_package import make_callable
from edgeq.verify.feed import Feed
from edgeq.verify.job import Settings
from edgeq.verify.result import Difference, LayerResult, TargetResult, VerifyResult
from edgeq.verify.run import verify
from edgeq.verify.selftest_report import Wanted
from edgeq.verify.serial_port import verify_port
from edgeq.verify.targets import TARGETS, Compiler, Target, find_target, select_targets
from edgeq.verify.toolchain import MissingToolError

__all__ = [
    "TARGETS",
    "Compiler",
    "Difference",
    "Feed",
    "LayerResult",
    "MissingToolError",
    "Settings",
    "Target",
    "TargetResult",
    "VerifyResult",
    "Wanted",
    "find_target",
    "select_targets",
    "verify",
    "verify_port",
]

make_callable(__name__, "run")
