"""Kconfig files read by kconfiglib, which Zephyr's and ESP-IDF's own readers come from."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import kconfiglib


def autoconf(kconfig: Path, values: Mapping[str, str], around: str = "") -> str:
    """The C header of a configuration: `kconfig` among the entries `around`, with symbols set as
    wanted. A warning of the reader, or a value that a symbol does not take, is an error.
    """
    root = kconfig.parent / "Kconfig.root"
    root.write_text(f'{around}\nsource "{kconfig}"\n')
    configuration = kconfiglib.Kconfig(str(root), warn_to_stderr=False)
    for name, value in values.items():
        assert configuration.syms[name].set_value(value)
    header = kconfig.parent / "autoconf.h"
    configuration.write_autoconf(str(header))
    text = header.read_text()
    for path in (root, header):
        path.unlink()
    assert configuration.warnings == []
    for name, value in values.items():
        assert configuration.syms[name].str_value == value
    return text
