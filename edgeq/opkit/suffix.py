"""How the names of C kernels say the types that they compute on."""

from __future__ import annotations

from collections.abc import Mapping

SUFFIX: Mapping[str, str] = {
    "int8": "s8",
    "uint8": "u8",
    "int16": "s16",
    "int32": "s32",
    "int64": "s64",
    "uint32": "u32",
    "uint64": "u64",
    "float32": "f32",
    "bool": "bool",
}
"""The dtype -> its part of a function's name, as in `edgeq_quantize_f32_s8`."""
