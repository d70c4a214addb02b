"""Zephyr's configuration of an application: configure.py FOLDER_OF_RESULTS PRJ_CONF MODULE...

Reads each module's zephyr/module.yml and Kconfig and the application's prj.conf, and writes
autoconf.h and modules.cmake. Every warning of Kconfig is an error, as in Zephyr.
"""

from __future__ import annotations

import sys
from pathlib import Path

import kconfiglib
import yaml


def main(results: Path, settings: Path, *modules: Path) -> None:
    """Writes both files, or raises where a module or a setting is wrong."""
    sources, lines = [Path(__file__).parent / "Kconfig"], []
    for module in modules:
        text = (module / "zephyr/module.yml").read_text(encoding="utf-8")
        described = yaml.safe_load(text)
        sources.append(module / described["build"]["kconfig"])
        cmake = (module / described["build"]["cmake"]).resolve()
        assert (cmake / "CMakeLists.txt").is_file()
        assert all((module / folder).is_dir() for folder in described["samples"])
        lines.append(f'add_subdirectory("{cmake}" "modules/{described["name"]}")')
    root = results / "Kconfig.root"
    root.write_text("".join(f'source "{source}"\n' for source in sources))
    configuration = kconfiglib.Kconfig(str(root), warn_to_stderr=False)
    configuration.warn_assign_undef = True
    configuration.load_config(str(settings))
    for symbol in configuration.unique_defined_syms:
        wanted = symbol.user_value
        wanted = kconfiglib.TRI_TO_STR[wanted] if isinstance(wanted, int) else wanted
        assert wanted in (None, symbol.str_value), f"{symbol.name} is not as it was set"
    assert configuration.warnings == [], configuration.warnings
    configuration.write_autoconf(str(results / "autoconf.h"))
    chosen = [s for s in configuration.unique_defined_syms if s.str_value == "y"]
    lines = [f"set(CONFIG_{symbol.name} y)" for symbol in chosen] + lines
    (results / "modules.cmake").write_text("\n".join(lines) + "\n")


if __name__ == "__main__":
    main(*map(Path, sys.argv[1:]))
