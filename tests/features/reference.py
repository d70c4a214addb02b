"""Features as pymicro-features computes them: TensorFlow's micro-frontend in C."""

from __future__ import annotations

import numpy as np
import pytest

from edgeq.opkit.node import Values

CHUNK = 160  # samples that the package takes at a time
UNIT = 0.0390625  # what it multiplies integers by

package = pytest.importorskip(
    "pymicro_features", reason="pymicro-features has no wheel for this machine"
)


def reference_features(samples: Values) -> Values:
    """samples int16 [n] -> features [frames, 40], whole numbers."""
    frontend, rows = package.MicroFrontend(), []
    for first in range(0, len(samples) - CHUNK + 1, CHUNK):
        found = frontend.process_samples(samples[first : first + CHUNK].tobytes())
        assert found.samples_read == CHUNK
        if found.features:
            rows.append(found.features)
    return np.array(rows).reshape(-1, 40) / UNIT
