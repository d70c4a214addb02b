"""Class names and their order in a model's outputs."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from edgeq.data.samples import LoadOptions, Samples
from edgeq.errors import EdgeqError, listed, shown
from edgeq.graph import Model

LISTED = 12  # names that a message shows
LONGEST = 32  # characters of each
FROM_FILE = "give the names in the order of the model's outputs, one a line, by --labels FILE"


def by_names(samples: Samples, names: Sequence[str]) -> Samples:
    """Samples whose text labels are numbered by `names`, the model's classes in the order of its
    outputs.

    Samples with numeric labels are unchanged, and so are all samples if `names` is empty. Raises
    EdgeqError for labels that are not among the names.
    """
    if not names or not samples.classes or samples.y is None:
        return samples
    unknown = [name for name in samples.classes if name not in names]
    if unknown:
        what = f"{samples.origin}: label{'s' if len(unknown) > 1 else ''} {listed_names(unknown)}"
        raise EdgeqError(
            what, f"the model's classes are {listed_names(names)}", f"rename them, or {FROM_FILE}"
        )
    place = np.array([names.index(name) for name in samples.classes], np.int64)
    return replace(
        samples, y=place[samples.y.astype(np.int64)], classes=tuple(names), sorted_names=False
    )


def with_classes(options: LoadOptions | None, model: Model) -> LoadOptions:
    """The options with the model's class names, unless they state class names themselves.

    Raises EdgeqError if they state more or fewer than the first output [..., classes] has; a single
    output stands for two classes.
    """
    options = options or LoadOptions()
    if not options.classes:
        return replace(options, classes=model.labels)
    shape = model.main.tensors[model.main.outputs[0]].shape
    count = len(options.classes)
    if shape[-1:] != (count,) and not (shape[-1:] == (1,) and count == 2):
        why = f"it has {count} name{'s' * (count != 1)}, the model's output is {list(shape)}"
        raise EdgeqError(
            "the list of class names", why, "give one name for each output, in their order"
        )
    return options


def listed_names(names: Sequence[str]) -> str:
    """Names for a message: the first few, shortened, control characters escaped."""
    return listed([shown(name, LONGEST) for name in names], LISTED)


def numbered(names: Sequence[str]) -> str:
    """`0 = cat, 1 = dog`: which name is which output.

    >>> numbered(["cat", "dog"])
    '0 = cat, 1 = dog'
    """
    return listed(
        [f"{number} = {shown(name, LONGEST)}" for number, name in enumerate(names)], LISTED
    )


def names_note(samples: Samples) -> str:
    """The message that states which name was taken for which output; "" unless names were sorted."""
    if not samples.sorted_names:
        return ""
    names = (
        f"class names are those of {samples.origin} in sorted order, {numbered(samples.classes)}"
    )
    return f"{names}; if the model was trained in another order, {FROM_FILE}"
