"""Jinja set up for C: undefined names are errors, comments and strings escape what models and users
call things.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from edgeq.codegen.names import c_comment, c_float, c_number, c_string
from edgeq.resources import resource_folder


@lru_cache(maxsize=1)
def _environment() -> Environment:
    environment = Environment(
        loader=FileSystemLoader(resource_folder("firmware_templates")),
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
        autoescape=False,
    )
    environment.filters |= {
        "c_comment": c_comment,
        "c_string": c_string,
        "c_float": c_float,
        "c_number": c_number,
    }
    return environment


def render(template: str, context: Mapping[str, Any]) -> str:
    """The text of `firmware_templates/<template>` for a context of plain values."""
    return _environment().get_template(template).render(**context)
