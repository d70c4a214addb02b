"""Named arrays to `Samples`: the rules on shape, dtype and range that all formats have in common."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from edgeq.data.channel_order import channels_last
from edgeq.data.labels import read_groups, read_labels
from edgeq.data.samples import Array, InputSpec, LoadOptions, Samples
from edgeq.data.windows import cut_windows, windows_that_fit
from edgeq.errors import EdgeqError, shown

DEFAULT = LoadOptions()


def samples_from_arrays(
    arrays: Mapping[str, Array],
    specs: Sequence[InputSpec],
    origin: str,
    options: LoadOptions = DEFAULT,
) -> Samples:
    """Samples from the arrays x (x0, x1, ... or the inputs' names if there are several), and
    optional y, group, scale and offset.

    With `scale` (and `offset`) the inputs are x * scale + offset in float32; scale0, offset0, ...
    for several inputs. With `options.window`, x [rows, columns] is a log that is cut into windows,
    and y and group have one value per row.

    Raises EdgeqError for anything that is missing or does not fit `specs`.
    """
    suffixes = [""] if len(specs) == 1 else [str(i) for i in range(len(specs))]
    found = [
        _input(arrays, spec, suffix, origin) for spec, suffix in zip(specs, suffixes, strict=True)
    ]
    y, classes = read_labels(arrays["y"], origin) if "y" in arrays else (None, ())
    group = read_groups(arrays["group"], origin) if "group" in arrays else None
    choices = ""
    if options.window is not None:
        (spec,) = _only_one(specs, origin)
        cut = cut_windows(found[0], y, group, spec, origin, options)
        found, y, group = [cut.x], cut.y, cut.group
        choices = cut.note
    scaled = [_scaled(arrays, x, suffix, origin) for x, suffix in zip(found, suffixes, strict=True)]
    inputs = tuple(
        fit(x, spec, origin, options.max_bytes) for (x, _), spec in zip(scaled, specs, strict=True)
    )
    count = len(inputs[0])
    others = {f"input {spec.name!r}": x for x, spec in zip(inputs, specs, strict=True)} | {
        "y": y,
        "group": group,
    }
    for what, array in others.items():
        if array is not None:
            _check_count(len(array), count, what, origin)
    note = "; ".join(dict.fromkeys(note for _, note in scaled))
    return Samples(inputs, y, group, origin, note, choices, classes, sorted_names=bool(classes))


def fit(x: Array, spec: InputSpec, origin: str, max_bytes: int = DEFAULT.max_bytes) -> Array:
    """x as [n, *sample shape] of the input's dtype.

    Also accepted are a single sample, a batch axis of 1 in each sample, and a missing channel axis
    of 1. Raises EdgeqError for other shapes, for NaN and infinite values, and for more than
    `max_bytes`.
    """
    shape = _batch_shape(x.shape, spec.sample_shape)
    if shape is None:
        raise EdgeqError(
            f"{origin}: shape {list(x.shape)}",
            f"input {spec.name!r} of the model is {list(spec.shape)}",
            f"give [samples, {', '.join(map(str, spec.sample_shape))}]{windows_that_fit(x.shape, spec)}"
            f"{channels_last(x.shape, spec)}",
        )
    if 0 in shape:
        raise EdgeqError(
            origin, f"it holds no samples (shape {list(x.shape)})", "give at least one"
        )
    if shape[0] * spec.sample_bytes > max_bytes:
        why = (
            f"its {shape[0]:,} samples take {shape[0] * spec.sample_bytes:,} bytes as {spec.dtype}"
        )
        raise EdgeqError(origin, f"{why}, the limit is {max_bytes:,}", "give fewer samples")
    return _converted(x.reshape(shape), spec, origin)


def _batch_shape(shape: tuple[int, ...], sample: tuple[int, ...]) -> tuple[int, ...] | None:
    if shape == sample and shape:
        return (1, *sample)
    if not shape:
        return None
    fits = (
        shape[1:] == sample
        or (*shape[1:], 1) == sample
        or (shape[1:2] == (1,) and shape[2:] == sample)
    )
    return (shape[0], *sample) if fits else None


def _converted(x: Array, spec: InputSpec, origin: str) -> Array:
    what, dtype = f"{origin}: input {spec.name!r}", np.dtype(spec.dtype)
    if x.dtype.kind not in "biuf":
        kind = "text" if x.dtype.kind in "SU" else x.dtype
        raise EdgeqError(what, f"the data is {kind}, the model takes {dtype}", "give real numbers")
    _check_finite(x, what)
    with np.errstate(over="ignore", invalid="ignore"):
        converted = x.astype(dtype, copy=False)
    if dtype.kind == "f":
        _check_finite(converted, what)
    elif not np.array_equal(converted, x):
        raise EdgeqError(
            what,
            f"the data is {x.dtype} with values that {dtype} cannot hold",
            f"give {dtype} values",
        )
    return converted


def _input(arrays: Mapping[str, Array], spec: InputSpec, suffix: str, origin: str) -> Array:
    for key in (f"x{suffix}", spec.name):
        if key in arrays:
            return arrays[key]
    present = ", ".join(sorted(arrays)) or "no array of that name or of its own"
    remedy = (
        f"save the array as x{suffix}, or as {shown(spec.name)}"
        if suffix
        else "save the array as x"
    )
    raise EdgeqError(
        f"{origin}: no x{suffix} for input {spec.name!r}", f"it holds {present}", remedy
    )


def _scaled(arrays: Mapping[str, Array], x: Array, suffix: str, origin: str) -> tuple[Array, str]:
    if f"scale{suffix}" not in arrays:
        if f"offset{suffix}" in arrays:
            raise EdgeqError(
                f"{origin}: offset{suffix}", f"there is no scale{suffix}", f"add scale{suffix}"
            )
        return x, "values as they are"
    scale = _scalar(arrays, f"scale{suffix}", 1.0, origin)
    offset = _scalar(arrays, f"offset{suffix}", 0.0, origin)
    if x.dtype.kind not in "biuf":
        raise EdgeqError(f"{origin}: x{suffix}", f"it is of type {x.dtype}", "give numbers")
    reals = x.astype(np.float32)
    reals *= scale  # in place, to save memory
    reals += offset
    return reals, _said(scale, offset)


def _said(scale: np.float32, offset: np.float32) -> str:
    """How values were scaled, without what changes nothing."""
    product = "x" if scale == 1 else f"x * {scale:g}"
    if offset == 0:
        return "values as they are" if scale == 1 else product
    return f"{product} {'-' if offset < 0 else '+'} {abs(offset):g}"


def _scalar(arrays: Mapping[str, Array], key: str, default: float, origin: str) -> np.float32:
    value = arrays.get(key, np.asarray(default))
    if value.size != 1 or value.dtype.kind not in "biuf" or not np.isfinite(value).all():
        raise EdgeqError(
            f"{origin}: {key}", f"it is {value.dtype} {list(value.shape)}", "give one finite number"
        )
    if key.startswith("scale") and not value.item() > 0:
        raise EdgeqError(f"{origin}: {key}", f"it is {value.item()}", "give a number above 0")
    return np.float32(value.item())


def _only_one(specs: Sequence[InputSpec], origin: str) -> Sequence[InputSpec]:
    if len(specs) != 1:
        raise EdgeqError(
            f"{origin}: --window", f"the model has {len(specs)} inputs", "give samples, not a log"
        )
    return specs


def _check_count(count: int, expected: int, what: str, origin: str) -> None:
    if count != expected:
        raise EdgeqError(
            f"{origin}: {what}", f"it has {count} samples, the first input {expected}", "match them"
        )


def _check_finite(x: Array, what: str) -> None:
    bad = ~np.isfinite(x)
    if bad.any():
        first = [int(i) for i in np.argwhere(bad)[0]]
        found = f"{int(bad.sum())} values are NaN or infinite, the first at {first}"
        raise EdgeqError(what, found, "leave those samples out, or replace the values")
