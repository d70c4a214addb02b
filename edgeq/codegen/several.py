"""What a project of several models has beside the files of each: one header, one self-test header,
and names that do not meet.
"""

from __future__ import annotations

import re
from itertools import combinations

from edgeq.codegen.engine import Engine
from edgeq.codegen.names import c_comment
from edgeq.codegen.templates import render
from edgeq.errors import EdgeqError


def together_files(engine: Engine, tested: bool) -> dict[str, str]:
    """`<prefix>.h`, and `<prefix>_selftest.h` if there are self-tests, which include those of every
    model; none for one model, whose own they are.
    """
    if len(engine.models) == 1:
        return {}
    context = {
        "prefix": engine.prefix,
        "PREFIX": engine.prefix.upper(),
        "models": [model.context for model in engine.models],
        "arena_bytes": engine.arena_bytes,
        "apart": engine.apart,
    }
    templates = {".h": "common/several.h.j2"}
    templates |= {"_selftest.h": "common/several_selftest.h.j2"} if tested else {}
    return {f"{engine.prefix}{end}": render(name, context) for end, name in templates.items()}


def check_names(engine: Engine) -> None:
    """Raises EdgeqError where a name in C that belongs to a model, or to the project, is one of
    another model too.
    """
    if len(engine.models) == 1:
        return
    owners = [(model.prefix, _names(model.prefix, model.text)) for model in engine.models]
    words = ("arena", "arena_t", "kernels", "selftest", "weights")
    project = {engine.prefix, *(f"{engine.prefix}_{word}" for word in words)}
    for (a, own), (b, others) in combinations(owners, 2):
        if own & others:
            why = f"both give C the name {min(own & others)}"
            raise EdgeqError(
                f"models {a} and {b}",
                why,
                "rename the file of one, after which its model is called",
            )
    for prefix, own in owners:
        if own & project:
            why = f"model {prefix} gives C the name {min(own & project)} too"
            raise EdgeqError(f"project {c_comment(engine.prefix)}", why, "give another --name")


def _names(prefix: str, text: str) -> set[str]:
    """The words of a text that begin with a prefix or are it, those of macros in lower case too."""
    found = re.findall(rf"\b{prefix}(?:_\w+)?\b", text, re.ASCII | re.IGNORECASE)
    return {prefix, f"{prefix}_selftest", *(name.lower() for name in found)}
