"""Named arrays -> Samples: the shape, dtype and range rules that all formats share."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import numpy.typing as npt

from edgeq.data.samples import Array, InputSpec, Samples
from edgeq.errors import EdgeqError


def samples_from_arrays(arrays: Mapping[str, Array], specs: Sequence[InputSpec], origin: str) -> Samples:
    """Samples from x (x0, x1, ... or the inputs' names for several), optional y, group, scale and offset.

    With `scale` (and `offset`), x * scale + offset in float32; scale0, offset0, ... for several inputs.
    Raises EdgeqError for anything that is missing or does not fit `specs`.
    """
    suffixes = [""] if len(specs) == 1 else [str(i) for i in range(len(specs))]
    scaled = [
        _scaled(arrays, _input(arrays, spec, suffix, origin), suffix, origin)
        for spec, suffix in zip(specs, suffixes, strict=True)
    ]
    inputs = tuple(fit(x, spec, origin) for (x, _), spec in zip(scaled, specs, strict=True))
    count = len(inputs[0])
    for x, spec in zip(inputs, specs, strict=True):
        _check_count(len(x), count, f"input {spec.name!r}", origin)
    return Samples(
        inputs=inputs,
        y=labels(arrays["y"], count, origin) if "y" in arrays else None,
        group=_group(arrays["group"], count, origin) if "group" in arrays else None,
        origin=origin,
        note="; ".join(dict.fromkeys(note for _, note in scaled)),
    )


def fit(x: Array, spec: InputSpec, origin: str) -> Array:
    """x as [n, *sample shape] of the input's dtype, finite.

    Accepted besides that shape: one sample alone, a batch axis of 1 in each sample, and a missing channel axis of 1.
    Raises EdgeqError with both shapes for any other.
    """
    shape = _batch_shape(x.shape, spec.sample_shape)
    if shape is None:
        raise EdgeqError(
            f"{origin}: shape {list(x.shape)}",
            f"input {spec.name!r} of the model is {list(spec.shape)}",
            f"give [samples, {', '.join(map(str, spec.sample_shape))}]",
        )
    if 0 in shape:
        raise EdgeqError(origin, f"it holds no samples (shape {list(x.shape)})", "give at least one")
    return _converted(x.reshape(shape), spec, origin)


def labels(y: Array, count: int, origin: str) -> Array:
    """y as int64 classes [n] (from integers or one-hot rows), or float32 targets [n, ...] if not whole numbers."""
    if y.dtype.kind not in "biuf":
        raise EdgeqError(f"{origin}: y", f"it is of type {y.dtype}", "give numbers")
    if y.ndim == 0:
        raise EdgeqError(f"{origin}: y", "it is a single value", "give one for each sample")
    _check_count(len(y), count, "y", origin)
    _check_finite(y, f"{origin}: y")
    y = y.astype(np.int64) if y.dtype.kind == "b" else y
    if y.ndim == 2 and y.shape[1] > 1 and np.isin(y, (0, 1)).all() and (y.astype(np.int64).sum(axis=1) == 1).all():
        return np.asarray(y.argmax(axis=1), np.int64)
    if y.size == count and (y.dtype.kind in "iu" or np.array_equal(y, np.floor(y.astype(np.float64)))):
        return y.reshape(count).astype(np.int64)
    return y.astype(np.float32)


def _batch_shape(shape: tuple[int, ...], sample: tuple[int, ...]) -> tuple[int, ...] | None:
    if shape == sample and shape:
        return (1, *sample)
    if not shape:
        return None
    fits = shape[1:] == sample or (*shape[1:], 1) == sample or (shape[1:2] == (1,) and shape[2:] == sample)
    return (shape[0], *sample) if fits else None


def _converted(x: Array, spec: InputSpec, origin: str) -> Array:
    what, dtype = f"{origin}: input {spec.name!r}", np.dtype(spec.dtype)
    if x.dtype.kind not in "biuf":
        raise EdgeqError(what, f"the data is {x.dtype}, the model takes {dtype}", "give real numbers")
    _check_finite(x, what)
    with np.errstate(over="ignore", invalid="ignore"):
        converted = x.astype(dtype)
    if dtype.kind == "f":
        _check_finite(converted, what)
    elif not np.array_equal(converted, x):
        raise EdgeqError(what, f"the data is {x.dtype} with values that {dtype} cannot hold", f"give {dtype} values")
    return converted


def _input(arrays: Mapping[str, Array], spec: InputSpec, suffix: str, origin: str) -> Array:
    for key in (f"x{suffix}", spec.name):
        if key in arrays:
            return arrays[key]
    present = ", ".join(sorted(arrays)) or "nothing"
    raise EdgeqError(
        f"{origin}: no x{suffix} for input {spec.name!r}", f"it holds {present}", f"name the array x{suffix}"
    )


def _scaled(arrays: Mapping[str, Array], x: Array, suffix: str, origin: str) -> tuple[Array, str]:
    if f"scale{suffix}" not in arrays:
        if f"offset{suffix}" in arrays:
            raise EdgeqError(f"{origin}: offset{suffix}", f"there is no scale{suffix}", f"add scale{suffix}")
        return x, "values as they are"
    scale = _scalar(arrays, f"scale{suffix}", 1.0, origin)
    offset = _scalar(arrays, f"offset{suffix}", 0.0, origin)
    if x.dtype.kind not in "biuf":
        raise EdgeqError(f"{origin}: x{suffix}", f"it is of type {x.dtype}", "give numbers")
    return x.astype(np.float32) * scale + offset, f"x * {scale:g} + {offset:g}"


def _scalar(arrays: Mapping[str, Array], key: str, default: float, origin: str) -> np.float32:
    value = arrays.get(key, np.asarray(default))
    if value.size != 1 or value.dtype.kind not in "biuf" or not np.isfinite(value).all():
        raise EdgeqError(f"{origin}: {key}", f"it is {value.dtype} {list(value.shape)}", "give one finite number")
    if key.startswith("scale") and not value.item() > 0:
        raise EdgeqError(f"{origin}: {key}", f"it is {value.item()}", "give a number above 0")
    return np.float32(value.item())


def _group(group: Array, count: int, origin: str) -> npt.NDArray[np.int64]:
    if group.dtype.kind not in "iu" or group.ndim != 1:
        raise EdgeqError(f"{origin}: group", f"it is {group.dtype} {list(group.shape)}", "give one integer a sample")
    _check_count(len(group), count, "group", origin)
    return group.astype(np.int64)


def _check_count(count: int, expected: int, what: str, origin: str) -> None:
    if count != expected:
        raise EdgeqError(f"{origin}: {what}", f"it has {count} samples, the first input {expected}", "match them")


def _check_finite(x: Array, what: str) -> None:
    bad = ~np.isfinite(x)
    if bad.any():
        first = [int(i) for i in np.argwhere(bad)[0]]
        raise EdgeqError(what, f"{int(bad.sum())} values are NaN or infinite, the first at {first}", "mend the data")
