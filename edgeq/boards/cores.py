"""What is known of a core, whatever board it is on."""

from __future__ import annotations

from collections.abc import Mapping

LARGEST_OBJECT: Mapping[str, int] = {"avr": 32_767}
"""Core -> bytes of one object, where its compiler has a limit below the flash."""
