"""Names from outside made safe for C, and numbers written as C writes them."""

from __future__ import annotations

import re
import unicodedata
from bisect import bisect_right
from itertools import accumulate

import numpy as np

from edgeq.opkit.node import Values

C_KEYWORDS = frozenset(
    """auto break case char const continue default do double else enum extern float for goto if inline int long
    register restrict return short signed sizeof static struct switch typedef union unsigned void volatile while
    alignas alignof and and_eq asm bitand bitor bool catch class compl concept constexpr const_cast decltype delete
    dynamic_cast explicit export false friend mutable namespace new noexcept not not_eq nullptr operator or or_eq
    private protected public reinterpret_cast requires static_assert static_cast template this thread_local throw
    true try typeid typename using virtual xor xor_eq""".split()
)
"""Words that C or C++ keep for themselves."""

HEADERS = frozenset(
    """arduino assert complex ctype errno fenv float inttypes iso646 limits locale main math memory setjmp signal
    stdalign stdarg stdatomic stdbool stddef stdint stdio stdlib stdnoreturn string strings tgmath threads time uchar
    unistd wchar wctype endian features sched pthread poll fcntl termios wire spi serial con prn aux nul""".split()
)
"""Names whose `.h` or `.c` would stand in for a file of the system (or, on Windows, for a device).
"""

TYPES = frozenset(
    """size ssize ptrdiff wchar wint wctype wctrans max_align sig_atomic time clock div ldiv lldiv imaxdiv fpos mbstate
    double off pid uid gid id dev ino mode nlink key timer clockid blkcnt blksize fsblkcnt fsfilcnt useconds
    suseconds quad u_quad loff caddr daddr locale sigset stack fexcept fenv sem regex regmatch regoff socklen
    sa_family in_port in_addr byte word uint u_int""".split()
)
"""Types of C, POSIX and Arduino that end in `_t`, without it: `<name>_t` is the model's own type.
"""

_TAKEN = re.compile(r"edgeq.*|layer\d+|(com|lpt)\d|u?_?int(_?(fast|least))?(\d+|ptr|max)|char\d+")
"""The engine's own names, devices of Windows, and the integer types."""

MAX_NAME = 48

C_TYPES = {
    "int8": "int8_t",
    "uint8": "uint8_t",
    "int16": "int16_t",
    "uint16": "uint16_t",
    "int32": "int32_t",
    "uint32": "uint32_t",
    "int64": "int64_t",
    "uint64": "uint64_t",
    "float32": "float",
    "bool": "bool",
}


def c_identifier(text: str) -> str:
    """A lower-case prefix for files, types and functions in C and C++ that meets no name of the
    system's.

    `model` where nothing is left of the text; `_model` goes behind what is taken, `model_` before a
    digit.

    >>> c_identifier('"; system("x'), c_identifier("Größe 2"), c_identifier("while"), c_identifier("../../etc")
    ('system_x', 'grosse_2', 'while_model', 'etc')
    """
    latin = (
        unicodedata.normalize("NFKD", text.replace("ß", "ss"))
        .encode("ascii", "ignore")
        .decode()
        .lower()
    )
    name = re.sub(r"[^a-z0-9]+", "_", latin)[: 4 * MAX_NAME].strip("_")[:MAX_NAME].strip("_")
    if not name:
        return "model"
    if name in C_KEYWORDS | HEADERS | TYPES or _TAKEN.fullmatch(name):
        return f"{name}_model"
    return f"model_{name}" if name[0].isdigit() else name


def c_comment(text: str, limit: int = 100) -> str:
    """Text for the inside of a comment: printable ASCII on one line, unable to end the comment or
    continue a line.

    >>> c_comment("a */ system(); /* \\n b")
    'a * / system(); / * b'
    """
    plain = "".join(c if " " <= c <= "~" else "?" for c in " ".join(text.split()))
    plain = re.sub(
        r"\?{2,}", "?", plain.replace("\\", "/")
    )  # no trigraphs, no escaped end of the line
    plain = re.sub(r"\*(?=/)|/(?=\*)", r"\g<0> ", plain)
    return plain if len(plain) <= limit else plain[: limit - 3] + "..."


def c_string(text: str) -> str:
    """A C string literal, quotes included: ASCII as it is, everything else as octal escapes of its
    UTF-8 bytes.

    >>> print(c_string('say "hi"?'), c_string("é"))
    "say \\"hi\\"\\077" "\\303\\251"
    """
    kept = {ord("\\"): "\\\\", ord('"'): '\\"'}
    plain = "".join(
        kept.get(byte) or (chr(byte) if 32 <= byte < 127 and byte != ord("?") else f"\\{byte:03o}")
        for byte in text.encode("utf-8", "replace")
    )
    return f'"{plain}"'


def c_float(value: float) -> str:
    """A float literal that reads back to the same float32; `math.h` names what has no digits.

    >>> c_float(0.1), c_float(3.0)
    ('0.1f', '3.0f')
    """
    single = np.float32(value)
    if not np.isfinite(single):
        return "NAN" if np.isnan(single) else "INFINITY" if single > 0 else "-INFINITY"
    if value == 0 or 1e-4 < abs(value) < 1e6:
        return f"{np.format_float_positional(single, trim='0')}f"
    return f"{np.format_float_scientific(single)}f"


def c_number(value: int | float) -> str:
    """An int or float literal; the least int32 and int64, and the largest uint64, as C can spell
    them.
    """
    if isinstance(value, (float, np.floating)):
        return c_float(float(value))
    number = int(value)
    if number == -(2**31):
        return "(-2147483647 - 1)"
    if number == -(2**63):
        return "(-9223372036854775807LL - 1)"
    suffix = "" if abs(number) < 2**31 else "LL" if number < 2**63 else "ULL"
    return f"{number}{suffix}"


_BYTES = {value: f"{value}, " for value in range(-128, 256)}


def c_rows(values: Values, width: int = 100) -> list[str]:
    """The elements as comma-separated literals, wrapped to lines of at most `width` characters."""
    texts = _literals(values.ravel())
    ends = list(accumulate(map(len, texts)))
    lines, start = [], 0
    while start < len(texts):
        room = (
            width + 1 + (ends[start - 1] if start else 0)
        )  # the space behind the last literal is cut
        end = max(bisect_right(ends, room, start), start + 1)
        lines.append("".join(texts[start:end])[:-1])
        start = end
    return lines


def _literals(flat: Values) -> list[str]:
    """Of each element its literal, a comma and a space; bytes, which most weights are, are looked
    up.
    """
    if flat.dtype == np.float32:
        return _float_literals(flat)
    if flat.dtype.kind == "f":
        return [f"{c_float(float(value))}, " for value in flat]
    if flat.dtype.itemsize == 1:
        return [_BYTES[value] for value in flat.tolist()]
    plain = not flat.size or (int(flat.min()) > -(2**31) and int(flat.max()) < 2**31)
    return [f"{value}, " if plain else f"{c_number(value)}, " for value in flat.tolist()]


def _float_literals(flat: Values) -> list[str]:
    """NumPy's own text of all elements at once, which is that of `c_float` where it writes no
    exponent.
    """
    texts = flat.astype("U32").tolist()
    plain = ((np.abs(flat) > 1e-4) & (np.abs(flat) < 1e6) | (flat == 0)).tolist()
    return [
        f"{text}f, " if simple else f"{c_float(value)}, "
        for text, simple, value in zip(texts, plain, flat.tolist(), strict=True)
    ]
