"""Networks of many kinds, trained for seconds: as near to Keras as TensorFlow's int8, and exact."""

from __future__ import annotations

from typing import Any

import pytest
from keras_sweep.architectures import SMALL
from keras_sweep.paired import measure

from edgeq.convert.options import ConvertOptions
from edgeq.quiet import quiet_output

pytestmark = pytest.mark.slow
QUICK = ConvertOptions(calibrator="min-max", rounding="nearest", fill_ranges=False)
CHANCE = 1.0  # dB by which two plain roundings of the same network differ


@pytest.mark.parametrize("name", SMALL)
def test_as_near_to_keras_as_tensorflow(name: str, keras: Any) -> None:
    keras.utils.set_random_seed(1)
    with quiet_output():
        network = SMALL[name](keras)
    pair = measure(network, QUICK)
    assert pair.exact
    assert not pair.wrong
    assert pair.edgeq > 20
    assert pair.tensorflow is None or pair.edgeq > pair.tensorflow - CHANCE
