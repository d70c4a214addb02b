"""The cores whose timing is public, a file each."""

from collections.abc import Mapping

from edgeq.cycles.core import Core
from edgeq.cycles.cores.cortex_m0plus import CORTEX_M0PLUS
from edgeq.cycles.cores.cortex_m3 import CORTEX_M3
from edgeq.cycles.cores.cortex_m4 import CORTEX_M4
from edgeq.cycles.cores.cortex_m7 import CORTEX_M7
from edgeq.cycles.cores.cortex_m33 import CORTEX_M33
from edgeq.cycles.cores.cortex_m55 import CORTEX_M55
from edgeq.cycles.cores.hazard3 import HAZARD3

CORES: Mapping[str, Core] = {
    "cortex-m0": CORTEX_M0PLUS,
    "cortex-m0plus": CORTEX_M0PLUS,
    "cortex-m3": CORTEX_M3,
    "cortex-m4": CORTEX_M4,
    "cortex-m4f": CORTEX_M4,
    "cortex-m33": CORTEX_M33,
    "cortex-m33f": CORTEX_M33,
    "cortex-m7": CORTEX_M7,
    "cortex-m55": CORTEX_M55,
    "hazard3": HAZARD3,
}
"""By the names that boards use for their core, and those of targets that execute in their place."""
