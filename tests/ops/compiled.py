"""The generated C on this machine, at the level of optimization that the loop of checks asks for."""

from __future__ import annotations

import os
from collections.abc import Sequence
from shutil import which

from edgeq.codegen.native import NativeEngine
from edgeq.opkit.node import Values
from edgeq.verify.host import run_host

OPTIMIZATION = os.environ.get("EDGEQ_TEST_OPTIMIZATION", "-O2")
"""`make check` sets a lower level, at which compilers take half the time; `make test` has -O2."""
TRAP = () if OPTIMIZATION == "-O2" else ("-fsanitize-undefined-trap-on-error",)
"""Below -O2 undefined behaviour ends the program without a message, which takes a fifth less to
compile; the test fails as well, and says what was undefined where it is run by itself.
"""
LINKER = ("-fuse-ld=gold",) if which("ld.gold") else ()
"""Links with the sanitizers' libraries in a third of the time of the usual linker."""


def run_compiled(
    engine: NativeEngine, inputs: Sequence[Values], compiler: str | None = None
) -> dict[int, Values]:
    """Tensor index -> values [samples, *shape] of every operator's output, as the C computed them
    under sanitizers.
    """
    return run_host(engine, inputs, compiler, optimization=OPTIMIZATION, more=(*LINKER, *TRAP))
