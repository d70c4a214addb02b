"""The models that cases are derived from: the samples that operators' own tests bring.

A new operator needs nothing here. Its test has a table `CASES` of models, as the tests of kernels
want it (`tests/firmware/samples.py`), or a table `SEEDS` of others, such as those that keep a state.
"""

from __future__ import annotations

from collections.abc import Mapping
from importlib import import_module

from firmware.samples import samples

from edgeq.graph import Model
from edgeq.ops import supported

ELEMENTS = 6000  # of all tensors of a seed


def find_seeds() -> Mapping[str, tuple[Model, ...]]:
    """Operator -> small models with it."""
    models = list(samples().values())
    for kind in sorted(supported()):
        test = import_module(f"ops.test_{kind.lower()}")
        models += [m for m in getattr(test, "SEEDS", {}).values() if isinstance(m, Model)]
    found: dict[str, list[Model]] = {}
    for model in models:
        if sum(t.size for t in model.main.tensors) <= ELEMENTS:
            for kind in {op.kind for op in model.main.ops}:
                found.setdefault(kind, []).append(model)
    return {kind: tuple(models) for kind, models in sorted(found.items())}
