"""What every firmware engine gets and gives: models with their names; files with one C interface,
and what they take.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from edgeq.codegen.constants import Array
from edgeq.graph import Model
from edgeq.opkit.libraries import Library


@dataclass(frozen=True)
class NamedModel:
    """A model that an engine is made for. name: made a C identifier, it becomes the prefix of the
    model's names; labels: of the classes.
    """

    model: Model
    name: str
    labels: tuple[str, ...] = ()


@dataclass(frozen=True)
class EngineModel:
    """A model as an engine runs it. context: what templates show of it; text: what it alone declares
    and defines, apart from what it shares with the other models.

    model_bytes: of constants, also of those that other models share. state_bytes: of variables, and
    of what fills the model's input: apart from the arena.
    """

    prefix: str
    arena_bytes: int
    state_bytes: int
    model_bytes: int
    context: Mapping[str, Any]
    text: str


@dataclass(frozen=True)
class Engine:
    """The files of an engine (name -> text), which run one model or several, and their bytes.

    prefix: of names that belong to no single model, and that of a model which is alone.
    model_bytes: of all constants, exact; flash_bytes: these and an estimate of the code. arrays:
    the constants, where the engine has more than one. headers: those of `files` that a program
    includes beside the headers of the models. apart: whether each of several models has an arena
    of its own; otherwise they take turns in one. library: a vendor's that the files call.
    """

    prefix: str
    models: tuple[EngineModel, ...]
    files: Mapping[str, str]
    model_bytes: int
    flash_bytes: int
    arrays: tuple[Array, ...] = ()
    headers: tuple[str, ...] = ()
    apart: bool = False
    library: Library | None = None

    @property
    def arenas_apart_bytes(self) -> int:
        """What the arenas take if each model has its own."""
        return sum(model.arena_bytes for model in self.models)

    @property
    def arena_bytes(self) -> int:
        """What the arenas, or the one that is shared, take."""
        largest = max(model.arena_bytes for model in self.models)
        return self.arenas_apart_bytes if self.apart else largest

    @property
    def state_bytes(self) -> int:
        """The state of all models, which each keeps."""
        return sum(model.state_bytes for model in self.models)

    @property
    def ram_bytes(self) -> int:
        """Arenas and state together."""
        return self.arena_bytes + self.state_bytes


def program_words(prefix: str, own: str, fed: bool) -> dict[str, str]:
    """What templates call a model's own in a program, beside its interface.

    own: what such names begin with, the prefix and an underscore in a program of several models, empty
    in a program of one. fed: whether the input comes row by row.
    """
    return {
        "own": own,
        "fill": f"{own}{'feed_input' if fed else 'fill_inputs'}",
        "member": f".{prefix}_arena" if own else "",
    }
